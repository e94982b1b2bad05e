"""Carrying out on one block which spans are cut from its texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup_spans import DedupSpans
from dprep.base.step import Outcome, Step, dropped, nothing_dropped
from dprep.base.text import buffers, from_buffers
from dprep.engine.span_texts import flat_texts, with_texts
from dprep.kernels.cutting import without_cuts


def apply_cuts(step: Step, op: DedupSpans, rows: pl.DataFrame, told: pl.DataFrame) -> Outcome:
    """The rows without what `told` cuts; those of which too little is left leave as they were.

    told: columns `text` (number among the texts that the step reads), `start`, `end` (bytes).
    """
    if not len(told):
        return Outcome(rows, nothing_dropped(rows))
    placed = rows.with_columns(__place=pl.int_range(pl.len()))
    chosen = step.chosen(rows)
    own = placed.filter(chosen)
    flat = flat_texts(step, own)
    texts, starts, ends = (told.get_column(name).to_numpy() for name in ("text", "start", "end"))
    edited = from_buffers(*without_cuts(buffers(flat.texts), texts, starts, ends))
    touched = np.zeros(len(own), np.bool_)
    touched[flat.rows[texts]] = True
    figures = _figures(flat.texts, edited, flat.rows, touched)
    gone = touched & (figures["left"] < op.min_left).to_numpy()
    gone |= touched & (figures["removed"] > op.max_removed).to_numpy()
    stay = with_texts(step, own, flat, edited).filter(pl.Series(~gone))
    kept = stay if chosen.all() else pl.concat([placed.filter(~chosen), stay]).sort("__place")
    carried_out = ~gone[flat.rows]
    characters = flat.texts.str.len_chars().cast(pl.Int64) - edited.str.len_chars().cast(pl.Int64)
    return Outcome(
        kept.drop("__place"),
        _left(
            op, own.filter(pl.Series(gone)).drop("__place"), {name: f.filter(pl.Series(gone)) for name, f in figures.items()}
        ),
        changed=own.filter(pl.Series(touched & ~gone)).drop("__place"),
        measured={"removed": figures["removed"].filter(pl.Series(touched))},
        counts={
            op.counted: int(carried_out[texts].sum()),
            "characters": int(characters.filter(pl.Series(carried_out)).sum()),
        },
    )


def _left(op: DedupSpans, rows: pl.DataFrame, figures: dict[str, pl.Series]) -> pl.DataFrame:
    """The rows that leave, with the first bound that each breaks."""
    if not len(rows):
        return nothing_dropped(rows)
    little = figures["left"] < op.min_left
    reasons = pl.select(pl.when(little).then(pl.lit("min_left")).otherwise(pl.lit("max_removed"))).to_series()
    return dropped(rows, reasons, figures)


def _figures(
    before: pl.Series, after: pl.Series, rows: npt.NDArray[np.int64], touched: npt.NDArray[np.bool_]
) -> dict[str, pl.Series]:
    """Per row the share of its characters that goes, and the letters and digits that are left."""
    inner = pl.Series(touched[rows])
    place = rows[touched[rows]]

    def summed(numbers: pl.Series) -> npt.NDArray[np.float64]:
        return np.bincount(place, weights=numbers.to_numpy(), minlength=len(touched)).astype(np.float64)

    was, now = summed(before.filter(inner).str.len_chars()), summed(after.filter(inner).str.len_chars())
    left = summed(after.filter(inner).str.replace_all(r"[^\p{L}\p{N}]+", "").str.len_chars())
    return {
        "removed": pl.Series((was - now) / np.maximum(was, 1)),
        "left": pl.Series(left.astype(np.int64)),
    }
