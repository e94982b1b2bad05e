"""Which side of random planes a vector lies on: two vectors at an angle θ are parted by a plane with probability θ / π.

Source: Charikar 2002, "Similarity Estimation Techniques from Rounding Algorithms", section 3.

Everything that is added up is a whole number below 2**24, so 32-bit products of matrices are exact, and the sides are the same
on every machine, in any block, with any number of threads.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.chance import splitmix64
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

FINE = 1 << 20
"""Parts of 1 in which vectors are added up."""
SCALE = 1 << 14
"""Parts of 1 in which they are held against planes: 2 * SCALE, the longest difference of two vectors of length 1, times the
length of a plane in `MOST` dimensions is below 2**24."""
MOST = 8_192
"""Dimensions that a vector may have."""
ROWS = 2_048
"""Rows at once."""
_STEP = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _to_length_one(vectors, out, good):  # type: ignore[no-untyped-def]
    for row in range(len(vectors)):
        total = 0.0
        for value in vectors[row]:
            total += np.float64(value) * np.float64(value)
        good[row] = np.isfinite(total) and total > 0.0
        if good[row]:
            length = math.sqrt(total)
            for k in range(vectors.shape[1]):
                out[row, k] = np.float32(np.float64(vectors[row, k]) / length)


def length_one(vectors: F32) -> tuple[F32, npt.NDArray[np.bool_]]:
    """(rows, dimensions): `vectors` made 1 long, and which of them can be: those with a direction, all of whose numbers are
    finite. The others are 0.
    """
    out, good = np.zeros(vectors.shape, np.float32), np.zeros(len(vectors), np.bool_)
    _to_length_one(vectors, out, good)
    return out, good


def sums(vectors: F32) -> I64:
    """(dimensions,): the sum of vectors, in `FINE` parts; blocks of rows add up exactly."""
    total = np.zeros(vectors.shape[1], np.int64)
    for first in range(0, len(vectors), ROWS):
        total += np.rint(vectors[first : first + ROWS].astype(np.float64) * FINE).astype(np.int64).sum(axis=0)
    return total


@cache
def planes(dimensions: int, count: int) -> F32:
    """(dimensions, count): planes by what stands upright on them, whole numbers of mean 0 and standard deviation 4."""
    drawn = splitmix64(np.arange(dimensions * count, dtype=np.uint64))
    return (np.bitwise_count(drawn).astype(np.float32) - 32).reshape(dimensions, count)


@njit(cache=True, nogil=True)
def _packed(sides, width, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        for band in range(out.shape[1]):
            key = np.uint64(0)
            for k in range(band * width, (band + 1) * width):
                key = (key << np.uint64(1)) | np.uint64(sides[row, k] >= 0)
            out[row, band] = mixed(mixed(key) ^ (np.uint64(band + 1) * _STEP))


def plane_keys(vectors: F32, mean: npt.NDArray[np.float64], radius: float, bands: int, width: int) -> U64:
    """(rows, bands): equal in a band for vectors on the same side of its `width` planes, seen from `mean` (dimensions,).

    A vector nearer to the mean than `radius` is first moved off at a right angle, along one more dimension, until it is as far
    away: else two vectors close to the mean would be parted however near each other they are.
    """
    out = np.empty((len(vectors), bands), np.uint64)
    if not width:
        out[:] = mixed(_STEP)
        return out
    upright = planes(len(mean) + 1, bands * width)
    square = float(round((radius * SCALE) ** 2))
    for first in range(0, len(vectors), ROWS):
        seen = np.rint((vectors[first : first + ROWS] - mean) * SCALE)
        lift = np.rint(np.sqrt(np.maximum(0.0, square - (seen * seen).sum(axis=1))))
        sides = np.column_stack([seen, lift]).astype(np.float32) @ upright
        _packed(sides, width, out[first : first + ROWS])
    return out


def planes_for(threshold: float, rows: int, recall: float, most: int) -> tuple[int, int]:
    """(bands, width): bands of planes among which two vectors of cosine `threshold` share one with probability `recall`.

    The match curve is 1 - (1 - (1 - θ / π)^width)^bands. Width is as large as `most` bands allow, up to four keys for each row.
    """
    same = 1.0 - math.acos(min(1.0, max(0.0, threshold))) / math.pi
    for width in range(max(1, (4 * rows - 1).bit_length()), 0, -1):
        meet = same**width
        bands = 1 if meet >= recall else math.ceil(math.log(1.0 - recall) / math.log(1.0 - meet))
        if bands <= most:
            return bands, width
    return most, 1


def met(threshold: float, bands: int, width: int) -> float:
    """The probability that two vectors of cosine `threshold` share a band."""
    same = 1.0 - math.acos(min(1.0, max(-1.0, threshold))) / math.pi
    return 1.0 - (1.0 - same**width) ** bands
