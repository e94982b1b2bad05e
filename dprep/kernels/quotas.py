"""Counts that are as near to their shares as whole numbers can be.

`rounded` is controlled rounding: a table of shares becomes whole numbers, every cell and every column total rounded up or down,
every row total kept. Such a table always exists (Bacharach 1966, "Matrix rounding problems"; a flow with whole capacities).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

_NEAR = 1e-6
"""A share this close to a whole number is that number; far above float64's error for 10^9 rows, far below one row."""


def rounded(shares: Shares, order: Counts) -> Counts:
    """Whole numbers for `shares`, both (strata, parts); the rows of `shares` sum to whole numbers.

    Every cell and every column total is its share rounded up or down. Strata claim their leftovers in `order`, so that of many
    tables that are equally right, `order` picks one.
    """
    whole = np.floor(shares + _NEAR).astype(np.int64)
    loose = np.maximum(shares - whole, 0.0)
    loose[loose < _NEAR] = 0.0
    left = np.rint(shares.sum(axis=1)).astype(np.int64) - whole.sum(axis=1)
    up = np.zeros(shares.shape, dtype=np.bool_)
    _deal_leftovers(loose, left, order, up)
    _settle_totals(loose, up)
    return whole + up


@njit(cache=True, nogil=True)
def _deal_leftovers(loose: Shares, left: Counts, order: Counts, up: npt.NDArray[np.bool_]) -> None:
    """Give each stratum's leftover rows to the parts that are most behind so far."""
    debt = np.zeros(loose.shape[1])
    for stratum in order:
        debt += loose[stratum]
        for _ in range(left[stratum]):
            best = -1
            for part in range(len(debt)):
                open_ = loose[stratum, part] > 0.0 and not up[stratum, part]
                if open_ and (best < 0 or debt[part] > debt[best]):
                    best = part
            if best >= 0:
                up[stratum, best] = True
                debt[best] -= 1.0


def _settle_totals(loose: Shares, up: npt.NDArray[np.bool_]) -> None:
    """Move single rows along chains of parts until every total is its share rounded up or down."""
    surplus = up.sum(axis=0) - loose.sum(axis=0)
    while abs(surplus).max(initial=0.0) >= 1.0 - _NEAR:
        most = int(abs(surplus).argmax())
        giving = bool(surplus[most] > 0)
        chain = _chain(loose, up, most, surplus < -_NEAR if giving else surplus > _NEAR, giving)
        for a, b in pairwise(chain):
            source, target = (a, b) if giving else (b, a)
            stratum = int((up[:, source] & ~up[:, target] & (loose[:, target] > 0.0)).argmax())
            up[stratum, source], up[stratum, target] = False, True
        surplus = up.sum(axis=0) - loose.sum(axis=0)


def _chain(loose: Shares, up: npt.NDArray[np.bool_], start: int, wanted: npt.NDArray[np.bool_], giving: bool) -> list[int]:
    """The shortest chain of parts from `start` to a wanted one along which a row can be handed on (or back)."""
    down = ~up & (loose > 0.0)
    can = np.array([[bool((up[:, a] & down[:, b]).any()) for b in range(len(wanted))] for a in range(len(wanted))])
    can = can if giving else can.T
    came_from = {start: start}
    queue = [start]
    for part in queue:
        if wanted[part]:
            chain = [part]
            while chain[-1] != start:
                chain.append(came_from[chain[-1]])
            return chain[::-1]
        for then in np.flatnonzero(can[part]).tolist():
            if then not in came_from:
                came_from[then] = part
                queue.append(then)
    raise ArithmeticError("no chain of parts settles the totals: the shares of a stratum do not sum to a whole number")


@njit(cache=True, nogil=True)
def levelled(held: Shares, wanted: Shares, least: Shares, singles: Shares) -> Shares:
    """`level` for each class: what each part gets of its single rows, (classes, parts)."""
    filled = np.zeros(held.shape)
    for of in range(len(held)):
        level(held[of], wanted[of], least[of], singles[of], filled[of])
    return filled


@njit(cache=True, nogil=True)
def level(held: Shares, wanted: Shares, least: Shares, singles: float, fill: Shares) -> None:
    """How many of a class's `singles` each part gets, into `fill`, all (parts,): first what `least` asks; then where most is
    lacking, so that no part lacks more than the others.
    """
    left = singles
    for part in range(len(held)):
        fill[part] = min(left, max(0.0, least[part] - held[part]))
        left -= fill[part]
    if left <= 0.0:
        return
    # Held, Wolfe and Crowder 1974, "Validation of subgradient optimization": the water level of a projection on a simplex
    lacking = np.sort(wanted - held - fill)[::-1]
    whole, water = 0.0, -np.inf
    for k in range(len(lacking)):
        whole += lacking[k]
        water = max(water, (whole - left) / (k + 1))
    for part in range(len(held)):
        fill[part] += max(0.0, wanted[part] - held[part] - fill[part] - water)
