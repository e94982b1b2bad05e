"""How many characters the texts of rows have: what the books keep beside the number of rows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dprep.base.columns import ColumnPath

CONTENT = "content"
"""The field of a message that is its text, where a path names the column alone."""


def characters(rows: pl.DataFrame, texts: Sequence[str]) -> int:
    """Code points of all texts that the column paths `texts` reach; nulls and columns that are not there have none."""
    paths = map(ColumnPath.parse, texts)
    return sum(_of(rows.get_column(path.column), path.field) for path in paths if path.column in rows.columns)


def _of(texts: pl.Series, field: str) -> int:
    if isinstance(texts.dtype, pl.List):
        return _of(texts.explode(empty_as_null=False, keep_nulls=False), field)
    if isinstance(texts.dtype, pl.Struct):
        name = field or CONTENT
        return _of(texts.struct.field(name), "") if name in texts.struct.fields else 0
    return int(texts.str.len_chars().sum() or 0) if texts.dtype == pl.String else 0
