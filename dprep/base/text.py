"""A column of texts in one block, and the views of it that kernels share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

View = TypeVar("View")


class Buffers(NamedTuple):
    """Arrow's own buffers: text i is data[offsets[i]:offsets[i + 1]], UTF-8, zero-copy and read-only."""

    offsets: npt.NDArray[np.int64]  # (rows + 1,)
    data: npt.NDArray[np.uint8]  # (bytes,)


class Taken(Protocol):
    """A view that can be cut down to some of its rows."""

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Self:
        """The view of the rows numbered `rows`; shift (len(rows),): what to add to a byte's old place to get its new one."""
        ...


class _Inherited(NamedTuple):
    """A view of a longer text, and which of its rows are here."""

    view: Taken
    rows: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    """Where the rows of that text start."""


class Text:
    """Texts of one block (no nulls). A view such as word boundaries is computed once and shared by consecutive steps."""

    def __init__(self, series: pl.Series, rows: pl.DataFrame | None = None) -> None:
        self.series = series
        self.rows = series.to_frame() if rows is None else rows
        """The whole rows, for the few operators that read other columns."""
        self._views: dict[Callable[..., Any], Any] = {}
        self._inherited: dict[Callable[..., Any], _Inherited] = {}

    def __len__(self) -> int:
        return len(self.series)

    @cached_property
    def buffers(self) -> Buffers:
        return buffers(self.series)

    def once(self, view: Callable[[Text], View]) -> View:
        """`view(self)`, computed at the first call and remembered for this block."""
        if view not in self._views:
            inherited = self._inherited.pop(view, None)
            self._views[view] = view(self) if inherited is None else self._taken(inherited)
        found: View = self._views[view]
        return found

    def among(self, rows: pl.DataFrame) -> Text:
        """The same texts, seen among `rows`, which have got other columns since."""
        found = Text(self.series, rows)
        found.__dict__.update({name: value for name, value in self.__dict__.items() if name != "rows"})
        return found

    def kept(self, kept: pl.Series, rows: pl.DataFrame) -> Text:
        """The texts where `kept` (Boolean) is true, which stand in `rows`. Views that can be cut down are not lost."""
        found = Text(self.series.filter(kept), rows)
        numbers = kept.arg_true().to_numpy().astype(np.int64)
        for view, made in self._views.items():
            if hasattr(made, "taken"):
                found._inherited[view] = _Inherited(made, numbers, self.buffers.offsets)
        for view, older in self._inherited.items():
            found._inherited[view] = older._replace(rows=older.rows[numbers])
        return found

    def _taken(self, inherited: _Inherited) -> Taken:
        shift = self.buffers.offsets[:-1] - inherited.starts[inherited.rows]
        return inherited.view.taken(inherited.rows, shift)


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
