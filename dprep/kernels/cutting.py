"""Texts without some of their bytes, over Arrow buffers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.shingles import fold_table
from dprep.kernels.utf8 import code_point, width

Places = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _without(offsets, data, texts, starts, ends, new_offsets, out):  # type: ignore[no-untyped-def]
    at = cut = 0
    for text in range(len(offsets) - 1):
        here, end = offsets[text], offsets[text + 1]
        while cut < len(texts) and texts[cut] == text:
            stop = offsets[text] + starts[cut]
            out[at : at + stop - here] = data[here:stop]
            at += stop - here
            here = offsets[text] + ends[cut]
            cut += 1
        out[at : at + end - here] = data[here:end]
        at += end - here
        new_offsets[text + 1] = at


def without_cuts(buffers: Buffers, texts: Places, starts: Places, ends: Places) -> Buffers:
    """The texts without the bytes from starts[k] to ends[k] of text texts[k]; cuts are in order and do not touch a character
    in its middle.
    """
    offsets, data = buffers
    size = int(offsets[-1] - offsets[0]) - int((ends - starts).sum())
    new_offsets, out = np.zeros(len(offsets), np.int64), np.empty(size, np.uint8)
    _without(offsets, data, texts, starts, ends, new_offsets, out)
    return Buffers(new_offsets, out)


@njit(cache=True, nogil=True)
def _count(offsets, array, kinds, letters, characters):  # type: ignore[no-untyped-def]
    data, table = pointer(array), pointer(kinds)
    for text in range(len(offsets) - 1):
        i, told, all_told = offsets[text], 0, 0
        while i < offsets[text + 1]:
            if data[i] < 0x80:
                told += table[data[i]] > 1
                i += 1
            else:
                point = code_point(data, i)
                told += point >= len(kinds) or table[point] > 1
                i += width(data[i])
            all_told += 1
        letters[text], characters[text] = told, all_told


def letters_and_characters(buffers: Buffers) -> tuple[Places, Places]:
    """(texts,) letters and digits, and (texts,) characters of each."""
    letters, characters = np.zeros(len(buffers.offsets) - 1, np.int64), np.zeros(len(buffers.offsets) - 1, np.int64)
    _count(buffers.offsets, readable(buffers.data), fold_table(), letters, characters)
    return letters, characters
