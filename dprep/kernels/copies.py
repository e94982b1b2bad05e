"""How much of one text was copied from another: the longest run of words, gaps allowed, that both have in the same order.

Words are those that near-duplicates are compared by (kernels/shingles): folded, without punctuation, han and kana one by one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit
from dprep.kernels.shingles import fold_table, row_shingles

MOST = 4096
"""Words of each text that are compared, from its start: what a hostile row costs is their square."""


@njit(cache=True, nogil=True)
def _advance(state, marked):  # type: ignore[no-untyped-def]
    """One step of the bit-parallel recurrence over all words of `state`; clears `marked`."""
    carry = np.uint64(0)
    for k in range(len(state)):
        before = state[k]
        found = before & marked[k]
        total = before + found
        over = np.uint64(total < before)
        total += carry
        over |= np.uint64(total < carry)
        state[k] = total | (before & ~found)
        carry = over
        marked[k] = np.uint64(0)


@njit(cache=True, nogil=True)
def common(source, target):  # type: ignore[no-untyped-def]
    """Length of the longest common subsequence of two arrays of hashes.

    Bit k of the state is zero where source[: k + 1] can be matched one longer than source[:k] (Hyyrö 2004).
    """
    order = np.argsort(source)
    ordered = source[order]
    state = np.full((len(source) + 63) // 64, ~np.uint64(0))
    marked = np.zeros(len(state), np.uint64)
    for hashed in target:
        at = np.searchsorted(ordered, hashed)
        if at == len(ordered) or ordered[at] != hashed:
            continue
        while at < len(ordered) and ordered[at] == hashed:
            place = order[at]
            marked[place >> 6] |= np.uint64(1) << np.uint64(place & 63)
            at += 1
        _advance(state, marked)
    length = 0
    for k in range(len(source)):
        length += (state[k >> 6] >> np.uint64(k & 63)) & np.uint64(1) == 0
    return length


@njit(cache=True, nogil=True)
def _shares(offsets, data, from_offsets, from_data, table, out):  # type: ignore[no-untyped-def]
    source = np.empty(64, np.uint64)
    target = np.empty(64, np.uint64)
    for row in range(len(out)):
        bytes_there = from_offsets[row + 1] - from_offsets[row]
        bytes_here = offsets[row + 1] - offsets[row]
        if bytes_there >= len(source):
            source = np.empty(2 * bytes_there + 1, np.uint64)
        if bytes_here >= len(target):
            target = np.empty(2 * bytes_here + 1, np.uint64)
        here = target[: min(MOST, row_shingles(data, offsets[row], offsets[row + 1], table, False, 1, target))]
        there = source[: min(MOST, row_shingles(from_data, from_offsets[row], from_offsets[row + 1], table, False, 1, source))]
        if len(here) and len(there):
            shared = common(there, here)
            out[row, 0], out[row, 1] = shared / len(here), 2 * shared / (len(here) + len(there))


def copied_shares(target: Buffers, source: Buffers) -> npt.NDArray[np.float64]:
    """(rows, 2): the share of each target's words that stand in its source in the same order, and the share of the words of
    both that are such; 0 where one has no words.
    """
    out = np.zeros((len(target.offsets) - 1, 2), np.float64)
    _shares(*target, *source, fold_table(), out)
    return out
