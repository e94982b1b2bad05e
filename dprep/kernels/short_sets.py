"""Keys of small sets such that any two of a given similarity share one: an exact join, where sketches only make it likely.

Sets of similarity t share at least t times the larger one's members. If all sets are sorted alike, then of two that share
`o` members the first `size - o + k` of each share `k`: so the keys of a set are the runs of `k` among these (prefix filter).
Two at once (k = 2) keep strangers apart where members are common words; below a similarity of a half they would be too many.

Source: Chaudhuri, Ganti, Kaushik 2006, "A Primitive Operator for Similarity Joins in Data Cleaning"; Bayardo, Ma, Srikant 2007,
"Scaling Up All Pairs Similarity Search".
"""

from __future__ import annotations

import numpy as np

from dprep.base.dedup import Postings, Sets
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.similarity import threshold

SMALL = 24
"""Every pair of which one set has so many members or fewer shares a key."""


@njit(cache=True, nogil=True)
def least_shared(size, numerator, denominator):  # type: ignore[no-untyped-def]
    """The members that a set of `size` shares at least with any that is alike."""
    least = np.int64(size * numerator / denominator)
    while least * denominator < size * numerator:
        least += 1
    while least > 1 and (least - 1) * denominator >= size * numerator:
        least -= 1
    return max(least, 1)


@njit(cache=True, nogil=True)
def _singles(hashes, first, prefix, at, keys):  # type: ignore[no-untyped-def]
    for k in range(prefix):
        keys[at + k] = mixed(hashes[first + k])
    return at + prefix


@njit(cache=True, nogil=True)
def _doubles(hashes, first, prefix, at, keys):  # type: ignore[no-untyped-def]
    for k in range(prefix):
        head = mixed(hashes[first + k]) * np.uint64(0x9E3779B97F4A7C15)
        for j in range(k + 1, prefix):
            keys[at] = mixed(head + hashes[first + j])
            at += 1
    return at


@njit(cache=True, nogil=True)
def _postings(offsets, hashes, numerator, denominator, keys, counts):  # type: ignore[no-untyped-def]
    """Write the keys of all small sets; counts[row]: how many. With no room in `keys` it counts only."""
    at = 0
    pairs = 2 * numerator >= denominator
    for row in range(len(offsets) - 1):
        first, size = offsets[row], offsets[row + 1] - offsets[row]
        if size == 0 or size * numerator > SMALL * denominator:
            continue
        least = least_shared(size, numerator, denominator)
        prefix = min(size, size - least + 2)
        made = prefix * (prefix - 1) // 2 if pairs else 0
        single = size - least + 1 if not pairs or least == 1 else 0
        counts[row] = made + single
        if len(keys):
            at = _singles(hashes, first, single, at, keys)
            at = _doubles(hashes, first, prefix, at, keys) if pairs else at


def short_postings(sets: Sets, least: float) -> Postings:
    """Keys of the sets that can be alike by `least` with one of at most `SMALL` members."""
    counts = np.zeros(len(sets.offsets) - 1, np.int64)
    _postings(sets.offsets, sets.hashes, *threshold(least), np.zeros(0, np.uint64), counts)
    keys = np.empty(int(counts.sum()), np.uint64)
    _postings(sets.offsets, sets.hashes, *threshold(least), keys, counts)
    return Postings(np.repeat(np.arange(len(counts), dtype=np.int64), counts), keys)
