"""Scores of classification, with one label a row or several.

A score without a denominator (a label nobody answered has no precision) is 0; a macro or weighted mean is over the labels that
occur in the truth or in the answers. A row without an answer is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dprep.train.scoring.calibration import Calibration
from dprep.train.scoring.cells import Cells, Codes, Vocabulary, as_counts, counted, equal, is_list
from dprep.train.scoring.intervals import Floats, Pair, interval, resampled_counts
from dprep.train.scoring.kind import Bools, Kind, batches, number, ratio, with_intervals

WITH_INTERVALS = 500
"""Labels that get an interval each, the most frequent first; the others have their values alone."""
WHOLE_MATRIX = 50
"""Labels at most for a confusion matrix in full; above it only the most frequent confusions are listed."""
CONFUSIONS = 100
AVERAGES = ("micro", "macro", "weighted")
BY_AVERAGE = tuple(f"{name}_{average}" for average in AVERAGES for name in ("precision", "recall", "f1"))


class Classes(Kind):
    """`label` against `prediction`: strings, or lists of strings."""

    columns = ("label", "prediction")
    names = ("accuracy", "subset_accuracy", *BY_AVERAGE, "hamming_loss", "ece", "brier")

    def __init__(self, rows: int, labels: Sequence[str] = (), seed: int = 0, resamples: int = 0) -> None:
        super().__init__(rows, labels, seed, resamples)
        self._vocabulary = Vocabulary(labels)
        self._cells: dict[tuple[Codes, ...], int] = {}
        self._several = False
        self._calibration: Calibration | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        truths, answers = self._coded(batch, "label"), self._coded(batch, "prediction")
        counted(zip(truths, answers, strict=True), self._cells)
        if {"confidence", "probabilities"} & set(batch.schema.names):
            if self._calibration is None:
                options = self.rows, len(self.labels), self.seed, self.resamples, self._several
                self._calibration = Calibration(*options)
            self._calibration.add(batch, truths, equal(truths, answers))

    def finish(self) -> dict[str, Any]:
        truths, answers = ([key[side] for key in self._cells] for side in (0, 1))
        counts, vocabulary = as_counts(self._cells), self._vocabulary.labels
        cells = Cells(truths, answers, len(vocabulary))
        every = np.arange(len(counts))
        total = cells.sums(counts[None].astype(np.float64), every)
        resampled, by_label = self._resample(cells, counts, total)
        calibration = self._calibration.finish() if self._calibration else {"metrics": {}}
        scores = with_intervals(self._metrics(total), resampled)
        found = {**calibration, "metrics": {**scores, **calibration["metrics"]}}
        found["per_class"] = _per_class(vocabulary, total, by_label)
        if not self._several:
            found["confusion"] = _confusion(vocabulary, self._cells)
        if unseen := vocabulary[len(self.labels) :] if self.labels else []:
            found["unseen_labels"] = unseen[:CONFUSIONS]
        return found

    def right(self, table: pa.Table) -> Bools:
        both = [(self._coded(batch, "label"), self._coded(batch, "prediction")) for batch in batches(table)]
        return np.concatenate([equal(*each) for each in both] or [np.zeros(0, np.bool_)])

    def pair(self, a: pa.Table, b: pa.Table) -> Pair:
        keys: dict[tuple[Codes, ...], int] = {}
        for one, two in zip(batches(a), batches(b), strict=True):
            columns = self._coded(one, "label"), self._coded(one, "prediction"), self._coded(two, "prediction")
            counted(zip(*columns, strict=True), keys)
        labels = len(self._vocabulary.labels)
        truths, first, second = ([key[side] for key in keys] for side in range(3))
        return Pair(
            counts=as_counts(keys),
            differs=np.fromiter((x != y for x, y in zip(first, second, strict=True)), np.bool_, len(first)),
            sums_a=Cells(truths, first, labels).sums,
            sums_b=Cells(truths, second, labels).sums,
            metrics=self._metrics,
            width=2 + 3 * labels,
        )

    def _coded(self, batch: pa.RecordBatch, name: str) -> list[Codes]:
        column = batch.column(name)
        if name == "label":
            self._several = is_list(column.type)
        return self._vocabulary.codes(column)

    def _metrics(self, sums: Floats) -> dict[str, Floats]:
        rows, right = sums[:, 0], sums[:, 1]
        hits, answers, truths = by_label(sums)
        found = {
            "subset_accuracy" if self._several else "accuracy": ratio(right, rows, np.nan),
            **averages(hits, answers, truths),
        }
        if self._several:
            wrong = (answers + truths - 2 * hits).sum(1)
            found["hamming_loss"] = ratio(wrong, rows * max(hits.shape[1], 1), np.nan)
        return found

    def _resample(self, cells: Cells, counts: npt.NDArray[np.int64], total: Floats) -> tuple[dict[str, Floats], dict[int, Any]]:
        """Resampled scores, and of the most frequent labels the intervals of precision, recall and F1."""
        often = np.argsort(-by_label(total)[2][0], kind="stable")[:WITH_INTERVALS]
        scores: dict[str, list[Floats]] = {name: [np.zeros(0)] for name in self._metrics(total)}
        each: list[npt.NDArray[np.float32]] = []
        for weights in resampled_counts(counts, self.seed, self.resamples, total.shape[1]):
            sums = cells.sums(weights, np.arange(len(counts)))
            for name, values in self._metrics(sums).items():
                scores[name].append(values)
            each.append(np.stack(of_labels(*(part[:, often] for part in by_label(sums))), 2).astype(np.float32))
        spread = np.concatenate(each) if each else None
        intervals = {} if spread is None else {int(label): _intervals(spread[:, at]) for at, label in enumerate(often)}
        return {name: np.concatenate(parts) for name, parts in scores.items()}, intervals


def by_label(sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Hits, answers and truths, each (samples, labels), from the sums of `Cells`."""
    hits, answers, truths = np.split(sums[:, 2:], 3, 1)
    return hits, answers, truths


def of_labels(hits: Floats, answers: Floats, truths: Floats) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of each label."""
    precision, recall = ratio(hits, answers), ratio(hits, truths)
    return precision, recall, ratio(2 * hits, answers + truths)


def averages(hits: Floats, answers: Floats, truths: Floats) -> dict[str, Floats]:
    """Precision, recall and F1 in the three usual means. Counts (samples, labels)."""
    one = of_labels(*(part.sum(1) for part in (hits, answers, truths)))
    occurs = (answers + truths) > 0
    many = of_labels(hits, answers, truths)
    macro = [ratio((each * occurs).sum(1), occurs.sum(1).astype(np.float64)) for each in many]
    weighted = [ratio((each * truths).sum(1), truths.sum(1)) for each in many]
    return dict(zip(BY_AVERAGE, (*one, *macro, *weighted), strict=True))


def per_label(name: str, hits: float, answers: float, truths: float) -> dict[str, Any]:
    """One line of a report by label."""
    counts = (np.asarray([each], np.float64) for each in (hits, answers, truths))
    precision, recall, score = (float(each[0]) for each in of_labels(*counts))
    return {
        "label": name,
        "precision": precision,
        "recall": recall,
        "f1": score,
        "rows": int(truths),
        "predicted": int(answers),
    }


def _per_class(labels: Sequence[str], total: Floats, intervals: dict[int, Any]) -> list[dict[str, Any]]:
    hits, answers, truths = (part[0] for part in by_label(total))
    lines = [per_label(label, hits[at], answers[at], truths[at]) for at, label in enumerate(labels)]
    return [{**line, **intervals.get(at, {})} for at, line in enumerate(lines)]


def _intervals(spread: npt.NDArray[np.float32]) -> dict[str, list[float | None]]:
    """spread: (resamples, 3)."""
    found = {}
    for at, name in enumerate(("precision", "recall", "f1")):
        low, high = interval(spread[:, at].astype(np.float64))
        found[f"{name}_interval"] = [number(low), number(high)]
    return found


def _confusion(labels: Sequence[str], cells: dict[tuple[Codes, ...], int]) -> dict[str, Any]:
    """What is taken for what, the most frequent first; the whole matrix (truth by row) where labels are few."""
    wrong = [(rows, truth[0], answer[0]) for (truth, answer), rows in cells.items() if truth and answer and truth != answer]
    wrong.sort(key=lambda each: (-each[0], each[1], each[2]))
    listed = [{"truth": labels[truth], "prediction": labels[said], "rows": rows} for rows, truth, said in wrong[:CONFUSIONS]]
    found: dict[str, Any] = {"confused": sum(each[0] for each in wrong), "kinds": len(wrong), "top": listed}
    if len(labels) <= WHOLE_MATRIX:
        matrix = [[cells.get(((truth,), (said,)), 0) for said in range(len(labels))] for truth in range(len(labels))]
        found |= {"labels": list(labels), "matrix": matrix}
    return found
