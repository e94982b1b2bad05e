"""Twins on two sides of a border: for every member the most similar one of each group that it is compared with.

A member is a text; bit g of its mask is set where group g holds it. Groups are compared with those of smaller numbers only.
"""

from __future__ import annotations

import numpy as np

from dprep.kernels.jit import njit
from dprep.kernels.similarity import ratio

MOST = 4096
"""Members of one group, nearest in size, that a member is compared with under one key."""
MORE = 32
"""Members that one is compared with after a first twin was found, to find a better one."""


@njit(cache=True, nogil=True)
def crossing_buckets(records, order, masks):  # type: ignore[no-untyped-def]
    """Members of (key, member) records, sorted by `order`, that share a key with one of another group, bucket by bucket;
    and where each bucket ends.
    """
    members = np.empty(len(order), np.int64)
    ends = np.empty(len(order), np.int64)
    count, buckets, first = 0, 0, 0
    while first < len(order):
        end = first
        held = np.uint64(0)
        while end < len(order) and records[order[end], 0] == records[order[first], 0]:
            held |= masks[records[order[end], 1]]
            end += 1
        if end - first > 1 and held & (held - np.uint64(1)):
            for k in range(first, end):
                members[count] = records[order[k], 1]
                count += 1
            members[count - (end - first) : count].sort()
            ends[buckets] = count
            buckets += 1
        first = end
    return members[:count], ends[:buckets]


@njit(cache=True, nogil=True)
def _of_group(here, masks, group, slot, offsets):  # type: ignore[no-untyped-def]
    """The members of a bucket that a group holds, by the size of their sets; and these sizes."""
    theirs = np.empty(len(here), np.int64)
    sizes = np.empty(len(here), np.int64)
    count = 0
    for m in here:
        if (masks[m] >> np.uint64(group)) & np.uint64(1) == np.uint64(1):
            theirs[count] = m
            sizes[count] = offsets[slot[m] + 1] - offsets[slot[m]]
            count += 1
    order = np.argsort(sizes[:count], kind="mergesort")
    return theirs[:count][order], sizes[:count][order]


@njit(cache=True, nogil=True)
def _range(sizes, size, numerator, denominator):  # type: ignore[no-untyped-def]
    """The stretch of `sizes` that a set of `size` can be alike with, and whether it was cut to the `MOST` about its middle."""
    first = np.searchsorted(sizes, np.int64(np.ceil(size * numerator / denominator - 1e-6)), "left")
    end = np.searchsorted(sizes, np.int64(np.floor(size * denominator / numerator + 1e-6)), "right")
    if end - first <= MOST:
        return first, end, 0
    middle = np.searchsorted(sizes, size, "left")
    first = max(first, min(middle - MOST // 2, end - MOST))
    return first, first + MOST, 1


@njit(cache=True, nogil=True)
def _best_of(q, group, theirs, first, end, slot, offsets, hashes, limit, best, partner, tries, notes):  # type: ignore[no-untyped-def]
    """Compare member `q` with theirs[first:end]; keep the most similar in best[group] and partner[group]."""
    own = slot[q]
    for k in range(first, end):
        if best[group, own] == 1 or (best[group, own] > 0 and tries[own] >= MORE):
            return
        s = theirs[k]
        if s == q or (best[group, own] > 0 and partner[group, own] == s):
            continue
        tries[own] += best[group, own] > 0
        notes[0] += 1
        over, under = ratio(0, offsets, hashes, own, slot[s])
        if over * limit[1] >= limit[0] * under and over / under > best[group, own]:
            best[group, own] = over / under
            partner[group, own] = s


@njit(cache=True, nogil=True)
def best_partners(members, starts, masks, slot, offsets, hashes, limit, best, partner, tries, notes):  # type: ignore[no-untyped-def]
    """For every member of the buckets, of each group whose number is below that of a group it is in, and that does not hold
    it: the most similar member found, if it is alike by limit[0] / limit[1].

    best, partner: (groups, slots), zeros at first; tries: (slots,). Counts into notes: pairs compared; members that shared a
    key with more than `MOST`.
    """
    for bucket in range(len(starts) - 1):
        here = members[starts[bucket] : starts[bucket + 1]]
        for group in range(len(best)):
            theirs, sizes = _of_group(here, masks, group, slot, offsets)
            if not len(theirs):
                continue
            for q in here:
                above = masks[q] >> np.uint64(group)
                if above & np.uint64(1) == np.uint64(1) or above == np.uint64(
                    0
                ):  # it is there itself, or asks nothing of that group
                    continue
                size = offsets[slot[q] + 1] - offsets[slot[q]]
                first, end, cut = _range(sizes, size, limit[0], limit[1])
                notes[1] += cut
                _best_of(q, group, theirs, first, end, slot, offsets, hashes, limit, best, partner, tries, notes)
