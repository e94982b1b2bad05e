"""Names of works in Chinese and Japanese texts: what stands between 《 and 》, or 〈 and 〉."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.spans import Spans

_LONGEST = 300
"""Bytes of a name with its brackets."""


@njit(cache=True, nogil=True)
def _closing(data, i, end):  # type: ignore[no-untyped-def]
    """The place after the bracket that closes the one at data[i]; i where none does."""
    closing = data[i + 2] + 1
    for k in range(i + 3, min(end, i + _LONGEST) - 2):
        if data[k] == 0xE3 and data[k + 1] == 0x80 and data[k + 2] == closing:
            return k + 3
    return i


@njit(cache=True, nogil=True)
def _find(offsets, data, rows, starts, ends):  # type: ignore[no-untyped-def]
    total = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        while i + 3 <= end:
            # E3 80 8A is 《, E3 80 88 is 〈
            if data[i] == 0xE3 and data[i + 1] == 0x80 and (data[i + 2] == 0x8A or data[i + 2] == 0x88):
                after = _closing(data, i, end)
                if after > i:
                    starts[total], ends[total] = i, after
                    total += 1
                i = max(after, i + 3)
            else:
                i += 1
        rows[row + 1] = total


def titles(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> Spans:
    """Where names of works stand, brackets included."""
    most = int(offsets[-1] - offsets[0]) // 6 + 1
    rows, starts, ends = np.zeros(len(offsets), np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    _find(offsets, data, rows, starts, ends)
    return Spans(rows, starts[: rows[-1]], ends[: rows[-1]])
