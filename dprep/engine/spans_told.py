"""What `dprep why` tells of a step that cut spans. What it cut was decided over all rows; a version keeps the result alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from dprep.base.columns import ColumnPath
from dprep.base.dedup_spans import DedupSpans
from dprep.base.operator import Augment, Clean, Expand
from dprep.base.step import Step
from dprep.engine.lookup import Found
from dprep.engine.showing import change

Veiled = Callable[[pl.DataFrame], pl.DataFrame]

_EDITS = (Clean, Expand, Augment, DedupSpans)
"""Families after which a text may be another."""


def after_cuts(
    step: Step, later: Sequence[Step], rows: pl.DataFrame, found: Found, veiled: Veiled
) -> tuple[pl.DataFrame | None, str, tuple[str, ...]]:
    """The row as the step left it, what is said of it, and the change. later: the steps behind it that the row met.

    None for the row: what it was is not known, and so not what a later step had to work on.
    The row that the version keeps is as the step left it, unless a later step may have changed the same texts.
    """
    columns = {ColumnPath.parse(path).column for path in step.columns}
    others = [one for one in later if isinstance(one.op, _EDITS) and _touches(one, columns)]
    if others:
        named = ", ".join(f"`{one.name}`" for one in others)
        again = all(isinstance(one.op, DedupSpans) for one in others)  # these are not run again, but read from the version
        return rows if again else None, f"what it cut is not known: {named} may have changed the text since", ()
    told = [pl.Series(name, [found.row[name]], dtype=rows.schema[name]) for name in rows.columns if name in columns]
    after = rows.with_columns(told)
    lines = change(veiled(rows).row(0, named=True), veiled(after).row(0, named=True))
    return after, f"cut {step.op.counted} that stand elsewhere too" if lines else "no change", lines  # type: ignore[attr-defined]


def _touches(step: Step, columns: set[str]) -> bool:
    return not step.op.text_only or bool(columns & {ColumnPath.parse(path).column for path in step.columns})
