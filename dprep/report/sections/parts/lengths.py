"""How long texts are, from the sample of every part: by part and by class, over the same edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.columns import ColumnPath
from dprep.report.reading.found import CHARACTERS, ITEMS, Found
from dprep.report.reading.rows_by_id import text_paths
from dprep.report.sections.parts.labels import Labels

CLASSES = 8
"""Classes whose lengths are shown: the largest."""
STEPS = (1, 1.5, 2, 3, 5, 7)
"""Edges of bins, times powers of ten."""
ROLES = 12
"""Roles that are named."""

Values = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Of the rows of a part, or of a class. low and high: quantiles of 5 and 95 %."""

    name: str
    rows: int
    low: float
    median: float
    mean: float
    high: float
    most: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Length:
    """measure: characters, messages, tokens or items; column: one that it is of, empty for all texts of a row.

    capped: what is longer than the sample keeps counts as that.
    """

    measure: str
    column: str
    capped: bool
    edges: tuple[float, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Roles:
    """(role, messages of it in the sample of each part), the most frequent first; `count` of them in all."""

    parts: tuple[str, ...]
    count: int
    roles: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Pairs:
    """(part, rows looked at, rows whose chosen text is the longer one, rows where both are as long)."""

    parts: tuple[tuple[str, int, int, int], ...]


def characters(found: Found) -> dict[str, Values]:
    """Part -> (rows of its sample,) characters of all texts of a row; empty where no row has a text."""
    paths = text_paths(found)
    if not paths or not any(len(found.sample(part)) for part in found.parts):
        return {}
    return {part: _characters(found.sample(part), paths) for part in found.parts}


def lengths(found: Found, labels: Labels | None, whole: Mapping[str, Values]) -> tuple[tuple[Length, ...], Length | None]:
    """By part, all texts (`whole`, of `characters`) first, then each column and the items of lists; and all texts by class."""
    if not whole:
        return (), None
    paths = text_paths(found)
    told = [_length("characters", "", _is_capped(found, paths), whole)]
    if len(paths) > 1:
        for path in paths:
            each = {part: _characters(found.sample(part), (path,)) for part in found.parts}
            told.append(_length("characters", path, _is_capped(found, (path,)), each))
    for path in paths:
        column = ColumnPath.parse(path).column
        if isinstance(found.sample(_first(found)).schema[column], pl.List):
            items = {part: _items(found.sample(part), column) for part in found.parts}
            measure = column if column in {"messages", "tokens"} else "items"
            told.append(_length(measure, column, any((each >= ITEMS).any() for each in items.values()), items))
    by_class = _by_class(found, labels, whole, told[0].capped) if labels and labels.kind != "tags" else None
    return tuple(told), by_class


def _first(found: Found) -> str:
    """A part that has rows."""
    return next(part for part in found.parts if len(found.sample(part)))


def _characters(rows: pl.DataFrame, paths: tuple[str, ...]) -> Values:
    """(rows,): characters of all texts that the paths reach."""
    whole = np.zeros(len(rows), np.int64)
    for path in paths if len(rows) else ():
        column = ColumnPath.parse(path).column
        if f"{column}:characters" in rows.columns:
            whole += rows.get_column(f"{column}:characters").fill_null(0).to_numpy()
        elif rows.schema[column] == pl.String:
            whole += rows.get_column(column).str.len_chars().fill_null(0).to_numpy()
        else:
            flat = ColumnPath.parse(path).flat(rows)
            sizes = flat.get_column("text").cast(pl.String).str.len_chars().to_numpy()
            whole += np.bincount(flat.get_column("row").to_numpy(), weights=sizes, minlength=len(rows)).astype(np.int64)
    return whole


def _is_capped(found: Found, paths: tuple[str, ...]) -> bool:
    """Whether a text within a list is as long as the sample keeps it: of those nothing tells how long they were."""
    for part in found.parts:
        rows = found.sample(part)
        for path in map(ColumnPath.parse, paths):
            if len(rows) and rows.schema[path.column].is_nested():
                longest = path.flat(rows).get_column("text").cast(pl.String).str.len_chars().max()
                if int(longest or 0) >= CHARACTERS or _items(rows, path.column).max(initial=0) >= ITEMS:  # type: ignore[arg-type]
                    return True
    return False


def _items(rows: pl.DataFrame, column: str) -> Values:
    return rows.get_column(column).list.len().fill_null(0).cast(pl.Int64).to_numpy() if len(rows) else np.zeros(0, np.int64)


def _length(measure: str, column: str, capped: bool, values: Mapping[str, Values]) -> Length:
    edges = _edges(max((int(each.max(initial=0)) for each in values.values()), default=0))
    return Length(measure, column, capped, edges, tuple(_group(name, each, edges) for name, each in values.items()))


def _edges(most: int) -> tuple[float, ...]:
    """0, 1, 1.5 …: up to the first that nothing reaches, starting where it is worth it."""
    found, power = [0.0], 1
    while True:
        for step in STEPS:
            edge = step * power
            if edge != int(edge):
                continue
            found.append(float(edge))
            if edge > most:
                return tuple(found)
        power *= 10


def _group(name: str, values: Values, edges: tuple[float, ...]) -> Group:
    counts = tuple(np.histogram(values, edges)[0].tolist())
    if not len(values):
        return Group(name, 0, 0.0, 0.0, 0.0, 0.0, 0, counts)
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
    mean = float(f"{values.sum() / len(values):.6g}")
    return Group(name, len(values), round(low, 2), round(median, 2), mean, round(high, 2), int(values.max()), counts)


def _by_class(found: Found, labels: Labels, whole: Mapping[str, Values], capped: bool) -> Length | None:
    """Of the rows of all samples; a row with several labels counts for each."""
    frames = [
        found.sample(part).select(label=pl.col(labels.column)).with_columns(size=pl.Series(whole[part]))
        for part in found.parts
        if len(found.sample(part))
    ]
    rows = pl.concat(frames, how="vertical_relaxed")
    if labels.kind == "lists":
        rows = rows.with_columns(pl.col("label").list.unique()).explode("label")
    rows = rows.with_columns(pl.col("label").cast(pl.String))
    names = [each.label for each in labels.largest[:CLASSES]]
    values = {name: rows.filter(pl.col("label") == name).get_column("size").to_numpy() for name in names}
    return _length("characters", "", capped, {name: each for name, each in values.items() if len(each)}) if names else None


def roles(found: Found) -> Roles | None:
    """Who speaks how often, in chats."""
    counted: dict[str, dict[str, int]] = {}
    for part in found.parts:
        rows = found.sample(part)
        kind = rows.schema.get("messages")
        if not isinstance(kind, pl.List) or not isinstance(kind.inner, pl.Struct):
            continue
        said = ColumnPath("messages", "role").flat(rows).get_column("text").cast(pl.String)
        counted[part] = dict(said.value_counts().iter_rows())
    if not counted:
        return None
    parts = tuple(counted)
    sums = {role: tuple(counted[part].get(role, 0) for part in parts) for role in set().union(*counted.values())}
    order = sorted(sums.items(), key=lambda each: (-sum(each[1]), each[0]))
    return Roles(parts, len(order), tuple(order[:ROLES]))


def preferences(found: Found) -> Pairs | None:
    """Whether the chosen answer is mostly the longer one: a model may learn no more than that."""
    if not {"chosen", "rejected"} <= set(text_paths(found)):
        return None
    told = []
    for part in found.parts:
        chosen, rejected = (_characters(found.sample(part), (name,)) for name in ("chosen", "rejected"))
        told.append((part, len(chosen), int((chosen > rejected).sum()), int((chosen == rejected).sum())))
    return Pairs(tuple(told))
