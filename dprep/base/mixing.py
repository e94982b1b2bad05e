"""Augmenters whose new rows are made of several rows: a row and others, drawn from all that the step acts on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.operator import Augment

U64 = npt.NDArray[np.uint64]

MADE = "__made"
"""Whether a new row was made; without this column all were."""


@dataclass(frozen=True)
class RowPool:
    """Every row that a step acts on, sorted by each row's own luck: its place does not depend on the order of the input."""

    luck: U64  # (rows,)
    group: U64  # (rows,)
    """The number of its class; equal = same class."""
    folder: Path
    """Where `prepare` may keep what it derives from the rows."""
    take: Callable[[npt.NDArray[np.int64]], pl.DataFrame]
    """The rows at these places, in this order: `id` and the columns of `pooled`."""

    def __len__(self) -> int:
        return len(self.luck)


class Mixing(Augment):
    remembers: ClassVar[bool] = False

    def pooled(self) -> tuple[str, ...]:
        """The columns of other rows that are read."""
        raise TypeError(f"{type(self).__name__} has no pooled")

    def prepare(self, pool: RowPool) -> None:
        """Make, once, what all blocks need, in `pool.folder`: an index of the pool's texts, say."""

    def mixed(self, rows: pl.DataFrame, luck: U64, number: int, pool: RowPool) -> pl.DataFrame:
        """The new rows: `rows` in their order with other values in some columns. `__made` (Boolean) says where none is."""
        raise TypeError(f"{type(self).__name__} has no mixed")
