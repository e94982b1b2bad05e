"""The language-model head on supervised positions only: logits of a whole batch never exist at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from dprep.train import documents
from dprep.train.documents import Batch
from dprep.train.settings import Settings

IGNORE = -100
"""What a target is where nothing is supervised."""


def token_losses(model: Any, batch: Batch, targets: Tensor, settings: Settings) -> tuple[Tensor, int]:
    """Sum of the cross entropies over the supervised positions, a scalar, and how many those are.

    targets: (tokens,), what each position should say (already shifted), -100 where nothing is supervised.
    """
    logits, chosen = _logits(model, batch, targets)
    sum_loss = functional.cross_entropy(logits.float(), chosen, reduction="sum", label_smoothing=settings.label_smoothing)
    return sum_loss, int(chosen.numel())


def token_logprobs(model: Any, batch: Batch, targets: Tensor) -> Tensor:
    """(tokens,) fp32: the log-probability of the target at each supervised position, 0 elsewhere."""
    logits, chosen = _logits(model, batch, targets)
    said = -functional.cross_entropy(logits.float(), chosen, reduction="none")
    return torch.zeros(targets.shape, dtype=said.dtype, device=said.device).masked_scatter(targets != IGNORE, said)


def _logits(model: Any, batch: Batch, targets: Tensor) -> tuple[Tensor, Tensor]:
    logits = documents.flat(documents.call(model, batch).logits, batch["lengths"])
    supervised = targets != IGNORE
    return logits[supervised], targets[supervised]
