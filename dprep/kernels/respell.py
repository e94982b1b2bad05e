"""Words looked up in a list and pieces of texts exchanged, over Arrow buffers."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.string_set import StringSet, number_of, string_set
from dprep.kernels.utf8 import code_point, width

_LONGEST = 60
"""Bytes of a word that is looked up."""
_TABLE_END = 0x3000


class Wrong(NamedTuple):
    """A list of words in lower case, to be looked up by their bytes."""

    strings: StringSet
    offsets: npt.NDArray[np.int64]  # (words + 1,)
    data: npt.NDArray[np.uint8]


class Spans(NamedTuple):
    """Span s is data[starts[s]:ends[s]] and word numbers[s] of the list; row r has spans rows[r] up to rows[r + 1]."""

    rows: npt.NDArray[np.int64]  # (rows + 1,)
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]


def wrong(words: tuple[str, ...]) -> Wrong:
    """The list of `words` (ASCII in lower case, none twice); those over 60 bytes are never found."""
    coded = [word.encode() for word in words]
    offsets = np.cumsum([0] + [len(code) for code in coded])
    return Wrong(string_set(words), offsets, np.frombuffer(b"".join(coded), np.uint8))


@cache
def _word_characters() -> npt.NDArray[np.uint8]:
    """(0x3000,): letters, digits, marks and the underscore. Above it stand scripts that put no blanks between words."""
    return np.array([chr(p).isalnum() or p == 0x5F or 0x300 <= p < 0x370 for p in range(_TABLE_END)], np.uint8)


@njit(cache=True, nogil=True)
def _is_word(inside, data, i, end):  # type: ignore[no-untyped-def]
    if i >= end:
        return False
    if data[i] < 0x80:
        return inside[data[i]] != 0
    point = code_point(data, i)
    return 0xAC00 <= point < 0xD7A4 or (point < _TABLE_END and inside[point] != 0)


@njit(cache=True, nogil=True)
def _word_end(inside, data, i, end):  # type: ignore[no-untyped-def]
    """Where the word at data[i] ends; an apostrophe between two of its characters belongs to it."""
    while _is_word(inside, data, i, end) or (i < end and data[i] == 0x27 and _is_word(inside, data, i + 1, end)):
        i += width(data[i])
    return i


@njit(cache=True, nogil=True)
def _is_name(inside, data, first, start, end, last):  # type: ignore[no-untyped-def]
    """Whether signs beside data[start:end] make it a part of an address, a path or a name in a program."""
    if start > first:
        byte = data[start - 1]
        if byte in (0x40, 0x2F, 0x5C, 0x23, 0x3D, 0x26, 0x25, 0x24, 0x7E):
            return True
        if byte == 0x2E and start - 1 > first and data[start - 2] < 0x80 and inside[data[start - 2]] != 0:
            return True
    if end >= last:
        return False
    return data[end] in (0x40, 0x2F, 0x5C, 0x3D, 0x28) or (data[end] in (0x2E, 0x3A) and _is_word(inside, data, end + 1, last))


@njit(cache=True, nogil=True)
def _number(strings, offsets, listed, buffer, data, start, end):  # type: ignore[no-untyped-def]
    """Which listed word data[start:end] is, in small letters, Capitalised or all CAPITALS; -1: none."""
    size, capitals, letters = end - start, 0, 0
    if size > _LONGEST:
        return -1
    for k in range(size):
        byte = data[start + k]
        letters += byte >= 0x41
        if 0x41 <= byte <= 0x5A:
            capitals += 1
            byte += 0x20
        buffer[k] = byte
    if capitals and not (capitals == 1 and 0x41 <= data[start] <= 0x5A) and capitals < letters:
        return -1
    number = number_of(strings, buffer, 0, size)
    if number >= 0:
        if offsets[number + 1] - offsets[number] != size:
            return -1
        for k in range(size):
            if listed[offsets[number] + k] != buffer[k]:
                return -1
    return number


@njit(cache=True, nogil=True)
def _find(offsets, array, characters, known, rows, starts, ends, numbers, fill):  # type: ignore[no-untyped-def]
    """Count the listed words of each row into rows[r + 1] (a running total); write their places if `fill`."""
    total, space = 0, np.zeros(_LONGEST + 8, np.uint8)
    data, inside, buffer = pointer(array), pointer(characters), pointer(space)
    strings, places, listed = pointer(known.strings), pointer(known.offsets), pointer(known.data)
    for row in range(len(offsets) - 1):
        i, last = offsets[row], offsets[row + 1]
        while i < last:
            if not _is_word(inside, data, i, last):
                i += width(data[i])
                continue
            end = _word_end(inside, data, i, last)
            word_end = end
            number = _number(strings, places, listed, buffer, data, i, end)
            if number < 0 and end - i > 2 and data[end - 2] == 0x27 and data[end - 1] == 0x73:
                word_end = end - 2
                number = _number(strings, places, listed, buffer, data, i, word_end)
            if number >= 0 and not _is_name(inside, data, offsets[row], i, end, last):
                if fill:
                    starts[total], ends[total], numbers[total] = i, word_end, number
                total += 1
            i = end
        rows[row + 1] = total


def find(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], known: Wrong) -> Spans:
    """Where words of the list stand."""
    rows, nothing = np.zeros(len(offsets), np.int64), np.zeros(0, np.int64)
    data, characters = readable(data), readable(_word_characters())
    _find(offsets, data, characters, known, rows, nothing, nothing, nothing, False)
    starts, ends, numbers = (np.empty(rows[-1], np.int64) for _ in range(3))
    if rows[-1]:
        _find(offsets, data, characters, known, np.zeros_like(rows), starts, ends, numbers, True)
    return Spans(rows, starts, ends, numbers)


@njit(cache=True, nogil=True)
def _exchange(offsets, data, rows, starts, ends, new_offsets, new, out, out_offsets):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(offsets) - 1):
        i = offsets[row]
        for span in range(rows[row], rows[row + 1]):
            for j in range(i, starts[span]):
                out[at] = data[j]
                at += 1
            for j in range(new_offsets[span], new_offsets[span + 1]):
                out[at] = new[j]
                at += 1
            i = ends[span]
        for j in range(i, offsets[row + 1]):
            out[at] = data[j]
            at += 1
        out_offsets[row + 1] = at


def exchanged(
    offsets: npt.NDArray[np.int64],
    data: npt.NDArray[np.uint8],
    spans: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]],
    new: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Texts in which span s (rows, starts, ends) is text s of `new`, as (offsets, bytes)."""
    rows, starts, ends = spans
    size = int(offsets[-1] - offsets[0] - (ends - starts).sum() + new[0][-1] - new[0][0])
    out, out_offsets = np.empty(size, np.uint8), np.zeros(len(offsets), np.int64)
    _exchange(offsets, readable(data), rows, starts, ends, new[0], readable(new[1]), out, out_offsets)
    return out_offsets, out
