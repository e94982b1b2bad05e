"""Carrying out on one block which spans are cut from its texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup_spans import DedupSpans
from dprep.base.step import Outcome, Step, dropped, nothing_dropped
from dprep.base.text import Buffers, buffers, from_buffers
from dprep.engine.span_texts import flat_texts, with_texts
from dprep.kernels.cutting import letters_and_characters, without_cuts

Places = npt.NDArray[np.int64]


def apply_cuts(step: Step, op: DedupSpans, rows: pl.DataFrame, told: pl.DataFrame) -> Outcome:
    """The rows without what `told` cuts; those of which too little is left leave as they were.

    told: columns `text` (number among the texts that the step reads), `start`, `end` (bytes).
    """
    if not len(told):
        return Outcome(rows, nothing_dropped(rows))
    placed = rows.with_columns(__place=pl.int_range(pl.len()))
    chosen = step.chosen(rows).to_numpy()
    own = _those(placed, chosen)
    flat = flat_texts(step, own)
    texts, starts, ends = (told.get_column(name).to_numpy() for name in ("text", "start", "end"))
    before = buffers(flat.texts)
    after = without_cuts(before, texts, starts, ends)
    touched = np.zeros(len(own), np.bool_)
    touched[flat.rows[texts]] = True
    figures, lost = _figures(before, after, flat.rows, touched)
    del before  # a block may be one row of 256 MiB
    gone = touched & (figures["left"] < op.min_left).to_numpy()
    gone |= touched & (figures["removed"] > op.max_removed).to_numpy()
    stay = _those(with_texts(step, own, flat, from_buffers(*after)), ~gone)
    kept = stay if chosen.all() else pl.concat([_those(placed, ~chosen), stay]).sort("__place")
    carried_out = ~gone[flat.rows]
    return Outcome(
        kept.drop("__place"),
        _left(
            op, _those(own, gone).drop("__place"), {name: figure.filter(pl.Series(gone)) for name, figure in figures.items()}
        ),
        changed=_those(own, touched & ~gone).drop("__place"),
        measured={"removed": figures["removed"].filter(pl.Series(touched))},
        counts={op.counted: int(carried_out[texts].sum()), "characters": int(lost[carried_out].sum())},
    )


def _those(rows: pl.DataFrame, mask: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """The rows where `mask` is true; not copied if those are all."""
    return rows if mask.all() else rows.filter(pl.Series(mask))


def _left(op: DedupSpans, rows: pl.DataFrame, figures: dict[str, pl.Series]) -> pl.DataFrame:
    """The rows that leave, with the first bound that each breaks."""
    if not len(rows):
        return nothing_dropped(rows)
    little = figures["left"] < op.min_left
    reasons = pl.select(pl.when(little).then(pl.lit("min_left")).otherwise(pl.lit("max_removed"))).to_series()
    return dropped(rows, reasons, figures)


def _figures(
    before: Buffers, after: Buffers, rows: Places, touched: npt.NDArray[np.bool_]
) -> tuple[dict[str, pl.Series], Places]:
    """Per row the share of its characters that goes, and the letters and digits that are left; per text the characters cut.

    rows (texts,): the row of each text.
    """
    (_, was), (letters, now) = letters_and_characters(before), letters_and_characters(after)
    whole, rest, left = (np.bincount(rows, weights=numbers, minlength=len(touched)) for numbers in (was, now, letters))
    figures = {"removed": pl.Series((whole - rest) / np.maximum(whole, 1)), "left": pl.Series(left.astype(np.int64))}
    return figures, was - now
