"""The family that looks rows up in an index made before: row-local, though it speaks of rows that are not here."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.operator import Operator
from dprep.base.text import Text


@dataclass(frozen=True)
class Matches:
    """What of an index each text matches."""

    found: npt.NDArray[np.bool_]  # (rows,)
    names: pl.Series
    """(matched,): what the index calls the best match."""
    degree: npt.NDArray[np.float64]
    """(matched,): how good the match is, in the unit of the operator's `degree`."""
    told: dict[str, pl.Series] = field(default_factory=dict)
    """(matched,) each: what is kept in `measured` besides."""


class Match(Operator):
    family: ClassVar[str] = "dedup"
    reason: ClassVar[str] = "seen"
    """Why the rows that match are dropped."""
    degree: ClassVar[str] = "similarity"
    """What is measured of a match."""
    marks: ClassVar[tuple[str, str]] = ("matched", "matched_similarity")
    """The columns that `mark` adds: the name of the match, and its degree."""
    action: Literal["drop", "mark"] = "drop"
    """`mark` keeps every row and adds what it matches and how well, or null."""

    def find(self, text: Text) -> Matches:
        """Which texts match, and what."""
        raise TypeError(f"{type(self).__name__} has no find")

    def measures(self) -> str:
        """What the degree of a match is called in `measured`."""
        return self.degree

    def makes(self) -> dict[str, pl.DataType]:
        name, degree = self.marks
        return {} if self.action == "drop" else {name: pl.String(), degree: pl.Float64()}
