"""Shingles: hashes of runs of words or characters, by which near-duplicates are compared.

Texts are compared by letters and digits alone. Characters are folded one by one: case, full-width and other compatibility
forms, and the accents of Latin, Greek and Cyrillic letters (so composed and decomposed forms agree); joiners, soft hyphens,
variation selectors and loose accents are passed over; all else (blanks, punctuation, symbols, emoji) separates. Han, kana and
the scripts of South-East Asia that are written without blanks count each character as a word.

  words       a shingle is `length` words in a row
  characters  a shingle is `length` characters in a row; separators between two words count as one blank, others not at all

A text with fewer than `length` of them has one shingle, all of it; a text with no letter or digit has none.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Sets
from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.ordering import MOST_BITS, sorted_distinct
from dprep.kernels.utf8 import code_point, width

U64 = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

_SEPARATOR = 0
_IGNORED = 1
_SINGLE = 1 << 30
_TABLE_END = 0x20000
_SINGLE_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17DD),  # Khmer
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3031, 0x3035),
    (0x3038, 0x303C),
    (0x3041, 0x309F),  # hiragana
    (0x30A1, 0x30FA),  # katakana
    (0x30FC, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x1AFF0, 0x1B16F),
)
_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_POWER = np.uint64(0x9FB21C651E98DF25)
_SALT = np.uint64(0xD6E8FEB86659FD93)


def _folded(character: str) -> str:
    """`character` without case, compatibility form and accent, where that is one character; else without case if that is
    one.
    """
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold()).translate(_ACCENTS)
    whole = unicodedata.normalize("NFC", bare)
    if len(whole) == 1:
        return whole
    return character.lower() if len(character.lower()) == 1 else character


def _entry(point: int) -> int:
    character = chr(point)
    kind = unicodedata.category(character)
    if point in _ACCENTS or kind == "Cf" or point in _VARIATION_SELECTORS:
        return _IGNORED
    if kind in {"Cn", "Cc", "Cs", "Co"}:
        return _SEPARATOR
    if unicodedata.decomposition(character) or character.lower() != character or character.casefold() != character:
        character = _folded(character)
        kind = unicodedata.category(character)
    return ord(character) if kind[0] in "LNM" else _SEPARATOR


@cache
def fold_table() -> npt.NDArray[np.uint32]:
    """For every code point under 0x20000: what it is folded to (bit 30: a word of its own), or that it separates or is
    ignored.
    """
    characters = list(map(chr, range(_TABLE_END)))
    kinds = map(unicodedata.category, characters)
    plain = (point if kind[0] in "LNM" else _IGNORED if kind == "Cf" else _SEPARATOR for point, kind in enumerate(kinds))
    table = np.fromiter(plain, np.uint32, _TABLE_END)
    # one in twenty is not plain: to look at each closely would take every worker 0.3 s
    folded = (c for c in characters if unicodedata.decomposition(c) or c.lower() != c or c.casefold() != c)
    for point in {*map(ord, folded), *_ACCENTS, *_VARIATION_SELECTORS}:
        table[point] = _entry(point)
    single = np.zeros(_TABLE_END, np.bool_)
    for first, last in _SINGLE_RANGES:
        single[first : last + 1] = True
    table[(table > _IGNORED) & single[np.minimum(table, _TABLE_END - 1)]] |= _SINGLE
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True, inline="always")
def _token(table, point):  # type: ignore[no-untyped-def]
    if point < _TABLE_END:
        return np.int64(table[point])
    return np.int64(point | _SINGLE) if point < 0x40000 else np.int64(_SEPARATOR)


@njit(cache=True, nogil=True)
def _words(data, start, end, table, out):  # type: ignore[no-untyped-def]
    """Write a hash per word of data[start:end]; how many there are. `out` holds one per byte at most."""
    found = 0
    i = start
    inside = False
    running = np.uint64(0)
    while i < end:
        lead = data[i]
        if lead < 0x80:
            token = np.int64(table[lead])
            i += 1
        else:
            token = _token(table, code_point(data, i))
            i += width(lead)
        if token == _IGNORED:
            continue
        if token > _IGNORED and token < _SINGLE:
            running = (running + np.uint64(token)) * _POWER
            running ^= running >> np.uint64(29)
            inside = True
            continue
        if inside:
            out[found] = running
            found += 1
            running = np.uint64(0)
            inside = False
        if token >= _SINGLE:
            out[found] = np.uint64(token) * _SALT
            found += 1
    if inside:
        out[found] = running
        found += 1
    return found


@njit(cache=True, nogil=True)
def _characters(data, start, end, table, out):  # type: ignore[no-untyped-def]
    """Write a number per folded character of data[start:end]; how many there are."""
    found = 0
    i = start
    spaced = False
    last = np.int64(_SINGLE)
    while i < end:
        lead = data[i]
        if lead < 0x80:
            token = np.int64(table[lead])
            i += 1
        else:
            token = _token(table, code_point(data, i))
            i += width(lead)
        if token > _IGNORED:
            if spaced and last < _SINGLE and token < _SINGLE:
                out[found] = np.uint64(32) * _SALT
                found += 1
            out[found] = np.uint64(token) * _SALT
            found += 1
            spaced = False
            last = token
        elif token == _SEPARATOR:
            spaced = True
    return found


@njit(cache=True, nogil=True)
def runs_of(out, tokens, length):  # type: ignore[no-untyped-def]
    """Overwrite the first `tokens` numbers, one at least, by the hashes of their runs of `length`; how many there are."""
    size = min(tokens, length)
    salt = np.uint64(size) * _SALT  # a short text is not the same run inside a longer one
    running = np.uint64(0)
    highest = np.uint64(1)
    for k in range(size):
        running = running * _POWER + out[k]
        highest *= _POWER if k else np.uint64(1)
    for k in range(tokens - size):
        leaving = out[k]
        out[k] = mixed(running + salt)
        running = (running - leaving * highest) * _POWER + out[k + size]
    out[tokens - size] = mixed(running + salt)
    return tokens - size + 1


@njit(cache=True, nogil=True)
def row_shingles(data, start, end, table, characters, length, out):  # type: ignore[no-untyped-def]
    """Write the shingle hashes of data[start:end], repeated ones too; how many there are. `out` holds one per byte at least."""
    tokens = _characters(data, start, end, table, out) if characters else _words(data, start, end, table, out)
    if tokens == 0:
        return 0
    return runs_of(out, tokens, length)


@njit(cache=True, nogil=True)
def distinct(hashes, count):  # type: ignore[no-untyped-def]
    """Sort hashes[:count] and move its distinct values to the front; how many there are."""
    if count == 0:
        return 0
    hashes[:count].sort()
    last = 0
    for k in range(1, count):
        if hashes[k] != hashes[last]:
            last += 1
            hashes[last] = hashes[k]
    return last + 1


@njit(cache=True, nogil=True)
def _all_sets(offsets, data, table, characters, length, sizes, out):  # type: ignore[no-untyped-def]
    total = 0
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    scratch = np.empty(longest + 1, np.uint64)
    starts = np.empty((1 << MOST_BITS) + 1, np.int64)
    for row in range(len(offsets) - 1):
        rest = out[total:]
        count = row_shingles(data, offsets[row], offsets[row + 1], table, characters, length, rest)
        count = sorted_distinct(rest, count, scratch, starts)
        total += count
        sizes[row + 1] = total


@njit(cache=True, nogil=True)
def _count_tokens(offsets, data, table, words, singles):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        i = offsets[row]
        end = offsets[row + 1]
        inside = False
        begun = 0
        alone = 0
        while i < end:
            lead = data[i]
            if lead < 0x80:
                # every ASCII character separates or is part of a word
                letter = table[lead] > _IGNORED
                begun += letter and not inside
                inside = letter
                i += 1
                continue
            token = _token(table, code_point(data, i))
            i += width(lead)
            if token >= _SINGLE:
                alone += 1
            elif token > _IGNORED and not inside:
                begun += 1
            if token != _IGNORED:
                inside = _IGNORED < token < _SINGLE
        words[row] = begun
        singles[row] = alone


def shingle_sets(buffers: Buffers, characters: bool, length: int) -> Sets:
    """The sorted distinct shingle hashes of each text. Takes 8 bytes per byte of text while it runs, untouched ones for
    free.
    """
    offsets, data = buffers
    rows = np.zeros(len(offsets), np.int64)
    out = np.empty(int(offsets[-1] - offsets[0]) + 1, np.uint64)
    _all_sets(offsets, data, fold_table(), characters, length, rows, out)
    out.resize(int(rows[-1]), refcheck=False)  # in its place: a copy would be the largest thing there is for a giant text
    return Sets(rows, out)


def token_counts(buffers: Buffers) -> tuple[Counts, Counts]:
    """(rows,) words written with blanks between them, and (rows,) characters that are words of their own."""
    offsets, data = buffers
    words, singles = np.zeros(len(offsets) - 1, np.int64), np.zeros(len(offsets) - 1, np.int64)
    _count_tokens(offsets, data, fold_table(), words, singles)
    return words, singles
