"""Keys of sets such that any two of a given similarity share one, whatever their size: an exact join over rare members.

As `short_sets`, but all sets are sorted by how many of them hold a member, the rarest first: then the keys, which come from the
front, are rare ones, and few strangers share any. Members that no other set holds make no key. Sets larger than `SMALL` have
single members as keys, which are rare enough there; small ones pairs of members.

Source: as `short_sets`; the order by rarity is of Chaudhuri, Ganti, Kaushik 2006.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Postings, Sets
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.short_sets import SMALL, least_shared
from dprep.kernels.similarity import threshold

Counters = npt.NDArray[np.uint16]

MOST = 0xFFFF
"""Where a counter stops."""


def counters(members: int) -> Counters:
    """Zeros for about so many different members: too few only make for more keys. 128 KB to 64 MB."""
    bits = min(max(int(2 * members).bit_length(), 16), 25)
    return np.zeros(1 << bits, np.uint16)


@njit(cache=True, nogil=True)
def count_members(hashes, counts):  # type: ignore[no-untyped-def]
    """Add one to the counter of each hash."""
    last = np.uint64(len(counts) - 1)
    for h in hashes:
        place = h & last
        if counts[place] < MOST:
            counts[place] += np.uint16(1)


def add_counters(whole: Counters, more: Counters) -> None:
    """Add `more` to `whole`, as far as a counter reaches."""
    np.minimum(whole, MOST - more, out=whole)
    whole += more


@njit(cache=True, nogil=True)
def _rare_first(hashes, counts, out):  # type: ignore[no-untyped-def]
    """Into `out` the members by falling rarity: 16 bits say how common one is, 48 which it is. How many are held once."""
    last = np.uint64(len(counts) - 1)
    alone = 0
    for k in range(len(hashes)):
        count = np.uint64(counts[hashes[k] & last])
        if count <= np.uint64(1):
            alone += 1
        out[k] = count << np.uint64(48) | hashes[k] >> np.uint64(16)
    out[: len(hashes)].sort()
    return alone


@njit(cache=True, nogil=True)
def _row_keys(members, alone, singles, doubles, out):  # type: ignore[no-untyped-def]
    """Write the first `singles` members, and the pairs of the first `doubles`, without those that are alone; how many."""
    made = 0
    for k in range(alone, singles):
        out[made] = mixed(members[k])
        made += 1
    for k in range(alone, doubles):
        head = mixed(members[k]) * np.uint64(0x9E3779B97F4A7C15)
        for j in range(k + 1, doubles):
            out[made] = mixed(head + members[j])
            made += 1
    return made


@njit(cache=True, nogil=True)
def _postings(offsets, hashes, counts, numerator, denominator, rows, keys):  # type: ignore[no-untyped-def]
    """Write the keys of all sets and the rows they are of; how many. With no room in `keys` it counts only."""
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    members = np.empty(longest, np.uint64)
    scratch = np.empty(longest + (2 * SMALL + 2) ** 2, np.uint64)
    at = 0
    for row in range(len(offsets) - 1):
        size = offsets[row + 1] - offsets[row]
        if size == 0:
            continue
        least = least_shared(size, numerator, denominator)
        alone = _rare_first(hashes[offsets[row] : offsets[row + 1]], counts, members)
        if size - alone < least:  # no other set holds so many of its members
            continue
        paired = 2 * numerator >= denominator and size * numerator <= SMALL * denominator
        singles = size - least + 1 if not paired or least == 1 or size > SMALL else 0
        doubles = min(size, size - least + 2) if paired else 0
        made = _row_keys(members, alone, singles, doubles, scratch)
        if len(keys):
            rows[at : at + made] = row
            keys[at : at + made] = scratch[:made]
        at += made
    return at


def rare_postings(sets: Sets, least: float, counts: Counters) -> Postings:
    """Keys by which every two sets meet that are alike by `least`; `counts`: of all sets that may meet, by `count_members`."""
    limit = threshold(least)
    nothing = np.zeros(0, np.int64), np.zeros(0, np.uint64)
    made = _postings(sets.offsets, sets.hashes, counts, *limit, *nothing)
    rows, keys = np.empty(made, np.int64), np.empty(made, np.uint64)
    if made:
        _postings(sets.offsets, sets.hashes, counts, *limit, rows, keys)
    return Postings(rows, keys)
