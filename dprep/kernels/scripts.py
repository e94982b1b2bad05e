"""How many letters of each script stand in each text, in one pass over its bytes."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

SCRIPTS: dict[str, str] = {
    "han": "Han",
    "latin": "Latin",
    "cyrillic": "Cyrillic",
    "arabic": "Arabic",
    "kana": r"Hiragana}\p{Katakana",
    "hangul": "Hangul",
    "devanagari": "Devanagari",
    "thai": "Thai",
    "greek": "Greek",
    "hebrew": "Hebrew",
    "bengali": "Bengali",
    "tamil": "Tamil",
    "telugu": "Telugu",
    "kannada": "Kannada",
    "malayalam": "Malayalam",
    "gujarati": "Gujarati",
    "gurmukhi": "Gurmukhi",
    "sinhala": "Sinhala",
    "khmer": "Khmer",
    "lao": "Lao",
    "myanmar": "Myanmar",
    "georgian": "Georgian",
    "armenian": "Armenian",
    "ethiopic": "Ethiopic",
    "tibetan": "Tibetan",
    "mongolian": "Mongolian",
}
"""Names of ours and Unicode's; letters of all other scripts, and of none (ª, ー, 𝐀), are `other`."""

OTHER = "other"
NAMES = (*SCRIPTS, OTHER)
_TABLE_END = 0x20000
_NO_LETTER = len(NAMES)


class Scripts(NamedTuple):
    """Letters of each script of `NAMES` in each text."""

    letters: npt.NDArray[np.int64]  # (rows, len(NAMES))

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Scripts:
        """The counts of some rows."""
        return Scripts(self.letters[rows])


@cache
def script_table() -> npt.NDArray[np.uint8]:
    """The script of every code point under `_TABLE_END`; the planes above hold han only."""
    points = [point for point in range(_TABLE_END) if unicodedata.category(chr(point))[0] == "L"]
    letters = pl.Series([chr(point) for point in points])
    table = np.full(_TABLE_END, _NO_LETTER, np.uint8)
    table[points] = NAMES.index(OTHER)
    for number, unicode_name in enumerate(SCRIPTS.values()):
        mine = letters.str.contains(rf"[\p{{{unicode_name}}}]").to_numpy()
        table[np.array(points)[mine]] = number
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _count(offsets, data, table, out):  # type: ignore[no-untyped-def]
    nothing = out.shape[1]
    for row in range(len(out)):
        i, end = offsets[row], offsets[row + 1]
        while i < end:
            lead = data[i]
            if lead < 0x80:
                script = table[lead]
                i += 1
            else:
                point = code_point(data, i)
                script = table[point] if point < len(table) else np.uint8(0 if point < 0x40000 else nothing)
                i += width(lead)
            if script < nothing:
                out[row, script] += 1


def scripts(text: Text) -> Scripts:
    """Letters of each script; ask through `text.once(scripts)`."""
    out = np.zeros((len(text), len(NAMES)), np.int64)
    _count(*text.buffers, script_table(), out)
    return Scripts(out)
