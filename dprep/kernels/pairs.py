"""Buckets of candidates, the pairs in them, and who stays. Members are numbered in the order of their content hashes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jaccard import at_most, jaccard
from dprep.kernels.jit import njit
from dprep.kernels.union import join, root

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

CAP = 64
"""Up to so many rows in a bucket are compared pair by pair (2,016 pairs)."""
LEADERS = 8
"""In a larger bucket every row is compared with at most so many others a turn."""


@njit(cache=True, nogil=True)
def collapse(order, content, rank, member, best, copies):  # type: ignore[no-untyped-def]
    """Number the distinct contents in `order` (which sorts them): member[row], and per content its best row and its copies.

    The best row has the smallest rank, of equal ones the smallest number. Returns how many contents there are.
    """
    found = -1
    last = 0
    for row in order:
        if found < 0 or content[row, 0] != content[last, 0] or content[row, 1] != content[last, 1]:
            found += 1
            best[found] = row
            copies[found] = 0
        elif rank[row] < rank[best[found]] or (rank[row] == rank[best[found]] and row < best[found]):
            best[found] = row
        copies[found] += 1
        member[row] = found
        last = row
    return found + 1


@njit(cache=True, nogil=True)
def bucket_members(order, keys):  # type: ignore[no-untyped-def]
    """Members that share their key with another, bucket by bucket, each bucket sorted; and where the buckets start.

    `order` sorts `keys`; it is overwritten.
    """
    kept, buckets, first = 0, 0, 0
    starts = np.empty(len(order) // 2 + 1, np.int64)
    for k in range(1, len(order) + 1):
        if k < len(order) and keys[order[k]] == keys[order[first]]:
            continue
        if k - first > 1:
            starts[buckets] = kept
            buckets += 1
            for i in range(first, k):
                order[kept] = order[i]
                kept += 1
            order[kept - (k - first) : kept].sort()
        first = k
    starts[buckets] = kept
    return order[:kept], starts[: buckets + 1]


@njit(cache=True, nogil=True)
def _similar(offsets, hashes, a, b, least, notes):  # type: ignore[no-untyped-def]
    notes[0] += 1
    return at_most(offsets, a, b) >= least and jaccard(offsets, hashes, a, b) >= least


@njit(cache=True, nogil=True)
def _alike_together(members, slot, offsets, hashes, last):  # type: ignore[no-untyped-def]
    """`members` by the smallest hash of their sets, or by the largest: similar sets likely share it, and so are neighbours."""
    keys = np.zeros(len(members), np.uint64)
    for k in range(len(members)):
        first, end = offsets[slot[members[k]]], offsets[slot[members[k]] + 1]
        if first < end:
            keys[k] = hashes[end - 1] if last else hashes[first]
    return members[np.argsort(keys)]


@njit(cache=True, nogil=True)
def join_buckets(members, starts, stays, turn, slot, offsets, hashes, least, parent, notes):  # type: ignore[no-untyped-def]
    """Join the similar members of each bucket that still stay; set slot[m] is member m's. Pairs joined already are passed over.

    Counts into notes: pairs compared, joined, buckets over `CAP`. In a larger bucket a member is compared with the last
    `LEADERS` members that were like none before them, by smallest hash in even turns, by largest in odd ones. Turns after the
    first (0) look at such buckets only.
    """
    leaders = np.empty(LEADERS, np.int64)
    for bucket in range(len(starts) - 1):
        here = members[starts[bucket] : starts[bucket + 1]]
        if turn > 0 and len(here) <= CAP:
            continue
        here = here[stays[here]]
        large = len(here) > CAP
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
                elif _similar(offsets, hashes, slot[a], slot[b], least, notes):
                    notes[1] += join(parent, a, b)
                    alone = False
                if large and not alone:
                    break
            if large and alone:
                leaders[led % LEADERS] = b
                led += 1


@njit(cache=True, nogil=True)
def matching_pairs(members, starts, slot, offsets, hashes, least, notes):  # type: ignore[no-untyped-def]
    """(pairs, 2): the similar pairs of each bucket; of one over `CAP`, those of members with leaders as in `join_buckets`."""
    found = np.empty((64, 2), np.int64)
    leaders = np.empty(LEADERS, np.int64)
    count = 0
    for bucket in range(len(starts) - 1):
        here = members[starts[bucket] : starts[bucket + 1]]
        large = len(here) > CAP
        notes[2] += large
        if large:
            here = _alike_together(here, slot, offsets, hashes, False)
        led = 0
        for j in range(len(here)):
            alone = True
            for i in range(min(led, LEADERS) if large else j):
                a = leaders[i] if large else here[i]
                if not _similar(offsets, hashes, slot[a], slot[here[j]], least, notes):
                    continue
                alone = False
                if count == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[count, 0], found[count, 1] = min(a, here[j]), max(a, here[j])
                count += 1
            if large and alone:
                leaders[led % LEADERS] = here[j]
                led += 1
    return found[:count]


@njit(cache=True, nogil=True)
def best_of_groups(parent, rank):  # type: ignore[no-untyped-def]
    """For every member the best of its group: smallest rank, then smallest number. `parent` is flat."""
    best = np.arange(len(parent))
    for m in range(len(parent)):
        group = parent[m]
        if rank[m] < rank[best[group]] or (rank[m] == rank[best[group]] and m < best[group]):
            best[group] = m
    keeper = np.empty(len(parent), np.int64)
    for m in range(len(parent)):
        keeper[m] = best[parent[m]]
    return keeper


@njit(cache=True, nogil=True)
def greedy(order, starts, others):  # type: ignore[no-untyped-def]
    """Keepers without chains: in `order`, a member nobody has claimed stays and claims those it is similar to that are free.

    Member m is similar to others[starts[m]:starts[m + 1]].
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
