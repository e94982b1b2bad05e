"""Word boundaries over Arrow buffers: once per block, shared by every filter that counts words.

A word is a run of letters, marks and digits; one punctuation character inside keeps it whole: an apostrophe, hyphen,
underscore, middle dot, soft hyphen or joiner between any two of them, a full stop, comma or colon between two digits. Every
han and kana character is a word of its own, marks after it included. Emoji and other symbols are no words. Scripts written
without blanks other than these (Thai, Lao, Khmer, Burmese) come out as long runs.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.eight import HIGH, ONES, load8, ones
from dprep.kernels.jit import njit
from dprep.kernels.spans import Spans
from dprep.kernels.utf8 import code_point, width

OTHER, LETTER, DIGIT, SINGLE, MARK, JOINER, POINT = range(7)
_TABLE_END = 0x20000
_JOINERS = "'’-‐_·\u00ad\u200c\u200d＇"
_POINTS = ".,:．"
_SINGLE_RANGES = (
    (0x3005, 0x3007),  # iteration mark, han zero
    (0x3021, 0x3029),  # Suzhou numerals
    (0x3031, 0x3035),
    (0x3038, 0x303C),
    (0x3041, 0x3096),  # hiragana
    (0x309D, 0x309F),
    (0x30A1, 0x30FA),  # katakana
    (0x30FC, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # half-width katakana
    (0x1AFF0, 0x1B16F),
)


class Words(Spans):
    """Words of each row."""


class Counts(NamedTuple):
    """Words and code points of each row."""

    words: npt.NDArray[np.int64]  # (rows,)
    characters: npt.NDArray[np.int64]  # (rows,)

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Counts:
        """The counts of some rows."""
        return Counts(self.words[rows], self.characters[rows])


@cache
def word_classes() -> npt.NDArray[np.uint8]:
    """The class of every code point under 0x20000; the planes above hold han only."""
    kinds = {"L": LETTER, "N": DIGIT, "M": MARK}
    table = np.array([kinds.get(unicodedata.category(chr(point))[0], OTHER) for point in range(_TABLE_END)], np.uint8)
    for first, last in _SINGLE_RANGES:
        span = table[first : last + 1]
        span[span != OTHER] = SINGLE
    table[[ord(c) for c in _JOINERS]] = JOINER
    table[[ord(c) for c in _POINTS]] = POINT
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _class(table, point):  # type: ignore[no-untyped-def]
    if point < _TABLE_END:
        return table[point]
    return SINGLE if point < 0x40000 else OTHER


@njit(cache=True, nogil=True)
def _from(here, byte):  # type: ignore[no-untyped-def]
    """High bit of the bytes from `byte` on, of eight ASCII bytes."""
    return ((here | HIGH) - ONES * np.uint64(byte)) & HIGH


@njit(cache=True, nogil=True)
def _is_simple(here):  # type: ignore[no-untyped-def]
    """Whether eight bytes are ASCII without a joiner or point, so that words are runs of letters and digits."""
    inner = (_from(here, 0x2C) & ~_from(here, 0x2F)) | (_from(here, 0x27) & ~_from(here, 0x28))
    inner |= (_from(here, 0x3A) & ~_from(here, 0x3B)) | (_from(here, 0x5F) & ~_from(here, 0x60))
    return (here & HIGH) | inner == 0


@njit(cache=True, nogil=True)
def _word_bytes(here):  # type: ignore[no-untyped-def]
    """High bit of the letters and digits among eight ASCII bytes."""
    lower = here | (ONES * np.uint64(0x20))
    return (_from(lower, 0x61) & ~_from(lower, 0x7B)) | (_from(here, 0x30) & ~_from(here, 0x3A))


@njit(cache=True, nogil=True)
def _scan(offsets, data, table, rows, starts, ends, fill):  # type: ignore[no-untyped-def]
    """Count the words of each row into rows[r + 1] (a running total); write their places if `fill`."""
    total = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        last = OTHER  # class of the character before, of a joiner the pending one
        before = OTHER  # class of the character before a pending joiner
        while i < end:
            while not fill and last <= SINGLE and i + 8 <= end:
                here = load8(data, i)
                if not _is_simple(here):
                    break
                inside = _word_bytes(here)
                open_before = np.uint64(0x80) if LETTER <= last <= DIGIT else np.uint64(0)
                total += ones(inside & ~(inside << np.uint64(8) | open_before))
                last = table[data[i + 7]]
                i += 8
            if i == end:
                break
            kind = _class(table, code_point(data, i))
            size = width(data[i])
            if LETTER <= kind <= DIGIT:
                whole = LETTER <= last <= DIGIT
                whole |= last == JOINER or (last == POINT and before == DIGIT and kind == DIGIT)
                if not whole:
                    if fill:
                        starts[total] = i
                    total += 1
                if fill:
                    ends[total - 1] = i + size
                last = kind
            elif kind == SINGLE:
                if fill:
                    starts[total] = i
                    ends[total] = i + size
                total += 1
                last = SINGLE
            elif kind == MARK:
                if LETTER <= last <= SINGLE:
                    if fill:
                        ends[total - 1] = i + size
                else:
                    last = OTHER
            elif kind != OTHER and LETTER <= last <= DIGIT:
                before = last
                last = kind
            else:
                last = OTHER
            i += size
        rows[row + 1] = total


@njit(cache=True, nogil=True)
def _characters(offsets, data, counts):  # type: ignore[no-untyped-def]
    """Code points of each row: bytes that do not continue a character."""
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        continuing = 0
        while i + 8 <= end:
            word = load8(data, i)
            continuing += ones(word & ~(word << np.uint64(1)) & HIGH)
            i += 8
        while i < end:
            continuing += data[i] & 0xC0 == 0x80
            i += 1
        counts[row] = end - offsets[row] - continuing


def _ends(text: Text) -> npt.NDArray[np.int64]:
    rows = np.zeros(len(text) + 1, np.int64)
    nothing = np.zeros(0, np.int64)
    _scan(*text.buffers, word_classes(), rows, nothing, nothing, False)
    return rows


def counts(text: Text) -> Counts:
    """Words and code points of each row."""
    characters = np.zeros(len(text), np.int64)
    _characters(*text.buffers, characters)
    return Counts(np.diff(text.once(_ends)), characters)


def words(text: Text) -> Words:
    """Where every word of every row starts and ends; ask through `text.once(words)`."""
    rows = text.once(_ends)
    starts, ends = np.zeros(rows[-1], np.int64), np.zeros(rows[-1], np.int64)
    _scan(*text.buffers, word_classes(), np.zeros_like(rows), starts, ends, True)
    return Words(rows, starts, ends)
