"""Scores of tagging: a span counts where type, first and last token are all right.

Spans are read as CoNLL's `conlleval` reads them, in BIO, IOB1, IOB2, IOE, BIOES, BILOU and BMES: an `I-` behind `O`, or
behind another type, begins a span too. A tag without such a prefix is a type of its own, whose neighbours of the same type
form one span.
Source: Tjong Kim Sang & De Meulder 2003, Introduction to the CoNLL-2003 Shared Task.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dprep.train.scoring.classes import BY_AVERAGE, averages, per_label
from dprep.train.scoring.intervals import Floats
from dprep.train.scoring.kind import Bools, Summed, batches, ratio

Places = npt.NDArray[np.intp]
OUTSIDE, BEGIN, INSIDE, END, SINGLE = range(5)
_PREFIX = {"B": BEGIN, "I": INSIDE, "M": INSIDE, "E": END, "L": END, "S": SINGLE, "U": SINGLE}
_PREFIXED = re.compile(r"([BIMELSU])-(.*)", re.DOTALL)
_UNTYPED = re.compile(r"[BIES]")
NOTHING = ""
"""Where nothing was said of a token."""
FEW = 4
"""Columns before those of the types: tokens, tokens that are right, rows, rows that are right."""


NAMES = tuple(f"span_{name.removesuffix('_micro')}" for name in BY_AVERAGE)


class Spans(Summed):
    """`tags` against `prediction`: lists of strings. One that is too short has no span, and no token right, at its end."""

    columns = ("tags", "prediction")
    names = (*NAMES, "token_accuracy", "row_accuracy")

    def __init__(self, rows: int, labels: Sequence[str] = (), seed: int = 0, resamples: int = 0) -> None:
        super().__init__(rows, labels, seed, resamples)
        self._types: dict[str, int] = {}
        self._tags: dict[str, tuple[int, int]] = {}

    def statistics(self, batch: pa.RecordBatch) -> Floats:
        truth, sizes = _flat(batch.column("tags"))
        said = _fitted(*_flat(batch.column("prediction")), sizes)
        row = np.repeat(np.arange(len(sizes)), sizes)
        alike = np.asarray(truth == said, np.float64)
        few = np.zeros((len(sizes), FEW))
        few[:, 0], few[:, 1], few[:, 2] = sizes, np.bincount(row, alike, len(sizes)), 1
        few[:, 3] = few[:, 0] == few[:, 1]
        ends, types = self._spans(truth, row)
        ends_said, types_said = self._spans(said, row)
        hit = (ends >= 0) & (ends == ends_said) & (types == types_said)
        width = len(self._types)
        counts = [_by_type(row, types, hit, len(sizes), width)]
        counts += [_by_type(row, kind, end >= 0, len(sizes), width) for end, kind in ((ends_said, types_said), (ends, types))]
        # hits, answers and truths of a type side by side, so that a type met later only adds columns behind
        return np.concatenate([few, np.stack(counts, 2).reshape(len(sizes), 3 * width)], 1)

    def metrics(self, sums: Floats) -> dict[str, Floats]:
        parts = sums[:, FEW:].reshape(len(sums), (sums.shape[1] - FEW) // 3, 3)
        means = averages(parts[:, :, 0], parts[:, :, 1], parts[:, :, 2])
        found = dict(zip(NAMES, means.values(), strict=True))
        found["token_accuracy"] = ratio(sums[:, 1], sums[:, 0], np.nan)
        found["row_accuracy"] = ratio(sums[:, 3], sums[:, 2], np.nan)
        return found

    def more(self, total: Floats, resampled: Floats) -> dict[str, Any]:
        by_type = sorted((name, FEW + 3 * place) for name, place in self._types.items())
        return {"per_class": [per_label(name, *total[at : at + 3]) for name, at in by_type]}

    def right(self, table: pa.Table) -> Bools:
        return np.concatenate([self.statistics(batch)[:, 3] > 0 for batch in batches(table)] or [np.zeros(0, np.bool_)])

    def _spans(self, tags: npt.NDArray[np.object_], row: Places) -> tuple[Places, Places]:
        """At each token the last token of the span that begins there, or -1; and that span's type."""
        kind, kinds = self._read(tags)
        before = np.concatenate([[OUTSIDE], kind[:-1]])
        first = np.concatenate([[True], row[1:] != row[:-1]])[: len(row)]
        before = np.where(first, OUTSIDE, before[: len(row)])
        other = np.concatenate([[True], kinds[1:] != kinds[:-1]])[: len(row)]
        closed = (before == OUTSIDE) | (before == END) | (before == SINGLE)
        begins = (kind != OUTSIDE) & ((kind == BEGIN) | (kind == SINGLE) | closed | other)
        edges = np.flatnonzero(begins | (kind == OUTSIDE) | first)
        last = np.concatenate([edges[1:], [len(row)]])[: len(edges)] - 1
        ends = np.full(len(row), -1, np.intp)
        ends[edges] = last
        ends[~begins] = -1
        return ends, kinds

    def _read(self, tags: npt.NDArray[np.object_]) -> tuple[Places, Places]:
        """Prefix and type of each tag."""
        coded = pa.array(tags, pa.string()).dictionary_encode()
        known = [self._tag(tag) for tag in coded.dictionary.to_pylist()]
        table = np.asarray(known, np.intp).reshape(-1, 2)[coded.indices.to_numpy(zero_copy_only=False).astype(np.intp)]
        return table[:, 0], table[:, 1]

    def _tag(self, tag: str) -> tuple[int, int]:
        if tag not in self._tags:
            prefix, name = _parted(tag)
            place = self._types.setdefault(name, len(self._types)) if prefix != OUTSIDE else -1
            self._tags[tag] = prefix, place
        return self._tags[tag]


def _parted(tag: str) -> tuple[int, str]:
    """Prefix and type of a tag."""
    if tag in {"O", NOTHING}:
        return OUTSIDE, ""
    if parts := _PREFIXED.fullmatch(tag):
        return _PREFIX[parts[1]], parts[2] or "_"
    return (_PREFIX[tag], "_") if _UNTYPED.fullmatch(tag) else (INSIDE, tag)


def _flat(column: pa.Array) -> tuple[npt.NDArray[np.object_], Places]:
    """All tags one behind the other, and how many each row has."""
    column = column.cast(pa.list_(pa.string()))
    sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False).astype(np.intp)
    tags = pc.fill_null(pc.list_flatten(column), NOTHING).to_numpy(zero_copy_only=False)
    return np.asarray(tags, np.object_), sizes


def _fitted(tags: npt.NDArray[np.object_], sizes: Places, wanted: Places) -> npt.NDArray[np.object_]:
    """Tags cut, or filled up with nothing, so that each row has as many as wanted."""
    if np.array_equal(sizes, wanted):
        return tags
    fitted = np.full(int(wanted.sum()), NOTHING, np.object_)
    both = np.minimum(sizes, wanted)
    within = np.arange(int(both.sum())) - np.repeat(np.cumsum(both) - both, both)
    fitted[np.repeat(np.cumsum(wanted) - wanted, both) + within] = tags[np.repeat(np.cumsum(sizes) - sizes, both) + within]
    return fitted


def _by_type(row: Places, types: Places, counts: Bools, rows: int, width: int) -> Floats:
    """How many marked tokens there are of each row and type (rows, width)."""
    where = row[counts] * width + types[counts]
    return np.bincount(where, minlength=rows * width).reshape(rows, width).astype(np.float64)
