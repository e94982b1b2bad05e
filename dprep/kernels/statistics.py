"""Counts behind text statistics: tokens of words and marks, how often words recur, syllables, rare han characters."""

from __future__ import annotations

import math
import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers, Text
from dprep.kernels.jit import njit
from dprep.kernels.lines import characters
from dprep.kernels.ngrams import bytes_hash, entry_of, mask_for, slots_for
from dprep.kernels.scripts import NAMES, script_table
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.words import Words

Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

TOKENS, CAPITALS, LETTERLESS = range(3)
"""Columns of `token_counts`."""
LENGTH, DISTINCT = range(2)
"""Columns of `recurrence`'s counts."""
_BLANK, _WORD, _MARK, _SINGLE = range(4)
_UPPER, _LOWER, _LETTER = 4, 8, 16
_TABLE_END = 0x20000
_HAN, _KANA = NAMES.index("han"), NAMES.index("kana")


@cache
def _token_table() -> npt.NDArray[np.uint8]:
    """What a code point is in a token, and flags of its letter."""
    scripts = script_table()
    table = np.zeros(_TABLE_END, np.uint8)
    for point in range(_TABLE_END):
        character = chr(point)
        single = scripts[point] in (_HAN, _KANA)
        word = character.isalnum() or character == "_"
        kind = _BLANK if character.isspace() else _SINGLE if single else _WORD if word else _MARK
        lower = character.islower() or unicodedata.category(character) == "Lt"
        flags = _UPPER * character.isupper() | _LOWER * lower
        table[point] = kind | flags | _LETTER * character.isalpha()
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _tokens(offsets, data, table, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        i, last, seen = offsets[row], np.int64(0), np.int64(0)
        while i <= offsets[row + 1]:
            here, size = np.int64(0), 1
            if i < offsets[row + 1]:
                point = code_point(data, i)
                here = np.int64(table[point]) if point < len(table) else np.int64(_SINGLE | _LETTER)
                size = width(data[i])
            kind = here & 3
            if kind != last or kind == _SINGLE:
                if last != _BLANK:
                    out[row, TOKENS] += 1
                    out[row, CAPITALS] += seen & _UPPER != 0 and seen & _LOWER == 0
                    out[row, LETTERLESS] += seen & _LETTER == 0
                seen = np.int64(0)
            seen |= here
            last = kind
            i += size


def token_counts(text: Text) -> Counts:
    """(rows, 3): tokens; those in capitals; those without a letter.

    A token is a run of letters, digits and underscores, a run of marks, or one han or kana character.
    """
    out = np.zeros((len(text), 3), np.int64)
    _tokens(*text.buffers, _token_table(), out)
    return out


@njit(cache=True, nogil=True)
def _recur(data, rows, starts, ends, table, counts, out, entropy):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        total = rows[row + 1] - rows[row]
        mask, distinct = mask_for(total), 0
        for word in range(rows[row], rows[row + 1]):
            out[row, LENGTH] += characters(data, starts[word], ends[word])
            number = entry_of(table, mask, row + 1, bytes_hash(data, starts[word], ends[word]), distinct)
            if number == distinct:
                counts[number] = 0
                distinct += 1
            counts[number] += 1
        out[row, DISTINCT] = distinct
        entropy[row] = 0.0 if total else np.nan
        for number in range(distinct):
            share = counts[number] / total
            entropy[row] -= share * math.log(share)


def recurrence(buffers: Buffers, words: Words) -> tuple[Counts, Values]:
    """(rows, 2): characters of all words, different words; (rows,): entropy of the words in nats, NaN without a word."""
    count, most = len(words.rows) - 1, int(np.diff(words.rows).max(initial=0))
    out, entropy = np.zeros((count, 2), np.int64), np.zeros(count)
    _recur(buffers.data, *words, slots_for(most), np.empty(most + 1, np.int64), out, entropy)
    return out, entropy


@njit(cache=True, nogil=True)
def _vowel(byte):  # type: ignore[no-untyped-def]
    """Whether an ASCII letter in either case is one of aeiouy."""
    low = byte | 0x20
    return low == 0x61 or low == 0x65 or low == 0x69 or low == 0x6F or low == 0x75 or low == 0x79


@njit(cache=True, nogil=True)
def _silent(data, start, end):  # type: ignore[no-untyped-def]
    """Whether the last vowels of an English word are an `e` that is not spoken: `make`, `makes`, `asked`; not `table`."""
    last = data[end - 1] | 0x20
    if last == 0x73 or last == 0x64:
        end -= 1
    if end - start < 3 or data[end - 1] | 0x20 != 0x65 or _vowel(data[end - 2]):
        return False
    before, second = data[end - 2] | 0x20, data[end - 3]
    if last == 0x64:
        return before != 0x74 and before != 0x64
    if last == 0x73 and (before == 0x73 or before == 0x7A or before == 0x63 or before == 0x67 or before == 0x78):
        return False
    if last == 0x73 and before == 0x68 and (second | 0x20 == 0x63 or second | 0x20 == 0x73):
        return False
    return before != 0x6C or _vowel(second)


@njit(cache=True, nogil=True)
def _syllables(data, rows, starts, ends, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        for word in range(rows[row], rows[row + 1]):
            groups, inside = 0, False
            for i in range(starts[word], ends[word]):
                vowel = _vowel(data[i])
                groups += vowel and not inside
                inside = vowel
            if groups > 1 and _silent(data, starts[word], ends[word]):
                groups -= 1
            out[row] += max(1, groups)


def syllables(buffers: Buffers, words: Words) -> Counts:
    """(rows,): syllables of English words: groups of vowels without a silent `e`, one at least."""
    out = np.zeros(len(words.rows) - 1, np.int64)
    _syllables(buffers.data, *words, out)
    return out


@cache
def _han_table() -> npt.NDArray[np.uint8]:
    """1: a han character in daily use; 2: another one. Daily use: level 1 of GB 2312 (3,755) or of Big5 (5,401)."""
    table = np.where(script_table() == _HAN, 2, 0).astype(np.uint8)
    for encoding, leads, trails in (
        ("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)),
        ("big5", range(0xA4, 0xC7), range(0x40, 0xFF)),
    ):
        coded = [bytes((lead, trail)).decode(encoding, "ignore") for lead in leads for trail in trails]
        points = np.array([ord(character) for character in coded if len(character) == 1 and ord(character) > 127])
        table[points[table[points] == 2]] = 1
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _han(offsets, data, table, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        i = offsets[row]
        while i < offsets[row + 1]:
            if data[i] >= 0xE2:
                point = code_point(data, i)
                kind = table[point] if point < len(table) else np.uint8(2 if point < 0x40000 else 0)
                out[row, 0] += kind > 0
                out[row, 1] += kind > 1
            i += width(data[i])


def han_counts(text: Text) -> Counts:
    """(rows, 2): han characters, and those of them that are not in daily use."""
    out = np.zeros((len(text), 2), np.int64)
    _han(*text.buffers, _han_table(), out)
    return out
