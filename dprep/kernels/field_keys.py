"""By which keys records meet that may be twins: rare tokens, rare runs of characters, and common tokens two by two.

How many rows have a token is known of all rows (`kernels.fields.counted`), so that a state or a given name, which half the rows
share, is no key, but a given name and a postcode together are. A token that one row alone has is no key either: mostly a typo.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Postings, Sets
from dprep.kernels.fields import WHOLE
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit

Counts = npt.NDArray[np.int64]

RARE = 48
"""A token that so many rows have or fewer is a key by itself."""
COMMON = 12
"""So many of the others, the rarest, are keys two by two."""
TOGETHER = 16
"""Two are if so many rows or fewer would have both by chance."""
RARE_RUN = 32
"""A run of characters that so many rows have or fewer may be a key."""
RUNS = 12
"""So many of these are, the rarest."""

_TOP = np.uint64(48)
_STEP = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _by_count(offsets, members, row, counts, found, often):  # type: ignore[no-untyped-def]
    """Members of a row in all fields that other rows have too, the rarest first, into found[:n]; counts into often[:n]."""
    n = 0
    for field in range(len(offsets)):
        for k in range(offsets[field, row], offsets[field, row + 1]):
            count = counts[np.int64(members[k] >> _TOP)]
            if count > 1:
                found[n], often[n] = members[k], count
                n += 1
    # ties by hash: nothing may depend on the order of fields in memory
    order = np.argsort(found[:n])
    order = order[np.argsort(often[:n][order], kind="mergesort")]
    found[:n] = found[:n][order]
    often[:n] = often[:n][order]
    return n


@njit(cache=True, nogil=True)
def _token_keys(found, often, n, rows, keys, at):  # type: ignore[no-untyped-def]
    """Write the keys of one record's tokens; where the next ones go."""
    rare = 0
    while rare < n and often[rare] <= RARE:
        keys[at] = mixed(found[rare])
        at += 1
        rare += 1
    end = rare
    for i in range(rare, n):
        if found[i] & WHOLE == 0 and end - rare < COMMON:
            found[end], often[end] = found[i], often[i]
            end += 1
    for i in range(rare, end):
        for j in range(i + 1, end):
            if often[i] * often[j] <= TOGETHER * rows:
                low, high = min(found[i], found[j]), max(found[i], found[j])
                keys[at] = mixed(mixed(low) * _STEP + high)
                at += 1
    return at


@njit(cache=True, nogil=True)
def _most(offsets):  # type: ignore[no-untyped-def]
    """Members of the largest record."""
    most = 0
    for row in range(offsets.shape[1] - 1):
        here = 0
        for field in range(len(offsets)):
            here += offsets[field, row + 1] - offsets[field, row]
        most = max(most, here)
    return most


@njit(cache=True, nogil=True)
def _all_keys(tokens, token_members, token_counts, runs, run_members, run_counts, rows, owners, keys):  # type: ignore[no-untyped-def]
    most = max(_most(tokens), _most(runs))
    found, often = np.empty(most, np.uint64), np.empty(most, np.int64)
    at = 0
    for row in range(tokens.shape[1] - 1):
        first = at
        n = _by_count(tokens, token_members, row, token_counts, found, often)
        at = _token_keys(found, often, n, rows, keys, at)
        n = _by_count(runs, run_members, row, run_counts, found, often)
        for k in range(min(n, RUNS)):
            if often[k] > RARE_RUN:
                break
            keys[at] = mixed(found[k] + _STEP)
            at += 1
        owners[first:at] = row
    return at


def _stacked(fields: Sequence[Sets]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """(fields, rows + 1) offsets into the members of all fields."""
    starts = np.cumsum([0, *(len(each.hashes) for each in fields)])
    offsets = np.stack([each.offsets + start for each, start in zip(fields, starts[:-1], strict=True)])
    return offsets, np.concatenate([each.hashes for each in fields])


def record_keys(tokens: Sequence[Sets], token_counts: Counts, runs: Sequence[Sets], run_counts: Counts, rows: int) -> Postings:
    """The keys of each record, from the tokens and the runs of its fields. (BUCKETS,) counts are of all `rows` rows."""
    first, second = _stacked(tokens), _stacked(runs)
    records = first[0].shape[1] - 1
    room = len(first[1]) + records * (COMMON * (COMMON - 1) // 2 + RUNS)
    owners, keys = np.empty(room, np.int64), np.empty(room, np.uint64)
    made = _all_keys(*first, token_counts, *second, run_counts, rows, owners, keys)
    return Postings(owners[:made].copy(), keys[:made].copy())
