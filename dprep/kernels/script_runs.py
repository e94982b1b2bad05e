"""How many words a Japanese text has, near enough: runs of one script are taken for words."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

_BLANK, _MARK, _HAN, _HIRAGANA, _KATAKANA, _LETTER = range(6)
_TABLE_END = 0x20000
_RANGES = (
    (_HAN, 0x3005, 0x3007),
    (_HIRAGANA, 0x3041, 0x309F),
    (_KATAKANA, 0x30A1, 0x30FF),
    (_KATAKANA, 0x31F0, 0x31FF),
    (_HAN, 0x3400, 0x4DBF),
    (_HAN, 0x4E00, 0x9FFF),
    (_HAN, 0xF900, 0xFAFF),
    (_KATAKANA, 0xFF66, 0xFF9F),
)


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    table = np.empty(_TABLE_END, np.uint8)
    for point in range(_TABLE_END):
        character = chr(point)
        lettered = unicodedata.category(character)[0] in "LMN"
        table[point] = _BLANK if character.isspace() else _LETTER if lettered else _MARK
    for kind, first, last in _RANGES:
        table[first : last + 1] = kind
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _count(offsets, data, kinds, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        i, last = offsets[row], _BLANK
        while i < offsets[row + 1]:
            point = code_point(data, i)
            kind = kinds[point] if point < _TABLE_END else _HAN
            # every mark is a word of its own, as in the tokens of other languages
            out[row] += kind != _BLANK and (kind != last or kind == _MARK)
            last = kind
            i += width(data[i])


def script_runs(text: Text) -> npt.NDArray[np.int64]:
    """(rows,): runs of han, hiragana, katakana or other letters and digits, and marks; ask through `text.once(script_runs)`."""
    out = np.zeros(len(text), np.int64)
    _count(*text.buffers, _kinds(), out)
    return out
