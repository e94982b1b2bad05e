"""Which rows may need repair: one pass over the bytes, a conservative answer, so that slow libraries see only a few rows.

SUSPECT: a pair of neighbours that ftfy's badness test could match. REMOVABLE: a control, zero-width or bidi character.
UNSTABLE: a character that the normalization form changes or that may combine with its neighbours.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.eight import HIGH, below, equal, first_byte, load8
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

SUSPECT, REMOVABLE, UNSTABLE = 1, 2, 4
_PAIRED = 8  # the character takes part in a suspect pair
_LETTER_AFTER = 16  # the character is suspect unless an ASCII letter follows
_TABLE_END = 0x20000


class Screen(NamedTuple):
    """Tables of the screen: bits of every code point under 0x20000, pair rules of those under 0x10000."""

    bits: npt.NDArray[np.uint8]
    first: npt.NDArray[np.uint64]
    second: npt.NDArray[np.uint64]


@cache
def unstable(form: Literal["NFC", "NFKC"]) -> npt.NDArray[np.bool_]:
    """True where a code point may change under `form` ("NFC", "NFKC"), alone or with its neighbours.

    True also where Python's Unicode data know no such character: a later Unicode may give it a decomposition.
    """
    table = np.zeros(_TABLE_END, np.bool_)
    trailing: set[int] = set()
    for point in range(_TABLE_END):
        character = chr(point)
        unknown = unicodedata.category(character) == "Cn"
        table[point] = unknown or unicodedata.combining(character) or not unicodedata.is_normalized(form, character)
        decomposed = unicodedata.decomposition(character)
        if decomposed and decomposed[0] != "<":
            trailing.update(int(part, 16) for part in decomposed.split()[1:])
    # the second half of a canonical pair may compose with what stands before it, with combining class 0 too
    table[[point for point in trailing if point < _TABLE_END]] = True
    table[0x1160:0x1200] = True  # hangul vowels and finals compose by arithmetic, not by the table
    table[0xD800:0xE000] = False
    return table


@njit(cache=True, nogil=True)
def _beyond(point):  # type: ignore[no-untyped-def]
    """Bits of a code point from 0x20000 on: compatibility han decompose, tags are invisible."""
    if 0x2F800 <= point <= 0x2FA1F:
        return UNSTABLE
    if 0xE0000 <= point <= 0xE007F:
        return REMOVABLE
    return 0


@njit(cache=True, nogil=True)
def _screen(offsets, data, bits, first, second, flags):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        found = 0
        rules = np.uint64(0)  # pair rules that the character before has opened
        while i < end:
            while rules == 0 and i + 8 <= end:
                here = load8(data, i)
                plain = first_byte((here & HIGH) | below(here, 0x20) | equal(here, 0x7F))
                i += plain
                if plain < 8:
                    break
            if i == end:
                break
            point = code_point(data, i)
            known = bits[point] if point < _TABLE_END else _beyond(point)
            found |= known & (SUSPECT | REMOVABLE | UNSTABLE)
            after = i + width(data[i])
            if known & _LETTER_AFTER and after < end and not 0x61 <= data[after] | 0x20 <= 0x7A:
                found |= SUSPECT
            if known & _PAIRED:
                if rules & second[point]:
                    found |= SUSPECT
                rules = first[point]
            else:
                rules = np.uint64(0)
            i = after
        flags[row] = found


def screened(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], screen: Screen) -> npt.NDArray[np.uint8]:
    """The bits of each row: SUSPECT, REMOVABLE, UNSTABLE, as far as `screen` looks for them."""
    flags = np.zeros(len(offsets) - 1, np.uint8)
    _screen(offsets, data, *screen, flags)
    return flags


def pair_rules(rules: list[tuple[str, str]]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Tables for at most 64 rules (characters that come first, characters that come second), code points under 0x10000."""
    first, second = np.zeros(0x10000, np.uint64), np.zeros(0x10000, np.uint64)
    for number, (before, after) in enumerate(rules):
        first[[ord(c) for c in before]] |= np.uint64(1 << number)
        second[[ord(c) for c in after]] |= np.uint64(1 << number)
    return first, second


def build(
    suspects: list[tuple[str, str]], alone: str, unlettered: str, removable: str, form: Literal["NFC", "NFKC", "none"]
) -> Screen:
    """A screen for what looks like mojibake, removable characters, and a normalization form ("none": not asked).

    suspects: pairs of neighbours; alone: suspect by themselves; unlettered: suspect where no ASCII letter follows.
    """
    first, second = pair_rules(suspects)
    bits = np.zeros(_TABLE_END, np.uint8)
    bits[:0x10000][(first | second) != 0] |= _PAIRED
    bits[[ord(c) for c in alone]] |= SUSPECT
    bits[[ord(c) for c in unlettered]] |= _LETTER_AFTER
    bits[[ord(c) for c in removable if ord(c) < _TABLE_END]] |= REMOVABLE
    if form != "none":
        bits[unstable(form)] |= UNSTABLE
    return Screen(bits, first, second)
