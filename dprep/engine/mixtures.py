"""Between the blocks and a pool of rows: what each block puts into it, the pool on disk, and new rows made with its help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc

from dprep.base.chance import luck
from dprep.base.mixing import Mixing, RowPool
from dprep.base.new_rows import children_of
from dprep.base.outcome import Outcome, Step, placed
from dprep.base.problem import Error, fail
from dprep.engine.blocks import read_array, read_frame, write_array, write_frame
from dprep.engine.tables import numbered
from dprep.store.commit import write_file

U64 = npt.NDArray[np.uint64]

_AT_ONCE = 20_000
"""Rows that are sorted into their places at a time."""


def emit_pool(stem: Path, step: Step, op: Mixing, rows: pl.DataFrame) -> None:
    """The luck and the class of these rows, and what others may read of them."""
    classes = [name for name in op.classes if name in rows.columns]
    chance = luck(step.seed, step.name, rows.get_column("id"))
    write_array(stem.with_suffix(".drawn.npy"), np.stack([chance, numbered(rows, classes)]))
    write_frame(stem.with_suffix(".pool.arrow"), rows.select(list(dict.fromkeys(["id", *op.pooled()]))))


def make_pool(op: Mixing, told: Sequence[str], folder: Path) -> dict[str, Any]:
    """The pool of all rows in `folder`, sorted by luck, and what the operator derives from it."""
    drawn = np.concatenate([np.zeros((2, 0), np.uint64), *(read_array(f"{stem}.drawn.npy") for stem in told)], axis=1)
    order = np.argsort(drawn[0], kind="stable")
    folder.mkdir(parents=True, exist_ok=True)
    write_array(folder / "drawn.npy", drawn[:, order])
    _write_sorted(folder / "rows.arrow", [read_frame(f"{stem}.pool.arrow") for stem in told], order)
    op.prepare(opened(str(folder)))
    return {"pool": len(order)}


def _write_sorted(path: Path, blocks: Sequence[pl.DataFrame], order: npt.NDArray[np.int64]) -> None:
    """The rows of mapped blocks in another order, some at a time."""
    starts = np.cumsum([0, *(len(block) for block in blocks)])

    def save(place: Path) -> None:
        with pa.OSFile(str(place), "wb") as file:
            schema = blocks[0].to_arrow(compat_level=pl.CompatLevel.oldest()).schema
            with ipc.new_file(file, schema) as writer:
                for first in range(0, len(order), _AT_ONCE):
                    some = _gathered(blocks, starts, order[first : first + _AT_ONCE])
                    writer.write_table(some.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema))

    write_file(path, save)


def _gathered(blocks: Sequence[pl.DataFrame], starts: npt.NDArray[np.int64], places: npt.NDArray[np.int64]) -> pl.DataFrame:
    of = np.searchsorted(starts, places, "right") - 1
    pieces, came = [], []
    for block in np.unique(of):
        mine = np.flatnonzero(of == block)
        pieces.append(blocks[block][(places[mine] - starts[block]).tolist()])
        came.append(mine)
    back = np.argsort(np.concatenate(came), kind="stable")
    whole: pl.DataFrame = pl.concat(pieces)[back.tolist()]
    return whole


@lru_cache(maxsize=2)
def opened(folder: str) -> RowPool:
    """The pool in `folder`; its rows stay on disk."""
    drawn = read_array(Path(folder) / "drawn.npy", mapped=True)
    frame = read_frame(Path(folder) / "rows.arrow")
    return RowPool(drawn[0], drawn[1], Path(folder), lambda places: frame[places.tolist()])


def with_mixtures(step: Step, op: Mixing, rows: pl.DataFrame, folder: str) -> Outcome:
    """The rows of a block with the new ones behind those that they were made from."""
    pool = opened(folder)

    def made(parents: pl.DataFrame, chance: U64, number: int) -> pl.DataFrame:
        return op.mixed(parents, chance, number, pool)

    with failing(step):
        return placed(rows, step.chosen(rows), lambda some: children_of(step, op, some, made)).without(*op.spends())


@contextmanager
def failing(step: Step) -> Iterator[None]:
    """Faults of an operator that mixes rows become problems, but for those of the disk."""
    try:
        yield
    except (Error, MemoryError, OSError):
        raise
    except Exception as fault:
        sentence = f"step `{step.name}` ({step.op_name}) failed: {type(fault).__name__}: {str(fault)[:300]}"
        raise fail("operator-failed", sentence, "let `when` leave out what it cannot serve, or name other columns") from fault
