"""Gates: new rows are compared with the rows that they were made from, and leave where they are not what was wanted."""

from __future__ import annotations

from typing import ClassVar

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
