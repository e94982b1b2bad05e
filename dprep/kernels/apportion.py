"""Whole numbers in given proportions, by the largest remainders (Hamilton's method): each is its share rounded up or down, and
together they are the total.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]

_FINE = 1e9
"""Shares are compared to a billionth of a row, so that the last bits of float64 give nobody a row."""


def in_proportion(total: int, sizes: Counts) -> Counts:
    """`total` shared out in proportion to whole `sizes`, exactly; equal remainders: the first are served first.

    total and the sum of `sizes` are below 2^31, so that their products are exact. Sizes of 0 get nothing.
    """
    whole = int(sizes.sum())
    if not whole:
        return np.zeros(len(sizes), np.int64)
    shares = total * sizes
    return _topped_up(shares // whole, shares % whole, total)


def by_weight(total: int, weights: npt.NDArray[np.float64]) -> Counts:
    """`total` shared out in proportion to `weights`; equal remainders: the first are served first."""
    shares = total * (weights / weights.sum())
    floor = np.floor(shares + 1 / _FINE)
    return _topped_up(floor.astype(np.int64), np.rint((shares - floor) * _FINE).astype(np.int64), total)


def _topped_up(floor: Counts, remainders: Counts, total: int) -> Counts:
    left = total - int(floor.sum())
    floor[np.argsort(-remainders, kind="stable")[:left]] += 1
    return floor
