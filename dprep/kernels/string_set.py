"""A small fixed set of strings that a kernel can look up: a bit table that says no, then a hash table that says which.

Kernels pass the set, and the bytes they ask about, as pointers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.pointers import eight_bytes, pointer

StringSet = npt.NDArray[np.uint64]
"""[slots - 1, longest string in bytes, a bit per hash that occurs …, (key, number + 1) of each slot …]"""

_BITS = 1 << 15
_FIRST_SLOT = 2 + _BITS // 64


def string_set(strings: tuple[str, ...]) -> StringSet:
    """The set of `strings`, numbered in their order; none twice, none empty."""
    coded = [string.encode() for string in strings]
    offsets = np.cumsum([0] + [len(code) for code in coded])
    slots = 4
    while slots < 4 * len(coded):
        slots *= 2
    made = np.zeros(_FIRST_SLOT + 2 * slots, np.uint64)
    made[0], made[1] = slots - 1, max(map(len, coded), default=0)
    _fill(offsets, np.frombuffer(b"".join(coded), np.uint8), made)
    return made


@njit(cache=True, nogil=True)
def _key(data, start, end):  # type: ignore[no-untyped-def]
    """The string itself up to seven bytes, else 64 bits of hash of its length, first eight bytes and last eight."""
    length = end - start
    if length < 8:
        if end >= 8:
            word = eight_bytes(data, end - 8) >> np.uint64(8 * (8 - length))
        else:
            word = np.uint64(0)
            for i in range(start, end):
                word |= np.uint64(data[i]) << np.uint64(8 * (i - start))
        return mixed(word | np.uint64(length) << np.uint64(56))
    return mixed(eight_bytes(data, start) ^ mixed(eight_bytes(data, end - 8) + np.uint64(length)))


@njit(cache=True, nogil=True)
def _fill(offsets, array, strings):  # type: ignore[no-untyped-def]
    data = pointer(array)
    for i in range(len(offsets) - 1):
        key = _key(data, offsets[i], offsets[i + 1])
        bit = np.int64(key & np.uint64(_BITS - 1))
        strings[2 + (bit >> 6)] |= np.uint64(1) << np.uint64(bit & 63)
        slot = np.int64(key >> np.uint64(40) & strings[0])
        while strings[_FIRST_SLOT + 2 * slot + 1]:
            slot = (slot + 1) & np.int64(strings[0])
        strings[_FIRST_SLOT + 2 * slot] = key
        strings[_FIRST_SLOT + 2 * slot + 1] = i + 1


@njit(cache=True, nogil=True)
def _found(strings, key):  # type: ignore[no-untyped-def]
    slot = np.int64(key >> np.uint64(40) & strings[0])
    while strings[_FIRST_SLOT + 2 * slot + 1]:
        if strings[_FIRST_SLOT + 2 * slot] == key:
            return np.int64(strings[_FIRST_SLOT + 2 * slot + 1]) - 1
        slot = (slot + 1) & np.int64(strings[0])
    return np.int64(-1)


@njit(cache=True, nogil=True)
def number_of(strings, data, start, end):  # type: ignore[no-untyped-def]
    """Which string of the set data[start:end] is; -1 where none."""
    found = np.int64(-1)
    if start < end and end - start <= np.int64(strings[1]):
        key = _key(data, start, end)
        bit = np.int64(key & np.uint64(_BITS - 1))
        if strings[2 + (bit >> 6)] >> np.uint64(bit & 63) & np.uint64(1):
            found = _found(strings, key)
    return found
