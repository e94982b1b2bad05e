"""Clusters of rows that are alike: how large they are, and the largest of them to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from dprep.report.reading.found import Found
from dprep.report.reading.rows_by_id import Shown, excerpts, id_number, rows_by_id

LARGEST = 10
"""Clusters that are shown."""
COPIES = 2
"""Copies of each, the least similar ones."""


@dataclass(frozen=True)
class Row:
    """A row of a cluster; `similarity` to the one that stayed. An index has its rows elsewhere: of those `known` is false."""

    id: str
    origin: str
    part: str
    label: str
    text: str
    similarity: float | None
    dropped_by: str
    known: bool


@dataclass(frozen=True)
class Cluster:
    """`size` rows: the one that stayed and its copies, of which some are shown."""

    size: int
    kept: Row
    copies: tuple[Row, ...]


@dataclass(frozen=True)
class Size:
    """Clusters of `low` to `high` rows."""

    low: int
    high: int
    clusters: int
    rows: int


@dataclass(frozen=True)
class Clusters:
    """Of one step. `parted`: clusters with rows in several parts, counted where rows were marked."""

    count: int
    rows: int
    sizes: tuple[Size, ...]
    largest: tuple[Cluster, ...]
    parted: int | None = None
    parted_rows: int = 0


class Few(NamedTuple):
    """A cluster and those of its copies that are least like the row that stayed, with their likeness."""

    size: int
    twin: str
    copies: list[tuple[str, float | None]]


def dropped_clusters(found: Found, step: str, indexed: bool) -> Clusters:
    """From the dropped rows of `step`, each of which names its twin; one that is in an index is not of the cluster."""
    gone = found.version.dropped(step).filter(pl.col("twin").is_not_null())
    twin = pl.col("twin") if indexed else id_number("twin")
    counted = gone.group_by(twin).agg(size=pl.len() + (0 if indexed else 1)).collect(engine="streaming")
    top = counted.sort("size", "twin", descending=[True, False]).head(LARGEST)
    likeness = pl.coalesce(
        pl.col("measured").str.json_path_match(f"$.{name}").cast(pl.Float64) for name in ("similarity", "estimate", "overlap")
    )
    those = gone.filter(twin.is_in(top.get_column("twin").implode())).select("twin", "id", similarity=likeness)
    return Clusters(
        len(counted),
        int(counted.get_column("size").sum()),
        _sizes(counted.get_column("size")),
        _shown(found, _few(those, twin, top), _columns(found, step)),
    )


def marked_clusters(found: Found, step: str) -> Clusters:
    """From the marks in the version: rows may have left since; those made since bear the marks of their parents, and are not
    counted."""
    marked = found.version.scan().filter(pl.col("cluster_size") > 1)
    if "made_by" in found.manifest["columns"]:
        names = [entry["name"] for entry in found.ledger["steps"]]
        later = names[names.index(step) :]
        marked = marked.filter(~pl.col("made_by").is_in(later).fill_null(value=False))
    twin = id_number("cluster")
    counted = (
        marked.group_by(twin.alias("twin"))
        .agg(size=pl.len(), parts=pl.col("part").n_unique())
        .filter(pl.col("size") > 1)
        .collect(engine="streaming")
    )
    top = counted.sort("size", "twin", descending=[True, False]).head(LARGEST)
    wanted = twin.is_in(top.get_column("twin").implode()) & (pl.col("cluster") != pl.col("id"))
    those = marked.filter(wanted).select("id", "similarity", twin="cluster")
    parted = counted.filter(pl.col("parts") > 1)
    return Clusters(
        len(counted),
        int(counted.get_column("size").sum()),
        _sizes(counted.get_column("size")),
        _shown(found, _few(those, id_number("twin"), top), ()),
        len(parted),
        int(parted.get_column("size").sum()),
    )


def _columns(found: Found, step: str) -> tuple[str, ...]:
    return tuple(found.steps.get(step, {}).get("columns") or ())


def _few(rows: pl.LazyFrame, twin: pl.Expr, top: pl.DataFrame) -> list[Few]:
    """In the order of `top`, whose column `twin` is as `twin` says. Sorted as numbers: a cluster may hold every row."""
    narrow = rows.select(key=twin, number=id_number("id"), similarity="similarity").collect(engine="streaming")
    least = narrow.sort("similarity", "number", nulls_last=True).group_by("key", maintain_order=True).head(COPIES)
    those = rows.filter(id_number("id").is_in(least.get_column("number").implode()))
    few = those.with_columns(key=twin).collect(engine="streaming").sort("similarity", "id", nulls_last=True)
    by_key: dict[object, list[dict[str, Any]]] = {}
    for row in few.iter_rows(named=True):
        by_key.setdefault(row["key"], []).append(row)
    found = [(size, by_key[key]) for key, size in top.select("twin", "size").iter_rows() if key in by_key]
    return [Few(size, copies[0]["twin"], [(copy["id"], copy["similarity"]) for copy in copies]) for size, copies in found]


def _sizes(sizes: pl.Series) -> tuple[Size, ...]:
    """Counted by 1, 2, 3, 4, 5 to 8, 9 to 16 and so on."""
    found: dict[int, Size] = {}
    for size, clusters in sizes.value_counts().sort("size").iter_rows():
        high = size if size <= 4 else 1 << (size - 1).bit_length()
        low = size if size <= 4 else high // 2 + 1
        old = found.get(high, Size(low, high, 0, 0))
        found[high] = Size(low, high, old.clusters + clusters, old.rows + size * clusters)
    return tuple(found[high] for high in sorted(found))


def _shown(found: Found, few: list[Few], columns: tuple[str, ...]) -> tuple[Cluster, ...]:
    there = rows_by_id(found, [id for one in few for id in (one.twin, *(copy for copy, _ in one.copies))], columns)
    clusters = []
    for size, twin, copies in few:
        known = [(id, like) for id, like in copies if id in there]
        kept = there.get(twin)
        text, texts = excerpts(kept.text if kept else "", [there[id].text for id, _ in known])
        rows = tuple(_row(there[id], cut, like) for (id, like), cut in zip(known, texts, strict=True))
        clusters.append(Cluster(size, _row(kept, text, None) if kept else _elsewhere(twin), rows))
    return tuple(clusters)


def _row(row: Shown, text: str, like: float | None) -> Row:
    near = None if like is None else float(f"{like:.6g}")
    return Row(row.id, row.origin, row.part, row.label, text, near, row.dropped_by, True)


def _elsewhere(name: str) -> Row:
    return Row(name, "", "", "", "", None, "", False)
