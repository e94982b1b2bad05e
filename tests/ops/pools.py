"""A pool of rows as the engine hands it to augmenters that mix rows, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from dprep.base.mixing import MADE, Mixing, RowPool


def rows_of(**columns: Sequence[object]) -> pl.DataFrame:
    """Rows with ids."""
    count = len(next(iter(columns.values())))
    return pl.DataFrame({"id": [f"{n + 1:032x}" for n in range(count)], **columns})


def luck_of(rows: pl.DataFrame, seed: int = 0) -> np.ndarray:
    """One u64 per row that depends on its id alone."""
    found = [int(np.random.default_rng([seed, int(each, 16)]).integers(0, 2**63)) * 2 + 1 for each in rows["id"]]
    return np.array(found, np.uint64)


def pool_of(op: Mixing, rows: pl.DataFrame, folder: Path, classes: str = "label", seed: int = 0) -> RowPool:
    """The pool of `rows`, prepared. A null class is none."""
    luck = luck_of(rows, seed)
    order = np.argsort(luck)
    ordered = rows[order.tolist()]
    names = ordered[classes].to_list() if classes in rows.columns else [None] * len(rows)
    known = sorted({name for name in names if name is not None})
    group = np.array([1 if name is None else 2 + known.index(name) for name in names], np.uint64)
    columns = ["id", *op.pooled()]
    pool = RowPool(luck[order], group, folder, lambda places: ordered.select(columns)[places.tolist()])
    op.prepare(pool)
    return pool


def variants(
    op: Mixing, rows: pl.DataFrame, folder: Path, number: int = 1, seed: int = 0, classes: str = "label"
) -> pl.DataFrame:
    """The `number`-th new row of every row, with `__made`."""
    pool = pool_of(op, rows, folder, classes, seed)
    return op.mixed(made_columns(op, rows), luck_of(rows, seed + number), number, pool)


def made_columns(op: Mixing, rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the columns that the step adds to all."""
    return rows.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in op.makes().items())


def made(rows: pl.DataFrame, column: str) -> list[object]:
    """The column in new rows; None where there is none."""
    return [value if there else None for value, there in rows.select(column, MADE).iter_rows()]
