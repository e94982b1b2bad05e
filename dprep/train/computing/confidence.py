"""How likely a model, as it learns, holds what is true: a number for each example, from what its loss is worked out of anyway.

A batch that is learnt from carries a list under HEARD; a task that can puts there, once for a batch, (how likely (D,), right
(D,) or None), on the batch's device and without gradient. Dropout is on, as in any step that is learnt from.
Source: Swayamdipta et al. 2020, Dataset Cartography: Mapping and Diagnosing Datasets with Training Dynamics.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

HEARD = "heard"
"""Of a batch that is learnt from and watched: a list for what its examples say. Not there otherwise."""
Heard = tuple[Tensor, Tensor | None]


@torch.no_grad()
def of_labels(logits: Tensor, labels: Tensor) -> Heard:
    """(N, C) logits and (N,) labels, -1 where unknown -> the probability of each one's label; whether none is greater."""
    known = labels.clamp(min=0)
    own = logits.detach().float().softmax(-1).gather(-1, known[:, None])[:, 0]
    return own.masked_fill(labels < 0, torch.nan), logits.detach().argmax(-1) == known


@torch.no_grad()
def of_several(logits: Tensor, targets: Tensor) -> Heard:
    """(N, C) logits and targets of 0 and 1 -> the mean probability of the right answers; whether all are given."""
    each = torch.where(targets > 0, logits.detach().float(), -logits.detach().float()).sigmoid()
    return each.mean(-1).masked_fill(targets[:, 0] < 0, torch.nan), (each >= 0.5).all(-1)


@torch.no_grad()
def of_tags(logits: Tensor, labels: Tensor, lengths: Tensor) -> Heard:
    """(T, C) logits and (T,) labels, below 0 for none -> the geometric mean over each document; whether all are right."""
    asked, known = labels >= 0, labels.clamp(min=0)
    own = logits.detach().float().log_softmax(-1).gather(-1, known[:, None])[:, 0]
    wrong = _sums((asked & (logits.detach().argmax(-1) != known)).float(), lengths)
    return _means(own, asked, lengths), wrong == 0


@torch.no_grad()
def of_tokens(logs: Sequence[Tensor], targets: Tensor, lengths: Tensor, ignored: int) -> Heard:
    """Log-probabilities of the supervised tokens, in order -> the geometric mean over each document.

    targets: (T,), `ignored` where nothing is supervised.
    """
    asked = targets != ignored
    told = torch.cat([each.detach().float().flatten() for each in logs]) if logs else targets.new_zeros(0).float()
    spread = torch.zeros(targets.shape, dtype=torch.float32, device=targets.device).masked_scatter(asked, told)
    return _means(spread, asked, lengths), None


def _means(logs: Tensor, asked: Tensor, lengths: Tensor) -> Tensor:
    """exp of the mean over the tokens of each document that are asked; no number where none is."""
    return (_sums(logs.masked_fill(~asked, 0.0), lengths) / _sums(asked.float(), lengths)).exp()


def _sums(values: Tensor, lengths: Tensor) -> Tensor:
    """(T,) -> (D,): the sum over each document. The size is told, so that a GPU need not be waited for."""
    documents = torch.arange(len(lengths), device=values.device)
    places = torch.repeat_interleave(documents, lengths.to(values.device), output_size=len(values))
    return torch.zeros(len(lengths), dtype=torch.float32, device=values.device).index_add(0, places, values)
