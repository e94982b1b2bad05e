"""Rows counted by where they came from, what language they are in and which label they have, from narrow columns of every row.

A row stands in one group, from its last state: what the version or its dropped rows say of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dprep.report.reading.found import Found

MOST = 30
"""Groups told one by one; the others are summed."""
DATA = ""
"""Stands for the step of rows that no step dropped."""
ORIGIN = "origin"
REPLACED = "expanded"
"""The reason of a row whose pieces took its place."""

Counts = Counter[tuple[str | None, bool, str, bool]]
"""(group, whether a step made the row, the step that dropped it, whether pieces took its place) -> rows."""


@dataclass(frozen=True)
class Group:
    """`read + added - dropped == out`. `name` None: rows that have no value."""

    name: str | None
    read: int
    added: int
    dropped: int
    replaced: int
    """Of those dropped, the ones whose pieces took their place."""
    out: int
    most: str
    """The step that dropped most of it; empty where none did."""
    most_rows: int
    """Without those whose pieces took their place."""
    by_step: Mapping[str, int]
    """Rows lost by step, likewise."""

    @property
    def there(self) -> int:
        """Rows that there were to lose."""
        return self.read + self.added - self.replaced


@dataclass(frozen=True)
class Groups:
    """`groups`: the largest, by rows that were read or made; `others`: the sum of those beyond MOST."""

    column: str
    groups: tuple[Group, ...]
    others: Group | None
    in_all: int

    @property
    def every(self) -> tuple[Group, ...]:
        return (*self.groups, *([self.others] if self.others else []))


def by_source(found: Found) -> tuple[Groups, Groups]:
    """By the source whose file a row was read from (a file of two sources stands for both), and by the file."""
    owners: dict[str, list[str]] = {}
    for source in found.manifest["sources"]:
        for file in source["files"]:
            owners.setdefault(file["name"], []).append(source["name"])
    named = {file: " / ".join(dict.fromkeys(sources)) for file, sources in owners.items()}
    counts = _counts(found, ORIGIN)
    sources: Counts = Counter()
    for (file, *rest), number in counts.items():
        sources[(named.get(file or "", file), *rest)] += number  # type: ignore[index]
    return _grouped("source", sources), _grouped("file", counts)


def by_column(found: Found, column: str) -> Groups:
    """By the value of a column; several labels of one row are one value."""
    return _grouped(column, _counts(found, column))


def made_by(found: Found, step: str, label: bool) -> tuple[dict[str, int], dict[str | None, tuple[int, int]]]:
    """Rows that `step` made: how many left at which step (DATA: none); by label how many were made and how many are left."""
    left: Counter[str] = Counter()
    labels: dict[str | None, tuple[int, int]] = {}
    for rows, at in _frames(found, ("made_by", *(["label"] if label else []))):
        schema = rows.collect_schema()
        if "made_by" not in schema:
            continue
        told = rows.filter(pl.col("made_by") == step).group_by(_value("label", schema).alias("label")).len()
        for name, count in told.collect(engine="streaming").iter_rows():
            left[at] += count
            made, kept = labels.get(name, (0, 0))
            labels[name] = (made + count, kept + (count if at == DATA else 0))
    return dict(left), labels


def _frames(found: Found, columns: tuple[str, ...]) -> list[tuple[pl.LazyFrame, str]]:
    """These columns, where they are there, of the rows that this run brought: kept ones, and those that each step dropped."""
    old = set(found.version.inherited_files())
    kept = [(pl.scan_parquet(path, glob=False), DATA) for path in found.version.data_files() if path not in old]
    dropped = [(found.version.dropped(entry["name"]), entry["name"]) for entry in found.ledger["steps"] if entry["dropped"]]
    frames = []
    for rows, step in (*kept, *dropped):
        there = set(rows.collect_schema().names())
        wanted = (*columns, *(["reason"] if step != DATA else []))
        frames.append((rows.select(name for name in wanted if name in there), step))
    return frames


def _counts(found: Found, column: str) -> Counts:
    counts: Counts = Counter()
    for rows, step in _frames(found, (column, "made_by")):
        schema = rows.collect_schema()
        made = pl.col("made_by").is_not_null() if "made_by" in schema else pl.lit(False)
        replaced = (pl.col("reason") == REPLACED).fill_null(False) if "reason" in schema else pl.lit(False)
        told = rows.group_by(group=_value(column, schema), made=made, replaced=replaced).len().collect(engine="streaming")
        for name, was_made, was_replaced, number in told.iter_rows():
            counts[(name, was_made, step, was_replaced)] += number
    return counts


def _value(column: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    kind = schema.get(column)
    if kind is None:
        return pl.lit(None, dtype=pl.String)
    if column == ORIGIN:  # `folder/file:12`
        return pl.col(ORIGIN).str.strip_chars_end("0123456789").str.strip_suffix(":")
    if isinstance(kind, pl.List):
        return pl.col(column).cast(pl.List(pl.String)).list.sort().list.join(", ")
    return pl.col(column).cast(pl.String)


def _grouped(column: str, counts: Counts) -> Groups:
    """Groups by size, then by name; what is named nothing comes last among equals."""
    sizes: Counter[str | None] = Counter()
    for (name, *_), number in counts.items():
        sizes[name] += number
    order = sorted(sizes, key=lambda name: (-sizes[name], name is None, name or ""))
    cells: dict[str | None, Counts] = {name: Counter() for name in order}
    for key, number in counts.items():
        cells[key[0]][key] += number
    rest: Counts = Counter()
    for name in order[MOST:]:
        rest.update(cells[name])
    groups = tuple(_group(name, cells[name]) for name in order[:MOST])
    return Groups(column, groups, _group(None, rest) if rest else None, len(order))


def _group(name: str | None, counts: Counts) -> Group:
    read = added = out = replaced = 0
    lost: Counter[str] = Counter()
    for (_, made, step, was_replaced), number in counts.items():
        read, added = (read, added + number) if made else (read + number, added)
        if step == DATA:
            out += number
        elif was_replaced:
            replaced += number
        else:
            lost[step] += number
    most, rows = min(lost.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    return Group(name, read, added, replaced + sum(lost.values()), replaced, out, most, rows, dict(sorted(lost.items())))
