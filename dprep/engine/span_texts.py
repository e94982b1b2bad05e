"""The texts that a step cuts spans out of: every text that its columns reach, row by row, and putting them back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.columns import ColumnPath
from dprep.base.step import Step


@dataclass(frozen=True)
class FlatTexts:
    """The texts of rows, those of a row together."""

    texts: pl.Series
    """String, no nulls."""
    rows: npt.NDArray[np.int64]  # (texts,), ascending
    """The place of the row that each text is of."""
    paths: npt.NDArray[np.int64]  # (texts,)
    """The column path that reached it."""


def flat_texts(step: Step, rows: pl.DataFrame) -> FlatTexts:
    """The texts of `rows` that `step` acts on."""
    pieces = [
        ColumnPath.parse(path).flat(rows).with_columns(path=pl.lit(number, pl.Int64))
        for number, path in enumerate(step.columns)
    ]
    whole = pieces[0] if len(pieces) == 1 else pl.concat(pieces).sort("row", "path", maintain_order=True)
    places, paths = whole.get_column("row").cast(pl.Int64).to_numpy(), whole.get_column("path").to_numpy()
    return FlatTexts(whole.get_column("text"), places, paths)


def with_texts(step: Step, rows: pl.DataFrame, flat: FlatTexts, edited: pl.Series) -> pl.DataFrame:
    """`rows` with `edited` in the places of their texts."""
    for number, path in enumerate(step.columns):
        own = edited if len(step.columns) == 1 else edited.filter(pl.Series(flat.paths == number))
        rows = ColumnPath.parse(path).replaced(rows, own)
    return rows
