"""How long lines are: their number, sum, longest and third longest, in characters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.lines import characters, lines, split_lines


class LineSizes(NamedTuple):
    """Of each row, in code points; 0 where there are not as many lines."""

    lines: npt.NDArray[np.int64]
    total: npt.NDArray[np.int64]
    longest: npt.NDArray[np.int64]
    third: npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _sizes(data, rows, starts, ends, total, longest, third):  # type: ignore[no-untyped-def]
    for row in range(len(rows) - 1):
        first, second, last = 0, 0, 0
        for line in range(rows[row], rows[row + 1]):
            size = characters(data, starts[line], ends[line])
            total[row] += size
            if size > first:
                first, second, last = size, first, second
            elif size > second:
                second, last = size, second
            elif size > last:
                last = size
        longest[row], third[row] = first, last


def feed_sizes(text: Text) -> LineSizes:
    """Of what line feeds separate; ask through `text.once(feed_sizes)`."""
    return _of(text, *text.once(lines))


def split_sizes(text: Text) -> LineSizes:
    """Of what any line boundary ends; ask through `text.once(split_sizes)`."""
    return _of(text, *text.once(split_lines))


def _of(text: Text, rows: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> LineSizes:
    total, longest, third = (np.zeros(len(text), np.int64) for _ in range(3))
    _sizes(text.buffers.data, rows, starts, ends, total, longest, third)
    return LineSizes(np.diff(rows), total, longest, third)
