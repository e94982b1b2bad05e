"""Runs of words of known items in texts: which of them stand where, and which item has the largest share of its own there.

Words are those of `kernels.shingles`: without case, accents, full-width forms and punctuation; a han or kana character is one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.lookup import first_place
from dprep.kernels.shingles import _token, _words, fold_table
from dprep.kernels.utf8 import code_point, width

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_IGNORED, _SINGLE = 1, 1 << 30
_POWER = np.uint64(0x9FB21C651E98DF25)
_SALT = np.uint64(0xD6E8FEB86659FD93)


class Runs(NamedTuple):
    """Runs of words, in the order of the texts."""

    rows: Places  # (runs,): the text
    hashes: U64  # (runs,)


class Known(NamedTuple):
    """The runs of words of all items, ready to be looked up."""

    lengths: Places  # the lengths of runs that there are, in words, rising
    bits: U64  # a power of two of bits: two are set, by its low and its high half, for the hash of the start of every run
    """The start of a run is as long as the shortest run."""
    hashes: U64  # (runs,) sorted
    starts: Places  # (runs + 1,)
    items: npt.NDArray[np.uint32]  # items[starts[r]:starts[r + 1]] have run r, in rising order
    sizes: Places  # (items,) the different runs of each


class Overlaps(NamedTuple):
    """The texts that share a run with an item, each with the item that has the largest share of its runs there."""

    rows: Places
    items: Places
    shares: npt.NDArray[np.float64]
    starts: Places
    """The longest stretch of the text that is the item's: bytes data[starts[i]:ends[i]]."""
    ends: Places


@njit(cache=True, nogil=True)
def _word_places(data, start, end, table, begins, ends):  # type: ignore[no-untyped-def]
    """Write first byte and end of every word of data[start:end], as `_words` finds them."""
    found = 0
    i = start
    begin = last = np.int64(-1)
    while i < end:
        wide = width(data[i])
        token = _token(table, code_point(data, i))
        if token > _IGNORED and token < _SINGLE:
            begin = i if begin < 0 else begin
            last = i + wide
        elif token != _IGNORED:
            if begin >= 0:
                begins[found], ends[found] = begin, last
                found += 1
                begin = np.int64(-1)
            if token >= _SINGLE:
                begins[found], ends[found] = i, i + wide
                found += 1
        i += wide
    if begin >= 0:
        begins[found], ends[found] = begin, last


@njit(cache=True, nogil=True)
def _longest(offsets):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest


@njit(cache=True, nogil=True)
def _highest(length):  # type: ignore[no-untyped-def]
    power = np.uint64(1)
    for _ in range(length - 1):
        power *= _POWER
    return power


@njit(cache=True, nogil=True)
def _count_words(offsets, data, table, out):  # type: ignore[no-untyped-def]
    hashes = np.empty(_longest(offsets), np.uint64)
    for row in range(len(out)):
        out[row] = _words(data, offsets[row], offsets[row + 1], table, hashes)


@njit(cache=True, nogil=True)
def _all_runs(offsets, data, table, lengths, rows, out):  # type: ignore[no-untyped-def]
    hashes = np.empty(_longest(offsets), np.uint64)
    found = 0
    for row in range(len(lengths)):
        length = lengths[row]
        count = _words(data, offsets[row], offsets[row + 1], table, hashes)
        if length <= 0 or count < length:
            continue
        running, highest, salt = np.uint64(0), _highest(length), np.uint64(length) * _SALT
        for k in range(count):
            if k >= length:
                running -= hashes[k - length] * highest
            running = running * _POWER + hashes[k]
            if k >= length - 1:
                rows[found], out[found] = row, mixed(running + salt)
                found += 1
    return found


@njit(cache=True, nogil=True)
def _grown(hits, found):  # type: ignore[no-untyped-def]
    return hits if found < len(hits) else np.concatenate((hits, np.empty_like(hits)))


@njit(cache=True, nogil=True)
def _bit(bits, place):  # type: ignore[no-untyped-def]
    at = place & np.uint64(len(bits) * 64 - 1)
    return (bits[np.int64(at >> np.uint64(6))] >> (at & np.uint64(63))) & np.uint64(1)


@njit(cache=True, nogil=True)
def _look_up(hashes, first, count, lengths, known, row, hits, found):  # type: ignore[no-untyped-def]
    """Add the known runs that begin with word `first` to `hits`; the hits, and how many there are."""
    running = np.uint64(0)
    done = 0
    for length in lengths:
        if first + length > count:
            break
        for k in range(first + done, first + length):
            running = running * _POWER + hashes[k]
        done = length
        run = mixed(running + np.uint64(length) * _SALT)
        at = first_place(known, run)
        if at < len(known) and known[at] == run:
            hits = _grown(hits, found)
            hits[found, 0], hits[found, 1], hits[found, 2], hits[found, 3] = row, at, first, first + length - 1
            found += 1
    return hits, found


@njit(cache=True, nogil=True)
def _scan(offsets, data, table, lengths, bits, known):  # type: ignore[no-untyped-def]
    """(hits, 4): row, run, first word and last, in the order of rows and words."""
    hashes = np.empty(_longest(offsets), np.uint64)
    least = lengths[0] if len(lengths) else 1
    highest, salt = _highest(least), np.uint64(least) * _SALT
    hits = np.empty((64, 4), np.int64)
    found = 0
    for row in range(len(offsets) - 1):
        count = _words(data, offsets[row], offsets[row + 1], table, hashes)
        running = np.uint64(0)
        for k in range(min(least - 1, count)):
            running = running * _POWER + hashes[k]
        for last in range(least - 1, count):
            running = running * _POWER + hashes[last]
            start = mixed(running + salt)
            running -= hashes[last - least + 1] * highest
            if _bit(bits, start) and _bit(bits, start >> np.uint64(32)):
                hits, found = _look_up(hashes, last - least + 1, count, lengths, known, row, hits, found)
    return hits[:found]


@njit(cache=True, nogil=True)
def _words_to_bytes(offsets, data, table, hits):  # type: ignore[no-untyped-def]
    """Put the first byte and the end of each hit in the place of its first word and last."""
    longest = _longest(offsets)
    begins, ends = np.empty(longest, np.int64), np.empty(longest, np.int64)
    for k in range(len(hits)):
        row = hits[k, 0]
        if k == 0 or hits[k - 1, 0] != row:
            _word_places(data, offsets[row], offsets[row + 1], table, begins, ends)
        hits[k, 2], hits[k, 3] = begins[hits[k, 2]], ends[hits[k, 3]]


@njit(cache=True, nogil=True)
def _holds(starts, items, run, item):  # type: ignore[no-untyped-def]
    first, end = starts[run], starts[run + 1]
    return np.any(items[first:end] == item)


@njit(cache=True, nogil=True)
def _best_item(runs, starts, items, sizes, counts):  # type: ignore[no-untyped-def]
    """The item with the largest share of its runs among the distinct `runs`; of several the one with more, then the first."""
    best, share = np.int64(-1), 0.0
    for run in runs:
        for k in range(starts[run], starts[run + 1]):
            counts[items[k]] += 1
    for run in runs:
        for k in range(starts[run], starts[run + 1]):
            item = np.int64(items[k])
            mine = counts[item] / sizes[item]
            if mine > share or (
                mine == share and (counts[item] > counts[best] or (counts[item] == counts[best] and item < best))
            ):
                best, share = item, mine
    for run in runs:
        for k in range(starts[run], starts[run + 1]):
            if items[k] != best:
                counts[items[k]] = 0
    counts[best] = 0
    return best, share


@njit(cache=True, nogil=True)
def _stretch(hits, starts, items, item):  # type: ignore[no-untyped-def]
    """The longest stretch of bytes that runs of `item` cover without a gap."""
    order = np.argsort(hits[:, 2])
    begin = end = first = last = np.int64(0)
    for k in order:
        if not _holds(starts, items, hits[k, 1], item):
            continue
        if hits[k, 2] > end or end == 0:
            begin, end = hits[k, 2], hits[k, 3]
        else:
            end = max(end, hits[k, 3])
        if end - begin > last - first:
            first, last = begin, end
    return first, last


@njit(cache=True, nogil=True)
def _judge(hits, starts, items, sizes, rows, best, shares, begins, ends):  # type: ignore[no-untyped-def]
    """For every row with hits its best item; how many rows there are."""
    counts = np.zeros(len(sizes), np.int64)
    found = 0
    first = 0
    while first < len(hits):
        last = first
        while last < len(hits) and hits[last, 0] == hits[first, 0]:
            last += 1
        runs = np.unique(hits[first:last, 1].copy())
        item, share = _best_item(runs, starts, items, sizes, counts)
        rows[found], best[found], shares[found] = hits[first, 0], item, share
        begins[found], ends[found] = _stretch(hits[first:last], starts, items, item)
        found += 1
        first = last
    return found


def word_counts(buffers: Buffers) -> Places:
    """(texts,): the words of each."""
    out = np.empty(len(buffers.offsets) - 1, np.int64)
    _count_words(*buffers, fold_table(), out)
    return out


def word_runs(buffers: Buffers, lengths: Places) -> Runs:
    """Every run of lengths[i] words in text i; none where that is 0 or more than it has."""
    most = int(buffers.offsets[-1] - buffers.offsets[0])
    rows, hashes = np.empty(most, np.int64), np.empty(most, np.uint64)
    found = _all_runs(*buffers, fold_table(), lengths, rows, hashes)
    return Runs(rows[:found].copy(), hashes[:found].copy())


def bit_table(hashes: U64) -> U64:
    """The bits of `Known`: 32 or more for every hash, so that of strangers one in 250 at most is looked up."""
    count = min(64 << (len(hashes) * 32 // 64).bit_length(), 1 << 32)
    bits = np.zeros(count // 64, np.uint64)
    for half in (hashes, hashes >> np.uint64(32)):
        place = half & np.uint64(count - 1)
        np.bitwise_or.at(bits, (place >> np.uint64(6)).astype(np.int64), np.uint64(1) << (place & np.uint64(63)))
    return bits


def overlaps(buffers: Buffers, known: Known) -> Overlaps:
    """The texts that share a run with an item, in order."""
    hits = _scan(*buffers, fold_table(), known.lengths, known.bits, known.hashes)
    _words_to_bytes(*buffers, fold_table(), hits)
    rows = len(np.unique(hits[:, 0]))
    places = np.empty((4, rows), np.int64)
    out = Overlaps(places[0], places[1], np.empty(rows, np.float64), places[2], places[3])
    _judge(hits, known.starts, known.items, known.sizes, out.rows, out.items, out.shares, out.starts, out.ends)
    return out
