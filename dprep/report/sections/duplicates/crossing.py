"""Copies that are unlike the row that stayed in what is not their text: another label, another source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dprep.report.reading.found import Found
from dprep.report.reading.rows_by_id import id_number

PAIRS = 20
"""Pairs of labels, or of sources, that are named."""


@dataclass(frozen=True)
class Pair:
    """`rows` copies that have `copy` where the row that stayed has `kept`."""

    kept: str
    copy: str
    rows: int


@dataclass(frozen=True)
class Crossing:
    """None: there is no such column, or one source only. Pairs: the most frequent ones of `…_pair_count`."""

    other_label: int | None
    label_pairs: tuple[Pair, ...]
    label_pair_count: int
    other_source: int | None
    source_pairs: tuple[Pair, ...]
    source_pair_count: int


def crossing(found: Found, step: str) -> Crossing:
    """Of the rows that `step` dropped, each against its twin."""
    gone = found.version.dropped(step).filter(pl.col("twin").is_not_null())
    told = [name for name in ("label", "source") if _has(found, gone, name)]
    if not told:
        return Crossing(None, (), 0, None, (), 0)
    copies = gone.select(id_number("twin"), *(_value(found, gone, name) for name in told)).collect(engine="streaming")
    twins = copies.get_column("twin").unique()
    kept = pl.concat(
        rows.select(id_number("id"), *(_value(found, rows, name) for name in told))
        .filter(pl.col("id").is_in(twins.implode()))
        .collect()
        for rows in _all(found, told)
    )
    both = copies.lazy().join(kept.lazy(), left_on="twin", right_on="id", how="inner", suffix="_kept")
    columns = [each for name in told for each in (f"{name}_kept", name)]
    counted = both.group_by(columns).agg(rows=pl.len()).collect(engine="streaming")
    label, source = (_pairs(counted, name) if name in told else (None, (), 0) for name in ("label", "source"))
    return Crossing(*label, *source)


def _all(found: Found, told: Sequence[str]) -> list[pl.LazyFrame]:
    """Rows kept and dropped, where they have what is compared."""
    tables = [pl.scan_parquet(file, glob=False) for file in found.version.data_files()]
    return [rows for rows in (*tables, found.version.dropped()) if all(_has(found, rows, name) for name in told)]


def _has(found: Found, rows: pl.LazyFrame, name: str) -> bool:
    schema = rows.collect_schema()
    if name == "source":
        return len(found.manifest["sources"]) > 1 and "origin" in schema
    return schema.get("label") in {pl.String, pl.List(pl.String)}


def _value(found: Found, rows: pl.LazyFrame, name: str) -> pl.Expr:
    """A label as a text, labels of a list in order; the name of the source that the file of a row belongs to."""
    if name == "source":
        files = {file["name"]: source["name"] for source in found.manifest["sources"] for file in source["files"]}
        file = pl.col("origin").str.replace(r":\d+$", "")
        return file.replace_strict(files, default=None, return_dtype=pl.String).alias("source")
    label = pl.col("label")
    if rows.collect_schema()["label"] == pl.List(pl.String):
        label = label.list.drop_nulls().list.unique().list.sort().list.join(", ")
    return label.alias("label")


def _pairs(counted: pl.DataFrame, name: str) -> tuple[int, tuple[Pair, ...], int]:
    """Rows that differ, by what they differ in, the most frequent first."""
    differ = counted.filter(pl.col(name) != pl.col(f"{name}_kept")).group_by(f"{name}_kept", name).agg(pl.col("rows").sum())
    order = differ.sort("rows", f"{name}_kept", name, descending=[True, False, False])
    pairs = tuple(Pair(kept, copy, rows) for kept, copy, rows in order.head(PAIRS).iter_rows())
    return int(differ.get_column("rows").sum()), pairs, len(differ)
