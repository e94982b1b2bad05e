"""The language-model head on supervised positions only, some at a time: logits of a whole batch never exist at once.

A head is found by trying, once for a model. Is it a plain matrix? The gradient is then worked out with the loss, and nothing is
kept or computed twice. Does it look at each position alone, as that of a masked model does, one with an adapter, or one with a
soft cap? Its logits are then computed again in the backward pass. Else the model is called as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

from dprep.train.computing import documents
from dprep.train.computing.documents import Batch
from dprep.train.computing.matrix_head import sum_of_losses
from dprep.train.computing.packing_proof import at_rest
from dprep.train.settings import Settings

IGNORE = -100
"""What a target is where nothing is supervised."""
LOGITS_AT_ONCE = {"cpu": 2**24, "cuda": 2**29}
"""Logits of a chunk: 64 MiB in fp32 on a CPU, 1 GiB in half precision on a GPU."""
Logits = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Head:
    """How logits come from hidden states. matrix: where it is one, and the logits are `matrix(states) * scale`."""

    of: Any
    """The model's own module, to notice another one in its place."""
    matrix: nn.Linear | None
    scale: float
    logits: Logits | None
    """(rows, H) -> (rows, words); None where a position's logits depend on more than its state."""


def token_losses(
    model: Any, batch: Batch, targets: Tensor, settings: Settings, logs: list[Tensor] | None = None
) -> tuple[Tensor, int]:
    """Sum of the cross entropies over the supervised positions, a scalar, and how many those are.

    targets: (tokens,), what each position should say (already shifted), -100 where nothing is supervised.
    logs: gets the log-probabilities of what they should say, in order, without gradient.
    """
    chosen = (targets != IGNORE).nonzero()[:, 0]
    said, head = targets[chosen], head_of(model)
    if head.logits is None:
        whole = documents.flat(documents.call(model, batch).logits, batch["lengths"])[chosen]
        return _sum(whole, said, settings.label_smoothing, logs), len(chosen)
    rows = documents.hidden(model, batch)[chosen]
    return row_losses(head, rows, said, settings.label_smoothing, logs), len(chosen)


def token_logprobs(model: Any, batch: Batch, targets: Tensor) -> Tensor:
    """(tokens,) fp32: the log-probability of the target at each supervised position, 0 elsewhere.

    targets: as for `token_losses`. With a gradient where gradients are on.
    """
    chosen = (targets != IGNORE).nonzero()[:, 0]
    said, head = targets[chosen], head_of(model)
    if head.logits is None:
        found = _each(documents.flat(documents.call(model, batch).logits, batch["lengths"])[chosen], said)
    else:
        found = torch.cat(list(_chunked(head, documents.hidden(model, batch)[chosen], said, _each)))
    return torch.zeros(targets.shape, dtype=torch.float32, device=found.device).index_copy(0, chosen, found)


def row_losses(
    head: Head, rows: Tensor, targets: Tensor, label_smoothing: float = 0.0, logs: list[Tensor] | None = None
) -> Tensor:
    """Sum of the cross entropies of hidden states (rows, H) with targets (rows,), a scalar. Never all logits at once.

    logs: gets the log-probabilities of the targets, chunk by chunk, without gradient.
    """
    if not len(rows):
        return rows.sum() * 0.0
    if head.matrix is not None:
        chunk = _rows_at_once(head.matrix.out_features, rows.device)
        return sum_of_losses(rows, head.matrix.weight, head.matrix.bias, targets, label_smoothing, head.scale, chunk, logs)
    return torch.stack(list(_chunked(head, rows, targets, _sum, label_smoothing, logs))).sum()


def head_of(model: Any) -> Head:
    """The head of a language model, found out once."""
    base = documents.inner(model)
    module = base.get_output_embeddings()
    known: Head | None = getattr(base, "dprep_head", None)
    if known is None or known.of is not module:
        known = _find(base, module)
        base.dprep_head = known
    return known


def _chunked(head: Head, rows: Tensor, targets: Tensor, of: Callable[..., Tensor], *more: Any) -> Iterator[Tensor]:
    """`of(logits, targets)` for some rows at a time; at least once, so that there is a gradient to all weights."""
    logits = head.logits
    assert logits is not None
    words = int(head.of.weight.shape[0])
    size = _rows_at_once(words, rows.device)
    for some, said in zip(torch.split(rows, size), torch.split(targets, size), strict=True):
        if torch.is_grad_enabled():
            yield checkpoint(lambda some, said: of(logits(some), said, *more), some, said, use_reentrant=False)
        else:
            yield of(logits(some), said, *more)


def _rows_at_once(words: int, device: torch.device) -> int:
    return max(64, LOGITS_AT_ONCE.get(device.type, LOGITS_AT_ONCE["cpu"]) // words)


def _sum(logits: Tensor, targets: Tensor, smoothing: float, logs: list[Tensor] | None = None) -> Tensor:
    told = functional.log_softmax(logits.float(), -1)
    own = functional.nll_loss(told, targets, reduction="none")
    if logs is not None:
        logs.append(-own.detach())
    return (1 - smoothing) * own.sum() - smoothing * told.mean(-1).sum() if smoothing else own.sum()


def _each(logits: Tensor, targets: Tensor) -> Tensor:
    return -functional.cross_entropy(logits.float(), targets, reduction="none")


class _Below(BaseModelOutputWithPastAndCrossAttentions):
    """What a backbone would have given. What else some backbones give (of experts, say) is not there."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("_"):
            raise AttributeError(name)


def _above(base: Any, rows: Tensor) -> Tensor:
    """The model's own forward, with some states in the place of what its backbone would say: the head, whatever it is."""
    body = documents.backbone(base)
    before = body.__dict__.get("forward")
    body.forward = lambda *_args, **_kwargs: _Below(last_hidden_state=rows[None])
    try:
        # not by calling the model: that would set off the hooks of a wrapper (FSDP) a second time
        logits: Tensor = (
            type(base).forward(base, input_ids=torch.zeros((1, len(rows)), dtype=torch.long, device=rows.device)).logits
        )
    finally:
        if before is None:
            del body.forward
        else:
            body.forward = before
    return logits[0]


def _find(base: Any, module: Any) -> Head:
    unknown = Head(module, None, 1.0, None)
    if module is None or documents.backbone(base) is base or getattr(base.config, "is_encoder_decoder", False):
        return unknown
    with at_rest(base), torch.no_grad():
        ids = torch.arange(6, device=base.device) + 3
        batch = {"input_ids": ids, "lengths": torch.tensor([4, 2])}
        truth = documents.flat(documents.call(base, batch).logits, batch["lengths"])
        rows = documents.hidden(base, batch)
        try:
            alone = torch.cat([_above(base, rows[:1]), _above(base, rows[1:])])
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
            return unknown
        if not _same(alone, truth):
            return unknown
        matrix, scale = _as_matrix(base, module, rows)
    if matrix is None:
        return Head(module, None, 1.0, lambda rows: _above(base, rows))
    return Head(module, matrix, scale, lambda rows: matrix(rows) * scale)


def _as_matrix(base: Any, module: Any, rows: Tensor) -> tuple[nn.Linear | None, float]:
    """The head as (a matrix, what its results are multiplied by), or None.

    Tried on huge states too: a soft cap cannot be told from nothing on small ones.
    """
    if type(module) is not nn.Linear or module.in_features != rows.shape[-1]:
        return None, 1.0
    huge = torch.cat([rows, 1000 * rows])
    said, plain = _above(base, huge).float(), module(huge).float()
    if said.shape != plain.shape:
        return None, 1.0
    scale = _nearest(base.config, float((said * plain).sum() / (plain * plain).sum()))
    alike = _same(said, plain * scale) and _same(said[: len(rows)], plain[: len(rows)] * scale)
    return (module, scale) if alike else (None, 1.0)


def _nearest(config: Any, scale: float) -> float:
    """The number of the configuration that was meant: measured in half precision, a scale is not exact."""
    told = [getattr(config, name, None) for name in ("logit_scale", "logits_scaling", "lm_head_multiplier")]
    meant = [1.0, *(number for each in told if isinstance(each, int | float) and each for number in (each, 1 / each))]
    return next((each for each in meant if abs(scale / each - 1) < 1e-2), scale)


def _same(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape:
        return False
    close = 1e-4 if one.dtype == other.dtype == torch.float32 else 2e-2
    return bool((one.float() - other.float()).abs().max() <= close * other.float().abs().max())
