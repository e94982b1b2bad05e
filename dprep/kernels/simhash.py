"""Fingerprints of texts: 64 bits, of which two texts share the more, the more alike their shingles are.

Every bit is voted on by all shingles: a shingle says yes where its hash has a one, as often as it occurs in the text; the bit
is set where more say yes than no. Two texts whose counts of shingles lie at an angle of a degrees differ in 64 a / 180 bits on
average.

Source: Charikar 2002, "Similarity Estimation Techniques from Rounding Algorithms", STOC; Manku, Jain, Das Sarma 2007,
"Detecting Near-Duplicates for Web Crawling", WWW.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.shingles import fold_table, row_shingles

U64 = npt.NDArray[np.uint64]

BITS = 64
_LANES = np.uint64(0x0101010101010101)
_FULL = 255
"""Votes that a lane of eight bits can count."""
_STEP = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _counted(lanes, votes):  # type: ignore[no-untyped-def]
    """Move the counts of `lanes` to `votes`. Lane j of word k counts bit k + 8 * j."""
    for k in range(8):
        for j in range(8):
            votes[k + 8 * j] += np.int64((lanes[k] >> np.uint64(8 * j)) & np.uint64(0xFF))
        lanes[k] = np.uint64(0)


@njit(cache=True, nogil=True)
def fingerprint(members, count, lanes, votes):  # type: ignore[no-untyped-def]
    """The fingerprint of members[:count], repeats counted. `lanes` (8,) and `votes` (64,) are scratch."""
    votes[:] = 0
    lanes[:] = np.uint64(0)
    pending = 0
    for i in range(count):
        h = members[i]
        for k in range(8):
            lanes[k] += (h >> np.uint64(k)) & _LANES
        pending += 1
        if pending == _FULL:
            _counted(lanes, votes)
            pending = 0
    _counted(lanes, votes)
    found = np.uint64(0)
    for bit in range(BITS):
        if 2 * votes[bit] > count:
            found |= np.uint64(1) << np.uint64(bit)
    return found


@njit(cache=True, nogil=True)
def _all_fingerprints(offsets, data, table, characters, length, content, out):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(out)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    scratch = np.empty(longest + 1, np.uint64)
    lanes, votes = np.zeros(8, np.uint64), np.zeros(BITS, np.int64)
    for row in range(len(out)):
        count = row_shingles(data, offsets[row], offsets[row + 1], table, characters, length, scratch)
        # nothing to compare by: a fingerprint by chance, so that only equal content makes it a twin
        out[row] = fingerprint(scratch, count, lanes, votes) if count else mixed(content[row, 0])


def fingerprints(buffers: Buffers, characters: bool, length: int, content: U64) -> U64:
    """(rows,): the fingerprint of each text; `content` (rows, 2) tells texts without shingles apart."""
    out = np.empty(len(buffers.offsets) - 1, np.uint64)
    _all_fingerprints(*buffers, fold_table(), characters, length, content, out)
    return out


def masks(blocks: int, distance: int) -> U64:
    """(keys,): the bits of each key. The 64 bits fall into `blocks` stretches; a key is all but `distance` of them.

    Two fingerprints that differ in `distance` bits or fewer differ in `distance` stretches at most: so they agree in all bits
    of one key.
    """
    ends = [BITS * block // blocks for block in range(blocks + 1)]
    stretches = [(1 << end) - (1 << start) for start, end in pairwise(ends)]
    return np.array([sum(kept) for kept in combinations(stretches, blocks - distance)], np.uint64)


@njit(cache=True, nogil=True)
def _all_keys(prints, masks, out):  # type: ignore[no-untyped-def]
    for row in range(len(prints)):
        for key in range(len(masks)):
            out[row, key] = mixed((prints[row] & masks[key]) + np.uint64(key + 1) * _STEP)


def block_keys(prints: U64, blocks: int, distance: int) -> U64:
    """(rows, keys): fingerprints that differ in `distance` bits or fewer are equal in one column at least."""
    chosen = masks(blocks, distance)
    out = np.empty((len(prints), len(chosen)), np.uint64)
    _all_keys(prints, chosen, out)
    return out
