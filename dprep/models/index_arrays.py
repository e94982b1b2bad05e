"""Names and arrays of an index on disk: raw little-endian numbers, mapped into memory where they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import Buffers, buffers, from_buffers

KINDS = {"u64": np.uint64, "u32": np.uint32, "i64": np.int64, "utf8": np.uint8}
"""The ending of a file -> what it holds."""


def mapped(path: Path) -> npt.NDArray[Any]:
    """The numbers in a file; its pages are read when they are touched."""
    kind = KINDS[path.suffix[1:]]
    return np.memmap(path, kind, "r") if path.stat().st_size else np.zeros(0, kind)


def save(path: Path, numbers: npt.NDArray[Any]) -> None:
    """Write what `mapped` reads."""
    np.ascontiguousarray(numbers, KINDS[path.suffix[1:]]).tofile(path)


def save_names(stem: Path, names: pl.Series) -> None:
    """Write what `names_at` reads: `<stem>.utf8` and `<stem>.i64`."""
    found: Buffers = buffers(names)
    save(stem.with_suffix(".i64"), found.offsets - found.offsets[0])
    save(stem.with_suffix(".utf8"), found.data[found.offsets[0] : found.offsets[-1]])


def names_at(stem: Path, places: npt.NDArray[np.int64]) -> pl.Series:
    """(places,) the names there."""
    offsets, data = mapped(stem.with_suffix(".i64")), mapped(stem.with_suffix(".utf8"))
    starts, ends = offsets[places], offsets[places + 1]
    wanted = np.concatenate([[0], np.cumsum(ends - starts)])
    bytes_ = [data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return from_buffers(wanted.astype(np.int64), np.concatenate(bytes_) if bytes_ else np.zeros(0, np.uint8))
