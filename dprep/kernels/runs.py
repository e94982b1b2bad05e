"""Runs of one and the same character, over Arrow buffers."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

KINDS = ("other", "letters", "han", "punctuation", "symbols", "digits", "white_space")
"""What a character is; the place in this tuple is its number."""
_OTHER, _LETTERS, _HAN, _PUNCTUATION, _SYMBOLS, _DIGITS, _WHITE_SPACE = range(7)
_TABLE_END = 0x20000
_HAN_RANGES = ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
_GENERAL = {"L": _LETTERS, "P": _PUNCTUATION, "S": _SYMBOLS, "N": _DIGITS, "Z": _WHITE_SPACE}
_WAVES = "~～〜"
"""Symbols to Unicode, drawn out as marks are (`好的～～～～`)."""
UNLIMITED = 1 << 60


@cache
def kinds() -> npt.NDArray[np.uint8]:
    """(0x20000,): the kind of each code point; the planes above hold han."""
    table = np.array([_GENERAL.get(unicodedata.category(chr(point))[0], _OTHER) for point in range(_TABLE_END)], np.uint8)
    for first, last in _HAN_RANGES:
        table[first : last + 1] = _HAN
    table[[ord(wave) for wave in _WAVES]] = _PUNCTUATION
    table[[*range(0x09, 0x0E), 0x85]] = _WHITE_SPACE
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _kind(table, data, i):  # type: ignore[no-untyped-def]
    point = code_point(data, i)
    if point < _TABLE_END:
        return table[point]
    return np.uint8(_HAN) if point < 0x40000 else np.uint8(_OTHER)


@njit(cache=True, nogil=True)
def _run_end(data, i, end, size):  # type: ignore[no-untyped-def]
    """Where the run of the character data[i:i + size] ends."""
    after = i + size
    while after + size <= end:
        for k in range(size):
            if data[after + k] != data[i + k]:
                return after
        after += size
    return after


@njit(cache=True, nogil=True)
def _long(offsets, data, table, most, found):  # type: ignore[no-untyped-def]
    """found[row] = whether a run in the row is longer than most[kind]."""
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        while i < end:
            size = width(data[i])
            after = _run_end(data, i, end, size)
            if after - i > size and (after - i) // size > most[_kind(table, data, i)]:
                found[row] = True
                break
            i = after


@njit(cache=True, nogil=True)
def _cut(offsets, data, table, most, spared, out, out_offsets):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        while i < end:
            size = width(data[i])
            after = _run_end(data, i, end, size)
            left = size * most[_kind(table, data, i)] if after - i > size else size
            for j in range(i, after):
                left -= not spared[j]
                if spared[j] or left >= 0:
                    out[at] = data[j]
                    at += 1
            i = after
        out_offsets[row + 1] = at


def holding(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], most: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which rows have a run of more than most[kind] equal characters. most (7,): per kind, UNLIMITED for any length."""
    found = np.zeros(len(offsets) - 1, np.bool_)
    _long(offsets, data, kinds(), most, found)
    return found


def cut(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], most: npt.NDArray[np.int64], spared: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Texts whose runs have at most most[kind] characters, as (offsets, bytes). spared (bytes,): what stays, uncounted."""
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    _cut(offsets, data, kinds(), most, spared, out, out_offsets)
    return out_offsets, out[: out_offsets[-1]]
