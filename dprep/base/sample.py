"""Samples: how often each row is in what comes out, decided over all rows."""

from __future__ import annotations

from typing import ClassVar, Literal

import polars as pl

from dprep.base.operator import Operator
from dprep.base.table import Asks, Decided, Table


class Sample(Operator):
    family: ClassVar[str] = "sample"
    text_only: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    """Whether a row may come out more than once."""

    action: Literal["take", "mark"] = "take"
    """`take`: rows leave and are repeated. `mark`: all stay, and the column `times` says how often each should be used."""

    def asks(self) -> Asks:
        """What must be known of every row."""
        raise TypeError(f"{type(self).__name__} has no asks")

    def decide(self, table: Table) -> Decided:
        """`times` (int32): how often each row comes out; 0: it leaves. Must not depend on the order of rows."""
        raise TypeError(f"{type(self).__name__} has no decide")

    def reads(self) -> tuple[str, ...]:
        return self.asks().columns()

    def makes(self) -> dict[str, pl.DataType]:
        if self.action == "mark":
            return {"times": pl.Int32()}
        return {"parent": pl.String(), "made_by": pl.String(), "copy": pl.Int32()} if self.repeats else {}
