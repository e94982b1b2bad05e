"""What kind of character each code point is, for rules that ask about blanks, punctuation, letters and sentence ends."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.tokens import Tokens
from dprep.kernels.utf8 import code_point, width

BLANK, PUNCTUATION, ALPHABETIC, TERMINAL = 1, 2, 4, 8
"""White space as `str.isspace` has it; a mark that makes no word; a letter (`str.isalpha`); a mark that ends a sentence."""
_TABLE_END = 0x20000
_TERMINAL_RANGES = (
    "21 2E 3F 589 61D-61F 6D4 700-702 7F9 837 839 83D-83E 964-965 104A-104B 1362 1367-1368 166E 1735-1736 17D4-17D6 17D9-17DA "
    "1803 1809 1944-1945 1AA8-1AAB 1B5A-1B5B 1B5E-1B5F 1B7D-1B7E 1C3B-1C3C 1C7E-1C7F 203C-203D 2047-2049 2E2E 2E3C 2E53-2E54 "
    "3002 A4FF A60E-A60F A6F3 A6F7 A876-A877 A8CE-A8CF A92F A9C8-A9C9 AA5D-AA5F AAF0-AAF1 ABEB FE52 FE56-FE57 FF01 FF0E FF1F "
    "FF61 10A56-10A57 10F55-10F59 10F86-10F89 11047-11048 110BE-110C1 11141-11143 111C5-111C6 111CD 111DE-111DF 11238-11239 "
    "1123B-1123C 112A9 1144B-1144C 115C2-115C3 115C9-115D7 11641-11642 1173C-1173E 11944 11946 11A42-11A43 11A9B-11A9C "
    "11C41-11C42 11EF7-11EF8 11F43-11F44 16A6E-16A6F 16AF5 16B37-16B38 16B44 16E98 1BC9F 1DA88"
)
"""Unicode's Sentence_Terminal as datatrove 0.10.1 has it (the property of version 15, with three Khmer signs more)."""
_PUNCTUATION_RANGES = (
    "0-8 B-1F 22-2D 2F 3A-3E 40 5B-60 7B-9F AB B4 BB 2013-2014 2019 201C-201E 2026 2236 2501 25BA 3001 3008-300D 3010-3011 "
    "FF05 FF08-FF09 FF0C FF11 FF1A-FF1B FF5E"
)
"""CCNet's marks and control characters, which datatrove 0.10.1 takes with the terminal ones for punctuation. Full-width 1 is
among them there, and so it is here."""


def _points(ranges: str) -> list[int]:
    found: list[int] = []
    for part in ranges.split():
        first, _, last = part.partition("-")
        found += range(int(first, 16), int(last or first, 16) + 1)
    return found


@cache
def character_flags() -> npt.NDArray[np.uint8]:
    """The flags of every code point under 0x20000; the planes above hold han only."""
    table = np.zeros(_TABLE_END, np.uint8)
    for point in range(_TABLE_END):
        character = chr(point)
        table[point] = BLANK * character.isspace() | ALPHABETIC * character.isalpha()
    terminal = _points(_TERMINAL_RANGES)
    table[terminal] |= TERMINAL | PUNCTUATION
    table[_points(_PUNCTUATION_RANGES)] |= PUNCTUATION
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def flags_at(table, data, i):  # type: ignore[no-untyped-def]
    """The flags of the character whose first byte is data[i]."""
    point = code_point(data, i)
    if point < _TABLE_END:
        return table[point]
    return np.uint8(ALPHABETIC) if point < 0x40000 else np.uint8(0)


@njit(cache=True, nogil=True)
def before(data, i):  # type: ignore[no-untyped-def]
    """Where the character that ends at byte i starts."""
    i -= 1
    while data[i] & 0xC0 == 0x80:
        i -= 1
    return i


@njit(cache=True, nogil=True)
def stripped(table, data, start, end):  # type: ignore[no-untyped-def]
    """data[start:end] without blanks at both ends, as (start, end); equal where nothing is left."""
    while start < end:
        lead = data[start]
        if not (table[lead] if lead < 0x80 else flags_at(table, data, start)) & BLANK:
            break
        start += width(lead)
    while start < end:
        last = end - 1 if data[end - 1] < 0x80 else before(data, end)
        if not (table[data[last]] if data[last] < 0x80 else flags_at(table, data, last)) & BLANK:
            break
        end = last
    return start, end


@njit(cache=True, nogil=True)
def _blank_words(offsets, data, table, rows, starts, ends, fill):  # type: ignore[no-untyped-def]
    """Count the words of each row into rows[r + 1] (a running total); write their places if `fill`."""
    total = 0
    for row in range(len(offsets) - 1):
        i = offsets[row]
        inside = False
        while i < offsets[row + 1]:
            lead = data[i]
            flags = table[lead] if lead < 0x80 else flags_at(table, data, i)
            if flags & BLANK:
                inside = False
            elif not inside:
                inside = True
                if fill:
                    starts[total] = i
                total += 1
            i += width(lead)
            if fill and inside:
                ends[total - 1] = i
        rows[row + 1] = total


def blank_words(text: Text) -> Tokens:
    """What blanks separate, as `str.split()` does; ask through `text.once(blank_words)`."""
    offsets, data = text.buffers
    rows, nothing = np.zeros(len(text) + 1, np.int64), np.zeros(0, np.int64)
    _blank_words(offsets, data, character_flags(), rows, nothing, nothing, False)
    starts, ends = np.empty(rows[-1], np.int64), np.empty(rows[-1], np.int64)
    _blank_words(offsets, data, character_flags(), np.zeros_like(rows), starts, ends, True)
    return Tokens(rows, starts, ends)
