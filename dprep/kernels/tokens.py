"""Word tokens over Arrow buffers: the door that filters ask through `text.once(english)` and `text.once(chinese)`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.words import LETTER, SINGLE, word_classes


class Tokens(NamedTuple):
    """Token t is data[starts[t]:ends[t]] of the text's buffers; row r has tokens rows[r] up to rows[r + 1]."""

    rows: npt.NDArray[np.int64]  # (rows + 1,)
    starts: npt.NDArray[np.int64]  # (tokens,)
    ends: npt.NDArray[np.int64]  # (tokens,)

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Tokens:
        """The tokens of the kept `rows` alone; `shift[i]` is how far the text of kept row i has moved, in bytes."""
        counts = self.rows[rows + 1] - self.rows[rows]
        kept = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(counts, out=kept[1:])
        starts, ends = np.empty(kept[-1], np.int64), np.empty(kept[-1], np.int64)
        _take(self.rows, self.starts, self.ends, rows, shift, kept, starts, ends)
        return Tokens(kept, starts, ends)


@njit(cache=True, nogil=True)
def _take(rows, starts, ends, chosen, shift, kept, new_starts, new_ends):  # type: ignore[no-untyped-def]
    """Copy the tokens of the chosen rows to their new places."""
    for i in range(len(chosen)):
        source = rows[chosen[i]]
        for at in range(kept[i], kept[i + 1]):
            new_starts[at] = starts[source] + shift[i]
            new_ends[at] = ends[source] + shift[i]
            source += 1


@njit(cache=True, nogil=True)
def _split(offsets, data, table, rows, starts, ends):  # type: ignore[no-untyped-def]
    """Runs of letters and digits; every other character that is no blank is a token of its own."""
    total = 0
    for row in range(len(offsets) - 1):
        i, inside = offsets[row], False
        while i < offsets[row + 1]:
            point = code_point(data, i)
            size = width(data[i])
            kind = table[point] if point < len(table) else 0
            if LETTER <= kind < SINGLE:
                if not inside:
                    starts[total] = i
                    total += 1
                ends[total - 1] = i + size
                inside = True
            else:
                inside = False
                if point > 0x20 and point not in (0x85, 0xA0, 0x3000):
                    starts[total], ends[total] = i, i + size
                    total += 1
            i += size
        rows[row + 1] = total


def _simple(text: Text) -> Tokens:
    offsets, data = text.buffers
    rows = np.zeros(len(offsets), np.int64)
    most = int(offsets[-1] - offsets[0])
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    _split(offsets, data, word_classes(), rows, starts, ends)
    return Tokens(rows, starts[: rows[-1]].copy(), ends[: rows[-1]].copy())


def english(text: Text) -> Tokens:
    """English words and punctuation; ask through `text.once(english)`."""
    return _simple(text)


def chinese(text: Text) -> Tokens:
    """Chinese words and punctuation; ask through `text.once(chinese)`."""
    return _simple(text)
