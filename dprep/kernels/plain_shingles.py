"""Plain shingles: sets of runs of words or characters, by which splits and leaks say what near-duplicates are.

The text is brought into the form NFKC and lower case; letters, digits and the underscore are kept (what `\\w` means to Python's
`re`), all else separates words. Unlike `shingles` it keeps accents and makes no word of a single Chinese character.

  words       a shingle is `length` words in a row
  characters  a shingle is `length` characters in a row, of the text without its separators

A text with fewer than `length` of them has one shingle, all of it; so has a text with none, and all such texts are alike.

Nearly all characters have one form each, which a table gives. Texts with others (marks that join the letter before them, one
character that becomes several, the Greek sigma) are normalised by Python first.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Sets
from dprep.base.text import Buffers, buffers, from_buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.ordering import MOST_BITS, sorted_distinct
from dprep.kernels.shingles import runs_of
from dprep.kernels.utf8 import code_point, width

BINS = 1024
"""Texts of 1023 words or more share the last bin: no rule asks beyond 20."""
_TABLE_END = 0x32400
_FORM = np.uint32(0x00FFFFFF)
_ODD = np.uint32(0x80000000)
"""The character's form depends on its neighbours, or is several characters."""
_POWER = np.uint64(0x9FB21C651E98DF25)
_SALT = np.uint64(0xD6E8FEB86659FD93)
_NOTHING = np.uint64(0x2545F4914F6CDD1D)
"""The one shingle of a text without letters and digits."""
_CJK = ((0x3040, 0x30FF), (0x3400, 0x9FFF))


_CHINESE = 0.3
"""The share of letters above which they are compared by characters."""
_SHORT = 20
"""Words of the middle text under which single words are compared."""
_UNSURE = 0.1, 4
"""So near these two, other rows of the same kind may come to lie on the other side."""


class Shape(NamedTuple):
    """What a shingle is."""

    characters: bool
    ngram: int


def _joins() -> set[int]:
    """Characters that may become one with the character before them, under the form NFC."""
    jamo = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    parts = (unicodedata.decomposition(chr(point)).split() for point in range(_TABLE_END))
    return jamo | {int(pair[1], 16) for pair in parts if len(pair) == 2 and not pair[0].startswith("<")}


@cache
def _tables() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """For every code point: its form, 0 if it separates, with `_ODD` where that says too little; and whether it is a letter
    (bit 0), and a Chinese or Japanese one (bit 1).
    """
    forms, kinds = np.zeros(_TABLE_END, np.uint32), np.zeros(_TABLE_END, np.uint8)
    joins = _joins()
    for point in range(_TABLE_END):
        character = chr(point)
        form = unicodedata.normalize("NFKC", character).lower()
        if len(form) != 1 or ord(form) in joins or point in joins or character == "Σ" or form == "σ" != character:
            forms[point] = _ODD
        if len(form) == 1 and (form.isalnum() or form == "_"):
            forms[point] |= np.uint32(ord(form))
        kinds[point] = character.isalpha()
    for first, last in _CJK:
        kinds[first : last + 1] |= np.uint8(2)
    forms.flags.writeable = kinds.flags.writeable = False
    return forms, kinds


@njit(cache=True, nogil=True, inline="always")
def _form(forms, point):  # type: ignore[no-untyped-def]
    return forms[point] if point < _TABLE_END else np.uint32(0)


@njit(cache=True, nogil=True)
def _odd_rows(offsets, data, forms, odd):  # type: ignore[no-untyped-def]
    """Mark the texts that the table is not enough for; how many."""
    found = 0
    for row in range(len(offsets) - 1):
        i = offsets[row]
        while i < offsets[row + 1]:
            lead = data[i]
            if lead < 0x80:
                i += 1
                continue
            if _form(forms, code_point(data, i)) & _ODD:
                odd[row] = True
                found += 1
                break
            i += width(lead)
    return found


@njit(cache=True, nogil=True)
def _words(data, start, end, forms, out):  # type: ignore[no-untyped-def]
    """Write a hash per word; how many there are."""
    found = 0
    i = start
    inside = False
    running = np.uint64(0)
    while i < end:
        lead = data[i]
        point = np.int64(lead) if lead < 0x80 else np.int64(code_point(data, i))
        i += 1 if lead < 0x80 else width(lead)
        form = _form(forms, point) & _FORM
        if form:
            running = (running + np.uint64(form)) * _POWER
            running ^= running >> np.uint64(29)
            inside = True
        elif inside:
            out[found] = running
            found += 1
            running = np.uint64(0)
            inside = False
    if inside:
        out[found] = running
        found += 1
    return found


@njit(cache=True, nogil=True)
def _characters(data, start, end, forms, out):  # type: ignore[no-untyped-def]
    """Write a number per kept character; how many there are."""
    found = 0
    i = start
    while i < end:
        lead = data[i]
        point = np.int64(lead) if lead < 0x80 else np.int64(code_point(data, i))
        i += 1 if lead < 0x80 else width(lead)
        form = _form(forms, point) & _FORM
        if form:
            out[found] = np.uint64(form) * _SALT
            found += 1
    return found


@njit(cache=True, nogil=True)
def _all_sets(offsets, data, forms, characters, length, sizes, out):  # type: ignore[no-untyped-def]
    total = 0
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    scratch = np.empty(longest + 1, np.uint64)
    starts = np.empty((1 << MOST_BITS) + 1, np.int64)
    for row in range(len(offsets) - 1):
        rest = out[total:]
        if characters:
            tokens = _characters(data, offsets[row], offsets[row + 1], forms, rest)
        else:
            tokens = _words(data, offsets[row], offsets[row + 1], forms, rest)
        if tokens:
            total += sorted_distinct(rest, runs_of(rest, tokens, length), scratch, starts)
        else:
            rest[0] = mixed(_NOTHING)
            total += 1
        sizes[row + 1] = total


@njit(cache=True, nogil=True)
def _count(offsets, data, forms, words):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        inside = False
        i = offsets[row]
        while i < offsets[row + 1]:
            lead = data[i]
            point = np.int64(lead) if lead < 0x80 else np.int64(code_point(data, i))
            i += 1 if lead < 0x80 else width(lead)
            kept = (_form(forms, point) & _FORM) != 0
            words[row] += kept and not inside
            inside = kept


@njit(cache=True, nogil=True)
def _count_letters(offsets, data, kinds, counts):  # type: ignore[no-untyped-def]
    i = offsets[0]
    while i < offsets[-1]:
        lead = data[i]
        point = np.int64(lead) if lead < 0x80 else np.int64(code_point(data, i))
        i += 1 if lead < 0x80 else width(lead)
        if point < _TABLE_END:
            counts[0] += kinds[point] & 1
            counts[1] += kinds[point] >> 1


def _normal(texts: Buffers) -> Buffers:
    """The texts with those normalised for which the table of forms is not enough."""
    offsets, data = texts
    odd = np.zeros(len(offsets) - 1, np.bool_)
    if not _odd_rows(offsets, data, _tables()[0], odd):
        return texts
    series = from_buffers(offsets, data)
    places = np.flatnonzero(odd)
    forms = [unicodedata.normalize("NFKC", text).lower() for text in series.gather(places).to_list()]
    return buffers(series.scatter(places, forms))


def plain_sets(texts: Buffers, characters: bool, length: int) -> Sets:
    """The sorted distinct shingle hashes of each text; every text has one at least."""
    offsets, data = _normal(texts)
    rows = np.zeros(len(offsets), np.int64)
    out = np.empty(int(offsets[-1] - offsets[0]) + len(offsets), np.uint64)
    _all_sets(offsets, data, _tables()[0], characters, length, rows, out)
    out.resize(int(rows[-1]), refcheck=False)
    return Sets(rows, out)


def plain_profile(texts: Buffers) -> npt.NDArray[np.int64]:
    """(2 + BINS,): letters, those that are Chinese or Japanese, then texts by their number of words. Additive."""
    forms, kinds = _tables()
    letters = np.zeros(2, np.int64)
    _count_letters(*texts, kinds, letters)
    offsets, data = _normal(texts)
    words = np.zeros(len(offsets) - 1, np.int64)
    _count(offsets, data, forms, words)
    return np.concatenate([letters, np.bincount(np.minimum(words, BINS - 1), minlength=BINS)]).astype(np.int64)


def shape_of(profile: npt.NDArray[np.int64], shingles: str = "auto", ngram: int = 0) -> Shape:
    """What is compared, with every `auto` and 0 settled from the profile of all rows: 2 characters where over 30 % of the
    letters are Chinese or Japanese, else single words where the middle row has under 20 words, else 3 words.
    """
    return shapes_near(profile, shingles, ngram)[0]


def shapes_near(profile: npt.NDArray[np.int64], shingles: str = "auto", ngram: int = 0) -> tuple[Shape, ...]:
    """`shape_of`, then what it would nearly have been: a sample of the rows, or what is left of them, may be settled so."""
    share, middle = profile[1] / max(int(profile[0]), 1), _middle(profile[2:])
    chinese = share > _CHINESE
    kinds = [shingles] if shingles != "auto" else ["characters", "words"] if chinese else ["words", "characters"]
    if abs(share - _CHINESE) > _UNSURE[0]:
        kinds = kinds[:1]
    runs = (1, 3) if middle < _SHORT else (3, 1)
    words = [Shape(False, run) for run in ((ngram,) if ngram else runs if abs(middle - _SHORT) <= _UNSURE[1] else runs[:1])]
    characters = [Shape(True, ngram or (2 if share > _CHINESE - _UNSURE[0] else 5))]
    return tuple(shape for kind in kinds for shape in (characters if kind == "characters" else words))


def _middle(lengths: npt.NDArray[np.int64]) -> float:
    """The median of the numbers that occur so often."""
    ends = np.cumsum(lengths)
    rows = int(ends[-1])
    return float(np.searchsorted(ends, [(rows - 1) // 2, rows // 2], "right").mean()) if rows else 0.0
