"""Lines and sentences of each text, counted in one pass over its bytes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

END, WIDE_END, CLOSER, BLANK, NEWLINE = 1, 2, 3, 4, 5
_KINDS = {
    END: ".!?…‽؟۔।॥",
    WIDE_END: "。！？｡",
    CLOSER: "\"'”’»)]}」』】）》",
    BLANK: " \t\r\u00a0\u3000\u200b",
    NEWLINE: "\n",
}
_TABLE_END = 0x10000


class Sizes(NamedTuple):
    """Of each text (rows,)."""

    lines: npt.NDArray[np.int64]
    """Lines that are not blank."""
    sentences: npt.NDArray[np.int64]


def _table() -> npt.NDArray[np.uint8]:
    table = np.zeros(_TABLE_END, np.uint8)
    for kind, characters in _KINDS.items():
        table[[ord(character) for character in characters]] = kind
    return table


_TABLE = _table()


@njit(cache=True, nogil=True)
def _count(offsets, data, table, lines, sentences):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        i = offsets[row]
        in_line = False  # something stands in this line
        open_ = False  # something stands since the last sentence
        ended = False  # a mark that may end the sentence stands right before
        while i < offsets[row + 1]:
            point = code_point(data, i)
            kind = table[point] if point < len(table) else 0
            i += width(data[i])
            if kind == NEWLINE:
                lines[row] += in_line
                sentences[row] += open_
                in_line = open_ = ended = False
            elif kind == BLANK:
                if ended:
                    sentences[row] += open_
                    open_ = False
                ended = False
            else:
                in_line = True
                if kind == WIDE_END:
                    sentences[row] += open_
                    open_ = ended = False
                elif kind == END:
                    ended = True
                elif kind != CLOSER:
                    open_ = True
                    ended = False
        lines[row] += in_line
        sentences[row] += open_


def sizes(text: Text) -> Sizes:
    """Lines and sentences of each text; ask through `text.once(sizes)`."""
    lines, sentences = np.zeros(len(text), np.int64), np.zeros(len(text), np.int64)
    _count(*text.buffers, _TABLE, lines, sentences)
    return Sizes(lines, sentences)
