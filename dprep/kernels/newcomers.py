"""Records that others may be equal to: looked up by content, the smallest id is kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

U64 = npt.NDArray[np.uint64]
CONTENT, RECORD = 3, 5
"""Numbers of a record: two of its content and a check of it; with the two of its id."""


@njit(cache=True, nogil=True)
def _less(a, i, b, j, first, end):  # type: ignore[no-untyped-def]
    for k in range(first, end):
        if a[i, k] != b[j, k]:
            return a[i, k] < b[j, k]
    return False


@njit(cache=True, nogil=True)
def mark_equal(wanted, others, taken, named):  # type: ignore[no-untyped-def]
    """Mark every one of `wanted` (sorted, contents differ) that an other is equal to, and write in `named` the smallest id of
    such others.
    """
    for row in range(len(others)):
        low, high = 0, len(wanted)
        while low < high:
            middle = (low + high) // 2
            if _less(wanted, middle, others, row, 0, CONTENT):
                low = middle + 1
            else:
                high = middle
        if low < len(wanted) and not _less(others, row, wanted, low, 0, CONTENT):
            a, b = others[row, CONTENT], others[row, CONTENT + 1]
            if not taken[low] or a < named[low, 0] or (a == named[low, 0] and b < named[low, 1]):
                named[low, 0], named[low, 1] = a, b
            taken[low] = True
