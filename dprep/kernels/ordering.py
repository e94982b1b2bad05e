"""Sorting hashes: numbers spread evenly over 64 bits fall into their order by their leading bits alone."""

from __future__ import annotations

import numpy as np

from dprep.kernels.jit import njit

FEW = 32
"""Up to so many numbers are sorted by insertion, which is quadratic."""
MANY = 1 << 22
"""More numbers are sorted in their place: slower, but without as much memory again."""
MOST_BITS = 11
"""Of the leading bits: their counts stay in the fastest memory."""


@njit(cache=True, nogil=True)
def _insertion_sort(values, start, end):  # type: ignore[no-untyped-def]
    for k in range(start + 1, end):
        value = values[k]
        at = k
        while at > start and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


@njit(cache=True, nogil=True)
def sorted_distinct(hashes, count, scratch, starts):  # type: ignore[no-untyped-def]
    """Sort hashes[:count] and move its distinct values to the front; how many there are. About 4 times as fast as a sort by
    comparing. Any numbers are sorted rightly; only hashes are sorted fast.

    scratch: u64, `count` or more; starts: int64, 2**MOST_BITS + 1.
    """
    if count <= FEW:
        _insertion_sort(hashes, 0, count)
        return _without_repeats(hashes, hashes, count)
    if count > MANY:
        hashes[:count].sort()
        return _without_repeats(hashes, hashes, count)
    bits = 3
    while bits < MOST_BITS and (count >> bits) > 4:
        bits += 1
    shift = np.uint64(64 - bits)
    starts[: (1 << bits) + 1] = 0
    for k in range(count):
        starts[np.int64(hashes[k] >> shift) + 1] += 1
    for bucket in range(1 << bits):
        starts[bucket + 1] += starts[bucket]
    for k in range(count):
        here = np.int64(hashes[k] >> shift)
        scratch[starts[here]] = hashes[k]
        starts[here] += 1
    start = 0
    for bucket in range(1 << bits):  # each start has moved to its end
        end = starts[bucket]
        if end - start > FEW:
            scratch[start:end].sort()
        else:
            _insertion_sort(scratch, start, end)
        start = end
    return _without_repeats(scratch, hashes, count)


@njit(cache=True, nogil=True)
def _without_repeats(values, out, count):  # type: ignore[no-untyped-def]
    """The distinct ones of sorted values[:count] into `out`; how many there are."""
    found = 0
    for k in range(count):
        if k == 0 or values[k] != values[k - 1]:
            out[found] = values[k]
            found += 1
    return found
