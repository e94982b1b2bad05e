"""Blocks on disk: the checkpoints between stages. Every file is renamed into place, so what exists is whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc

from dprep.store.commit import write_file


@dataclass(frozen=True)
class Sizes:
    """How large the pieces of work are. Never changes a result."""

    rows: int = 50_000
    bytes: int = 8 * 2**20
    range_bytes: int = 64 * 2**20
    """Of an uncompressed line file that one task reads."""
    packed: bool = False
    """Whether checkpoints are compressed, for a disk with little room."""


def write_frame(path: Path, rows: pl.DataFrame, *, packed: bool = False) -> None:
    """A block as Arrow IPC; `packed`: half the bytes (lz4) for seven times the work. pyarrow's writer does 2.5 times the MB/s
    of polars' own.
    """
    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())

    def save(place: Path) -> None:
        options = ipc.IpcWriteOptions(compression="lz4" if packed else None, use_threads=False)
        with pa.OSFile(str(place), "wb") as file, ipc.new_file(file, table.schema, options=options) as writer:
            writer.write_table(table)

    write_file(path, save)


def read_frame(path: Path | str, rows: slice | None = None) -> pl.DataFrame:
    """A block, or some of its rows."""
    with pa.memory_map(str(path)) as file:
        table = ipc.open_file(file).read_all()
    frame = pl.from_arrow(table, rechunk=False)
    assert isinstance(frame, pl.DataFrame)
    return frame if rows is None else frame[rows]


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """An array as .npy, without pickle."""

    def save(place: Path) -> None:
        with open(place, "wb") as file:
            np.save(file, array, allow_pickle=False)

    write_file(path, save)


def read_array(path: Path | str, mapped: bool = False) -> npt.NDArray[Any]:
    """An array; `mapped`: only the pages that are touched are read."""
    found: npt.NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    return found


def write_json(path: Path, value: object) -> None:
    """A side file; it is written last, so its existence says that the block is done."""
    write_file(path, orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


def read_json(path: Path) -> Any:
    """What `write_json` wrote."""
    return orjson.loads(path.read_bytes())
