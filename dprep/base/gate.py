"""Gates: new rows are compared with the rows that they were made from, and leave where they are not what was wanted."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.operator import Bound, Operator, Words, bounds_of
from dprep.base.text import Text


class Gate(Operator):
    family: ClassVar[str] = "gate"
    strict: ClassVar[frozenset[str]] = frozenset()
    """Parameters whose bound excludes the limit itself."""

    of: Words = ()
    """Names of the steps whose new rows it judges; empty: those of every augmenter before it."""

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        """Named numbers, one per new row; null or NaN where undefined. `before`: the texts of their parents."""
        raise TypeError(f"{type(self).__name__} has no compare")

    def bounds(self) -> list[Bound]:
        """One per parameter `min_<measure>` / `max_<measure>` that is set, in field order."""
        return bounds_of(self, self.strict)

    def makes(self) -> dict[str, pl.DataType]:
        return {}


class GateAmongAll(Gate):
    """A gate that compares new rows with all other rows, of any part: one that says what another says leaves. Rows that it does
    not judge stay, and of equal new rows one.
    """

    reason: ClassVar[str] = "identical"

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        """(rows, 2): 128-bit hash of what is compared."""
        raise TypeError(f"{type(self).__name__} has no content")

    def check(self, text: Text) -> npt.NDArray[np.uint64]:
        """(rows,): a second hash of it, by another function: two texts that collide in `content` are not taken for one."""
        raise TypeError(f"{type(self).__name__} has no check")
