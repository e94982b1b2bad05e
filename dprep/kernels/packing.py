"""What a few large units force: however they are put into parts, some part is over its share by so much."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def least_over(sizes: Counts, wanted: Shares, known: float, steps: int) -> float:
    """The least, over all ways to put units of `sizes` (falling) into parts, of the most that a part is over `wanted` (parts,);
    at most `known`. -1 where it would take more than about `steps`.
    """
    units, parts = len(sizes), len(wanted)
    if units == 0:
        return 0.0
    best, depth, taken = known, 0, 0
    room = wanted.copy()
    at = np.full(units, -1, np.int64)
    over = np.zeros(units + 1)  # the most that a part is over with the units before
    while depth >= 0:
        taken += 1
        if taken > steps:
            return -1.0
        if at[depth] >= 0:
            room[at[depth]] += sizes[depth]
        part = at[depth] + 1
        while part < parts and not _worth(room, part, sizes[depth], best, over[depth]):
            part += 1
        if part == parts or over[depth] >= best:
            at[depth] = -1
            depth -= 1
            continue
        at[depth] = part
        room[part] -= sizes[depth]
        over[depth + 1] = max(over[depth], -room[part])
        if depth + 1 == units:
            best = over[depth + 1]
        else:
            depth += 1
    return max(0.0, best)


@njit(cache=True, nogil=True)
def _worth(room, part, size, best, over):  # type: ignore[no-untyped-def]
    """Whether a unit may go to a part: not where that is no better than what is known, nor where an equal part was tried."""
    if max(over, size - room[part]) >= best:
        return False
    equal = False
    for other in range(part):
        equal = equal or room[other] == room[part]
    return not equal
