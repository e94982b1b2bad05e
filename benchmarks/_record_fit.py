"""Weights of fields and a threshold, chosen where the truth is given, by the F1 of pairs: the same for us and for others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

GRID = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
LEAST_SHARED = 0.5


@dataclass(frozen=True)
class Fitted:
    weights: tuple[float, ...]
    threshold: float
    f1: float
    """Of the pairs it was chosen on."""


def weighted(alike: Floats, weights: Any) -> Floats:
    """(pairs,): weighted mean of the fields that both records have (others NaN), divided by half of all weight at least."""
    weights = np.asarray(weights, float)
    both = ~np.isnan(alike)
    return np.where(both, alike, 0) @ weights / np.maximum(np.maximum(both @ weights, LEAST_SHARED * weights.sum()), 1e-12)


def best(scores: Floats, match: Flags, true: int) -> tuple[float, float]:
    """(F1, threshold) of the best threshold: half way to the next lower score. true: matches, not among the pairs too."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    right = np.cumsum(match[order])
    f1 = 2 * right / (np.arange(1, len(scores) + 1) + true)
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    place = ends[np.argmax(f1[ends])]
    below = ordered[place + 1] if place + 1 < len(ordered) else 0.0
    return float(f1[place]), float((ordered[place] + below) / 2)


def fitted(alike: Floats, match: Flags, true: int, rounds: int = 3) -> Fitted:
    """Coordinate ascent over `GRID`, from equal weights on."""
    weights = [1.0] * alike.shape[1]
    f1, threshold = best(weighted(alike, weights), match, true)
    for _ in range(rounds):
        before = f1
        for field in range(len(weights)):
            for weight in GRID:
                tried = [*weights[:field], weight, *weights[field + 1 :]]
                if sum(tried) == 0:
                    continue
                found = best(weighted(alike, tried), match, true)
                if found[0] > f1 + 1e-9:
                    (f1, threshold), weights = found, tried
        if f1 == before:
            break
    return Fitted(tuple(weights), threshold, f1)
