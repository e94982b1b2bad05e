"""True Jaccard similarity of sets of sorted distinct hashes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Places = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def jaccard(offsets, hashes, a, b):  # type: ignore[no-untyped-def]
    """Members that sets `a` and `b` share, over members that either has; 0 for two empty sets. O(size of a + size of b)."""
    i, i_end = offsets[a], offsets[a + 1]
    j, j_end = offsets[b], offsets[b + 1]
    either = (i_end - i) + (j_end - j)
    if either == 0:
        return 0.0
    shared = 0
    while i < i_end and j < j_end:
        x, y = hashes[i], hashes[j]
        shared += x == y
        i += x <= y
        j += y <= x
    return shared / (either - shared)


@njit(cache=True, nogil=True)
def at_most(offsets, a, b):  # type: ignore[no-untyped-def]
    """The highest similarity that the sizes of sets `a` and `b` allow."""
    x, y = offsets[a + 1] - offsets[a], offsets[b + 1] - offsets[b]
    return min(x, y) / max(x, y) if max(x, y) else 0.0


@njit(cache=True, nogil=True)
def pair_similarities(offsets, hashes, left, right, out):  # type: ignore[no-untyped-def]
    """The similarity of set left[k] to set right[k], for every k, into `out`."""
    for k in range(len(left)):
        out[k] = 1.0 if left[k] == right[k] else jaccard(offsets, hashes, left[k], right[k])
