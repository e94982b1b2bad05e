"""128-bit hashes of texts: MurmurHash3_x64_128 (Austin Appleby, public domain), seed 0.

The numbers depend on the bytes alone: not on the machine, the version of a library or the place of a row.
Not cryptographic: someone who chooses the bytes can make two texts collide.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit

U64 = npt.NDArray[np.uint64]

_C1 = np.uint64(0x87C37B91114253D5)
_C2 = np.uint64(0x4CF5AD432745937F)


@njit(cache=True, nogil=True, inline="always")
def rotated(x: np.uint64, by: int) -> np.uint64:
    """`x` rotated left."""
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


@njit(cache=True, nogil=True, inline="always")
def mixed(x: np.uint64) -> np.uint64:
    """MurmurHash3's 64-bit finaliser: a bijection in which every input bit moves every output bit."""
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xFF51AFD7ED558CCD)
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xC4CEB9FE1A85EC53)
    return x ^ (x >> np.uint64(33))


@njit(cache=True, nogil=True, inline="always")
def _eight(data: npt.NDArray[np.uint8], at: int) -> np.uint64:
    """Eight bytes, little end first; written so that LLVM makes one unaligned load of it."""
    return (
        np.uint64(data[at])
        | np.uint64(data[at + 1]) << np.uint64(8)
        | np.uint64(data[at + 2]) << np.uint64(16)
        | np.uint64(data[at + 3]) << np.uint64(24)
        | np.uint64(data[at + 4]) << np.uint64(32)
        | np.uint64(data[at + 5]) << np.uint64(40)
        | np.uint64(data[at + 6]) << np.uint64(48)
        | np.uint64(data[at + 7]) << np.uint64(56)
    )


@njit(cache=True, nogil=True)
def _upto_eight(data: npt.NDArray[np.uint8], at: int, end: int) -> np.uint64:
    word = np.uint64(0)
    for i in range(at, end):
        word |= np.uint64(data[i]) << np.uint64(8 * (i - at))
    return word


@njit(cache=True, nogil=True)
def _hash_rows(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], out: U64) -> None:
    for row in range(len(out)):
        start, end = offsets[row], offsets[row + 1]
        length = np.uint64(end - start)
        h1 = h2 = np.uint64(0)
        at = start
        while at + 16 <= end:
            h1 ^= rotated(_eight(data, at) * _C1, 31) * _C2
            h1 = (rotated(h1, 27) + h2) * np.uint64(5) + np.uint64(0x52DCE729)
            h2 ^= rotated(_eight(data, at + 8) * _C2, 33) * _C1
            h2 = (rotated(h2, 31) + h1) * np.uint64(5) + np.uint64(0x38495AB5)
            at += 16
        h2 ^= rotated(_upto_eight(data, at + 8, end) * _C2, 33) * _C1
        h1 ^= rotated(_upto_eight(data, at, min(at + 8, end)) * _C1, 31) * _C2
        h1 ^= length
        h2 ^= length
        h1 += h2
        h2 += h1
        h1 = mixed(h1)
        h2 = mixed(h2)
        h1 += h2
        out[row, 0] = h1
        out[row, 1] = h2 + h1


@njit(cache=True, nogil=True)
def _check_rows(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], out: U64) -> None:
    for row in range(len(out)):
        at, end = offsets[row], offsets[row + 1]
        h = np.uint64(end - at) * np.uint64(0x9E3779B97F4A7C15)
        while at < end:
            word = _eight(data, at) if at + 8 <= end else _upto_eight(data, at, end)
            h = rotated((h ^ word) * np.uint64(0x9FB21C651E98DF25), 29) + np.uint64(0xD6E8FEB86659FD93)
            at += 8
        out[row] = mixed(h)


def text_checks(buffers: Buffers) -> U64:
    """(rows,): a 64-bit hash of the bytes of each text that has nothing in common with `text_hashes`."""
    out = np.empty(len(buffers.offsets) - 1, np.uint64)
    _check_rows(buffers.offsets, buffers.data, out)
    return out


def text_hashes(buffers: Buffers) -> U64:
    """(rows, 2): the 128-bit hash of the bytes of each text."""
    out = np.empty((len(buffers.offsets) - 1, 2), np.uint64)
    _hash_rows(buffers.offsets, buffers.data, out)
    return out
