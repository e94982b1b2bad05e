"""What stands out in a version: the largest clusters of duplicates, the worst rows, the rarest labels, why rows were dropped.

A version knows of no quality as such. "Worst" is what its own recipe measured: kept rows nearest to a bound that dropped
others, the lowest `lang_score`, the highest `perplexity`; and beside these the longest and shortest texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from dprep.base import rowdiff
from dprep.base.columns import ColumnPath
from dprep.report.reading.found import Found
from dprep.report.reading.rows_by_id import Shown, rows_by_id, text_paths
from dprep.store.versions import Version

LIKENESS = ("similarity", "estimate", "overlap")
"""What steps that find twins measure of a row and its twin, the surest first."""
SCORES: tuple[tuple[str, Literal["lowest", "highest"]], ...] = (("lang_score", "lowest"), ("perplexity", "highest"))
"""Columns that say how good a row is, and which end is bad."""
TEXT = 200
"""Characters of a text."""
_LONG = "_characters"


@dataclass(frozen=True)
class Row:
    """A row to look at. `value`: what it is here for."""

    id: str
    origin: str
    part: str
    text: str
    value: float | None = None


@dataclass(frozen=True)
class Cluster:
    """`size` rows that `step` found to be alike; those but `kept` are dropped, or were marked. likeness: of each copy to it."""

    step: str
    size: int
    kept: Row
    likeness: tuple[float, float] | None


@dataclass(frozen=True)
class Worst:
    """Rows at one end of `measure`. bound: the parameter of `step` they are nearest to, and its value."""

    by: Literal["bound", "lowest", "highest"]
    measure: str
    rows: tuple[Row, ...]
    step: str = ""
    limit: float | None = None
    beyond: int = 0
    """Rows that this bound alone would drop."""


@dataclass(frozen=True)
class Label:
    """How often a label is given."""

    label: str
    rows: int
    parts: Mapping[str, int]


@dataclass(frozen=True)
class Reason:
    """Rows of a source that a step dropped for a reason. `of`: rows that were read of the source; None for made rows."""

    source: str
    step: str
    reason: str
    rows: int
    of: int | None


@dataclass(frozen=True)
class Top:
    """What was asked for; None is what was not. Where a list holds fewer than there are, `counts` has how many there are."""

    version: str
    clusters: tuple[Cluster, ...] | None = None
    rows: tuple[Worst, ...] | None = None
    labels: tuple[Label, ...] | None = None
    reasons: tuple[Reason, ...] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


KINDS = ("clusters", "rows", "labels", "reasons")


def top(version: Version, kinds: Iterable[str] = KINDS, most: int = 10) -> Top:
    """At most `most` of each kind."""
    found = Found.of(version.folder, version.manifest, version.ledger)
    finders: dict[str, Callable[[Found, int], tuple[int, tuple[Any, ...]]]] = {
        "clusters": _clusters,
        "rows": _worst,
        "labels": _labels,
        "reasons": _reasons,
    }
    told = {kind: finders[kind](found, most) for kind in KINDS if kind in set(kinds)}
    m = found.manifest
    counts = {kind: count for kind, (count, _) in told.items()}
    return Top(f"{m['dataset']}@{m['version']}", **{kind: those for kind, (_, those) in told.items()}, counts=counts)


def _clusters(found: Found, most: int) -> tuple[int, tuple[Cluster, ...]]:
    counted = pl.concat([_dropped_clusters(found), _marked_clusters(found)])
    chosen = counted.sort("size", "step", "twin", descending=[True, False, False]).head(most)
    there = rows_by_id(found, chosen.get_column("twin"))
    clusters = []
    for step, twin, size, least, greatest in chosen.select("step", "twin", "size", "least", "most").iter_rows():
        likeness = None if least is None else (_short(least), _short(greatest))
        clusters.append(Cluster(step, size, _row(twin, there), likeness))
    return len(counted), tuple(clusters)


_CLUSTER = {"step": pl.String, "twin": pl.String, "size": pl.Int64, "least": pl.Float64, "most": pl.Float64}


def _dropped_clusters(found: Found) -> pl.DataFrame:
    """Rows that name the twin that stayed, by step; the twin is of the cluster unless it is in an index."""
    gone = found.version.dropped()
    if "twin" not in gone.collect_schema():
        return pl.DataFrame(schema=_CLUSTER)
    like = pl.coalesce(pl.col("measured").str.json_path_match(f"$.{name}").cast(pl.Float64) for name in LIKENESS)
    indexes = [name for name, step in found.steps.items() if step["op"] in {"dedup.against", "dedup.decontaminate"}]
    return (
        gone.filter(pl.col("twin").is_not_null() & ~pl.col("step").is_in(indexes))
        .group_by("step", "twin")
        .agg(size=pl.len().cast(pl.Int64) + 1, least=like.min(), most=like.max())
        .collect(engine="streaming")
        .cast(_CLUSTER)  # type: ignore[arg-type]
        .select(list(_CLUSTER))
    )


def _marked_clusters(found: Found) -> pl.DataFrame:
    """Rows of the version that were marked as alike and stayed."""
    rows = found.version.scan()
    if not {"cluster", "similarity"} <= set(rows.collect_schema().names()):
        return pl.DataFrame(schema=_CLUSTER)
    copies = pl.col("similarity").filter(pl.col("cluster") != pl.col("id"))
    return (
        rows.filter(pl.col("cluster").is_not_null())
        .group_by(twin="cluster")
        .agg(size=pl.len().cast(pl.Int64), least=copies.min(), most=copies.max())
        .filter(pl.col("size") > 1)
        .with_columns(step=pl.lit("marked"))
        .select(list(_CLUSTER))
        .collect(engine="streaming")
        .cast(_CLUSTER)  # type: ignore[arg-type]
    )


def _worst(found: Found, most: int) -> tuple[int, tuple[Worst, ...]]:
    """Bounds first, those that dropped most before the others."""
    ends = _ends(found, most)
    bounds = _nearest(found, most)
    return len(bounds) + len(ends), (*bounds[:most], *ends)


def _nearest(found: Found, most: int) -> list[Worst]:
    """As the books keep them: a few rows for every bound."""
    told = []
    for entry in found.ledger["steps"]:
        for bound, border in entry.get("borders", {}).items():
            if border["kept"] and border["beyond"]:
                rows = tuple(_of_diff(line, value) for value, line in border["kept"][:most])
                limit = found.steps.get(entry["name"], {}).get("parameters", {}).get(bound)
                known = float(limit) if isinstance(limit, int | float) else None
                told.append(
                    (entry["reasons"].get(bound, 0), Worst("bound", bound, rows, entry["name"], known, border["beyond"]))
                )
    return [worst for _, worst in sorted(told, key=lambda one: (-one[0], -one[1].beyond, one[1].step, one[1].measure))]


def _of_diff(line: str, value: float) -> Row:
    row = rowdiff.parse(line)[0].row
    texts = (text for name, text in row.items() if name not in {"id", "origin", "part", "label"} and isinstance(text, str))
    text = row["text"] if isinstance(row.get("text"), str) else next(texts, "")
    return Row(str(row.get("id", "")), str(row.get("origin", "")), str(row.get("part", "")), _cut(text), _short(value))


def _ends(found: Found, most: int) -> tuple[Worst, ...]:
    """Rows at the ends of scores and of lengths: of all rows only numbers and ids are read at a time."""
    rows, schema = found.version.scan(), found.version.scan().collect_schema()
    ends: list[tuple[Literal["lowest", "highest"], str]] = [
        (end, name) for name, end in SCORES if name in schema and schema[name].is_numeric()
    ]
    measured = rows.select("id", *(name for _, name in ends))
    if paths := text_paths(found):
        measured = rows.select("id", *(name for _, name in ends), _characters(schema, paths).alias(_LONG))
        ends += [("lowest", _LONG), ("highest", _LONG)]
    frames = pl.collect_all(
        [
            measured.select("id", name).drop_nulls().sort([name, "id"], descending=[end == "highest", False]).head(most)
            for end, name in ends
        ],
        engine="streaming",
    )
    there = rows_by_id(found, {id for frame in frames for id in frame.get_column("id")})
    shown = []
    for (end, name), frame in zip(ends, frames, strict=True):
        measure = "characters" if name == _LONG else name
        shown.append(Worst(end, measure, tuple(_row(id, there, _short(value)) for id, value in frame.iter_rows())))
    return tuple(shown)


def _characters(schema: pl.Schema, paths: tuple[str, ...]) -> pl.Expr:
    """Characters of all texts of a row."""
    return pl.sum_horizontal([_of_column(schema, ColumnPath.parse(path)) for path in paths])


def _of_column(schema: pl.Schema, path: ColumnPath) -> pl.Expr:
    dtype, column = schema[path.column], pl.col(path.column)
    if isinstance(dtype, pl.List):
        inner = pl.element().struct.field(path.field) if isinstance(dtype.inner, pl.Struct) and path.field else pl.element()
        return column.list.eval(inner.cast(pl.String).str.len_chars()).list.sum()
    if isinstance(dtype, pl.Struct):
        return (column.struct.field(path.field) if path.field else column.struct.json_encode()).cast(pl.String).str.len_chars()
    return column.cast(pl.String).str.len_chars()


def _labels(found: Found, most: int) -> tuple[int, tuple[Label, ...]]:
    """The rarest first. Of a row with several labels each counts."""
    rows = found.version.scan()
    dtype = rows.collect_schema().get("label")
    many = isinstance(dtype, pl.List)
    if dtype is None or (dtype.inner if isinstance(dtype, pl.List) else dtype) != pl.String:
        return 0, ()
    labels = rows.select("part", "label")
    labels = labels.explode("label", empty_as_null=False, keep_nulls=False) if many else labels
    counted = labels.drop_nulls().group_by("label", "part").agg(rows=pl.len()).collect(engine="streaming")
    sums: dict[str, dict[str, int]] = {}
    for label, part, count in counted.iter_rows():
        sums.setdefault(label, dict.fromkeys(found.parts, 0))[part] = int(count)
    told = sorted(
        (Label(label, sum(parts.values()), parts) for label, parts in sums.items()), key=lambda one: (one.rows, one.label)
    )
    return len(told), tuple(told[:most])


def _reasons(found: Found, most: int) -> tuple[int, tuple[Reason, ...]]:
    """Rows by the source that they came from, the most frequent first; made rows are of the source of their parents."""
    gone = found.version.dropped()
    if "origin" not in gone.collect_schema():
        return 0, ()
    file = pl.col("origin").str.replace(r":\d+$", "")
    counted = gone.group_by("step", "reason", file=file).agg(rows=pl.len()).collect(engine="streaming")
    sources = found.manifest["sources"]
    of_file = {file["name"]: source["name"] or str(n) for n, source in enumerate(sources, 1) for file in source["files"]}
    read = {source["name"] or str(n): sum(file["rows"] for file in source["files"]) for n, source in enumerate(sources, 1)}
    sums: dict[tuple[str, str, str], int] = {}
    for step, reason, name, count in counted.select("step", "reason", "file", "rows").iter_rows():
        key = (of_file.get(name, ""), step, reason or "")
        sums[key] = sums.get(key, 0) + int(count)
    told = [Reason(source, step, reason, count, read.get(source)) for (source, step, reason), count in sums.items()]
    told.sort(key=lambda one: (-one.rows, one.source, one.step, one.reason))
    return len(told), tuple(told[:most])


def _row(id: str, there: Mapping[str, Shown], value: float | None = None) -> Row:
    row = there.get(id)
    return Row(id, row.origin, row.part, _cut(row.text), value) if row else Row(id, "", "", "", value)


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[:TEXT]}…"


def _short(value: float) -> float:
    return float(f"{value:.6g}")
