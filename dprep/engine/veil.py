"""Rows for people, as they may be shown: what a later step masks is masked already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from dprep.base.columns import ColumnPath
from dprep.base.step import Step, run_step
from dprep.engine.tally import masks


class Veil:
    """The masking steps of a plan, laid over rows that are shown before these steps have been reached."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = [(place, step) for place, step in enumerate(steps) if masks(step)]

    def over(self, rows: pl.DataFrame, place: int) -> pl.DataFrame:
        """`rows` with everything masked that a step from `place` on masks, whatever its condition."""
        for where, step in self._steps:
            columns = tuple(path for path in step.columns if ColumnPath.parse(path).column in rows.columns)
            if where >= place and columns and len(rows):
                rows = run_step(replace(step, columns=columns, when=None, parts=None), rows).kept
        return rows
