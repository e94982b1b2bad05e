"""How alike two signatures are: `numerator / denominator`, whole numbers wherever they can be, so that a pair that lies exactly
on the threshold is never lost to rounding. The metrics are told in `base.dedup.Metric`.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Places = npt.NDArray[np.int64]

METRICS = {"jaccard": 0, "equal": 1, "hamming": 2, "cosine": 3, "fields": 4}
_JACCARD, _EQUAL, _HAMMING, _COSINE = range(4)

_LOW = np.uint64(0xFFFFFFFF)
_SHARE = np.uint64(0xFFFF)
MISSING = 0xFFFFFFFF
"""The size of a field that has no value."""


def threshold(least: float) -> tuple[float, float]:
    """`least` as it is written, 0.8 as 4 / 5: numerator and denominator."""
    exact = Fraction(repr(least)).limit_denominator(1_000_000)
    return float(exact.numerator), float(exact.denominator)


@njit(cache=True, nogil=True)
def shared_members(words, i, i_end, j, j_end):  # type: ignore[no-untyped-def]
    """How many members two sorted runs of distinct hashes share."""
    shared = 0
    while i < i_end and j < j_end:
        x, y = words[i], words[j]
        shared += x == y
        i += x <= y
        j += y <= x
    return shared


@njit(cache=True, nogil=True)
def bits(x):  # type: ignore[no-untyped-def]
    """How many bits of a 64-bit number are set."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def _weights(words, i, i_end, j, j_end):  # type: ignore[no-untyped-def]
    """Of two sorted runs of distinct members: the weights (low 16 bits) of those that both have, the first, the second has."""
    both, one, other = np.int64(0), np.int64(0), np.int64(0)
    while i < i_end and j < j_end:
        x, y = words[i], words[j]
        if x <= y:
            one += np.int64(x & _SHARE)
            i += 1
        if y <= x:
            other += np.int64(y & _SHARE)
            j += 1
        if x == y:
            both += np.int64(x & _SHARE)
    for k in range(i, i_end):
        one += np.int64(words[k] & _SHARE)
    for k in range(j, j_end):
        other += np.int64(words[k] & _SHARE)
    return both, one, other


@njit(cache=True, nogil=True)
def _fields(words, i, i_end, j):  # type: ignore[no-untyped-def]
    """Weighted sum of the fields' cosines, and of the weights of fields that both have, or the least that is divided by."""
    total, weights = 0.0, 0.0
    least = np.float64(words[i])
    i += 1
    j += 1
    while i < i_end:
        size, other = np.int64(words[i] & _LOW), np.int64(words[j] & _LOW)
        weight = np.float64(words[i] >> np.uint64(32))
        a, b = 0 if size == MISSING else size, 0 if other == MISSING else other
        if size != MISSING and other != MISSING:
            shared, mine, theirs = _weights(words, i + 1, i + 1 + a, j + 1, j + 1 + b)
            alike = shared == mine and shared == theirs
            total += weight if alike else weight * shared / math.sqrt(np.float64(mine) * np.float64(theirs))
            weights += weight
        i += 1 + a
        j += 1 + b
    return total, max(weights, least)


@njit(cache=True, nogil=True)
def ratio(metric, offsets, words, a, b):  # type: ignore[no-untyped-def]
    """Similarity of signatures `a` and `b` as a fraction; (0, 1) for two that hold nothing."""
    i, i_end = offsets[a], offsets[a + 1]
    j, j_end = offsets[b], offsets[b + 1]
    size = i_end - i
    if size + j_end - j == 0:
        return 0.0, 1.0
    if metric == _JACCARD:
        shared = shared_members(words, i, i_end, j, j_end)
        return np.float64(shared), np.float64(size + j_end - j - shared)
    found = 0
    if metric == _EQUAL:
        for k in range(size):
            found += words[i + k] == words[j + k]
        return np.float64(found), np.float64(size)
    if metric == _HAMMING:
        for k in range(size):
            found += 64 - bits(words[i + k] ^ words[j + k])
        return np.float64(found), np.float64(64 * size)
    if metric == _COSINE:
        left, right = words[i:i_end].view(np.float32), words[j:j_end].view(np.float32)
        total = 0.0
        for k in range(len(left)):
            total += np.float64(left[k]) * np.float64(right[k])
        return total, 1.0
    total, weights = _fields(words, i, i_end, j)
    return (total, weights) if weights > 0 else (0.0, 1.0)


@njit(cache=True, nogil=True)
def at_least(metric, offsets, words, a, b, numerator, denominator):  # type: ignore[no-untyped-def]
    """Whether `a` and `b` are alike by numerator / denominator or more."""
    if metric == _JACCARD:  # sizes alone often tell
        x, y = offsets[a + 1] - offsets[a], offsets[b + 1] - offsets[b]
        if min(x, y) * denominator < numerator * max(x, y):
            return False
    over, under = ratio(metric, offsets, words, a, b)
    return over * denominator >= numerator * under


@njit(cache=True, nogil=True)
def similarity(metric, offsets, words, a, b):  # type: ignore[no-untyped-def]
    """Similarity of signatures `a` and `b`."""
    over, under = ratio(metric, offsets, words, a, b)
    return over / under


@njit(cache=True, nogil=True)
def pair_similarities(metric, offsets, words, left, right, out):  # type: ignore[no-untyped-def]
    """The similarity of left[k] to right[k], for every k, into `out`."""
    for k in range(len(left)):
        out[k] = 1.0 if left[k] == right[k] else similarity(metric, offsets, words, left[k], right[k])
