"""Lower case over Arrow buffers: Unicode's simple mapping, one character for one."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.utf8 import code_point, put, width

WHOLE, LINES = 0, 1
"""What is judged: each text, or each line of it."""
_TABLE_END = 0x20000
_SMALL = -1


@cache
def _lower() -> npt.NDArray[np.int32]:
    """(0x20000,): the small letter of each capital; _SMALL for a small letter, 0 for what has no case."""
    table = np.zeros(_TABLE_END, np.int32)
    for point in range(_TABLE_END):
        character = chr(point)
        lower = character.lower()
        if lower != character:
            table[point] = ord(lower[0])  # İ alone has two characters; the first is its simple mapping
        elif unicodedata.category(character) == "Ll":
            table[point] = _SMALL
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _small(lower, data, i):  # type: ignore[no-untyped-def]
    """What the table knows of the character at data[i]."""
    if data[i] < 0x80:
        return int(lower[data[i]])
    point = code_point(data, i)
    return int(lower[point]) if point < _TABLE_END else 0


@njit(cache=True, nogil=True)
def _line_end(data, i, end):  # type: ignore[no-untyped-def]
    while i < end and data[i] != 0x0A:
        i += 1
    return min(i + 1, end)


@njit(cache=True, nogil=True)
def _is_chosen(lower, data, i, end, least, share):  # type: ignore[no-untyped-def]
    """Whether data[i:end] has `least` cased letters, `share` of them capitals, and one capital at least."""
    capitals, cased = 0, 0
    while i < end:
        small = _small(lower, data, i)
        capitals += small > 0
        cased += small != 0
        i += width(data[i])
    return capitals > 0 and cased >= least and capitals >= share * cased


@njit(cache=True, nogil=True)
def _write(lower, data, i, end, out, at):  # type: ignore[no-untyped-def]
    """Write data[i:end] in lower case; the place after it."""
    while i < end:
        small = _small(lower, data, i)
        if small > 0:
            at = put(out, at, small)
            i += width(data[i])
        else:
            for _ in range(width(data[i])):
                out[at] = data[i]
                at += 1
                i += 1
    return at


@njit(cache=True, nogil=True)
def _lowered(offsets, array, table, unit, least, share, written, out_offsets):  # type: ignore[no-untyped-def]
    at, data, lower, out = 0, pointer(array), pointer(table), pointer(written)
    for row in range(len(offsets) - 1):
        i = offsets[row]
        while i < offsets[row + 1]:
            end = _line_end(data, i, offsets[row + 1]) if unit == LINES else offsets[row + 1]
            if least == 0 or _is_chosen(lower, data, i, end, least, share):
                at = _write(lower, data, i, end, out, at)
            else:
                for j in range(i, end):
                    out[at] = data[j]
                    at += 1
            i = end
        out_offsets[row + 1] = at


def lowered(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], *, unit: int, least: int, share: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Texts in lower case, as (offsets, bytes), where a text or line has `least` cased letters and `share` of capitals;
    `least` = 0: everywhere.

    Ⱥ and Ⱦ grow from two bytes to three; no other character grows.
    """
    size = int(offsets[-1] - offsets[0])
    out = np.empty(size + size // 2, np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    _lowered(offsets, readable(data), _lower(), unit, least, share, out, out_offsets)
    return out_offsets, out[: out_offsets[-1]]
