"""Line boundaries over Arrow buffers: once per block, shared by every rule that reads lines.

lines        what line feeds separate: n line feeds make n + 1 lines, empty ones too (Python's `split("\\n")`)
split_lines  what any Unicode line boundary ends, CR LF counting once; no empty line after the last one (`splitlines()`)
"""

from __future__ import annotations

import numpy as np

from dprep.base.text import Text
from dprep.kernels.eight import HIGH, ONES, below, first_byte, load8, ones
from dprep.kernels.jit import njit
from dprep.kernels.spans import Spans

_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)


class Lines(Spans):
    """Lines of each row, their line breaks not included."""


@njit(cache=True, nogil=True)
def exactly(word, byte):  # type: ignore[no-untyped-def]
    """High bit of every byte of `word` that equals `byte`, and of no other."""
    x = word ^ (ONES * np.uint64(byte))
    return ~(((x & _LOW) + _LOW) | x) & HIGH


@njit(cache=True, nogil=True)
def characters(data, start, end):  # type: ignore[no-untyped-def]
    """Code points of data[start:end]: bytes that do not continue a character."""
    continuing = 0
    i = start
    while i + 8 <= end:
        word = load8(data, i)
        continuing += ones(word & ~(word << np.uint64(1)) & HIGH)
        i += 8
    while i < end:
        continuing += data[i] & 0xC0 == 0x80
        i += 1
    return end - start - continuing


@njit(cache=True, nogil=True)
def _count_feeds(offsets, data, rows):  # type: ignore[no-untyped-def]
    """rows[r + 1] = lines of the rows up to r, one more than line feeds in each."""
    total = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        while i + 8 <= end:
            total += ones(exactly(load8(data, i), 0x0A))
            i += 8
        while i < end:
            total += data[i] == 0x0A
            i += 1
        total += 1
        rows[row + 1] = total


@njit(cache=True, nogil=True)
def _place_feeds(offsets, data, starts, ends):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        starts[at] = i
        while i + 8 <= end:
            found = exactly(load8(data, i), 0x0A)
            while found:
                place = i + first_byte(found)
                ends[at] = place
                at += 1
                starts[at] = place + 1
                found &= found - np.uint64(1)
            i += 8
        while i < end:
            if data[i] == 0x0A:
                ends[at] = i
                at += 1
                starts[at] = i + 1
            i += 1
        ends[at] = end
        at += 1


def lines(text: Text) -> Lines:
    """What line feeds separate; ask through `text.once(lines)`."""
    offsets, data = text.buffers
    rows = np.zeros(len(text) + 1, np.int64)
    _count_feeds(offsets, data, rows)
    starts, ends = np.empty(rows[-1], np.int64), np.empty(rows[-1], np.int64)
    _place_feeds(offsets, data, starts, ends)
    return Lines(rows, starts, ends)


@njit(cache=True, nogil=True)
def _may_break(word):  # type: ignore[no-untyped-def]
    """High bit of the bytes that a line boundary may start with (control characters, 0xC2, 0xE2); the lowest is certain."""
    return below(word, 0x20) | exactly(word, 0xC2) | exactly(word, 0xE2)


@njit(cache=True, nogil=True)
def _boundary(data, i, end):  # type: ignore[no-untyped-def]
    """Bytes of the line boundary that starts at data[i]; 0 where none does."""
    byte = data[i]
    if byte == 0x0D:
        return 2 if i + 1 < end and data[i + 1] == 0x0A else 1
    if 0x0A <= byte <= 0x0C or 0x1C <= byte <= 0x1E:
        return 1
    if byte == 0xC2:
        return 2 if data[i + 1] == 0x85 else 0
    if byte == 0xE2:
        return 3 if data[i + 1] == 0x80 and 0xA8 <= data[i + 2] <= 0xA9 else 0
    return 0


@njit(cache=True, nogil=True)
def _split(offsets, data, rows, starts, ends, fill):  # type: ignore[no-untyped-def]
    """Count the lines of each row into rows[r + 1] (a running total); write their places if `fill`."""
    total = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        start = i
        while i < end:
            if i + 8 <= end:
                found = _may_break(load8(data, i))
                if not found:
                    i += 8
                    continue
                i += first_byte(found)
            size = _boundary(data, i, end)
            if size:
                if fill:
                    starts[total], ends[total] = start, i
                total += 1
                start = i + size
            i += max(size, 1)
        if start < end:
            if fill:
                starts[total], ends[total] = start, end
            total += 1
        rows[row + 1] = total


def split_lines(text: Text) -> Lines:
    """What any line boundary ends; ask through `text.once(split_lines)`."""
    offsets, data = text.buffers
    rows, nothing = np.zeros(len(text) + 1, np.int64), np.zeros(0, np.int64)
    _split(offsets, data, rows, nothing, nothing, False)
    starts, ends = np.empty(rows[-1], np.int64), np.empty(rows[-1], np.int64)
    _split(offsets, data, np.zeros_like(rows), starts, ends, True)
    return Lines(rows, starts, ends)
