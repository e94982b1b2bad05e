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
from dprep.kernels.shingles import fold_table
from dprep.kernels.utf8 import code_point, width

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_TABLE_END = 0x20000
_SEPARATOR, _IGNORED, _SINGLE = 0, 1, 1 << 30
_POWER = np.uint64(0x9FB21C651E98DF25)
_SALT = np.uint64(0xD6E8FEB86659FD93)


class Runs(NamedTuple):
    """Runs of words, in the order of the texts."""

    rows: Places  # (runs,): the text
    hashes: U64  # (runs,)


class Known(NamedTuple):
    """The runs of words of all items, ready to be looked up."""

    lengths: Places  # the lengths of runs that there are, in words
    bits: U64  # a power of two of bits, set at the low bits of every hash
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
def _beyond(point):  # type: ignore[no-untyped-def]
    """What a character behind the table is: rare han are words."""
    return np.int64(point | _SINGLE) if point < 0x40000 else np.int64(_SEPARATOR)


@njit(cache=True, nogil=True)
def _words(data, start, end, table, hashes, begins, ends):  # type: ignore[no-untyped-def]
    """Write hash, first byte and end of every word of data[start:end]; how many there are."""
    found = 0
    i = start
    begin = last = np.int64(-1)
    running = np.uint64(0)
    while i < end:
        lead = data[i]
        wide = width(lead)
        point = np.int64(lead) if wide == 1 else np.int64(code_point(data, i))
        token = np.int64(table[point]) if point < _TABLE_END else _beyond(point)
        if token > _IGNORED and token < _SINGLE:
            begin = i if begin < 0 else begin
            last = i + wide
            running = (running + np.uint64(token)) * _POWER
            running ^= running >> np.uint64(29)
        elif token != _IGNORED:
            if begin >= 0:
                hashes[found], begins[found], ends[found] = running, begin, last
                found += 1
                begin = np.int64(-1)
                running = np.uint64(0)
            if token >= _SINGLE:
                hashes[found], begins[found], ends[found] = np.uint64(token) * _SALT, i, i + wide
                found += 1
        i += wide
    if begin >= 0:
        hashes[found], begins[found], ends[found] = running, begin, last
        found += 1
    return found


@njit(cache=True, nogil=True)
def _highest(length):  # type: ignore[no-untyped-def]
    power = np.uint64(1)
    for _ in range(length - 1):
        power *= _POWER
    return power


@njit(cache=True, nogil=True)
def _count_words(offsets, data, table, out):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(out)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    hashes, begins, ends = np.empty(longest, np.uint64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    for row in range(len(out)):
        out[row] = _words(data, offsets[row], offsets[row + 1], table, hashes, begins, ends)


@njit(cache=True, nogil=True)
def _all_runs(offsets, data, table, lengths, rows, out):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(lengths)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    hashes, begins, ends = np.empty(longest, np.uint64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    found = 0
    for row in range(len(lengths)):
        length = lengths[row]
        count = _words(data, offsets[row], offsets[row + 1], table, hashes, begins, ends)
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
def _scan(offsets, data, table, lengths, bits, known):  # type: ignore[no-untyped-def]
    """(hits, 4): row, run, first byte, end, in the order of rows and of lengths."""
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    hashes, begins, ends = np.empty(longest, np.uint64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    mask = np.uint64(len(bits) * 64 - 1)
    hits = np.empty((64, 4), np.int64)
    found = 0
    for row in range(len(offsets) - 1):
        count = _words(data, offsets[row], offsets[row + 1], table, hashes, begins, ends)
        for length in lengths:
            running, highest, salt = np.uint64(0), _highest(length), np.uint64(length) * _SALT
            for k in range(count):
                if k >= length:
                    running -= hashes[k - length] * highest
                running = running * _POWER + hashes[k]
                if k < length - 1:
                    continue
                run = mixed(running + salt)
                place = run & mask
                if not (bits[np.int64(place >> np.uint64(6))] >> (place & np.uint64(63))) & np.uint64(1):
                    continue
                at = first_place(known, run)
                if at < len(known) and known[at] == run:
                    hits = _grown(hits, found)
                    hits[found, 0], hits[found, 1] = row, at
                    hits[found, 2], hits[found, 3] = begins[k - length + 1], ends[k]
                    found += 1
    return hits[:found]


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
    """The bits of `Known`: 16 or more for every hash, so that one stranger in 16 at most is looked up."""
    count = 64 << max(0, (len(hashes) * 16 // 64)).bit_length()
    bits = np.zeros(count // 64, np.uint64)
    place = hashes & np.uint64(count - 1)
    np.bitwise_or.at(bits, (place >> np.uint64(6)).astype(np.int64), np.uint64(1) << (place & np.uint64(63)))
    return bits


def overlaps(buffers: Buffers, known: Known) -> Overlaps:
    """The texts that share a run with an item, in order."""
    hits = _scan(*buffers, fold_table(), known.lengths, known.bits, known.hashes)
    rows = len(np.unique(hits[:, 0]))
    out = Overlaps(*(np.empty(rows, np.float64 if name == "shares" else np.int64) for name in Overlaps._fields))
    _judge(hits, known.starts, known.items, known.sizes, out.rows, out.items, out.shares, out.starts, out.ends)
    return out
