"""Bytes whose runs mean something: rules and marks of layout at the start of lines, and URLs. Over Arrow buffers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.urls import mark_urls


def _signs(characters: str) -> npt.NDArray[np.bool_]:
    """(256,): whether a byte is one of the ASCII `characters`."""
    found = np.zeros(256, np.bool_)
    found[[ord(character) for character in characters]] = True
    return found


_BLANKS = _signs(" \t\r>")
"""What may stand before a mark at the start of a line: white space, and the marks of quotations."""
_STARTS = _signs("-=_*#+`")
"""What opens a heading, a rule or a fence: not dots and waves, which open a drawl (`......好吧`)."""
_DRAWN = _signs(" \t\r>-=_*#+`~.|:")
"""What a line that is drawn, a rule or the border of a table, is made of."""


@njit(cache=True, nogil=True)
def _mark_rules(offsets, data, blanks, starts, drawn, marked):  # type: ignore[no-untyped-def]
    """marked[i] = True for the bytes of drawn lines, and of the run that a line starts with."""
    for row in range(len(offsets) - 1):
        line, end = offsets[row], offsets[row + 1]
        while line < end:
            stop = line
            while stop < end and data[stop] != 0x0A and drawn[data[stop]]:
                stop += 1
            if stop < end and data[stop] != 0x0A:
                stop = line
                while blanks[data[stop]]:
                    stop += 1
                sign = data[stop]
                while stop < end and data[stop] == sign and starts[sign]:
                    stop += 1
            marked[line:stop] = True
            while stop < end and data[stop] != 0x0A:
                stop += 1
            line = stop + 1


def marked(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], *, rules: bool, urls: bool) -> npt.NDArray[np.bool_]:
    """(bytes,): whether a byte belongs to a rule, a mark at the start of a line, or a URL."""
    found = np.zeros(len(data), np.bool_)
    if rules:
        _mark_rules(offsets, data, _BLANKS, _STARTS, _DRAWN, found)
    if urls:
        mark_urls(offsets, data, found)
    return found
