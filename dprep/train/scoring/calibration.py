"""Whether a model is as often right as it says: reliability, expected calibration error, Brier score.

Source: Guo et al. 2017, On Calibration of Modern Neural Networks (15 bins of equal width); Brier 1950.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dprep.base.problem import fail
from dprep.train.scoring.cells import Codes
from dprep.train.scoring.intervals import Floats, Sums
from dprep.train.scoring.kind import Bools, floats, number, ratio, with_intervals

BINS = 15


class Calibration:
    """Sums over rows: of each bin of confidence its rows, their confidence and how many are right; and the squared error."""

    def __init__(self, rows: int, labels: int, seed: int, resamples: int, several: bool) -> None:
        """several: whether a row may have several labels; there is no one confidence then."""
        self._sums = Sums(rows, seed, resamples)
        self._labels, self._several = labels, several

    def add(self, batch: pa.RecordBatch, truths: list[Codes], right: Bools) -> None:
        """The next rows; columns `confidence` and `probabilities` are used where there are some."""
        have = batch.schema.names
        statistics = np.zeros((len(truths), 3 * BINS + 2))
        if "confidence" in have and not self._several:
            confidence = floats(batch, "confidence")
            known = np.flatnonzero(~np.isnan(confidence))
            place = np.clip(np.ceil(confidence[known] * BINS).astype(np.intp) - 1, 0, BINS - 1)
            statistics[known, place] = 1
            statistics[known, BINS + place] = confidence[known]
            statistics[known, 2 * BINS + place] = right[known]
        if "probabilities" in have:
            column = batch.column("probabilities")
            known = np.flatnonzero(np.asarray(pc.is_valid(column)))
            statistics[known, 3 * BINS] = self._squares(column, truths, known)
            statistics[known, 3 * BINS + 1] = 1
        self._sums.add(statistics)

    def _squares(self, column: pa.Array, truths: list[Codes], known: np.ndarray[Any, Any]) -> Floats:
        """Squared error of the probabilities of each row: their sum over labels, or their mean where a row may have several."""
        values = np.array(column.flatten().to_numpy(zero_copy_only=False), np.float64)
        if len(values) != len(known) * self._labels:
            sentence = f"predictions have {len(values)} probabilities for {len(known)} rows and {self._labels} labels"
            raise fail("train-predictions", sentence, "score predictions with the labels of the run that made them")
        errors = values.reshape(len(known), self._labels)
        pairs = [(place, code) for place, row in enumerate(known) for code in truths[row] or ()]
        seen = np.asarray([pair for pair in pairs if pair[1] < self._labels], np.intp).reshape(-1, 2)
        errors[seen[:, 0], seen[:, 1]] -= 1
        squares: Floats = (errors**2).sum(1)
        if self._several:
            return squares / max(self._labels, 1)
        # a label that training never saw had no probability, where it should have had all
        unseen = np.asarray([place for place, code in pairs if code >= self._labels], np.intp)
        squares[unseen] += 1
        return squares

    def finish(self) -> dict[str, Any]:
        """`metrics` and, where there were confidences, `calibration`."""
        total, resampled = self._sums.finish()
        if not len(total):
            return {"metrics": {}}
        found: dict[str, Any] = {"metrics": with_intervals(_metrics(total[None]), _metrics(resampled))}
        if total[:BINS].any():
            found["calibration"] = [_bin(total, place) for place in range(BINS)]
        return found


def _metrics(sums: Floats) -> dict[str, Floats]:
    rows, confidence, right = (sums[:, part * BINS : (part + 1) * BINS] for part in range(3))
    error = ratio(np.abs(confidence - right).sum(1), rows.sum(1), np.nan)
    return {"ece": error, "brier": ratio(sums[:, 3 * BINS], sums[:, 3 * BINS + 1], np.nan)}


def _bin(total: Floats, place: int) -> dict[str, Any]:
    rows, confidence, right = (total[part * BINS + place] for part in range(3))
    return {
        "from": place / BINS,
        "to": (place + 1) / BINS,
        "rows": int(rows),
        "confidence": number(confidence / rows) if rows else None,
        "accuracy": number(right / rows) if rows else None,
    }
