"""Column paths: `text`, `messages.content`, `messages[assistant].content`, and reaching into them.

A path reads texts out of a frame as one flat series and puts edited texts back in the same shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

SYSTEM_COLUMNS = (
    "id",
    "origin",
    "parent",
    "made_by",
    "variant",
    "copy",
    "piece",
    "cluster",
    "cluster_size",
    "similarity",
    "part",
)
"""Columns that dprep makes and no file may bring under these names."""
_PATH = re.compile(r"(?P<column>[^.\[\]]+)(?:\[(?P<role>[^\[\]]+)\])?(?:\.(?P<field>[^.\[\]]+))?")


@dataclass(frozen=True)
class ColumnPath:
    """A column, or one field of its structs or lists of structs, at most of one role."""

    column: str
    field: str = ""
    role: str = ""

    @classmethod
    def parse(cls, path: str) -> ColumnPath:
        """Raises ValueError where `path` is not a column path."""
        found = _PATH.fullmatch(path)
        if not found or (found["role"] and not found["field"]):
            raise ValueError(path)
        return cls(found["column"], found["field"] or "", found["role"] or "")

    def __str__(self) -> str:
        role = f"[{self.role}]" if self.role else ""
        return f"{self.column}{role}.{self.field}" if self.field else self.column

    def flat(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Columns `row` (u32 place in `rows`) and `text` (String), one line per text the path reaches, nulls left out."""
        frame = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), pl.col(self.column).alias("text"))
        if isinstance(frame.schema["text"], pl.List):
            frame = frame.explode("text", empty_as_null=False, keep_nulls=False)
        if self.role:
            frame = frame.filter(pl.col("text").struct.field("role") == self.role)
        if self.field:
            frame = frame.with_columns(pl.col("text").struct.field(self.field).alias("text"))
        return frame.filter(pl.col("text").is_not_null())

    def replaced(self, rows: pl.DataFrame, edited: pl.Series) -> pl.DataFrame:
        """`rows` with the texts of `flat` replaced, in the same order, by `edited`."""
        whole = rows.get_column(self.column)
        listed = isinstance(whole.dtype, pl.List)
        items = whole.explode(empty_as_null=False, keep_nulls=False) if listed else whole
        if not len(items):
            return rows
        leaf = items.struct.field(self.field) if self.field else items
        chosen = leaf.is_not_null()
        if self.role:
            chosen &= items.struct.field("role").eq_missing(self.role)
        places = chosen.arg_true()
        leaf = leaf.scatter(places, edited.cast(pl.String)) if len(places) else leaf
        if self.field:
            fields = [leaf.alias(f) if f == self.field else items.struct.field(f) for f in items.struct.fields]
            filled = pl.DataFrame(fields).to_struct(items.name)
            items = filled.zip_with(
                items.is_not_null(), pl.Series(items.name, [None], dtype=items.dtype).new_from_index(0, len(items))
            )
        if listed:
            items = _relisted(whole, items)
        return rows.with_columns(items.alias(self.column))


def _relisted(like: pl.Series, items: pl.Series) -> pl.Series:
    """`items` cut into lists of the same lengths as `like` (nulls stay null, empty lists stay empty)."""
    lengths = like.list.len().fill_null(0)
    row = pl.int_range(len(like), eager=True).gather(_repeat(lengths))
    grouped = pl.DataFrame({"row": row, "item": items}).group_by("row", maintain_order=True).agg("item")
    shape = pl.DataFrame({"row": pl.int_range(len(like), eager=True), "like": like})
    joined = shape.join(grouped, on="row", how="left", maintain_order="left")
    out = joined.get_column("item")
    return out.zip_with(lengths > 0, like)


def _repeat(lengths: pl.Series) -> pl.Series:
    return pl.Series("row", np.repeat(np.arange(len(lengths)), lengths.to_numpy()))


def joined(rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """One text per row: every text that `columns` reach, joined by a newline (String, no nulls)."""
    if len(columns) == 1 and rows.schema.get(columns[0]) == pl.String:
        series = rows.get_column(columns[0])
        return series.fill_null("") if series.null_count() else series
    pieces = [ColumnPath.parse(path).flat(rows).with_columns(order=pl.lit(i)) for i, path in enumerate(columns)]
    texts = (
        pl.concat(pieces)
        .sort("row", "order", maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(pl.col("text").str.join("\n"))
    )
    shape = pl.select(pl.int_range(len(rows), dtype=pl.UInt32).alias("row"))
    return shape.join(texts, on="row", how="left", maintain_order="left").get_column("text").fill_null("")
