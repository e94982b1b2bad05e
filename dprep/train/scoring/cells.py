"""Rows with the same truth and the same answer are alike to every score of classes: a cell, and how many rows are in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dprep.train.scoring.intervals import Floats, Whole

Codes = tuple[int, ...] | None
"""The labels of one row, as places in the vocabulary; None where nothing was said, which is never right."""
Places = npt.NDArray[np.intp]


class Vocabulary:
    """Labels and their places. A label that training never saw gets a place behind those that it did."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = list(labels)
        self._place = {label: place for place, label in enumerate(self.labels)}

    def codes(self, column: pa.Array) -> list[Codes]:
        """The codes of each row of a column of strings, or of lists of strings."""
        if is_list(column.type):
            rows = column.to_pylist()
            return [None if row is None else tuple(sorted({self._code(label) for label in row})) for row in rows]
        coded = column.dictionary_encode()
        known: list[Codes] = [(self._code(label),) for label in coded.dictionary.to_pylist()]
        return [None if place is None else known[place] for place in coded.indices.to_pylist()]

    def _code(self, label: str) -> int:
        if label not in self._place:
            self._place[label] = len(self.labels)
            self.labels.append(label)
        return self._place[label]


def is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


@dataclass(frozen=True)
class Entries:
    """A table of noughts and ones by its ones: cell and label of each, sorted by cell."""

    cell: Places
    label: Places
    starts: Places
    """Where the entries of each cell begin, and one past the last (cells + 1,)."""

    @classmethod
    def of(cls, rows: Iterable[Codes]) -> Entries:
        """One cell for each of `rows`."""
        said = [row or () for row in rows]
        sizes = np.fromiter((len(row) for row in said), np.intp, len(said))
        label = np.fromiter((code for row in said for code in row), np.intp, int(sizes.sum()))
        return cls(np.repeat(np.arange(len(said)), sizes), label, np.concatenate([[0], np.cumsum(sizes)]))

    def pick(self, picked: Places) -> tuple[Places, Places]:
        """Cell (as place in `picked`) and label of the entries of some cells."""
        if len(picked) == len(self.starts) - 1:
            return self.cell, self.label
        sizes = self.starts[picked + 1] - self.starts[picked]
        cell = np.repeat(np.arange(len(picked)), sizes)
        within = np.arange(len(cell)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return cell, self.label[np.repeat(self.starts[picked], sizes) + within]


class Cells:
    """Truth and answer of each cell; `sums` weighs them."""

    def __init__(self, truths: Sequence[Codes], answers: Sequence[Codes], labels: int) -> None:
        self.labels = labels
        self.right = equal(truths, answers).astype(np.float64)
        hits = [tuple(set(t or ()) & set(a or ())) for t, a in zip(truths, answers, strict=True)]
        self._entries = [Entries.of(hits), Entries.of(answers), Entries.of(truths)]

    def sums(self, weights: Floats, picked: Places) -> Floats:
        """(samples, 2 + 3 x labels): rows, rows that are right, and of each label hits, answers and truths."""
        parts = [weights.sum(1, keepdims=True), weights @ self.right[picked, None]]
        samples = np.arange(len(weights))[:, None] * self.labels
        for entries in self._entries:
            cell, label = entries.pick(picked)
            flat = np.bincount((samples + label).ravel(), weights[:, cell].ravel(), len(weights) * self.labels)
            parts.append(flat.reshape(len(weights), self.labels))
        return np.concatenate(parts, 1)


def counted(keys: Iterable[tuple[Codes, ...]], into: dict[tuple[Codes, ...], int]) -> None:
    """Count rows by their key."""
    for key in keys:
        into[key] = into.get(key, 0) + 1


def equal(truths: Sequence[Codes], answers: Sequence[Codes]) -> npt.NDArray[np.bool_]:
    """Which answers are right."""
    return np.fromiter((t == a and a is not None for t, a in zip(truths, answers, strict=True)), np.bool_, len(truths))


def as_counts(cells: dict[tuple[Codes, ...], int]) -> Whole:
    return np.fromiter(cells.values(), np.int64, len(cells))
