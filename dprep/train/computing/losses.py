"""Losses of heads: one number for each row (or token), with label smoothing, weights of labels and focus on hard rows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from dprep.train.settings import Settings


def label_losses(logits: Tensor, labels: Tensor, settings: Settings, weights: Tensor | None = None) -> Tensor:
    """(N, C) logits and (N,) labels -> (N,) cross entropies in fp32. weights: (C,), how much a row of each label counts.

    Label smoothing as `torch.nn.functional.cross_entropy` has it; a logit of minus infinity is no choice, and gets no share of
    it. Focal: times (1 - p)^gamma, p being the probability of the label (Lin et al. 2017, Focal Loss for Dense Object
    Detection).
    """
    told = functional.log_softmax(logits.float(), -1)
    own = told.gather(-1, labels[:, None])[:, 0]
    scale = weights.float() if weights is not None else None
    losses = -own if scale is None else -own * scale[labels]
    smoothing = settings.label_smoothing
    if smoothing:
        possible = ~told.isneginf()
        spread = torch.where(possible, -told if scale is None else -told * scale, 0.0).sum(-1)
        losses = (1 - smoothing) * losses + smoothing * spread / possible.sum(-1)
    return losses * _focus(own, settings.focal) if settings.focal else losses


def binary_losses(logits: Tensor, targets: Tensor, settings: Settings, weights: Tensor | None = None) -> Tensor:
    """(N, C) logits and targets of 0 and 1 -> (N,) binary cross entropies in fp32, the mean over the labels of each row.

    weights: (C,), how much a row that has the label counts against one that lacks it. Label smoothing draws targets towards
    a half; focal as in `label_losses`, p being the probability of the right answer.
    """
    logits, targets = logits.float(), targets.float()
    soft = targets * (1 - settings.label_smoothing) + settings.label_smoothing / 2
    scale = weights.float() if weights is not None else None
    losses = functional.binary_cross_entropy_with_logits(logits, soft, pos_weight=scale, reduction="none")
    if settings.focal:
        losses = losses * _focus(functional.logsigmoid(torch.where(targets > 0.5, logits, -logits)), settings.focal)
    return losses.mean(-1)


def _focus(log_probability: Tensor, gamma: float) -> Tensor:
    # 1 - p by expm1, and never quite 0: the gradient of 0^gamma is infinite for gamma below 1
    return (-torch.expm1(log_probability)).clamp(min=1e-7) ** gamma


def balanced(counts: Sequence[int]) -> list[float]:
    """Weights by which every label counts the same in the whole, 1 on average over rows: rows / (labels x rows of the label).

    A label without rows gets 1. So `class_weight="balanced"` of scikit-learn.
    """
    present = sum(1 for count in counts if count)
    return [sum(counts) / (present * count) if count else 1.0 for count in counts]


def balanced_binary(counts: Sequence[int], rows: int) -> list[float]:
    """Weights by which, for each label, the rows that have it count as much as those that lack it; 1 where all or none do."""
    return [(rows - count) / count if 0 < count < rows else 1.0 for count in counts]


__all__ = ["balanced", "balanced_binary", "binary_losses", "label_losses"]
