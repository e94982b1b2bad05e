"""How many rows of each part have each label, over all rows; numbers as labels, by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.report.reading.found import Found
from dprep.report.sections.parts.difference import label_difference

MOST, RAREST = 40, 20
"""Classes that are listed: so many of the largest, and of the smallest."""
NAMED = 20
"""Classes named where they are too small or missing."""
TINY = 10
"""Rows of `train` under which a class is tiny."""
BINS = 24
"""Of the histogram of numbers."""

Floats = npt.NDArray[np.float64]
Kind = Literal["classes", "lists", "tags", "numbers"]


@dataclass(frozen=True)
class LabelColumn:
    """Where labels stand: one each row, a list, a tag for each token, or a number."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Class:
    """rows: of each part, in their order."""

    label: str
    rows: tuple[int, ...]

    @property
    def whole(self) -> int:
        return sum(self.rows)


@dataclass(frozen=True)
class Balance:
    """Of one part. effective: exp of the entropy: so many classes of equal size would be as hard to guess."""

    part: str
    classes: int
    labelled: int
    unlabelled: int
    largest: str
    largest_rows: int
    smallest: str
    smallest_rows: int
    effective: float


@dataclass(frozen=True)
class Few:
    """How many classes, and the names of some."""

    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """Classes are counted over all rows; tags are counted, not rows, where `kind` is tags."""

    column: str
    kind: Kind
    parts: tuple[str, ...]
    classes: int
    largest: tuple[Class, ...]
    rarest: tuple[Class, ...]
    """Smallest first; empty where `largest` has all."""
    balance: tuple[Balance, ...]
    tiny: Few
    """Classes that have rows of `train`, but under TINY."""
    missing: tuple[tuple[str, Few], ...]
    """(part, classes that other parts have and it has not)."""
    differences: tuple[tuple[str, float, float, float, float], ...]
    """(part, total variation from train, what chance alone would give, Cramér's V, p): see `drift`."""


@dataclass(frozen=True)
class Figures:
    """Of the numbers of one part."""

    part: str
    count: int
    missing: int
    mean: float
    deviation: float
    least: float
    low: float
    median: float
    high: float
    most: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Numbers:
    """Labels that are numbers; `low` and `high` of a part are its quantiles of 5 and 95 %."""

    column: str
    edges: tuple[float, ...]
    parts: tuple[Figures, ...]


def label_column(found: Found) -> LabelColumn | None:
    """The column `label`, or `tags`; None where there is neither."""
    schema = found.version.scan().collect_schema()
    if "label" in schema:
        dtype = schema["label"]
        if dtype.is_float():
            return LabelColumn("label", "numbers")
        if isinstance(dtype, pl.List):
            return LabelColumn("label", "lists") if not dtype.inner.is_nested() else None
        return None if dtype.is_nested() or dtype == pl.Null else LabelColumn("label", "classes")
    return LabelColumn("tags", "tags") if schema.get("tags") == pl.List(pl.String) else None


def labels(found: Found, train: str, column: LabelColumn) -> Labels:
    """Counted part by part, so that no more than the labels of one is in memory."""
    counts = {part: _counted(found, part, column) for part in found.parts}
    of = {part: dict(counted.iter_rows()) for part, (counted, _) in counts.items()}
    names = sorted(set().union(*of.values()))
    rows = np.array([[of[part].get(name, 0) for part in found.parts] for name in names], np.int64).reshape(-1, len(found.parts))
    order = sorted(range(len(names)), key=lambda place: (-int(rows[place].sum()), names[place]))
    classes = [Class(names[place], tuple(rows[place].tolist())) for place in order]
    first = found.parts.index(train)
    tiny = [each.label for each in reversed(classes) if 0 < each.rows[first] < TINY]
    return Labels(
        column.name,
        column.kind,
        found.parts,
        len(classes),
        tuple(classes[:MOST]),
        tuple(reversed(classes[max(MOST, len(classes) - RAREST) :])),
        tuple(_balance(part, classes, place, counts[part][1]) for place, part in enumerate(found.parts)),
        Few(len(tiny), tuple(tiny[:NAMED])),
        tuple((part, _missing(classes, place)) for place, part in enumerate(found.parts)),
        tuple(
            (part, *label_difference(rows[:, first], rows[:, place]))
            for place, part in enumerate(found.parts)
            if place != first and rows[:, place].any() and rows[:, first].any()
        ),
    )


def _counted(found: Found, part: str, column: LabelColumn) -> tuple[pl.DataFrame, int]:
    """Rows (or tags) by label, and rows without one."""
    rows = found.version.scan(part).select(label=pl.col(column.name))
    if column.kind == "classes":
        given = rows.select(pl.col("label").cast(pl.String))
        counted = given.group_by("label").len().collect(engine="streaming")
        empty = pl.col("label").is_null() | (pl.col("label") == "")
    else:
        each = pl.col("label").list.unique() if column.kind == "lists" else pl.col("label")
        given = rows.select(each.explode().cast(pl.String))
        counted = given.group_by("label").len().collect(engine="streaming")
        empty = pl.col("label").is_null()
        missing = rows.select((pl.col("label").list.len().fill_null(0) == 0).sum()).collect(engine="streaming").item()
        return counted.filter(~empty), int(missing or 0)
    return counted.filter(~empty), int(counted.filter(empty).get_column("len").sum())


def _balance(part: str, classes: Sequence[Class], place: int, unlabelled: int) -> Balance:
    there = [(each.rows[place], each.label) for each in classes if each.rows[place]]
    if not there:
        return Balance(part, 0, 0, unlabelled, "", 0, "", 0, 0.0)
    rows = np.array(sorted(count for count, _ in there), np.float64)
    shares = rows / rows.sum()
    large = min(there, key=lambda each: (-each[0], each[1]))
    small = min(there)
    effective = float(np.exp(-(shares * np.log(shares)).sum()))
    return Balance(
        part, len(there), int(rows.sum()), unlabelled, large[1], large[0], small[1], small[0], float(f"{effective:.6g}")
    )


def _missing(classes: Sequence[Class], place: int) -> Few:
    """The largest first: those are missed most."""
    gone = [each.label for each in classes if not each.rows[place]]
    return Few(len(gone), tuple(gone[:NAMED]))


def number_values(found: Found, column: LabelColumn) -> dict[str, Floats]:
    """Part -> the numbers of all its rows, rising, without those that are missing or not finite."""
    told = {}
    for part in found.parts:
        column_of = (
            found.version.scan(part).select(pl.col(column.name).cast(pl.Float64)).collect(engine="streaming").to_series()
        )
        told[part] = column_of.filter(column_of.is_finite()).sort().to_numpy()
    return told


def numbers(found: Found, column: LabelColumn, finite: Mapping[str, Floats]) -> Numbers:
    """Figures of every part over all rows (`finite`: of `number_values`), and histograms over the same edges."""
    least = min((float(each[0]) for each in finite.values() if len(each)), default=0.0)
    most = max((float(each[-1]) for each in finite.values() if len(each)), default=0.0)
    edges = np.linspace(least, most, BINS + 1) if most > least else np.array([least, least + 1.0])
    figures = tuple(_figures(part, finite[part], found.rows(part), edges) for part in found.parts)
    return Numbers(column.name, tuple(_short(edge) for edge in edges.tolist()), figures)


def _figures(part: str, values: Floats, rows: int, edges: Floats) -> Figures:
    """Of values that rise."""
    if not len(values):
        return Figures(part, 0, rows, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, (0,) * (len(edges) - 1))
    low, median, high = (_short(each) for each in np.quantile(values, [0.05, 0.5, 0.95]).tolist())
    counts = tuple(np.histogram(values, edges)[0].tolist())
    mean, deviation, least, most = (_short(float(each)) for each in (values.mean(), values.std(), values[0], values[-1]))
    return Figures(part, len(values), rows - len(values), mean, deviation, least, low, median, high, most, counts)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
