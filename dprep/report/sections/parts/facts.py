"""What is known of parts and labels, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dprep.report.reading.found import ROWS, Found
from dprep.report.sections.parts.conflicts import Conflicts, conflicts
from dprep.report.sections.parts.doubts import Doubts, doubts
from dprep.report.sections.parts.drift import Drift, drifts
from dprep.report.sections.parts.labels import Labels, Numbers, label_column, labels, number_values, numbers
from dprep.report.sections.parts.lengths import Length, Pairs, Roles, characters, lengths, preferences, roles
from dprep.report.sections.parts.noted import Drawn, Split, drawn, splits

ID = "parts"


@dataclass(frozen=True)
class Part:
    """made: rows that a step has made from others; sampled: rows of it that lengths are taken from."""

    name: str
    rows: int
    share: float
    made: int
    sampled: int


@dataclass(frozen=True)
class Parts:
    """`train`: the part that others are compared with."""

    task: str
    train: str
    parts: tuple[Part, ...]
    splits: tuple[Split, ...]
    drawn: tuple[Drawn, ...]
    labels: Labels | None
    numbers: Numbers | None
    lengths: tuple[Length, ...]
    """The first is of all texts of a row, by part; it has classes too where there are labels."""
    class_lengths: Length | None
    roles: Roles | None
    preferences: Pairs | None
    drift: tuple[Drift, ...]
    conflicts: Conflicts | None
    doubts: Doubts | None


def facts(found: Found) -> Parts | None:
    """Of every version: one without a split has the part `train` alone."""
    train = "train" if "train" in found.parts else found.parts[0]
    told = label_column(found)
    counted = labels(found, train, told) if told and told.kind != "numbers" else None
    values = number_values(found, told) if told and told.kind == "numbers" else {}
    measured = numbers(found, told, values) if told and values else None
    sizes = characters(found)
    by_part, by_class = lengths(found, counted, sizes)
    return Parts(
        str(found.manifest["task"]),
        train,
        _parts(found),
        splits(found),
        drawn(found),
        counted,
        measured,
        by_part,
        by_class,
        roles(found),
        preferences(found),
        drifts(train, found.parts, counted, {"numbers": values, "characters": sizes}),
        conflicts(found, told) if told else None,
        doubts(found, told) if told else None,
    )


def _parts(found: Found) -> tuple[Part, ...]:
    whole = sum(found.rows(part) for part in found.parts)
    made: dict[str, int] = {}
    if "parent" in found.manifest["columns"]:
        counted = found.version.scan().filter(pl.col("parent").is_not_null()).group_by("part").len()
        made = dict(counted.collect(engine="streaming").iter_rows())
    return tuple(
        Part(
            name,
            found.rows(name),
            round(found.rows(name) / whole, 6) if whole else 0.0,
            made.get(name, 0),
            min(found.rows(name), ROWS),
        )
        for name in found.parts
    )
