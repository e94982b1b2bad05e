"""How far two groups differ, from counts alone: effect sizes, not tests, because of a million rows everything is significant.

All but one take two arrays of counts over the same places (bins in rising order, or categories), any integers from 0; groups
may have different sizes. An empty group differs from nothing: every effect is then 0.

Source: Cliff's delta: N. Cliff, "Dominance statistics", Psychological Bulletin 114 (1993); its words: J. Romano et al.,
"Appropriate statistics for ordinal level data" (2006); w: J. Cohen, "Statistical Power Analysis" (1988).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dprep.report.say import Say

Counts = Sequence[int] | npt.NDArray[np.integer]

SMALL, MEDIUM, LARGE = 0.147, 0.33, 0.474
"""Where |Cliff's delta| begins to be small, medium, large."""

Floats = npt.NDArray[np.float64]


def cliffs_delta(a_counts: Counts, b_counts: Counts) -> float:
    """P(a > b) - P(a < b) of one value of each, -1 to 1: positive where `a` tends to be larger. Values of one bin are equal."""
    a, b = _whole(a_counts), _whole(b_counts)
    whole, seen, more = sum(b), 0, 0
    for mine, theirs in zip(a, b, strict=True):
        more += mine * (seen - (whole - seen - theirs))
        seen += theirs
    return more / (sum(a) * whole) if sum(a) and whole else 0.0


def cliffs_delta_of_values(a: npt.NDArray[np.generic], b: npt.NDArray[np.generic]) -> float:
    """The same from (rows,) values themselves, finite numbers in any order, so that only equal ones count as equal."""
    ranks = np.sort(b)
    below, above = (int(np.searchsorted(ranks, a, side).sum(dtype=np.int64)) for side in ("left", "right"))
    return (below + above - len(a) * len(b)) / (len(a) * len(b)) if len(a) and len(b) else 0.0


def kolmogorov_smirnov(a_counts: Counts, b_counts: Counts) -> float:
    """D, 0 to 1: the largest difference between the shares at or below a place."""
    a, b = _shares(a_counts, b_counts)
    return float(np.max(np.abs(np.cumsum(a) - np.cumsum(b)), initial=0.0))


def total_variation(a_counts: Counts, b_counts: Counts) -> float:
    """0 to 1: the share of one group that would have to move to another place for both to be alike."""
    a, b = _shares(a_counts, b_counts)
    return float(np.abs(a - b).sum() / 2)


def cliffs_delta_by_chance(a_counts: Counts, b_counts: Counts) -> float:
    """What |delta| exceeds in at most 1 of 20 cases if both groups are drawn from one (1.96 standard errors, no ties)."""
    a, b = sum(_whole(a_counts)), sum(_whole(b_counts))
    return min(1.0, 1.96 * ((a + b + 1) / (3 * a * b)) ** 0.5) if a and b else 0.0


def total_variation_by_chance(a_counts: Counts, b_counts: Counts) -> float:
    """What the total variation is on average if both groups are drawn from one, the two taken together."""
    a, b = _numbers(a_counts), _numbers(b_counts)
    if not a.sum() or not b.sum():
        return 0.0
    both = (a + b) / (a + b).sum()
    errors = np.sqrt(2 / np.pi * both * (1 - both) * (1 / a.sum() + 1 / b.sum()))
    return float(min(1.0, errors.sum() / 2))


def size_in_words(delta: float, say: Say) -> str:
    """A Cliff's delta as a word."""
    size = abs(delta)
    if size < SMALL:
        return say("negligible")
    if size < MEDIUM:
        return say("small")
    return say("medium") if size < LARGE else say("large")


def _whole(counts: Counts) -> list[int]:
    """Integers of Python: a million rows times a million rows is more than a double tells exactly."""
    return [int(count) for count in counts]


def _numbers(counts: Counts) -> Floats:
    return np.asarray(counts, np.float64)


def _shares(a_counts: Counts, b_counts: Counts) -> tuple[Floats, Floats]:
    a, b = _numbers(a_counts), _numbers(b_counts)
    if len(a) != len(b):
        raise ValueError(f"{len(a)} places and {len(b)}")
    if not a.sum() or not b.sum():
        return np.zeros(len(a)), np.zeros(len(a))
    return a / a.sum(), b / b.sum()
