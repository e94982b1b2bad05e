"""Rows that steps add: variants of a row, and the gates that judge them beside the rows that they were made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.chance import child_id, luck, splitmix64
from dprep.base.columns import ColumnPath, joined
from dprep.base.gate import Gate
from dprep.base.mixing import MADE
from dprep.base.operator import Augment, Bound
from dprep.base.outcome import Outcome, Question, Shared, Step, dropped, nothing_dropped
from dprep.base.text import Text

U64 = npt.NDArray[np.uint64]
Made = Callable[[pl.DataFrame, U64, int], pl.DataFrame]
"""(parents, their luck, number of the variant) -> new rows: the parents with other values; `__made` says where none is."""

TIMES = "times"
"""How often a row should be used, as `per_class_target` has it marked: itself, and so many new rows less one."""


def augmented(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    """`rows`, each followed by its variants."""
    op = step.op
    assert isinstance(op, Augment)
    shared.forget()
    return children_of(step, op, rows, lambda parents, chance, number: _worded(step, op, parents, chance, number, shared))


def children_of(step: Step, op: Augment, rows: pl.DataFrame, made: Made) -> Outcome:
    """`rows`, each followed by the new rows that `made` makes of it."""
    ordered = rows.with_columns(__parent_order=pl.int_range(pl.len()))
    wanted = _wanted(op, rows)
    most = int(wanted.max()) if len(wanted) else 0
    children = [_children(step, op, ordered, wanted, number, made) for number in range(1, most + 1)]
    added = pl.concat(children) if children else ordered.clear()
    kept = pl.concat([ordered, added]).sort("__parent_order", maintain_order=True).drop("__parent_order")
    # of a class that lacks rows, those that an augmenter has nothing to say of leave it short
    counts = {} if op.per_class_target is None else {"not_made": int(wanted.sum()) - len(added)}
    return Outcome(kept, nothing_dropped(rows), added=len(added), counts=counts)


def _wanted(op: Augment, rows: pl.DataFrame) -> npt.NDArray[np.int64]:
    """How many variants each row is to have, before its luck is asked."""
    if op.per_class_target is None:
        return np.full(len(rows), op.variants, np.int64)
    lacking = rows.get_column(TIMES).fill_null(1).cast(pl.Int64).to_numpy() - 1
    return np.minimum(lacking, op.variants) if "variants" in op.model_fields_set else lacking


def _children(
    step: Step, op: Augment, rows: pl.DataFrame, wanted: npt.NDArray[np.int64], number: int, made: Made
) -> pl.DataFrame:
    chance = luck(step.seed, step.name, rows.get_column("id"), number)
    picked = (wanted >= number) & (chance < np.uint64(min(int(op.share * 2.0**64), 2**64 - 1)))
    parents, chance = rows.filter(pl.Series(picked, dtype=pl.Boolean)), chance[picked]
    children = made(parents, chance, number)
    told = children.get_column(MADE) if MADE in children.columns else pl.repeat(True, len(parents), eager=True)
    ids = [child_id(parent, step.name, number) for parent in parents.get_column("id").to_list()]
    return (
        children.select(parents.columns)
        .with_columns(
            id=pl.Series(ids, dtype=pl.String),
            parent=parents.get_column("id"),
            made_by=pl.lit(step.name),
            variant=pl.lit(number, dtype=pl.Int32),
        )
        .filter(told)
    )


def _worded(step: Step, op: Augment, rows: pl.DataFrame, chance: U64, number: int, shared: Shared) -> pl.DataFrame:
    """`rows` with another wording in each of the step's columns; not made where none of them has another."""
    different = np.zeros(len(rows), dtype=bool)
    children = rows
    for nth, path in enumerate(map(ColumnPath.parse, step.columns)):
        flat = path.flat(children)
        places = flat.get_column("row").to_numpy()
        before = flat.get_column("text")
        whole = children if len(flat) == len(children) else children[places]
        after = _variants(step, op, Text(before, whole), _draws(chance[places], places, nth), number, shared)
        differs = (after.is_not_null() & before.ne_missing(after)).to_numpy()
        different[places[differs]] = True
        children = path.replaced(children, after.fill_null(before))
    return children.with_columns(pl.Series(MADE, different, dtype=pl.Boolean))


def _variants(step: Step, op: Augment, text: Text, draws: U64, number: int, shared: Shared) -> pl.Series:
    def ask(places: npt.NDArray[np.int64] | None) -> dict[str, pl.Series]:
        some = text if places is None else Text(text.series.gather(places), text.rows[places.tolist()])
        return {"text": op.variant(some, draws if places is None else draws[places], number).cast(pl.String).alias("text")}

    if not op.remembers or not len(text):
        return ask(None)["text"]
    chance = draws if op.random else np.full(len(text), number, np.uint64)
    return shared.asked(step, Question((text,), op.reads(), chance), ask)["text"].alias(text.series.name)


def _draws(chance: U64, places: npt.NDArray[Any], column: int) -> U64:
    """Luck per text: a row's several texts (columns, turns) get different numbers."""
    turn = np.arange(len(places)) - np.searchsorted(places, places) if len(places) else np.zeros(0, np.int64)
    return splitmix64(chance ^ splitmix64((turn + 1_000_003 * column).astype(np.uint64)))


def with_before(step: Step, rows: pl.DataFrame, chosen: pl.Series) -> pl.DataFrame:
    """`rows` with the column `__before`: what the row that a new one was made from says; null where that row is gone."""
    texts = rows.select(parent="id", __before=joined(rows, step.columns))
    new = rows.filter(chosen).select("parent").join(texts, on="parent", how="left", maintain_order="left")
    blank = pl.Series("__before", [None], dtype=pl.String).new_from_index(0, len(rows))
    return rows.with_columns(blank.scatter(chosen.arg_true(), new.get_column("__before")) if len(new) else blank)


def gated(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    """New rows (with `__before`) that are as the gate wants them; the others leave by the door `gate.<bound>`."""
    op = step.op
    assert isinstance(op, Gate)
    shared.forget()
    alone = rows.get_column("__before").is_null()
    judged = rows.filter(~alone)
    measured = {name: defined(series) for name, series in _compared(step, op, judged, shared).items()}
    reasons = "gate." + broken_bounds(op.bounds(), measured)
    out = reasons.is_not_null()
    gone = dropped(judged.filter(out), reasons.filter(out), {name: values.filter(out) for name, values in measured.items()})
    orphans = rows.filter(alone)
    gone = pl.concat([gone, dropped(orphans, pl.repeat("gate.no_parent", len(orphans), dtype=pl.String, eager=True))])
    return Outcome(judged.filter(~out), gone, measured=measured)


def _compared(step: Step, op: Gate, rows: pl.DataFrame, shared: Shared) -> dict[str, pl.Series]:
    before, after = rows.get_column("__before"), joined(rows, step.columns)

    def ask(places: npt.NDArray[np.int64] | None) -> dict[str, pl.Series]:
        some = rows if places is None else rows[places.tolist()]
        sides = (before, after) if places is None else (before.gather(places), after.gather(places))
        return op.compare(Text(sides[0], some), Text(sides[1], some))

    if not op.varies or not len(rows):
        return ask(None)
    return shared.asked(step, Question((Text(after, rows), Text(before, rows)), op.reads()), ask)


def broken_bounds(bounds: Sequence[Bound], measured: dict[str, pl.Series]) -> pl.Series:
    """The reason of the first bound that each row breaks; null where all hold."""
    reason = pl.lit(None, dtype=pl.String)
    for bound in reversed(bounds):
        reason = pl.when(bound.kept()).then(reason).otherwise(pl.lit(bound.reason))
    return pl.DataFrame(measured).with_columns(reason.alias("__reason")).get_column("__reason")


def defined(series: pl.Series) -> pl.Series:
    """Undefined numbers as nulls."""
    return series.fill_nan(None) if series.dtype.is_float() else series
