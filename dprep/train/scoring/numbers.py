"""Scores of regression. Spearman's is Pearson's of the ranks among all rows; a resample keeps those ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dprep.train.scoring.intervals import CHUNK, Floats
from dprep.train.scoring.kind import Summed, floats, ratio


class Numbers(Summed):
    """`label` against `prediction`: numbers. A row without a prediction is left out, and counted as unanswered."""

    columns = ("label", "prediction")
    names = ("mse", "rmse", "mae", "r2", "pearson", "spearman")

    def __init__(self, rows: int, labels: Sequence[str] = (), seed: int = 0, resamples: int = 0) -> None:
        super().__init__(rows, labels, seed, resamples)
        self._values: list[Floats] = []

    def add(self, batch: pa.RecordBatch) -> None:
        self._values.append(_both(batch))

    def finish(self) -> dict[str, Any]:
        # means and ranks need all rows: 40 bytes a row are kept until here
        measured = _measured(np.concatenate(self._values or [np.zeros((0, 2))]))
        for first in range(0, len(measured), CHUNK):
            self.sums.add(_moments(measured[first : first + CHUNK]))
        return super().finish()

    def statistics(self, batch: pa.RecordBatch) -> Floats:
        return _moments(_measured(_both(batch)))

    def all_statistics(self, table: pa.Table) -> Floats:
        return _moments(_measured(_both(table)))

    def metrics(self, sums: Floats) -> dict[str, Floats]:
        rows, absolute, squared = sums[:, 0], sums[:, 1], sums[:, 2]
        mse = ratio(squared, rows, np.nan)
        spread = sums[:, 5] - ratio(sums[:, 3] ** 2, rows)
        return {
            "mse": mse,
            "rmse": np.sqrt(np.maximum(mse, 0)),
            "mae": ratio(absolute, rows, np.nan),
            "r2": 1 - ratio(squared, np.where(spread > 1e-12 * sums[:, 5], spread, 0), np.nan),
            "pearson": _correlation(rows, *sums[:, 3:8].T),
            "spearman": _correlation(rows, *sums[:, 8:13].T),
        }


def _both(batch: pa.RecordBatch | pa.Table) -> Floats:
    return np.stack([floats(batch, "label"), floats(batch, "prediction")], 1)


def _measured(values: Floats) -> Floats:
    """(rows, 5): error, both values and both ranks, NaN where one is missing.

    All are shifted so that no digits are lost in squares: values by the mean of the truth, which two runs have in common.
    """
    found = np.full((len(values), 5), np.nan)
    known = ~np.isnan(values).any(1)
    if known.any():
        truth, said = values[known].T
        middle = np.nanmean(values[:, 0])
        columns = said - truth, truth - middle, said - middle, _ranks(truth), _ranks(said)
        found[known] = np.stack(columns, 1)
        found[:, 3:] -= (len(truth) + 1) / 2
    return found


def _moments(measured: Floats) -> Floats:
    """(rows, 13): one; absolute and squared error; of values and of ranks both, their squares and their product. 0 for NaN."""
    error, *pairs = measured.T
    columns = [np.ones(len(measured)), np.abs(error), error**2]
    for one, other in (pairs[:2], pairs[2:]):
        columns += [one, other, one**2, other**2, one * other]
    found = np.stack(columns, 1)
    found[np.isnan(error)] = 0
    return found


def _ranks(values: Floats) -> Floats:
    """1 for the smallest; equal values share the mean of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((2 * last - counts + 1) / 2)[place]


def _correlation(rows: Floats, one: Floats, other: Floats, ones: Floats, others: Floats, both: Floats) -> Floats:
    """Pearson's; not defined where either side does not vary."""
    spread_one, spread_other = ones - ratio(one**2, rows), others - ratio(other**2, rows)
    varies = (spread_one > 1e-12 * ones) & (spread_other > 1e-12 * others)
    product = np.where(varies, spread_one * spread_other, 0)
    return ratio(both - ratio(one * other, rows), np.sqrt(product), np.nan)
