"""Fast Similarity Sketch: as many hashes per set as wanted, of which two sets share the same share as they share members.

Source: Dahlgaard, Knudsen, Thorup 2017, "Fast Similarity Sketching", FOCS, algorithm 1. Round after round every member is
thrown into one of `size` bins; a bin keeps the smallest hash of the first round that reached it; the last `size` rounds throw
every member into one given bin, so that none stays empty. O(n + size log size) per set of n, and of lower variance than
`size` permutations.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Sets
from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.ordering import MOST_BITS, sorted_distinct
from dprep.kernels.shingles import fold_table, row_shingles

U64 = npt.NDArray[np.uint64]

MAX_SIZE = 512
"""The round number takes the top 10 bits of a bin's value; there are at most 2 * size rounds."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)


_PATIENCE = 64
"""Throws per bin after which an empty one tells that members repeat: different ones leave it so once in exp(64)."""


@njit(cache=True, nogil=True)
def fill_sketch(members, count, bins, patience):  # type: ignore[no-untyped-def]
    """Write the sketch of members[:count] (count >= 1, repeats allowed) into `bins`. With a patience above 0, False and half a
    sketch if bins are empty after so many throws for each.
    """
    size = len(bins)
    bins[:] = _EMPTY
    filled = 0
    for turn in range(2 * size):
        salt = np.uint64(turn + 1) * _STEP
        rank = np.uint64(turn) << np.uint64(54)
        for k in range(count):
            h = mixed(members[k] ^ salt)
            place = np.int64(((h & np.uint64(0xFFFFFFFF)) * np.uint64(size)) >> np.uint64(32))
            if turn >= size:
                place = np.int64(turn - size)
            value = rank | (h >> np.uint64(10))
            if value < bins[place]:
                filled += bins[place] == _EMPTY
                bins[place] = value
        if filled == size:
            return True
        if patience and count * (turn + 1) > patience * size:
            return False
    return True


@njit(cache=True, nogil=True)
def sketch_of_run(members, count, scratch, starts, bins):  # type: ignore[no-untyped-def]
    """Write the sketch of members[:count] (count >= 1) into `bins`. Millions of repeats cost one sorting, not a pass per bin.

    scratch, starts: as `kernels.ordering.sorted_distinct` wants them.
    """
    if not fill_sketch(members, count, bins, _PATIENCE):
        fill_sketch(members, sorted_distinct(members, count, scratch, starts), bins, 0)


@njit(cache=True, nogil=True)
def _band_keys(bins, bands, width, out):  # type: ignore[no-untyped-def]
    for band in range(bands):
        key = mixed(np.uint64(band + 1) * _STEP)
        for k in range(band * width, (band + 1) * width):
            key = mixed(key ^ bins[k]) + _STEP
        out[band] = key


@njit(cache=True, nogil=True)
def _all_keys(offsets, data, table, characters, length, content, size, width, out):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    scratch, sorting = np.empty(longest + 1, np.uint64), np.empty(longest + 1, np.uint64)
    starts = np.empty((1 << MOST_BITS) + 1, np.int64)
    bins = np.empty(size, np.uint64)
    for row in range(len(offsets) - 1):
        count = row_shingles(data, offsets[row], offsets[row + 1], table, characters, length, scratch)
        if count == 0:
            # nothing to compare by: a key of its own, so that only equal content makes it a twin
            scratch[0] = content[row, 0]
            count = 1
        sketch_of_run(scratch, count, sorting, starts, bins)
        _band_keys(bins, out.shape[1], width, out[row])


@njit(cache=True, nogil=True)
def _all_sketches(offsets, hashes, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        fill_sketch(hashes[offsets[row] : offsets[row + 1]], offsets[row + 1] - offsets[row], out[row], 0)


def band_keys(buffers: Buffers, characters: bool, length: int, content: U64, bands: int, width: int) -> U64:
    """(rows, bands): keys over `width` hashes each of the shingles' sketch; `content` (rows, 2) tells texts without shingles
    apart.
    """
    out = np.empty((len(buffers.offsets) - 1, bands), np.uint64)
    _all_keys(*buffers, fold_table(), characters, length, content, bands * width, width, out)
    return out


def sketches(sets: Sets, size: int) -> U64:
    """(rows, size): the sketch of each set; every set needs a member."""
    out = np.empty((len(sets.offsets) - 1, size), np.uint64)
    _all_sketches(sets.offsets, sets.hashes, out)
    return out


@njit(cache=True, nogil=True)
def _row_sketches(offsets, data, table, characters, length, content, out):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(out)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    scratch, sorting = np.empty(longest + 1, np.uint64), np.empty(longest + 1, np.uint64)
    starts = np.empty((1 << MOST_BITS) + 1, np.int64)
    for row in range(len(out)):
        count = row_shingles(data, offsets[row], offsets[row + 1], table, characters, length, scratch)
        if count == 0:
            scratch[0] = content[row, 0]
            count = 1
        sketch_of_run(scratch, count, sorting, starts, out[row])


def row_sketches(buffers: Buffers, characters: bool, length: int, content: U64, size: int) -> Sets:
    """The sketch of each text, `size` hashes, as it is under the bands."""
    rows = len(buffers.offsets) - 1
    out = np.empty((rows, size), np.uint64)
    _row_sketches(*buffers, fold_table(), characters, length, content, out)
    return Sets(np.arange(rows + 1, dtype=np.int64) * size, out.reshape(-1))


def bands_for(threshold: float, size: int, recall: float = 0.99) -> tuple[int, int]:
    """(bands, width): the widest bands, as many as `size` hashes fill, that pair two sets of similarity `threshold` with
    probability `recall` at least.

    The match curve is 1 - (1 - s^width)^bands. Since candidates are verified, a false pair costs time only, a missed one is
    lost: so recall is given, and width, which keeps strangers apart, is as large as it allows.
    """
    for width in range(size, 1, -1):
        bands = size // width
        if 1.0 - (1.0 - threshold**width) ** bands >= recall:
            return bands, width
    return size, 1
