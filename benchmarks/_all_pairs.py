"""The exact answer of near-duplicate search, made without dprep: sets of shingles, and every pair of rows that is alike.

Shingles are written from the page of `dedup.minhash` (letters and digits folded one by one; words, or characters) with
unicodedata, str.translate and exact integers for runs, no hashing. Pairs come from an inverted index over the rarest members
of each set (prefix filter: Chaudhuri, Ganti, Kaushik 2006, "A primitive operator for similarity joins") and are counted in
full; sizes stay integers, so that a pair on the threshold is judged without rounding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit  # type: ignore[import-untyped]

Numbers = npt.NDArray[np.int64]

ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17dd\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u309f\u30a1-\u30fa"
    "\u30fc-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
"""Characters that are words: Han, kana, Thai, Lao, Burmese, Khmer."""
_LOOSE_BLANK = re.compile(f" (?=[{ALONE}])|(?<=[{ALONE}]) ")


@dataclass(frozen=True)
class Members:
    """Set i is members[offsets[i]:offsets[i + 1]]: sorted distinct numbers, the rarest shingle of all sets the lowest."""

    offsets: Numbers
    members: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows (first < second), members that they share, and members that either has."""

    first: Numbers
    second: Numbers
    shared: Numbers
    either: Numbers

    def __len__(self) -> int:
        return len(self.first)

    def at_least(self, threshold: Fraction) -> Pairs:
        """Those with a Jaccard similarity of `threshold` or more, by integers."""
        chosen = self.shared * threshold.denominator >= self.either * threshold.numerator
        return Pairs(self.first[chosen], self.second[chosen], self.shared[chosen], self.either[chosen])

    def jaccard(self) -> npt.NDArray[np.float64]:
        return self.shared / self.either

    def find(self, first: Numbers, second: Numbers, rows: int) -> Numbers:
        """The place of each asked pair; -1 where it is not among these."""
        codes = self.first * rows + self.second
        order = np.argsort(codes)
        asked = np.minimum(first, second) * rows + np.maximum(first, second)
        at = np.minimum(np.searchsorted(codes, asked, sorter=order), max(len(codes) - 1, 0))
        return np.where(codes[order[at]] == asked, order[at], -1) if len(codes) else np.full(len(asked), -1)


class _Folded(dict[int, str]):
    """str.translate's table: letters and digits folded, blanks for what separates, nothing for what is passed over."""

    def __missing__(self, point: int) -> str:
        self[point] = found = self._of(chr(point))
        return found

    @staticmethod
    def _of(character: str) -> str:
        kind = unicodedata.category(character)
        if kind == "Cf" or "\u0300" <= character <= "\u036f" or "\ufe00" <= character <= "\ufe0f":
            return ""
        if kind in {"Cn", "Cc", "Cs", "Co"}:
            return " "
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        plain = unicodedata.normalize("NFC", "".join(each for each in plain if not "\u0300" <= each <= "\u036f"))
        if len(plain) != 1:  # folded one by one: a ligature or fraction stays what it is
            plain = character.lower() if len(character.lower()) == 1 else character
        return plain if unicodedata.category(plain)[0] in "LNM" else " "


_FOLDED = _Folded()
_ALONE = re.compile(f"([{ALONE}])")


def words_of(text: str) -> list[str]:
    """The words that shingles are runs of."""
    return _ALONE.sub(r" \1 ", text.translate(_FOLDED)).split()


def characters_of(text: str) -> str:
    """The characters that shingles are runs of: one blank between words, none beside a character that is a word."""
    return _LOOSE_BLANK.sub("", " ".join(text.translate(_FOLDED).split()))


def shingle_members(texts: Iterable[str], kind: str, ngram: int) -> Members:
    """The set of shingles of each text. A shorter text is one shingle of its own kind; one without letters is its raw text."""
    known: dict[str, int] = {}
    whole: dict[tuple[Any, ...], int] = {}
    runs: list[Numbers] = []
    for text in texts:
        units: Any = words_of(text) if kind == "words" else characters_of(text)
        if len(units) >= ngram:
            runs.append(np.fromiter((known.setdefault(unit, len(known)) for unit in units), np.int64, len(units)))
        else:
            name = (len(units), *units) if len(units) else (0, text)
            runs.append(np.array([-1 - whole.setdefault(name, len(whole))]))
    return _numbered(runs, ngram, len(known), len(whole))


def _numbered(runs: list[Numbers], ngram: int, known: int, whole: int) -> Members:
    lengths = np.array([len(run) for run in runs])
    flat = np.concatenate(runs)
    row = np.repeat(np.arange(len(runs)), lengths)
    shingle = flat
    for step in range(1, ngram):  # an exact number for each run one unit longer
        shingle = np.unique(shingle[:-1] * np.int64(known + 1) + flat[step:], return_inverse=True)[1].astype(np.int64)
    inside = np.arange(len(shingle))
    short = flat < 0
    kept = np.zeros(len(flat), np.bool_)
    kept[: len(inside)] = row[inside] == row[inside + ngram - 1]
    kept &= ~short
    numbers = np.zeros(len(flat), np.int64)
    numbers[: len(shingle)] = shingle + whole
    numbers[short] = -1 - flat[short]
    kept |= short
    return _by_rarity(row[kept], numbers[kept], len(runs))


def _by_rarity(row: Numbers, number: Numbers, rows: int) -> Members:
    """Distinct members of each row; numbered anew, such that those of the fewest rows come first."""
    number = np.unique(number, return_inverse=True)[1].astype(np.int64)
    codes = np.unique(row * (number.max() + 1) + number)
    row, number = np.divmod(codes, number.max() + 1)
    place = np.empty(number.max() + 1, np.int64)
    place[np.argsort(np.bincount(number), kind="stable")] = np.arange(len(place))
    number = place[number]
    order = np.lexsort((number, row))
    return Members(np.searchsorted(row, np.arange(rows + 1)), number[order].astype(np.int32))


@njit(cache=False)  # type: ignore[untyped-decorator]
def _shared(one, other, needed):  # type: ignore[no-untyped-def]
    """How many members two sorted sets share; -1 as soon as `needed` is out of reach."""
    i, j, found = 0, 0, 0
    while i < len(one) and j < len(other):
        if found + min(len(one) - i, len(other) - j) < needed:
            return -1
        if one[i] == other[j]:
            found += 1
            i += 1
            j += 1
        elif one[i] < other[j]:
            i += 1
        else:
            j += 1
    return found if found >= needed else -1


@njit(cache=False)  # type: ignore[untyped-decorator]
def _join(offsets, members, by_size, part, whole, begins, postings):  # type: ignore[no-untyped-def]
    """Rows (k, 4): first, second, shared, either. Rows go from small to large; each meets the smaller ones in the index."""
    found = np.empty((1024, 4), np.int64)
    count = 0
    ends, oldest = begins[:-1].copy(), begins[:-1].copy()
    seen = np.full(len(offsets) - 1, -1, np.int64)
    for row in by_size:
        mine = members[offsets[row] : offsets[row + 1]]
        size = len(mine)
        for member in mine[: size - (part * size + whole - 1) // whole + 1]:
            while oldest[member] < ends[member]:
                small = postings[oldest[member]]
                if (offsets[small + 1] - offsets[small]) * whole >= part * size:
                    break
                oldest[member] += 1  # too small for this row and so for all that follow
            for at in range(oldest[member], ends[member]):
                other = postings[at]
                if seen[other] == row:
                    continue
                seen[other] = row
                theirs = members[offsets[other] : offsets[other + 1]]
                sizes = size + len(theirs)
                shared = _shared(mine, theirs, (part * sizes + whole + part - 1) // (whole + part))
                if shared >= 0:
                    if count == len(found):
                        grown = np.empty((2 * count, 4), np.int64)
                        grown[:count] = found
                        found = grown
                    found[count] = min(row, other), max(row, other), shared, sizes - shared
                    count += 1
            postings[ends[member]] = row
            ends[member] += 1
    return found[:count]


def all_pairs(sets: Members, least: Fraction) -> Pairs:
    """Every pair of sets with a Jaccard similarity of `least` or more."""
    sizes = np.diff(sets.offsets)
    prefixes = sizes - -(-least.numerator * sizes // least.denominator) + 1
    firsts = np.repeat(sets.offsets[:-1] - np.cumsum(prefixes) + prefixes, prefixes) + np.arange(prefixes.sum())
    each = np.bincount(sets.members[firsts], minlength=int(sets.members.max()) + 1)
    begins = np.concatenate([[0], np.cumsum(each)])
    by_size = np.argsort(sizes, kind="stable")
    postings = np.empty(int(begins[-1]), np.int64)
    found = _join(sets.offsets, sets.members, by_size, least.numerator, least.denominator, begins, postings)
    return Pairs(*(np.ascontiguousarray(column) for column in found.T))
