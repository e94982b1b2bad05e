"""Spans of rows as strings, for the tests of tokenizers."""

from __future__ import annotations

from typing import Any

import polars as pl

from dprep.base.text import Text


def strings(rows: list[str], view: Any) -> list[list[str]]:
    """What `view` finds in each row."""
    text = Text(pl.Series(rows, dtype=pl.String))
    found, data = text.once(view), text.buffers.data.tobytes()
    assert found.rows[0] == 0
    assert found.rows[-1] == len(found.starts) == len(found.ends)
    spans = [data[a:b].decode() for a, b in zip(found.starts, found.ends, strict=True)]
    return [spans[a:b] for a, b in zip(found.rows, found.rows[1:], strict=False)]
