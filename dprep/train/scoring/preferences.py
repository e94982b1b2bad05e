"""Scores of preference: how often, and by how much, the answer that people chose is the likelier one.

`chosen` and `rejected` are log-probabilities under the model minus those under the reference; `margin` is what lies between
them. Equal is not right.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dprep.train.scoring.intervals import Floats
from dprep.train.scoring.kind import Bools, Summed, floats, ratio


class Preferences(Summed):
    """`margin`, a number for each row. A row without one is wrong, and its margin is left out of the mean."""

    columns = ("margin",)
    names = ("accuracy", "margin")

    def statistics(self, batch: pa.RecordBatch) -> Floats:
        """(rows, 4): one, whether it is right, whether there is a margin, and the margin."""
        margin = floats(batch, "margin")
        known = ~np.isnan(margin)
        return np.stack([np.ones(len(margin)), margin > 0, known, np.where(known, margin, 0)], 1).astype(np.float64)

    def metrics(self, sums: Floats) -> dict[str, Floats]:
        return {"accuracy": ratio(sums[:, 1], sums[:, 0], np.nan), "margin": ratio(sums[:, 3], sums[:, 2], np.nan)}

    def right(self, table: pa.Table) -> Bools:
        return floats(table, "margin") > 0
