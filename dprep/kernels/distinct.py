"""Which of many pieces of a buffer are equal: so what is known of a word is asked once for each different one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.ngrams import bytes_hash

Offsets = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _equal(data, one, two, size):  # type: ignore[no-untyped-def]
    equal = True
    for k in range(size):
        equal &= data[one + k] == data[two + k]
    return equal


@njit(cache=True, nogil=True)
def _grown(slots, hashes, count):  # type: ignore[no-untyped-def]
    """Twice as many slots, with the same pieces in them."""
    larger = np.full(2 * len(slots), -1, np.int32)
    mask = np.uint64(len(larger) - 1)
    for number in range(count):
        slot = hashes[number] & mask
        while larger[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        larger[slot] = number
    return larger


@njit(cache=True, nogil=True)
def _number(data, starts, ends, numbers, firsts, hashes):  # type: ignore[no-untyped-def]
    slots, count = np.full(1 << 12, -1, np.int32), 0
    for i in range(len(starts)):
        size = ends[i] - starts[i]
        key = bytes_hash(data, starts[i], ends[i])
        mask = np.uint64(len(slots) - 1)
        slot = key & mask
        while slots[slot] >= 0:
            known = slots[slot]
            first = firsts[known]
            if hashes[known] == key and ends[first] - starts[first] == size and _equal(data, starts[first], starts[i], size):
                break
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot], firsts[count], hashes[count] = count, i, key
            count += 1
        numbers[i] = slots[slot]
        if 2 * count > len(slots):
            slots = _grown(slots, hashes, count)
    return count


def distinct(data: npt.NDArray[np.uint8], starts: Offsets, ends: Offsets) -> tuple[npt.NDArray[np.int32], Offsets]:
    """(pieces,): the number of each piece data[starts[i]:ends[i]] among the different ones, in order of appearance; and
    (different ones,): the first piece that is each."""
    numbers, firsts = np.empty(len(starts), np.int32), np.empty(len(starts), np.int64)
    count = _number(data, starts, ends, numbers, firsts, np.empty(len(starts), np.uint64))
    return numbers, firsts[:count]
