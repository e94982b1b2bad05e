"""Words that begin a sentence or a line, whose capital says nothing about them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit
from dprep.kernels.spans import Spans
from dprep.kernels.utf8 import code_point


@njit(cache=True, nogil=True)
def _begins(data, first, i):  # type: ignore[no-untyped-def]
    """Whether only blanks, quotes and brackets stand between data[i] and an end mark, a line break or the text's start."""
    while i > first:
        i -= 1
        while data[i] & 0xC0 == 0x80:
            i -= 1
        point = code_point(data, i)
        if point in (0x0A, 0x0D, 0x2E, 0x21, 0x3F, 0x3A, 0x3002, 0xFF01, 0xFF1F, 0xFF1A, 0x2026, 0x2022, 0x2A):
            return True
        blank = point in (0x20, 0x09, 0x3000, 0xA0)
        quote = point in (0x22, 0x27, 0x28, 0x5B, 0x201C, 0x2018, 0xAB, 0x300C, 0x300E, 0xFF08, 0x300A, 0x2D, 0x2014)
        if not blank and not quote:
            return False
    return True


@njit(cache=True, nogil=True)
def _mark(offsets, data, rows, starts, out):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        for span in range(rows[row], rows[row + 1]):
            out[span] = _begins(data, offsets[row], starts[span])


def sentence_starts(buffers: Buffers, spans: Spans) -> npt.NDArray[np.bool_]:
    """(spans,): whether a sentence or a line begins with the word, as its end marks tell."""
    out = np.zeros(len(spans.starts), np.bool_)
    _mark(*buffers, spans.rows, spans.starts, out)
    return out
