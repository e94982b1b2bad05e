"""Which words of each text stand in a list; entries may be several words long."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.words import words


class Matcher(NamedTuple):
    """A list ready to be looked up: entry i is data[offsets[i]:offsets[i + 1]]."""

    offsets: npt.NDArray[np.int64]
    data: npt.NDArray[np.uint8]
    slots: npt.NDArray[np.int32]
    """A power of two of them: the number of an entry, or -1."""
    starts: npt.NDArray[np.uint8]
    """(256 * 64,): 1 for the first byte and the next six bits of an entry, so that most words are not hashed."""
    longest: int
    """Words of the longest entry."""


class Matched(NamedTuple):
    """Of each text (rows,)."""

    share: npt.NDArray[np.float64]
    """Words that belong to an entry, of all words; NaN where there is none."""
    distinct: npt.NDArray[np.int64]
    """Different entries."""


def matcher(entries: tuple[str, ...]) -> Matcher:
    """The matcher of lower-case `entries`, each once, none empty."""
    text = Text(pl.Series(entries, dtype=pl.String))
    most_words = int(np.diff(words(text).rows).max(initial=1))
    slots = np.full(4 << max(1, len(entries)).bit_length(), -1, np.int32)
    starts = np.zeros(256 * 64, np.uint8)
    _fill(*text.buffers, slots, starts)
    return Matcher(text.buffers.offsets, text.buffers.data, slots, starts, most_words)


def matched(text: Text, of: Matcher) -> Matched:
    """The share of matched words and the number of different entries, without regard to case."""
    lower = Text(text.series.str.to_lowercase())
    found = words(lower)
    share, distinct = np.zeros(len(text)), np.zeros(len(text), np.int64)
    seen = np.full(len(of.offsets), -1, np.int64)
    _match(lower.buffers.data, *found, *of, seen, share, distinct)
    return Matched(share, distinct)


@njit(cache=True, nogil=True)
def _hash(data, start, end):  # type: ignore[no-untyped-def]
    """FNV-1a; words are short."""
    found = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        found = (found ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    return np.int64((found ^ (found >> np.uint64(32))) & np.uint64(0x7FFFFFFF))


@njit(cache=True, nogil=True)
def _start(data, start, end):  # type: ignore[no-untyped-def]
    """The place in `starts` of the two first bytes; an entry of one byte has 0 as its second."""
    second = data[start + 1] & 0x3F if end - start > 1 else 0
    return np.int64(data[start]) << 6 | second


@njit(cache=True, nogil=True)
def _fill(offsets, data, slots, starts):  # type: ignore[no-untyped-def]
    for i in range(len(offsets) - 1):
        starts[_start(data, offsets[i], offsets[i + 1])] = 1
        at = _hash(data, offsets[i], offsets[i + 1]) & (len(slots) - 1)
        while slots[at] >= 0:
            at = (at + 1) & (len(slots) - 1)
        slots[at] = i


@njit(cache=True, nogil=True)
def _entry(offsets, bytes_, slots, data, start, end):  # type: ignore[no-untyped-def]
    """Which entry data[start:end] is; -1 where none."""
    at = _hash(data, start, end) & (len(slots) - 1)
    while slots[at] >= 0:
        first = offsets[slots[at]]
        same = offsets[slots[at] + 1] - first == end - start
        for k in range(end - start):
            if not same:
                break
            same = bytes_[first + k] == data[start + k]
        if same:
            return np.int64(slots[at])
        at = (at + 1) & (len(slots) - 1)
    return np.int64(-1)


@njit(cache=True, nogil=True)
def _match(  # type: ignore[no-untyped-def]
    data, rows, begin, end, offsets, bytes_, slots, starts, longest, seen, share, distinct
):
    """At every word the longest entry that begins there; its words count, and the search goes on behind them."""
    for row in range(len(rows) - 1):
        word, last = rows[row], rows[row + 1]
        hits = 0
        while word < last:
            taken = 1
            if begin[word] + 1 == end[word] or starts[_start(data, begin[word], end[word])]:
                for count in range(min(longest, last - word), 0, -1):
                    entry = _entry(offsets, bytes_, slots, data, begin[word], end[word + count - 1])
                    if entry >= 0:
                        hits += count
                        taken = count
                        if seen[entry] != row:
                            seen[entry] = row
                            distinct[row] += 1
                        break
            word += taken
        words_here = last - rows[row]
        share[row] = hits / words_here if words_here else np.nan
