"""MinHash by permutations, in the three ways of datasketch 2: of two sets' hashes as many agree as the sets share members.

  affine32  the hash is mixed (MurmurHash3's finaliser), then a * hash + b modulo 2**32
  affine64  the same with 64 bits
  legacy    ((a * hash + b) modulo 2**64) modulo 2**61 - 1, of which the lower 32 bits count: datasketch before 2.0

Source: datasketch 2.0.0, datasketch/minhash.py.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dprep.kernels.byte_shingles import Heads
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit

Scheme = Literal["affine32", "affine64", "legacy"]
Values = npt.NDArray[Any]
"""(rows, permutations), u32 or u64."""

_PRIME = np.uint64((1 << 61) - 1)
_MASK = np.uint64(0xFFFFFFFF)


def value_type(scheme: Scheme) -> type[np.uint32] | type[np.uint64]:
    """What a hash is kept in."""
    return np.uint64 if scheme == "affine64" else np.uint32


@njit(cache=True, nogil=True, inline="always")
def _mixed32(x):  # type: ignore[no-untyped-def]
    """MurmurHash3's 32-bit finaliser of the lower half of `x`."""
    x &= _MASK
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x85EBCA6B)) & _MASK
    x ^= x >> np.uint64(13)
    x = (x * np.uint64(0xC2B2AE35)) & _MASK
    return x ^ (x >> np.uint64(16))


@njit(cache=True, nogil=True)
def _affine32(rows, hashes, a, b, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        mine = out[row]
        for place in range(rows[row], rows[row + 1]):
            h = np.uint32(_mixed32(hashes[place]))
            for k in range(len(mine)):
                mine[k] = min(mine[k], np.uint32(a[k] * h + b[k]))


@njit(cache=True, nogil=True)
def _affine64(rows, hashes, a, b, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        mine = out[row]
        for place in range(rows[row], rows[row + 1]):
            h = mixed(hashes[place])
            for k in range(len(mine)):
                mine[k] = min(mine[k], a[k] * h + b[k])


@njit(cache=True, nogil=True)
def _legacy(rows, hashes, a, b, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        mine = out[row]
        for place in range(rows[row], rows[row + 1]):
            h = hashes[place] & _MASK
            for k in range(len(mine)):
                x = a[k] * h + b[k]
                x = (x & _PRIME) + (x >> np.uint64(61))
                x = x - _PRIME if x >= _PRIME else x
                mine[k] = min(mine[k], np.uint32(x & _MASK))


def minhashes(heads: Heads, scheme: Scheme, a: Values, b: Values) -> Values:
    """(rows, permutations): the least value of every permutation; the largest there is for a text without a shingle.

    heads: the first eight bytes of SHA-1 hashes, of which the 32-bit schemes take four. a, b: the permutations' numbers.
    """
    kind = value_type(scheme)
    out = np.full((len(heads.rows) - 1, len(a)), np.iinfo(kind).max, kind)
    kernel = {"affine32": _affine32, "affine64": _affine64, "legacy": _legacy}[scheme]
    kernel(heads.rows, heads.hashes, a, b, out)
    return out


@njit(cache=True, nogil=True)
def _value_keys(values, first, width, salt, out):  # type: ignore[no-untyped-def]
    for row in range(len(values)):
        key = salt
        for k in range(first, first + width):
            key = mixed(key ^ np.uint64(values[row, k])) + salt
        out[row] = key


def value_keys(values: Values, bands: int, width: int) -> npt.NDArray[np.uint64]:
    """(rows, bands): a key for `width` values each."""
    out = np.empty((bands, len(values)), np.uint64)
    for band in range(bands):
        _value_keys(values, band * width, width, np.uint64((band + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF), out[band])
    return np.ascontiguousarray(out.T)


@njit(cache=True, nogil=True)
def _agreeing(a, b):  # type: ignore[no-untyped-def]
    found = 0
    for k in range(len(a)):
        found += a[k] == b[k]
    return found


@njit(cache=True, nogil=True)
def _window(key_rows, start, end, least, wanted, most):  # type: ignore[no-untyped-def]
    """Of a stretch of rows ordered by their least value, `most`, beginning with the first that has `wanted`."""
    low, high = start, end
    while low < high:
        middle = (low + high) // 2
        if least[key_rows[middle]] < wanted:
            low = middle + 1
        else:
            high = middle
    first = min(low, end - most)
    return first, first + most


@njit(cache=True, nogil=True)
def best_agreeing(mine, mine_least, starts, ends, key_rows, values, least, most, needed, best, found):  # type: ignore[no-untyped-def]
    """For each of my sketches the indexed one that agrees in most places among those that share a key; of several the first.

    starts, ends (bands, rows): where the rows that share a key stand in key_rows (bands, indexed), `most` of which are looked
    at. best (rows,) and found (rows,): places that agree, and the row; overwritten where `needed` places or more do.
    """
    for row in range(len(mine)):
        for band in range(len(starts)):
            start, end = starts[band, row], ends[band, row]
            if end - start > most:
                start, end = _window(key_rows[band], start, end, least, mine_least[row], most)
            for place in range(start, end):
                other = np.int64(key_rows[band, place])
                if other == found[row]:
                    continue
                agreeing = _agreeing(mine[row], values[other])
                if agreeing < needed or agreeing < best[row] or (agreeing == best[row] and other > found[row] >= 0):
                    continue
                best[row], found[row] = agreeing, other
