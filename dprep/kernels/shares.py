"""How many characters of each kind stand in each text, in one pass over its bytes.

Every code point has a class: what it is of `KINDS` all at once. The pass counts classes; kinds are sums of classes.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

KINDS = (
    "alphanumeric",
    "special",
    "digit",
    "uppercase",
    "whitespace",
    "punctuation",
    "parentheses",
    "non_ascii",
    "han",
    "non_alphanumeric",
)
"""What a character may be; their meaning stands on the page of `filter.character_shares`."""

_TABLE_END = 0x20000
_PARENTHESES = frozenset("{}⟨⟩[]()（）［］｛｝")
_PLAIN = frozenset("\n?!,.") | frozenset(chr(c) for c in range(128) if chr(c).isalnum())
_HAN = ((0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B), (0x2E80, 0x2FD5), (0x3400, 0x4DBF))
_MORE_HAN = ((0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


class _Classes(NamedTuple):
    table: npt.NDArray[np.uint8]  # (_TABLE_END,): the class of a code point
    kinds: npt.NDArray[np.int64]  # (classes, len(KINDS)): 1 where the class is of the kind
    beyond: int
    """The class of the planes above the table, which hold han only."""


class Shares(NamedTuple):
    """Of each text: code points, and how many of them are of each kind."""

    characters: npt.NDArray[np.int64]  # (rows,)
    kinds: npt.NDArray[np.int64]  # (rows, len(KINDS))

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Shares:
        """The counts of some rows."""
        return Shares(self.characters[rows], self.kinds[rows])

    def share(self, kind: str) -> npt.NDArray[np.float64]:
        """(rows,): characters of a kind per character; NaN for an empty text."""
        out = np.full(len(self.characters), np.nan)
        np.divide(self.kinds[:, KINDS.index(kind)], self.characters, out=out, where=self.characters > 0)
        return out


def is_han(point: int) -> bool:
    """Whether a code point is a han character, radical or iteration mark."""
    return any(first <= point <= last for first, last in _HAN + _MORE_HAN)


def _kinds_of(character: str) -> tuple[bool, ...]:
    category = unicodedata.category(character)
    return (
        character.isalnum(),
        category[0] not in "LM",
        category == "Nd",
        category in {"Lu", "Lt"},
        character.isspace(),
        category[0] == "P",
        character in _PARENTHESES,
        ord(character) > 127,
        is_han(ord(character)),
        character not in _PLAIN,
    )


@cache
def _classes() -> _Classes:
    numbers: dict[tuple[bool, ...], int] = {}
    table = np.empty(_TABLE_END, np.uint8)
    for point in range(_TABLE_END):
        table[point] = numbers.setdefault(_kinds_of(chr(point)), len(numbers))
    beyond = numbers.setdefault(_kinds_of("\U00020000"), len(numbers))
    table.flags.writeable = False
    return _Classes(table, np.array(list(numbers), np.int64), beyond)


@njit(cache=True, nogil=True)
def _count(offsets, data, table, beyond, kinds, characters, out):  # type: ignore[no-untyped-def]
    found = np.zeros(len(kinds), np.int64)
    for row in range(len(characters)):
        found[:] = 0
        i, end = offsets[row], offsets[row + 1]
        while i < end:
            lead = data[i]
            if lead < 0x80:
                found[table[lead]] += 1
                i += 1
            else:
                point = code_point(data, i)
                found[table[point] if point < len(table) else beyond] += 1
                i += width(lead)
        for number in range(len(found)):
            if found[number]:
                characters[row] += found[number]
                for kind in range(kinds.shape[1]):
                    out[row, kind] += kinds[number, kind] * found[number]


def shares(text: Text) -> Shares:
    """Characters of each kind; ask through `text.once(shares)`."""
    characters, out = np.zeros(len(text), np.int64), np.zeros((len(text), len(KINDS)), np.int64)
    known = _classes()
    _count(*text.buffers, known.table, known.beyond, known.kinds, characters, out)
    return Shares(characters, out)
