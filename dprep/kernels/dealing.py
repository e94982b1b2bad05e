"""Groups of rows that must stay together, dealt out to parts so that every class comes as near to its shares as can be.

Group g has counts[i] rows of class classes[i] for i in starts[g]:starts[g + 1]. Groups are numbered by falling size. A
difference from a share counts by its square, times the weight of its class; those of the parts' totals, times `whole`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int32]

_PASSES = 5


@njit(cache=True, nogil=True)
def deal(
    starts: Counts, classes: Cells, counts: Cells, shares: Shares, weights: Shares, whole: float, chosen: npt.NDArray[np.uint8]
) -> None:
    """A part for every group, the largest first, where the sum of squares grows least. shares: (classes, parts)."""
    over, total = _apart(shares)
    for g in range(len(starts) - 1):
        chosen[g] = _best(over, total, starts, classes, counts, weights, whole, g, -1)
        _count(over, total, starts, classes, counts, g, chosen[g], 1)


@njit(cache=True, nogil=True)
def move(
    starts: Counts, classes: Cells, counts: Cells, shares: Shares, weights: Shares, whole: float, chosen: npt.NDArray[np.uint8]
) -> None:
    """Move groups, the small ones first, while that makes the sum of squares smaller; O(cells * parts) a pass."""
    over, total = _apart(shares)
    groups = len(starts) - 1
    for g in range(groups):
        _count(over, total, starts, classes, counts, g, chosen[g], 1)
    for _ in range(_PASSES):
        moved = False
        for g in range(groups - 1, -1, -1):
            old = chosen[g]
            _count(over, total, starts, classes, counts, g, old, -1)
            chosen[g] = _best(over, total, starts, classes, counts, weights, whole, g, old)
            _count(over, total, starts, classes, counts, g, chosen[g], 1)
            moved = moved or chosen[g] != old
        if not moved:
            break


@njit(cache=True, nogil=True)
def moving_costs(
    starts: Counts, classes: Cells, counts: Cells, over: Shares, weights: Shares, groups: Counts, source: int, target: int
) -> Shares:
    """How much the sum of squares over classes grows when each of `groups` goes from part `source` to `target`."""
    costs = np.zeros(len(groups))
    for place in range(len(groups)):
        g = groups[place]
        for i in range(starts[g], starts[g + 1]):
            rows, of = float(counts[i]), classes[i]
            costs[place] += weights[of] * 2.0 * rows * (over[of, target] - over[of, source] + rows)
    return costs


@njit(cache=True, nogil=True)
def held(starts: Counts, classes: Cells, counts: Cells, chosen: npt.NDArray[np.uint8], number: int, parts: int) -> Counts:
    """(classes, parts): the rows that the groups bring."""
    found = np.zeros((number, parts), np.int64)
    for g in range(len(starts) - 1):
        for i in range(starts[g], starts[g + 1]):
            found[classes[i], chosen[g]] += counts[i]
    return found


@njit(cache=True, nogil=True)
def _apart(shares: Shares) -> tuple[Shares, Shares]:
    """How far the empty parts are over their shares: of every class, and in all."""
    total = np.zeros(shares.shape[1])
    for part in range(shares.shape[1]):
        total[part] = -shares[:, part].sum()
    return -shares, total


@njit(cache=True, nogil=True)
def _best(over, total, starts, classes, counts, weights, whole, g, old):  # type: ignore[no-untyped-def]
    """The part that group `g` adds least to. Staying in `old` wins ties: every move makes the sum smaller, so moving ends."""
    best, least = 0, np.inf
    for part in range(over.shape[1]):
        cost, size = 0.0, 0.0
        for i in range(starts[g], starts[g + 1]):
            rows = float(counts[i])
            cost += weights[classes[i]] * rows * (2.0 * over[classes[i], part] + rows)
            size += rows
        cost += whole * size * (2.0 * total[part] + size)
        slack = 1e-9 * (1.0 + abs(least)) if least < np.inf else 0.0
        if cost < least - slack or (part == old and cost <= least + slack):
            best, least = part, cost
    return best


@njit(cache=True, nogil=True)
def _count(over, total, starts, classes, counts, g, part, sign):  # type: ignore[no-untyped-def]
    """Count group `g` into `part`, or out of it."""
    for i in range(starts[g], starts[g + 1]):
        over[classes[i], part] += sign * counts[i]
        total[part] += sign * counts[i]
