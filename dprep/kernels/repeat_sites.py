"""Spans of one stretch of a block, by equal keys: which of them the others must be told of, and which are repeats for sure.

A text may hold the same line a million times: what leaves here is a few records for each key.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Flags = npt.NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _grouped(keys, table, group, leaders):  # type: ignore[no-untyped-def]
    """The number of each site's key, in the order of their first occurrence; how many there are."""
    mask = len(table) - 1
    found = 0
    for i in range(len(keys)):
        at = np.int64(keys[i, 0] & np.uint64(mask))
        while True:
            number = table[at]
            if number < 0:
                table[at] = found
                leaders[found] = i
                group[i] = found
                found += 1
                break
            leader = leaders[number]
            if keys[leader, 0] == keys[i, 0] and keys[leader, 1] == keys[i, 1]:
                group[i] = number
                break
            at = (at + 1) & mask
    return found


@njit(cache=True, nogil=True)
def _measured(group, zones, apart, first, last, counted, times):  # type: ignore[no-untyped-def]
    """Of each key the first and last zone, and how many occurrences are apart from the one before."""
    for i in range(len(group)):
        g = group[i]
        if times[g] == 0:
            first[g] = counted[g] = zones[i]
            times[g] = 1
        elif zones[i] - counted[g] >= apart:
            counted[g] = zones[i]
            times[g] += 1
        last[g] = zones[i]


@njit(cache=True, nogil=True)
def _settled(group, zones, apart, least, keep_first, by_document, first, last, times, recorded, sure):  # type: ignore[no-untyped-def]
    told = np.zeros(len(times), np.int64)
    at = np.zeros(len(times), np.int64)
    limit = 1 if keep_first and least == 2 else least
    for i in range(len(group)):
        g, zone = group[i], zones[i]
        later = zone - first[g] >= apart
        before_last = last[g] - zone >= apart
        if times[g] >= least and (later or (not keep_first and before_last)):
            sure[i] = True
        if by_document and told[g] and zone == at[g]:
            continue
        fresh = told[g] == 0 or zone - at[g] >= apart
        if not sure[i] or (fresh and told[g] < limit):
            recorded[i] = True
        if fresh:
            told[g] += 1
            at[g] = zone


def settle_sites(
    keys: npt.NDArray[np.uint64],
    zones: npt.NDArray[np.int64],
    apart: int,
    least: int,
    *,
    keep_first: bool,
    by_document: bool,
) -> tuple[Flags, Flags]:
    """(recorded, sure), (sites,) each.

    keys (sites, 2); zones (sites,), ascending: sites whose zones differ by `apart` or more do not overlap. `recorded`: what
    other stretches must know of. `sure`: repeats whatever the others say.
    """
    count = len(keys)
    table = np.full(1 << max(4, int(2 * count).bit_length()), -1, np.int32)
    group, leaders = np.empty(count, np.int32), np.empty(count, np.int32)
    found = _grouped(keys, table, group, leaders)
    first, last, counted, times = (np.zeros(found, np.int64) for _ in range(4))
    _measured(group, zones, apart, first, last, counted, times)
    recorded, sure = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    _settled(group, zones, apart, least, keep_first, by_document, first, last, times, recorded, sure)
    return recorded, sure
