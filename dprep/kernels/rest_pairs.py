"""The pairs of a large bucket that no leader has joined, every one of them, by signatures of 512 bits (4096 for large sets).

A set's signature has a bit for each of its members. Bits that differ are members that differ: two sets of sizes a and b with
similarity t share t / (1 + t) * (a + b) at least, so pairs whose signatures differ in more bits than that leaves are no twins.
The others are compared. Of members in one group already no pair is looked at. 100,000 sets that are all unlike take about half
a minute.
"""

from __future__ import annotations

import numpy as np

from dprep.kernels.jit import njit
from dprep.kernels.pairs import attach
from dprep.kernels.similarity import at_least, bits
from dprep.kernels.union import join, root

_SMALL, _LARGE = 8, 64
"""Words of a signature."""
_LARGE_SET = 256
"""Members on average above which the larger signature tells more apart."""


@njit(cache=True, nogil=True)
def _signatures(members, slot, offsets, hashes, words):  # type: ignore[no-untyped-def]
    """(members, words)"""
    found = np.zeros((len(members), words), np.uint64)
    shift = np.uint64(55 if words == _SMALL else 52)
    for k in range(len(members)):
        for place in range(offsets[slot[members[k]]], offsets[slot[members[k]] + 1]):
            bit = hashes[place] >> shift
            found[k, bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))
    return found


@njit(cache=True, nogil=True)
def _differ(a, b, most):  # type: ignore[no-untyped-def]
    """Whether two signatures differ in more than `most` bits."""
    found = 0
    for word in range(len(a)):
        found += bits(a[word] ^ b[word])
    return found > most


@njit(cache=True, nogil=True)
def _largest(groups):  # type: ignore[no-untyped-def]
    """The group that most members are in."""
    ordered = np.sort(groups)
    best, most, first = ordered[0], 0, 0
    for k in range(1, len(ordered) + 1):
        if k == len(ordered) or ordered[k] != ordered[first]:
            if k - first > most:
                best, most = ordered[first], k - first
            first = k
    return best


@njit(cache=True, nogil=True)
def _join_with(k, others, first, end, groups, of, sizes, limit, parent, link, notes):  # type: ignore[no-untyped-def]
    """Join member `k` with those of `others`, which are sorted by size, that are like it."""
    members, slot, offsets, hashes, signatures = of
    share = limit[1] / (limit[1] + limit[2])
    for place in range(first, end):
        j = others[place]
        if groups[j] == groups[k]:
            continue
        both = sizes[k] + sizes[j]
        if _differ(signatures[k], signatures[j], both - 2 * np.int64(np.ceil(share * both - 1e-6))):
            continue
        a, b = members[k], members[j]
        if root(parent, a) == root(parent, b):
            continue
        notes[0] += 1
        if at_least(limit[0], offsets, hashes, slot[a], slot[b], limit[1], limit[2]) and join(parent, a, b):
            notes[1] += 1
            attach(link, a, b)


@njit(cache=True, nogil=True)
def join_rest(members, slot, offsets, hashes, limit, parent, link, notes):  # type: ignore[no-untyped-def]
    """Join all members of one bucket that are alike, by the metric `jaccard`; arguments as of `pairs.join_buckets`."""
    groups = np.empty(len(members), np.int64)
    sizes = np.empty(len(members), np.int64)
    for k in range(len(members)):
        groups[k] = root(parent, members[k])
        sizes[k] = offsets[slot[members[k]] + 1] - offsets[slot[members[k]]]
    inside = groups == _largest(groups)
    if inside.all():
        return
    order = np.argsort(sizes, kind="mergesort")
    rest, main = order[~inside[order]], order[inside[order]]
    words = _SMALL if sizes.mean() <= _LARGE_SET else _LARGE
    of = members, slot, offsets, hashes, _signatures(members, slot, offsets, hashes, words)
    low = np.ceil(sizes[rest] * limit[1] / limit[2] - 1e-6)
    high = np.floor(sizes[rest] * limit[2] / limit[1] + 1e-6)
    last = np.searchsorted(sizes[rest], high, "right")
    begin, end = np.searchsorted(sizes[main], low, "left"), np.searchsorted(sizes[main], high, "right")
    for place in range(len(rest)):
        k = rest[place]
        _join_with(k, rest, place + 1, last[place], groups, of, sizes, limit, parent, link, notes)
        _join_with(k, main, begin[place], end[place], groups, of, sizes, limit, parent, link, notes)
