"""Where a text that is too long is best cut, over Arrow buffers: at the end of a sentence, of a word, or between characters."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.string_set import StringSet, number_of, string_set
from dprep.kernels.utf8 import code_point, width

HARD, WORD, SENTENCE = 0, 1, 2
WHOLE = -1
"""The limit of a text that is short enough."""
_BLANK, _UNSPACED, _EXTENDER, _END, _STOP, _CLOSER, _LETTER, _HANGING = 1, 2, 4, 8, 16, 32, 64, 128
_TABLE_END = 0x20000
_UNSPACED_RANGES = ((0x3005, 0x3007), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F))
_ABBREVIATIONS = (
    *("Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Mt", "Gen", "Col", "Lt", "Sgt", "Rev", "Hon", "Jr", "Sr", "vs", "cf", "al", "No"),
    *(
        "Fig",
        "Eq",
        "Sec",
        "Vol",
        "pp",
        "ed",
        "approx",
        "Inc",
        "Ltd",
        "Co",
        "Corp",
        "Jan",
        "Feb",
        "Aug",
        "Sept",
        "Oct",
        "Nov",
        "Dec",
    ),
)
"""Words after which a full stop seldom ends a sentence; single letters are none of the list and count too."""


@cache
def _flags() -> npt.NDArray[np.uint8]:
    """(0x20000,): what each character is; the planes above hold han."""
    table = np.zeros(_TABLE_END, np.uint8)
    for point in range(_TABLE_END):
        character = chr(point)
        kind = unicodedata.category(character)
        table[point] = _BLANK * character.isspace() | _EXTENDER * (kind[0] == "M") | _LETTER * (kind[0] == "L")
    for first, last in _UNSPACED_RANGES:
        table[first : last + 1] = _UNSPACED | _LETTER
    table[[0x200C, 0x200D, 0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)]] |= _EXTENDER
    table[[ord(mark) for mark in "。！？；｡"]] |= _END | _UNSPACED
    table[[ord(mark) for mark in ".!?"]] |= _STOP
    table[[ord(mark) for mark in "\"')]”’」』）】》"]] |= _CLOSER
    table[[ord(mark) for mark in "，、：」』）】》"]] |= _UNSPACED | _HANGING
    table[[ord(mark) for mark in "。！？；｡"]] |= _HANGING
    table.flags.writeable = False
    return table


@cache
def _abbreviations() -> StringSet:
    return string_set(_ABBREVIATIONS)


@njit(cache=True, nogil=True)
def _flag(table, data, i, end):  # type: ignore[no-untyped-def]
    """What the character at data[i] is; the end counts as a blank."""
    if i >= end:
        return _BLANK
    point = code_point(data, i)
    return int(table[point]) if point < _TABLE_END else _UNSPACED | _LETTER


@njit(cache=True, nogil=True)
def _is_abbreviation(data, start, i, known):  # type: ignore[no-untyped-def]
    """Whether the word data[start:i] before a full stop is a letter alone or a known abbreviation."""
    return (i > start and start + width(data[start]) == i) or number_of(known, data, start, i) >= 0


@njit(cache=True, nogil=True)
def _cut(table, known, data, start, limit, end, least, care):  # type: ignore[no-untyped-def]
    """The best place to cut data[start:end] at or before `limit`, at or after `least` where a sentence or word allows it."""
    i, word_start, last, sentence_open = start, start, 0, False
    sentence, word, hard = start, start, start
    joined = False
    while i < limit:
        here, size = _flag(table, data, i, end), width(data[i])
        if not here & _LETTER:
            if here & (_END | _STOP):
                sentence_open = here & _END != 0 or data[i] != 0x2E or not _is_abbreviation(data, word_start, i, known)
            elif not here & _CLOSER:
                sentence_open = False
            word_start = i + size
        else:
            sentence_open = False
        joined = size == 3 and data[i] == 0xE2 and data[i + 1] == 0x80 and data[i + 2] == 0x8D
        i += size
        following = _flag(table, data, i, end)
        if not here & _BLANK:
            apart = following & _BLANK or here & _UNSPACED or last & _END
            ends = sentence_open and apart and not following & (_END | _CLOSER)
            if ends or (following & _BLANK and _is_paragraph(data, i, end)):
                sentence = i
            if following & _BLANK or ((here | following) & _UNSPACED and not following & (_EXTENDER | _HANGING | _CLOSER)):
                word = i
            if not joined and not following & _EXTENDER:
                hard = i
        last = here
    if care == SENTENCE and sentence > start and sentence >= least:
        return sentence
    if care >= WORD and word > start and word >= least:
        return word
    return hard if hard > start else limit


@njit(cache=True, nogil=True)
def _is_paragraph(data, i, end):  # type: ignore[no-untyped-def]
    """Whether the blanks from data[i] on hold two line feeds, or the text ends there."""
    feeds = 0
    while i < end and (data[i] == 0x20 or data[i] == 0x0A or data[i] == 0x0D or data[i] == 0x09):
        feeds += data[i] == 0x0A
        i += 1
    return feeds >= 2 or i == end


@njit(cache=True, nogil=True)
def _cuts(offsets, array, limits, leasts, care, flags, abbreviations, found):  # type: ignore[no-untyped-def]
    data, table, known = pointer(array), pointer(flags), pointer(abbreviations)
    for row in range(len(offsets) - 1):
        end = offsets[row + 1]
        if limits[row] < 0:
            found[row] = end
        else:
            found[row] = _cut(table, known, data, offsets[row], limits[row], end, leasts[row], care)


@njit(cache=True, nogil=True)
def _places(offsets, array, most, kept, least, limits, leasts):  # type: ignore[no-untyped-def]
    """Of each row with over `most` characters: the byte after `kept` characters, and after `least`."""
    data = pointer(array)
    for row in range(len(offsets) - 1):
        i, end, count = offsets[row], offsets[row + 1], 0
        limit = leasts[row] = i
        if end - i <= most:
            continue
        while i < end and count <= most:
            if count == kept:
                limit = i
            if count == least:
                leasts[row] = i
            i += width(data[i])
            count += 1
        if count > most:
            limits[row] = limit


def character_limits(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], most: int, kept: int, least: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For texts of more than `most` characters the bytes after `kept` and after `least` of them; WHOLE for the others."""
    limits, leasts = np.full(len(offsets) - 1, WHOLE, np.int64), np.zeros(len(offsets) - 1, np.int64)
    _places(offsets, readable(data), most, kept, least, limits, leasts)
    return limits, leasts


def cuts(
    offsets: npt.NDArray[np.int64],
    data: npt.NDArray[np.uint8],
    limits: npt.NDArray[np.int64],
    leasts: npt.NDArray[np.int64],
    care: int,
) -> npt.NDArray[np.int64]:
    """(rows,): the byte at which each text ends best, at most limits[row]; its end where the limit is WHOLE.

    care: HARD, WORD or SENTENCE, the most careful cut that is tried; it must leave the text up to leasts[row].
    """
    found = np.zeros(len(offsets) - 1, np.int64)
    _cuts(offsets, readable(data), limits, leasts, care, _flags(), readable(_abbreviations()), found)
    return found
