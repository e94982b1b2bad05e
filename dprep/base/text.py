"""A column of texts in one block, and the views of it that kernels share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

View = TypeVar("View")


class Buffers(NamedTuple):
    """Arrow's own buffers: text i is data[offsets[i]:offsets[i + 1]], UTF-8, zero-copy and read-only."""

    offsets: npt.NDArray[np.int64]  # (rows + 1,)
    data: npt.NDArray[np.uint8]  # (bytes,)


class Text:
    """Texts of one block (no nulls). A view such as word boundaries is computed once and shared by consecutive kernels."""

    def __init__(self, series: pl.Series, rows: pl.DataFrame | None = None) -> None:
        self.series = series
        self.rows = series.to_frame() if rows is None else rows
        """The whole rows, for the few operators that read other columns."""
        self._views: dict[Callable[..., Any], Any] = {}

    def __len__(self) -> int:
        return len(self.series)

    @cached_property
    def buffers(self) -> Buffers:
        return buffers(self.series)

    def once(self, view: Callable[[Text], View]) -> View:
        """`view(self)`, computed at the first call and remembered for this block."""
        if view not in self._views:
            self._views[view] = view(self)
        found: View = self._views[view]
        return found


def buffers(series: pl.Series) -> Buffers:
    """Offsets and bytes of a String series without nulls."""
    array = series.to_arrow(compat_level=pl.CompatLevel.oldest())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if array.type != pa.large_string():
        array = array.cast(pa.large_string())
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    return Buffers(starts, np.frombuffer(data or b"", dtype=np.uint8))


def from_buffers(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], name: str = "") -> pl.Series:
    """A String series over (rows + 1,) offsets and UTF-8 bytes that a kernel has written."""
    array = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
    return pl.Series(name, array, dtype=pl.String)
