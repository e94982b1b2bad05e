"""Lines and paragraphs by what they say, over Arrow buffers: what their keys are made of, and what goes with them when cut.

lines        what line feeds end
paragraphs   lines in a row that are not blank; blank lines part them

Blanks at the ends never count. A unit without a letter or digit, or a shorter one than asked, is never a repeat.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.shingles import fold_table
from dprep.kernels.utf8 import code_point, width

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

AT_ONCE = 1 << 18
"""Sites that are given at once."""
_TABLE_END = 0x20000
_POINT = 0x1FFFFF
_BLANK, _LETTER, _SINGLE = 1 << 28, 1 << 29, 1 << 30
_REMOVED = "，。、„”“«»１」「《》´∶：？！（）；–—．～’…━〈〉【】％►"
"""Signs that CCNet passes over, besides control characters. Its list holds the full-width 1, which we take for the digit."""


@cache
def unit_table(folded: bool) -> npt.NDArray[np.uint32]:
    """For every code point under 0x20000: what it is compared as (0: not at all), and what kind of character it is.

    folded: as CCNet does, case and digits are no difference, and its signs and control characters are passed over.
    """
    words = fold_table()
    table = np.arange(_TABLE_END, dtype=np.uint32)
    if folded:
        for point in range(_TABLE_END):
            table[point] = _folded(chr(point))
    table[words > 1] |= _LETTER
    table[(words & (1 << 30)) != 0] |= _SINGLE
    table[[point for point in range(0x3001) if chr(point).isspace()]] |= _BLANK
    table.flags.writeable = False
    return table


def _folded(character: str) -> int:
    if character.isspace():
        return 0x20
    if unicodedata.category(character) == "Nd":
        return 0x30
    if character in _REMOVED or unicodedata.category(character) == "Cc":
        return 0
    lower = character.lower()
    return ord(lower) if len(lower) == 1 else ord(character)


@njit(cache=True, nogil=True)
def _kind(table, data, i):  # type: ignore[no-untyped-def]
    """The table's entry for the character at data[i]; above the table are han and signs."""
    lead = data[i]
    if lead < 0x80:
        return np.int64(table[lead])
    point = code_point(data, i)
    if point < _TABLE_END:
        return np.int64(table[point])
    return np.int64(point | _LETTER | _SINGLE) if point < 0x40000 else np.int64(point)


@njit(cache=True, nogil=True)
def _line_end(data, at, end):  # type: ignore[no-untyped-def]
    while at < end and data[at] != 0x0A:
        at += 1
    return at


@njit(cache=True, nogil=True)
def _past_blanks(table, data, at, end):  # type: ignore[no-untyped-def]
    while at < end and _kind(table, data, at) & _BLANK:
        at += width(data[at])
    return at


@njit(cache=True, nogil=True)
def _unit(table, data, at, end, paragraphs):  # type: ignore[no-untyped-def]
    """Of the unit at data[at]: its end, and where the next one starts. A paragraph starts where `_first` says."""
    stop = _line_end(data, at, end)
    if not paragraphs:
        return stop, min(stop + 1, end)
    while stop < end:
        solid = _past_blanks(table, data, stop + 1, end)
        line = _line_end(data, stop + 1, end)
        if solid >= line:  # a blank line
            return stop, _first(table, data, solid, stop + 1, end)
        stop = line
    return end, end


@njit(cache=True, nogil=True)
def _first(table, data, solid, low, end):  # type: ignore[no-untyped-def]
    """The start of the line that holds data[solid], not before `low`."""
    if solid >= end:
        return end
    while solid > low and data[solid - 1] != 0x0A:
        solid -= 1
    return solid


@njit(cache=True, nogil=True)
def _opening(table, data, start, end, paragraphs):  # type: ignore[no-untyped-def]
    """Where the first unit of a text starts."""
    if not paragraphs:
        return start
    return _first(table, data, _past_blanks(table, data, start, end), start, end)


@njit(cache=True, nogil=True)
def _before_blanks(table, data, start, stop):  # type: ignore[no-untyped-def]
    """The end of data[start:stop] without blanks at its end."""
    while stop > start:
        at = stop - 1
        while data[at] & 0xC0 == 0x80:
            at -= 1
        if not _kind(table, data, at) & _BLANK:
            return stop
        stop = at
    return stop


@njit(cache=True, nogil=True)
def _key(table, data, start, stop, squeezed):  # type: ignore[no-untyped-def]
    """Characters and words of data[start:stop] without blanks at the ends, and its hash."""
    h1, h2 = np.uint64(0x2545F4914F6CDD1D), np.uint64(0x9E3779B97F4A7C15)
    characters = words = told = 0
    inside = spaced = False
    i = _past_blanks(table, data, start, stop)
    stop = _before_blanks(table, data, i, stop)
    while i < stop:
        kind = _kind(table, data, i)
        i += width(data[i])
        characters += 1
        if not kind & _LETTER:
            inside = False
        elif kind & _SINGLE or not inside:
            words += 1
            inside = not kind & _SINGLE
        point = kind & _POINT
        if kind & _BLANK and squeezed and spaced:
            continue
        if point:
            spaced = kind & _BLANK != 0
            h1, h2 = _fed(h1, h2, np.uint64(point))
            told += 1
    return characters, words, mixed(h1 + np.uint64(told)), mixed(h2 ^ np.uint64(told))


@njit(cache=True, nogil=True, inline="always")
def _fed(h1, h2, point):  # type: ignore[no-untyped-def]
    h1 = (h1 ^ point) * np.uint64(0x9FB21C651E98DF25)
    h2 = (h2 + point) * np.uint64(0xD6E8FEB86659FD93)
    return h1 ^ (h1 >> np.uint64(29)), h2 ^ (h2 >> np.uint64(32))


@njit(cache=True, nogil=True)
def _sites(offsets, array, kinds, paragraphs, squeezed, least, words, row, at, seen, places, rows, keys):  # type: ignore[no-untyped-def]
    data, table = pointer(array), pointer(kinds)
    found = 0
    end = offsets[min(row + 1, len(offsets) - 1)]
    if at == offsets[row]:
        at = _opening(table, data, at, end, paragraphs)
    while found < len(places):
        if at >= end:
            row += 1
            if row >= len(offsets) - 1:
                break
            end = offsets[row + 1]
            at = _opening(table, data, offsets[row], end, paragraphs)
            continue
        stop, following = _unit(table, data, at, end, paragraphs)
        characters, count, h1, h2 = _key(table, data, at, stop, squeezed)
        if characters >= least and count >= words:
            places[found], rows[found], keys[found, 0], keys[found, 1] = seen, row, h1, h2
            found += 1
        seen += 1
        at = following
    return found, row, at, seen


def unit_sites(
    buffers: Buffers, table: npt.NDArray[np.uint32], *, paragraphs: bool, squeezed: bool, characters: int, words: int
) -> Iterator[tuple[Places, Places, U64, int]]:
    """Units of at least so many characters and words: number among all units of the block, text, key; units gone through.

    squeezed: blanks in a row are one blank.
    """
    offsets, data = buffers
    places, rows, keys = np.empty(AT_ONCE, np.int64), np.empty(AT_ONCE, np.int64), np.empty((AT_ONCE, 2), np.uint64)
    row, at, seen = 0, offsets[0], 0
    while row < len(offsets) - 1:
        given = (offsets, readable(data), readable(table), paragraphs, squeezed, characters, max(1, words), row, at, seen)
        found, row, at, seen = _sites(*given, places, rows, keys)
        yield places[:found].copy(), rows[:found].copy(), keys[:found].copy(), int(seen)


@njit(cache=True, nogil=True)
def _break_before(data, start, low, paragraphs):  # type: ignore[no-untyped-def]
    """Where the line break before data[start] begins; between paragraphs, the first of them."""
    at = start
    if not paragraphs:
        at -= 1 if at > low else 0
        return at - 1 if at > low and data[at - 1] == 0x0D else at
    while at > low and (data[at - 1] == 0x0A or data[at - 1] == 0x0D or data[at - 1] == 0x20 or data[at - 1] == 0x09):
        at -= 1
    while at < start and data[at] != 0x0A and data[at] != 0x0D:
        at += 1
    return at


@njit(cache=True, nogil=True)
def _cuts(offsets, array, kinds, paragraphs, repeated, texts, starts, ends):  # type: ignore[no-untyped-def]
    """The bytes of the repeated units, with what parts them from the next one, or at a text's end from the one before."""
    data, table = pointer(array), pointer(kinds)
    found = seen = 0
    for row in range(len(offsets) - 1):
        low, end = offsets[row], offsets[row + 1]
        at = _opening(table, data, low, end, paragraphs)
        run = found  # the first of the cuts that touch each other
        while at < end:
            _, following = _unit(table, data, at, end, paragraphs)
            if repeated[seen]:
                texts[found], starts[found], ends[found] = row, at, following
                found += 1
            else:
                run = found
            seen += 1
            at = following
        if run < found and starts[run] > low:
            fed = data[end - 1] == 0x0A
            if paragraphs or not fed:
                starts[run] = _break_before(data, starts[run], low, paragraphs)
            if paragraphs and fed and starts[run] < end:
                starts[run] += 2 if data[starts[run]] == 0x0D else 1
    return found


def unit_cuts(
    buffers: Buffers, table: npt.NDArray[np.uint32], repeated: npt.NDArray[np.bool_], *, paragraphs: bool
) -> tuple[Places, Places, Places]:
    """Texts, and where in each a cut starts and ends; repeated (units of the block,)."""
    offsets, data = buffers
    count = int(repeated.sum())
    texts, starts, ends = (np.empty(count, np.int64) for _ in range(3))
    _cuts(offsets, readable(data), readable(table), paragraphs, repeated, texts, starts, ends)
    return texts, starts - offsets[texts], ends - offsets[texts]
