"""A fixed set of up to millions of strings that a kernel can look up, known by 63 bits of hash each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import buffers
from dprep.kernels.jit import njit
from dprep.kernels.ngrams import bytes_hash

WordSet = npt.NDArray[np.uint64]
"""A power of two of slots: the hash of a string, or 0."""


def word_set(words: tuple[str, ...]) -> WordSet:
    """The set of `words`, as they are written."""
    slots = np.zeros(4 << max(1, len(words)).bit_length(), np.uint64)
    _fill(*buffers(pl.Series(words, dtype=pl.String)), slots)
    return slots


@njit(cache=True, nogil=True)
def _fill(offsets, data, slots):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(slots) - 1)
    for i in range(len(offsets) - 1):
        key = bytes_hash(data, offsets[i], offsets[i + 1]) | np.uint64(1)
        slot = (key >> np.uint64(20)) & mask
        while slots[slot] and slots[slot] != key:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = key


@njit(cache=True, nogil=True)
def holds(slots, data, start, end):  # type: ignore[no-untyped-def]
    """Whether data[start:end] is of the set."""
    mask = np.uint64(len(slots) - 1)
    key = bytes_hash(data, start, end) | np.uint64(1)
    slot = (key >> np.uint64(20)) & mask
    while slots[slot]:
        if slots[slot] == key:
            return True
        slot = (slot + np.uint64(1)) & mask
    return False
