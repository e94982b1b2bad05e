"""Cutting long texts where a reader would: at an empty line, a line break, the end of a sentence, the end of a word."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.words import words

WORD, SENTENCE, LINE, PARAGRAPH = range(4)
"""How good a place for a cut the gap between two words is."""

_PLAIN, _WHITE, _BREAK, _END, _CLOSER, _OPENER = range(6)
_ENDS = ".!?…。！？；｡．؟۔।॥።"
_CLOSERS = "\"'”’»›)]}」』）】》〉］｝"
_OPENERS = "“‘«‹([{「『（【《〈［｛"
_TABLE_END = 0x10000


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    table = np.zeros(_TABLE_END, np.uint8)
    for kind, characters in ((_END, _ENDS), (_CLOSER, _CLOSERS), (_OPENER, _OPENERS)):
        table[[ord(c) for c in characters]] = kind
    table[[ord(c) for c in " \t\u00a0\u3000\u2000\u2001\u2002\u2003\u2009\u200a\u202f"]] = _WHITE
    table[[ord(c) for c in "\n\r\u0085\u2028\u2029\x0b\x0c"]] = _BREAK
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _white_run(data, i, end, kinds):  # type: ignore[no-untyped-def]
    """The white space from data[i] on: (its end, line breaks in it)."""
    breaks = 0
    while i < end:
        point = code_point(data, i)
        kind = kinds[point] if point < _TABLE_END else _PLAIN
        if kind != _WHITE and kind != _BREAK:
            break
        breaks += kind == _BREAK and not (point == 0x0A and data[i - 1] == 0x0D)
        i += width(data[i])
    return i, breaks


@njit(cache=True, nogil=True)
def _gap(data, start, end, kinds):  # type: ignore[no-untyped-def]
    """The bytes between two words: (how good a place for a cut, where the piece before it ends, where the next begins).

    The cut is the white space with the most line breaks, the first of equals; without any, it is before what opens.
    """
    most, left, right = -1, start, start
    ended, ended_before, wide, opened = False, False, False, False
    i = start
    while i < end:
        point = code_point(data, i)
        kind = kinds[point] if point < _TABLE_END else _PLAIN
        if kind in (_WHITE, _BREAK):
            following, breaks = _white_run(data, i, end, kinds)
            if breaks > most:
                most, left, right, ended_before = breaks, i, following, ended
            i = following
            continue
        ended |= kind == _END
        wide |= kind == _END and width(data[i]) == 3  # such a mark needs no blank after it
        i += width(data[i])
        opened |= kind == _OPENER
        if most < 0 and not opened:
            left = right = i
    if most > 0:
        return PARAGRAPH if most > 1 else LINE, left, right
    return SENTENCE if ended_before or (most < 0 and wide) else WORD, left, right


@njit(cache=True, nogil=True)
def _gaps(data, rows, starts, ends, kinds, grade, left, right):  # type: ignore[no-untyped-def]
    """The gap after every word that has another after it in its row."""
    for row in range(len(rows) - 1):
        for word in range(rows[row], rows[row + 1] - 1):
            grade[word], left[word], right[word] = _gap(data, ends[word], starts[word + 1], kinds)


@njit(cache=True, nogil=True)
def _costs(data, offsets, rows, starts, left, characters, before, until):  # type: ignore[no-untyped-def]
    """What stands in each word's row before it, and up to a cut after it, in words or in characters."""
    for row in range(len(rows) - 1):
        at, seen = offsets[row], 0
        for word in range(rows[row], rows[row + 1]):
            if characters:
                while at < starts[word]:
                    seen += data[at] & 0xC0 != 0x80
                    at += 1
                before[word] = seen
                while at < left[word]:
                    seen += data[at] & 0xC0 != 0x80
                    at += 1
                until[word] = seen
            else:
                before[word] = word - rows[row]
                until[word] = before[word] + 1


@njit(cache=True, nogil=True)
def _points(data, start, end):  # type: ignore[no-untyped-def]
    """Characters of the bytes from `start` to `end`."""
    count = 0
    for i in range(start, end):
        count += data[i] & 0xC0 != 0x80
    return count


@njit(cache=True, nogil=True)
def _best(grade, base, until, first, last, size):  # type: ignore[no-untyped-def]
    """The word after which to cut a piece that begins with word `first`, where words up to `last` would fit."""
    best, found = last, grade[last]
    word = last
    while word >= first and 2 * (until[word] - base) >= size:
        if grade[word] > found:
            best, found = word, grade[word]
        word -= 1
    return best


@njit(cache=True, nogil=True)
def _next(before, until, first, cut, overlap):  # type: ignore[no-untyped-def]
    """The word that the next piece begins with: at most `overlap` before the cut, after this piece's first."""
    word = cut + 1
    while word - 1 > first and until[cut] - before[word - 1] <= overlap:
        word -= 1
    return word


@njit(cache=True, nogil=True)
def _cut(buffers, spans, gaps, costs, size, overlap, characters, fill, out):  # type: ignore[no-untyped-def]
    """Count the pieces; write their places if `fill`."""
    (offsets, data), (rows, starts), (grade, left, right) = buffers, spans, gaps
    (before, until, totals), (places, begins, finishes) = costs, out
    made = 0
    for row in range(len(rows) - 1):
        first, end = rows[row], rows[row + 1]
        begin, base = offsets[row], 0
        while first < end - 1 and totals[row] - base > size:
            last = first
            while last + 1 < end - 1 and until[last + 1] - base <= size:
                last += 1
            cut = _best(grade, base, until, first, last, size)
            if fill:
                places[made], begins[made], finishes[made] = row, begin, left[cut]
            made += 1
            following = _next(before, until, first, cut, overlap)
            begin = right[cut] if following == cut + 1 else starts[following]
            base = before[following] - (_points(data, begin, starts[following]) if characters else 0)
            first = following
        if fill:
            places[made], begins[made], finishes[made] = row, begin, offsets[row + 1]
        made += 1
    return made


@njit(cache=True, nogil=True)
def _copied(data, begins, finishes, offsets, out):  # type: ignore[no-untyped-def]
    at = 0
    for piece in range(len(begins)):
        for i in range(begins[piece], finishes[piece]):
            out[at] = data[i]
            at += 1
        offsets[piece + 1] = at


def passages(
    text: Text, size: int, overlap: int, *, characters: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Every text cut into pieces of at most `size` words or characters: (number of the text, offsets, bytes) of the pieces.

    A piece ends at the best place in its second half. A word longer than `size` characters is a piece of its own.
    overlap: at most so much of a piece's end is the next one's beginning, from the start of a word.
    """
    offsets, data = text.buffers
    found = text.once(words)
    grade = np.zeros(len(found.starts), np.uint8)
    left, right = np.zeros(len(grade), np.int64), np.zeros(len(grade), np.int64)
    _gaps(data, *found, _kinds(), grade, left, right)
    before, until = np.zeros(len(grade), np.int64), np.zeros(len(grade), np.int64)
    _costs(data, offsets, found.rows, found.starts, left, characters, before, until)
    lengths = text.series.str.len_chars().to_numpy().astype(np.int64) if characters else np.diff(found.rows)
    shape = (
        (offsets, data),
        (found.rows, found.starts),
        (grade, left, right),
        (before, until, lengths),
        size,
        overlap,
        characters,
    )
    nothing = np.zeros(0, np.int64)
    count = _cut(*shape, False, (nothing, nothing, nothing))
    places, begins, finishes = (np.zeros(count, np.int64) for _ in range(3))
    _cut(*shape, True, (places, begins, finishes))
    out = np.empty(int((finishes - begins).sum()), np.uint8)
    piece_offsets = np.zeros(count + 1, np.int64)
    _copied(data, begins, finishes, piece_offsets, out)
    return places, piece_offsets, out
