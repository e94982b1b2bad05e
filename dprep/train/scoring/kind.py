"""What a kind of answer is to the scores: rows to statistics, sums of statistics to scores."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dprep.base.problem import fail
from dprep.train.scoring.intervals import Floats, Pair, Sums, interval

Bools = npt.NDArray[np.bool_]


class Kind(ABC):
    """The scores of one file of predictions, fed portion by portion."""

    columns: ClassVar[tuple[str, ...]]
    """What predictions must have."""
    names: ClassVar[tuple[str, ...]]
    """The scores it can give; where a column is missing or nothing defines them, some are left out."""

    def __init__(self, rows: int, labels: Sequence[str] = (), seed: int = 0, resamples: int = 0) -> None:
        """rows: how many will come. resamples: 0 gives scores without intervals."""
        self.rows, self.labels, self.seed, self.resamples = rows, tuple(labels), seed, resamples

    @abstractmethod
    def add(self, batch: pa.RecordBatch) -> None:
        """The next rows."""

    @abstractmethod
    def finish(self) -> dict[str, Any]:
        """`metrics` (name -> value, low, high) and what else the kind reports, as JSON."""

    @abstractmethod
    def pair(self, a: pa.Table, b: pa.Table) -> Pair:
        """The same rows, in the same order, answered by two runs."""

    def right(self, table: pa.Table) -> Bools | None:
        """Which rows are answered right; None where answers are not right or wrong."""
        return None


class Summed(Kind):
    """A kind whose scores come from a few sums over rows."""

    def __init__(self, rows: int, labels: Sequence[str] = (), seed: int = 0, resamples: int = 0) -> None:
        super().__init__(rows, labels, seed, resamples)
        self.sums = Sums(rows, seed, resamples)

    @abstractmethod
    def statistics(self, batch: pa.RecordBatch) -> Floats:
        """The statistics of rows (rows, columns), to be summed."""

    @abstractmethod
    def metrics(self, sums: Floats) -> dict[str, Floats]:
        """Scores (samples,) from sums (samples, columns)."""

    def more(self, total: Floats, resampled: Floats) -> dict[str, Any]:
        """What is reported besides the scores."""
        return {}

    def add(self, batch: pa.RecordBatch) -> None:
        self.sums.add(self.statistics(batch))

    def finish(self) -> dict[str, Any]:
        total, resampled = self.sums.finish()
        if not len(total):
            return {"metrics": {}}
        return {"metrics": with_intervals(self.metrics(total[None]), self.metrics(resampled)), **self.more(total, resampled)}

    def pair(self, a: pa.Table, b: pa.Table) -> Pair:
        one, two = self.all_statistics(a), self.all_statistics(b)
        width = max(one.shape[1], two.shape[1])
        one, two = (np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in (one, two))
        return Pair(
            counts=np.ones(len(one), np.int64),
            differs=(one != two).any(1),
            sums_a=lambda weights, picked: weights @ one[picked],
            sums_b=lambda weights, picked: weights @ two[picked],
            metrics=self.metrics,
            width=width,
        )

    def all_statistics(self, table: pa.Table) -> Floats:
        """The statistics of all rows of a table at once."""
        parts = [self.statistics(batch) for batch in batches(table)]
        width = max((part.shape[1] for part in parts), default=0)
        return np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts] or [np.zeros((0, 0))])


def batches(table: pa.Table, size: int = 1024) -> list[pa.RecordBatch]:
    """A table in portions whose ends do not depend on how it lies in memory."""
    found: list[pa.RecordBatch] = table.combine_chunks().to_batches(max_chunksize=size)
    return found


def with_intervals(values: Mapping[str, Floats], resampled: Mapping[str, Floats]) -> dict[str, dict[str, float | None]]:
    """Scores as JSON. values: each (1,); resampled: each (resamples,), maybe none. Undefined scores are left out."""
    found = {}
    for name, value in values.items():
        if math.isfinite(value[0]):
            low, high = interval(resampled[name])
            found[name] = {"value": float(value[0]), "low": number(low), "high": number(high)}
    return found


def number(value: float) -> float | None:
    """A number as JSON can have it: None for one that is not defined."""
    return float(value) if math.isfinite(value) else None


def ratio(above: Floats, below: Floats, empty: float = 0.0) -> Floats:
    """above / below, and `empty` where nothing is below."""
    result: Floats = np.where(below > 0, above / np.where(below > 0, below, 1), empty)
    return result


def harmonic(precision: Floats, recall: Floats) -> Floats:
    """F1; 0 where both are 0."""
    return ratio(2 * precision * recall, precision + recall)


def floats(batch: pa.RecordBatch | pa.Table, name: str) -> Floats:
    """A column of numbers (rows,); NaN for null."""
    column = batch.column(name)
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False) if len(column) else np.zeros(0)
    return np.asarray(values, np.float64)


def texts(batch: pa.RecordBatch, name: str) -> list[str]:
    """A column of strings; empty for null."""
    return [each or "" for each in batch.column(name).to_pylist()]


def check_columns(have: Sequence[str], kind: type[Kind], task: str) -> None:
    """Raises Error (`train-predictions`) where predictions lack what they are scored by."""
    if missing := [name for name in kind.columns if name not in have]:
        named = ", ".join(f"`{name}`" for name in missing)
        raise fail("train-predictions", f"predictions of task `{task}` lack {named}", "score what `dprep evaluate` has written")
