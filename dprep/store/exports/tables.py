"""JSON Lines, CSV and Parquet: one file per part, every column.

CSV has no nested values: lists and structs become JSON text. Bytes become base64 in JSON Lines and CSV,
times ISO 8601. Texts are written
as they are: a spreadsheet may take one that begins with `=` for a formula.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dprep.base.problem import Error, Problem
from dprep.store.versions import Version


def write_jsonl(version: Version, folder: Path, parts: Sequence[str]) -> None:
    """`<part>.jsonl`, UTF-8, one object per row."""
    for part in parts:
        _printable(version.scan(part)).sink_ndjson(folder / f"{part}.jsonl")


def write_csv(version: Version, folder: Path, parts: Sequence[str]) -> None:
    """`<part>.csv`, UTF-8 with a header; a null is an empty field, an empty text is `""`."""
    for part in parts:
        rows = _printable(version.scan(part))
        nested = [name for name, dtype in rows.collect_schema().items() if dtype.is_nested()]
        rows.with_columns(json_text(name) for name in nested).sink_csv(folder / f"{part}.csv")


def write_parquet(version: Version, folder: Path, parts: Sequence[str]) -> None:
    """`<part>.parquet`."""
    for part in parts:
        version.scan(part).sink_parquet(folder / f"{part}.parquet")


def json_text(name: str) -> pl.Expr:
    """A column as JSON text; null stays null."""
    whole = pl.struct(pl.col(name)).struct.json_encode().cast(pl.Binary)
    before = len(json.dumps(name, ensure_ascii=False).encode()) + 2  # {"name":
    value = whole.bin.slice(before, whole.bin.size() - before - 1).cast(pl.String)
    return pl.when(pl.col(name).is_not_null()).then(value).alias(name)


def _printable(rows: pl.LazyFrame) -> pl.LazyFrame:
    """`rows` with bytes and times as text. Raises Error where bytes are nested."""
    schema = rows.collect_schema()
    for name, dtype in schema.items():
        if dtype.is_nested() and "Binary" in str(dtype):
            raise Error(
                Problem(
                    "export-not-possible", f"column `{name}` holds bytes inside lists or structs", help="export to `parquet`"
                )
            )
    encoded = [pl.col(name).bin.encode("base64") for name, dtype in schema.items() if dtype == pl.Binary]
    times = [pl.col(name).dt.to_string("iso:strict") for name, dtype in schema.items() if dtype in (pl.Datetime, pl.Duration)]
    return rows.with_columns(*encoded, *times)
