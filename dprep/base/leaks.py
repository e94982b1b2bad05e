"""Leaks: rows of one part that another part holds as well. Decided once, over all rows."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from dprep.base.operator import Operator
from dprep.base.text import Text
from dprep.base.twins import Leak

REASONS = ("leak.exact", "leak.child", "leak.near")
"""Of several that hold for two rows the first is told: equal texts; one is made from the other, or both from one row; nearly
equal texts.
"""

TRAIN = "train"
"""The part that rows without one are in, and that leaks are taken out of."""


class Leaks(Operator):
    family: ClassVar[str] = "dedup"

    leak: Leak = "drop-from-train"
    """What is done with leaks: `drop-from-train` takes the rows out of `train` that are in another part too, `fail` stops the
    run, `report` only counts."""

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        """(rows, 2): 128-bit hash of what is compared. Rows with equal hashes are exact twins."""
        raise TypeError(f"{type(self).__name__} has no content")

    def near(self) -> tuple[str, int, float] | None:
        """Kind of shingles, their length (`auto` and 0: by the texts) and the similarity from which two texts are near twins;
        None: only exact ones count.
        """
        return None

    def reads(self) -> tuple[str, ...]:
        return ("part",)
