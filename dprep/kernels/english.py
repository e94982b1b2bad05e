"""English word tokens as spaCy's blank English pipeline makes them (3.8, the tokens that datatrove 0.10.1 counts).

A text falls into chunks at its blanks; what a chunk is then is decided from its ends inwards: prefixes and suffixes come off
one by one until the rest is a listed special case or holds no more; the rest stays whole if it is an address, else it parts at
infixes. Two tokens that together spell a special case are put right at last ("Mr" "." in `Mr.Smith`).
Source: spacy/tokenizer.pyx.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.address import is_address
from dprep.kernels.affixes import infix, is_digit, prefix, suffix
from dprep.kernels.english_tables import Flags, flags_table, special_cases, units_of_measurement
from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.string_set import StringSet, number_of, string_set
from dprep.kernels.utf8 import code_point, width

Offsets = npt.NDArray[np.int64]

_SHAPE, _MOST_TOKENS, _COLUMNS = 5, 14, 20
_OTHER, _LETTER, _DIGIT, _BLANK, _HIGH, _TAIL, _POINT = range(7)


class Rules(NamedTuple):
    """All that the loops look up."""

    kinds: npt.NDArray[np.uint8]  # (256,): what a byte is to the fast path
    flags: Flags
    units: StringSet
    specials: StringSet
    forms: npt.NDArray[np.int32]  # (specials, 20)
    """A special case's tokens: how many, where they end; from column 5 on how many it would have if it were none, and where
    these would end; 0 where it would stay whole."""


def _byte_kinds() -> npt.NDArray[np.uint8]:
    kinds = np.zeros(256, np.uint8)
    kinds[0x80:] = _HIGH
    for code in range(128):
        character = chr(code)
        if character.isalpha():
            kinds[code] = _LETTER
        elif character.isdigit():
            kinds[code] = _DIGIT
        elif character.isspace():
            kinds[code] = _BLANK
    kinds[[ord(c) for c in ",;:!?()[]{}<>_#*&'\"`"]] = _TAIL
    kinds[ord(".")] = _POINT
    return kinds


@cache
def rules() -> Rules:
    """The rules, made once per process (0.1 s)."""
    strings, cuts = special_cases()
    none = Rules(_byte_kinds(), flags_table(), units_of_measurement(), string_set(()), np.zeros((0, _COLUMNS), np.int32))
    coded = [string.encode() for string in strings]
    offsets = np.cumsum([0] + [len(code) for code in coded])
    rows, _, ends = tokenized(Buffers(offsets, np.frombuffer(b"".join(coded), np.uint8)), none)
    forms = np.zeros((len(strings), _COLUMNS), np.int32)
    for i, cut in enumerate(cuts):
        forms[i, : 1 + len(cut)] = len(cut), *cut
        shape = ends[rows[i] : rows[i + 1]] - offsets[i]
        if len(shape) > 1:
            forms[i, _SHAPE : _SHAPE + 1 + len(shape)] = len(shape), *shape
    return none._replace(specials=string_set(strings), forms=forms)


@njit(cache=True, nogil=True)
def blank_width(data, i, end):  # type: ignore[no-untyped-def]
    """Bytes of the blank character at data[i]; 0 where it is none (Python's `str.isspace`)."""
    byte = data[i]
    if byte < 0x80:
        return 1 if byte == 0x20 or 9 <= byte <= 13 or 0x1C <= byte <= 0x1F else 0
    if byte == 0xC2:
        return 2 if data[i + 1] == 0x85 or data[i + 1] == 0xA0 else 0
    if byte < 0xE1 or byte > 0xE3:
        return 0
    point = code_point(data, i)
    wide = point == 0x1680 or 0x2000 <= point <= 0x200A or point == 0x2028 or point == 0x2029
    return 3 if wide or point == 0x202F or point == 0x205F or point == 0x3000 else 0


@njit(cache=True, nogil=True)
def _put_special(forms, number, low, starts, ends, total):  # type: ignore[no-untyped-def]
    """Write the tokens of a special case that starts at `low`; the new number of tokens."""
    start = low
    row = number * _COLUMNS
    for k in range(row + 1, row + 1 + forms[row]):
        starts[total] = start
        start = low + forms[k]
        ends[total] = start
        total += 1
    return total


@njit(cache=True, nogil=True)
def _strip(data, low, high, flags, units, specials, starts, ends, total, spare):  # type: ignore[no-untyped-def]
    """Take prefixes and suffixes off a chunk: prefixes are written at `total`, suffixes before `spare`, last one first."""
    special = np.int64(-1)
    while low < high and special < 0:
        front = prefix(data, low, high, flags)
        if front:
            special = number_of(specials, data, low + front, high)
            if special >= 0:
                starts[total], ends[total] = low, low + front
                return low + front, high, total + 1, spare, special
        back = suffix(data, low + front, high, flags, units)
        if back:
            special = number_of(specials, data, low, high - back)
            spare -= 1
            starts[spare], ends[spare] = high - back, high
            high -= back
            if special >= 0:
                break
        if front:
            starts[total], ends[total] = low, low + front
            total += 1
            low += front
        if not front and not back:
            break
        special = number_of(specials, data, low, high)
    return low, high, total, spare, special


@njit(cache=True, nogil=True)
def _part(data, low, high, flags, starts, ends, total):  # type: ignore[no-untyped-def]
    """Part at the infixes; an address stays whole."""
    first, i, start = total, low, low
    while i < high:
        size = infix(data, i, low, high, flags)
        if size == 0:
            i += width(data[i])
            continue
        if i > low:
            if total == first and is_address(data, low, high, flags):
                break
            if i > start:
                starts[total], ends[total] = start, i
                total += 1
            starts[total], ends[total] = i, i + size
            total += 1
            start = i + size
        i += size
    if start < high:
        starts[total], ends[total] = start, high
        total += 1
    return total


@njit(cache=True, nogil=True)
def _spelt(data, specials, forms, starts, ends, at, count):  # type: ignore[no-untyped-def]
    """Which special case the `count` tokens from `at` on spell in its own shape; -1 where none."""
    low = starts[at]
    found = number_of(specials, data, low, ends[at + count - 1])
    if found < 0:
        return found
    shape = found * _COLUMNS + _SHAPE
    if forms[shape] != count:
        return np.int64(-1)
    for k in range(count):
        if ends[at + k] - low != forms[shape + 1 + k]:
            return np.int64(-1)
    return found


@njit(cache=True, nogil=True)
def _any_spelt(data, specials, forms, starts, ends, first, total):  # type: ignore[no-untyped-def]
    for at in range(first, total - 1):
        for last in range(at + 1, total):
            if ends[last] - starts[at] > np.int64(specials[1]):
                break
            if _spelt(data, specials, forms, starts, ends, at, last + 1 - at) >= 0:
                return True
    return False


@njit(cache=True, nogil=True)
def _mend(data, specials, forms, starts, ends, first, total):  # type: ignore[no-untyped-def]
    """Put right the tokens of a chunk, from `first` on, that together spell a special case: longest first, then first.

    A case that meets tokens of one before it is passed over, and hides its own tokens from those after it all the same.
    """
    if not _any_spelt(data, specials, forms, starts, ends, first, total):
        return total
    seen = np.zeros(total - first, np.bool_)
    chosen, counts = np.full(total - first, -1, np.int64), np.ones(total - first, np.int64)
    for count in range(_MOST_TOKENS, 1, -1):
        for at in range(first, total - count + 1):
            found = _spelt(data, specials, forms, starts, ends, at, count)
            if found >= 0:
                if not seen[at - first] and not seen[at + count - 1 - first]:
                    chosen[at - first], counts[at - first] = found, count
                seen[at - first : at - first + count] = True
    old_starts, old_ends = np.empty(total - first, np.int64), np.empty(total - first, np.int64)
    for i in range(total - first):
        old_starts[i], old_ends[i] = starts[first + i], ends[first + i]
    i, total = 0, first
    while i < len(seen):
        if chosen[i] >= 0:
            total = _put_special(forms, chosen[i], old_starts[i], starts, ends, total)
        else:
            starts[total], ends[total] = old_starts[i], old_ends[i]
            total += 1
        i += counts[i]
    return total


@njit(cache=True, nogil=True)
def _chunk(data, low, high, flags, units, specials, forms, starts, ends, total, room):  # type: ignore[no-untyped-def]
    """Write the tokens of the chunk data[low:high]; the new number of tokens."""
    first, spare = total, room
    special = number_of(specials, data, low, high)
    if special >= 0:
        return _put_special(forms, special, low, starts, ends, total)
    low, high, total, spare, special = _strip(data, low, high, flags, units, specials, starts, ends, total, spare)
    if special >= 0:
        total = _put_special(forms, special, low, starts, ends, total)
    elif low < high:
        total = _part(data, low, high, flags, starts, ends, total)
    for i in range(spare, room):
        starts[total], ends[total] = starts[i], ends[i]
        total += 1
    if total - first > 1:
        total = _mend(data, specials, forms, starts, ends, first, total)
    return total


@njit(cache=True, nogil=True)
def _word(data, low, high, specials, forms, starts, ends, total):  # type: ignore[no-untyped-def]
    """Write the token of a run of letters, then digits, unless it is a special case."""
    special = number_of(specials, data, low, high)
    if special >= 0:
        return _put_special(forms, special, low, starts, ends, total)
    starts[total], ends[total] = low, high
    return total + 1


@njit(cache=True, nogil=True)
def _chunk_end(data, i, end, kinds):  # type: ignore[no-untyped-def]
    """Where the chunk that goes on at data[i] ends."""
    while i < end:
        kind = kinds[data[i]]
        if kind == _BLANK or (kind == _HIGH and blank_width(data, i, end)):
            break
        i += width(data[i])
    return i


@njit(cache=True, nogil=True)
def _point_parts(data, low, i):  # type: ignore[no-untyped-def]
    """Whether a full stop at data[i] comes off the ASCII letters and digits data[low:i] before it."""
    byte = data[i - 1]
    if is_digit(byte) or 0x61 <= byte <= 0x7A:
        return True
    return i - 2 >= low and 0x41 <= data[i - 2] <= 0x5A


@njit(cache=True, nogil=True)
def _scan(offsets, bytes_, rules, rows, all_starts, all_ends):  # type: ignore[no-untyped-def]
    """Write the tokens of each row, and into rows[r + 1] how many there are up to there."""
    data, starts, ends, room = pointer(bytes_), pointer(all_starts), pointer(all_ends), len(all_starts)
    kinds, flags, units = pointer(rules.kinds), pointer(rules.flags), pointer(rules.units)
    specials, forms = pointer(rules.specials), pointer(rules.forms)
    total = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        while i < end:
            low = i
            while i < end and kinds[data[i]] == _LETTER:
                i += 1
            while i < end and kinds[data[i]] == _DIGIT:
                i += 1
            kind = kinds[data[i]] if i < end else _BLANK
            if kind == _BLANK:
                if i > low:
                    total = _word(data, low, i, specials, forms, starts, ends, total)
                i += 1
                continue
            tailed = i > low and (kind == _TAIL or (kind == _POINT and _point_parts(data, low, i)))
            if tailed and (i + 1 >= end or kinds[data[i + 1]] == _BLANK):
                special = number_of(specials, data, low, i + 1)
                if special >= 0:
                    total = _put_special(forms, special, low, starts, ends, total)
                else:
                    first = total
                    total = _word(data, low, i, specials, forms, starts, ends, total)
                    starts[total], ends[total] = i, i + 1
                    total += 1
                    if total - first > 2:
                        total = _mend(data, specials, forms, starts, ends, first, total)
                i += 2
                continue
            blank = blank_width(data, i, end) if i == low and kind == _HIGH else 0
            if blank:
                i += blank
                continue
            i = _chunk_end(data, i, end, kinds)
            total = _chunk(data, low, i, flags, units, specials, forms, starts, ends, total, room)
        rows[row + 1] = total


def tokenized(buffers: Buffers, by: Rules) -> tuple[Offsets, Offsets, Offsets]:
    """(rows + 1,) token numbers, (tokens,) starts, (tokens,) ends."""
    offsets, data = readable(buffers.offsets), readable(buffers.data)
    rows = np.zeros(len(offsets), np.int64)
    # a token has at least one byte; pages that are never written cost nothing
    most = int(offsets[-1] - offsets[0]) + 1
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    scan: Any = _scan
    scan(offsets, data, by, rows, starts, ends)
    return rows, starts[: rows[-1]], ends[: rows[-1]]
