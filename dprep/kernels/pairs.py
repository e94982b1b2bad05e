"""Buckets of candidates, the pairs in them, and who stays. Members are numbered in the order of their content hashes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.pair_set import code_of, grown, slot_of
from dprep.kernels.similarity import at_least
from dprep.kernels.union import join, root

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

CAP = 64
"""Up to so many rows in a bucket are compared pair by pair (2,016 pairs)."""
THOROUGH = 4096
"""As many where every pair is wanted (8 million pairs)."""
LEADERS = 8
"""In a larger bucket every row is compared with at most so many others a turn."""


@njit(cache=True, nogil=True)
def unsettled(members, starts, turn, parent, cap):  # type: ignore[no-untyped-def]
    """The buckets with members that are not joined yet, of those that `join_buckets` looks at in this turn."""
    kept = members.copy()
    begins = np.zeros(len(starts), np.int64)
    buckets = 0
    for bucket in range(len(starts) - 1):
        first, end = starts[bucket], starts[bucket + 1]
        apart = end - first > cap
        if turn == 0 and not apart:
            one = root(parent, members[first])
            for k in range(first + 1, end):
                apart = apart or root(parent, members[k]) != one
        if apart:
            begin = begins[buckets]
            buckets += 1
            begins[buckets] = begin + end - first
            kept[begin : begins[buckets]] = members[first:end]
    return kept[: begins[buckets]], begins[: buckets + 1]


@njit(cache=True, nogil=True)
def _similar(offsets, hashes, a, b, limit, notes):  # type: ignore[no-untyped-def]
    notes[0] += 1
    return at_least(limit[0], offsets, hashes, a, b, limit[1], limit[2])


@njit(cache=True, nogil=True)
def turn_round(link, child, parent):  # type: ignore[no-untyped-def]
    """Make `child` the root of its tree, and hang it on `parent`; on itself: it stays a root."""
    behind, here = np.int64(parent), np.int64(child)
    while True:
        ahead = np.int64(link[here])
        link[here] = behind
        if ahead == here:
            return
        behind, here = here, ahead


@njit(cache=True, nogil=True)
def attach(link, a, b):  # type: ignore[no-untyped-def]
    """Make one tree of those of `a` and `b` by the edge between them. link[m] is the next member on the way from m to the root
    of its tree, which is linked to itself. Costs the shorter of the two ways.
    """
    x, y = np.int64(a), np.int64(b)
    while link[x] != x and link[y] != y:
        x, y = np.int64(link[x]), np.int64(link[y])
    if link[x] == x:
        turn_round(link, a, b)
    else:
        turn_round(link, b, a)


@njit(cache=True, nogil=True)
def lead_to(link, keeper):  # type: ignore[no-untyped-def]
    """Make every member that stays the root of its tree, so that the links of the others lead to it."""
    for m in range(len(keeper)):
        if keeper[m] == m:
            turn_round(link, m, m)


@njit(cache=True, nogil=True)
def join_whole_buckets(members, starts, parent):  # type: ignore[no-untyped-def]
    """Join all members of each bucket; how many were joined."""
    joined = 0
    for bucket in range(len(starts) - 1):
        for k in range(starts[bucket] + 1, starts[bucket + 1]):
            joined += join(parent, members[starts[bucket]], members[k])
    return joined


@njit(cache=True, nogil=True)
def _alike_together(members, slot, offsets, hashes, last):  # type: ignore[no-untyped-def]
    """`members` by the smallest hash of their sets, or by the largest: similar sets likely share it, and so are neighbours."""
    keys = np.zeros(len(members), np.uint64)
    for k in range(len(members)):
        first, end = offsets[slot[members[k]]], offsets[slot[members[k]] + 1]
        if first < end:
            keys[k] = hashes[end - 1] if last else hashes[first]
    return members[np.argsort(keys, kind="mergesort")]


@njit(cache=True, nogil=True)
def join_buckets(members, starts, stays, turn, slot, offsets, hashes, limit, parent, link, notes):  # type: ignore[no-untyped-def]
    """Join the similar members of each bucket that still stay; set slot[m] is member m's. Pairs joined already are passed over.

    limit: of `engine.compare.Rule`. link: the trees of `attach`.
    Counts into notes: pairs compared, joined, buckets over the limit. In a larger bucket a member is compared with the last
    `LEADERS` members that were like none before them, by smallest hash in even turns, by largest in odd ones. Turns after the
    first (0) look at such buckets only.
    """
    leaders = np.empty(LEADERS, np.int64)
    for bucket in range(len(starts) - 1):
        here = members[starts[bucket] : starts[bucket + 1]]
        if turn > 0 and len(here) <= limit[3]:
            continue
        here = here[stays[here]]
        large = len(here) > limit[3]
        notes[2] += large
        if large:
            here = _alike_together(here, slot, offsets, hashes, turn % 2 == 1)
        led = 0
        for j in range(len(here)):
            b = here[j]
            alone = True
            for i in range(min(led, LEADERS) if large else j):
                a = leaders[i] if large else here[i]
                if root(parent, a) == root(parent, b):
                    alone = False
                elif _similar(offsets, hashes, slot[a], slot[b], limit, notes):
                    if join(parent, a, b):
                        notes[1] += 1
                        attach(link, a, b)
                    alone = False
                if large and not alone:
                    break
            if large and alone:
                leaders[led % LEADERS] = b
                led += 1


@njit(cache=True, nogil=True)
def follow_leaders(members, leaders, led, slot, offsets, hashes, limit, parent, link, notes):  # type: ignore[no-untyped-def]
    """Go on through a large bucket as `join_buckets` does, from the leaders that the members before have left: the first
    min(led[0], LEADERS) of `leaders`. (members,): the leader that each was joined with now, or -1.
    """
    whom = np.full(len(members), -1, np.int64)
    for j in range(len(members)):
        b = np.int64(members[j])
        alone = True
        for i in range(min(led[0], LEADERS)):
            a = leaders[i]
            if root(parent, a) == root(parent, b):
                alone = False
            elif _similar(offsets, hashes, slot[a], slot[b], limit, notes):
                if join(parent, a, b):
                    notes[1] += 1
                    attach(link, a, b)
                whom[j] = a
                alone = False
            if not alone:
                break
        if alone:
            leaders[led[0] % LEADERS] = b
            led[0] += 1
    return whom


@njit(cache=True, nogil=True)
def matching_pairs(members, starts, slot, offsets, hashes, limit, slots, known, notes):  # type: ignore[no-untyped-def]
    """Add the similar pairs of each bucket to the set `slots` of `known[0]` pairs, and give it back; over the limit, those of
    members with leaders as in `join_buckets`. Pairs that are there are not compared again.
    """
    leaders = np.empty(LEADERS, np.int64)
    for bucket in range(len(starts) - 1):
        here = members[starts[bucket] : starts[bucket + 1]]
        large = len(here) > limit[3]
        notes[2] += large
        if large:
            here = _alike_together(here, slot, offsets, hashes, False)
        led = 0
        for j in range(len(here)):
            alone = True
            for i in range(min(led, LEADERS) if large else j):
                a = leaders[i] if large else np.int64(here[i])
                code = code_of(a, here[j])
                place = slot_of(slots, code)
                if slots[place] == code:
                    alone = False
                elif _similar(offsets, hashes, slot[a], slot[here[j]], limit, notes):
                    alone = False
                    slots[place] = code
                    known[0] += 1
                    slots = grown(slots, known[0])
            if large and alone:
                leaders[led % LEADERS] = here[j]
                led += 1
    return slots


@njit(cache=True, nogil=True)
def pick(stretch, places, offsets, out):  # type: ignore[no-untyped-def]
    """Copy into out[offsets[i]:offsets[i + 1]] what stands in `stretch` from places[i] on."""
    for i in range(len(places)):
        first, size = offsets[i], offsets[i + 1] - offsets[i]
        out[first : first + size] = stretch[places[i] : places[i] + size]


@njit(cache=True, nogil=True)
def best_of_groups(parent, rank, best, stays):  # type: ignore[no-untyped-def]
    """Of every group the best member into best[root]: smallest rank, then smallest number; stays[m]: m is the best of its
    group. `parent` is flat.
    """
    for m in range(len(parent)):
        best[m] = m
    for m in range(len(parent)):
        group = parent[m]
        if rank[m] < rank[best[group]] or (rank[m] == rank[best[group]] and m < best[group]):
            best[group] = m
    for m in range(len(parent)):
        stays[m] = best[parent[m]] == m


@njit(cache=True, nogil=True)
def point_at_best(parent, best):  # type: ignore[no-untyped-def]
    """Overwrite the flat `parent` by the best member of each group."""
    for m in range(len(parent)):
        parent[m] = best[parent[m]]


@njit(cache=True, nogil=True)
def cluster_sizes(keeper, copies, size):  # type: ignore[no-untyped-def]
    """Add the copies of every member to the size of its keeper's cluster."""
    for m in range(len(keeper)):
        size[keeper[m]] += copies[m]


@njit(cache=True, nogil=True)
def greedy(order, starts, others):  # type: ignore[no-untyped-def]
    """Keepers without chains: in `order`, a member nobody has claimed stays and claims those it is similar to that are free.

    Member m is similar to others[starts[m]:starts[m + 1]], which come after it.
    """
    keeper = np.full(len(order), -1, np.int64)
    for m in order:
        if keeper[m] >= 0:
            continue
        keeper[m] = m
        for k in range(starts[m], starts[m + 1]):
            if keeper[others[k]] < 0:
                keeper[others[k]] = m
    return keeper
