"""What a step does to the rows of one block: the family's half of every row-local operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.chance import child_id
from dprep.base.columns import ColumnPath, joined
from dprep.base.gate import Gate
from dprep.base.match import Match
from dprep.base.new_rows import augmented, broken_bounds, defined, gated, with_before
from dprep.base.operator import Augment, Clean, Expand, Filter, Pieces, Tag
from dprep.base.outcome import (
    DROP_COLUMNS,
    Ask,
    Asked,
    Outcome,
    Question,
    Shared,
    Step,
    dropped,
    nothing_dropped,
    placed,
    with_made_columns,
)
from dprep.base.problem import Error, fail
from dprep.base.text import Text

__all__ = [
    "DROP_COLUMNS",
    "Ask",
    "Asked",
    "Outcome",
    "Question",
    "Shared",
    "Step",
    "dropped",
    "nothing_dropped",
    "run_step",
    "with_made_columns",
]


def run_step(step: Step, rows: pl.DataFrame, shared: Shared | None = None) -> Outcome:
    """`step` over the rows of one block, in order. Raises Error where a kernel fails and `on_error` is "fail".

    shared: goes from step to step over the same block, so that what they read is read once.
    """
    shared = Shared() if shared is None else shared
    rows = with_made_columns(step, rows)
    if isinstance(step.op, Gate):
        chosen = step.chosen(rows)
        return placed(with_before(step, rows, chosen), chosen, lambda some: _guarded(step, some, shared)).without("__before")
    if step.when is None and step.parts is None and not isinstance(step.op, Augment):
        return _guarded(step, rows, shared)
    outcome = placed(rows, step.chosen(rows), lambda some: _guarded(step, some, shared))
    return outcome.without(*step.op.spends()) if isinstance(step.op, Augment) else outcome


def _guarded(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    """The family's work; rows on which the kernel fails are found by halving and named, or dropped with reason `error`."""
    try:
        return _FAMILY[step.op.family](step, rows, shared)
    except (Error, MemoryError):
        raise
    except Exception as fault:
        shared.forget()
        if len(rows) > 1:
            half = len(rows) // 2
            halves = (_guarded(step, piece, Shared(shared.asked)) for piece in (rows[:half], rows[half:]))
            both = _both(*halves)
            shared.forget()
            return both
        if step.on_error == "drop" and len(rows):
            return Outcome(rows.clear(), dropped(rows, pl.Series(["error"]), {"error": pl.Series([str(fault)[:200]])}))
        raise _kernel_failed(step, rows, fault) from fault


def _kernel_failed(step: Step, rows: pl.DataFrame, fault: Exception) -> Error:
    where = ""
    if len(rows):
        start = joined(rows, step.columns)[0][:80] if step.op.text_only and not getattr(step.op, "masks", False) else ""
        origin = rows.get_column("origin")[0] if "origin" in rows.columns else rows.get_column("id")[0]
        where = f" on row {origin} ({start!r})"
    return fail(
        "operator-failed",
        f"step `{step.name}` ({step.op_name}) failed{where}: {type(fault).__name__}: {str(fault)[:300]}",
        'set `on_error = "drop"` in the step to drop such rows with reason `error`',
    )


def _both(a: Outcome, b: Outcome) -> Outcome:
    changed = [c for c in (a.changed, b.changed) if c is not None]
    return Outcome(
        pl.concat([a.kept, b.kept], how="diagonal"),
        pl.concat([a.dropped, b.dropped], how="diagonal"),
        a.added + b.added,
        pl.concat(changed) if changed else None,
        {k: pl.concat([m[k] for m in (a.measured, b.measured) if k in m]) for k in a.measured | b.measured},
        dict(Counter(a.counts) + Counter(b.counts)),
    )


def _clean(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    op = step.op
    assert isinstance(op, Clean)
    touched = np.zeros(len(rows), dtype=bool)
    counts: Counter[str] = Counter()
    edited_rows = rows
    for path in map(ColumnPath.parse, step.columns):
        flat = path.flat(edited_rows)
        # one plain column is what filters read too, so that views of it serve both
        plain = len(step.columns) == 1 and len(flat) == len(rows) and rows.schema[path.column] == pl.String
        before = (shared.known(step, rows) if plain else None) or Text(flat.get_column("text"), edited_rows)
        after = op.edit(before)
        counts.update({kind: int(times.sum()) for kind, times in op.counts(before, after).items()})
        differs = before.series.ne_missing(after)
        if differs.any():
            touched[flat.get_column("row").filter(differs).to_numpy()] = True
            edited_rows = path.replaced(edited_rows, after)
    if touched.any():
        shared.forget()
    return Outcome(edited_rows, nothing_dropped(rows), changed=rows.filter(pl.Series(touched)), counts=dict(counts))


def _filter(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    op = step.op
    assert isinstance(op, Filter)
    measured = {name: defined(series) for name, series in op.measure(shared.text(step, rows)).items()}
    reasons = broken_bounds(op.bounds(), measured)
    out = reasons.is_not_null()
    if not out.any():
        return Outcome(rows, nothing_dropped(rows), measured=measured)
    gone = dropped(rows.filter(out), reasons.filter(out), {k: v.filter(out) for k, v in measured.items()})
    kept = rows.filter(~out)
    shared.drop(step, ~out, kept)
    return Outcome(kept, gone, measured=measured)


def _tag(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    op = step.op
    assert isinstance(op, Tag)
    notes = _notes(step, op, shared.text(step, rows), shared)
    columns = [notes[name].cast(dtype).alias(op.as_.get(name, name)) for name, dtype in op.notes().items()]
    measured = {c.name: c for c in columns if c.dtype.is_numeric()}
    return Outcome(rows.with_columns(columns), nothing_dropped(rows), measured=measured)


def _notes(step: Step, op: Tag, text: Text, shared: Shared) -> dict[str, pl.Series]:
    """What the tag, or what remembers its answers, says of each text."""

    def ask(places: npt.NDArray[np.int64] | None) -> dict[str, pl.Series]:
        found = op.note(text if places is None else Text(text.series.gather(places)))
        return {name: found[name].cast(dtype).alias(name) for name, dtype in op.notes().items()}

    return shared.asked(step, Question((text,)), ask) if len(text) else ask(None)


def _expand(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    op = step.op
    assert isinstance(op, Expand)
    found = op.pieces(shared.text(step, rows))
    counts = np.bincount(found.places, minlength=len(rows))
    falls = counts > 1
    if not falls.any():
        return Outcome(rows, nothing_dropped(rows), measured={"pieces": pl.Series(counts)})
    shared.forget()
    whole = rows.with_columns(__place=pl.int_range(pl.len()))
    kept = pl.concat([whole.filter(pl.Series(~falls)), _pieces(step, whole, found, falls)])
    gone = rows.filter(pl.Series(falls))
    told = dropped(gone, pl.repeat("expanded", len(gone), dtype=pl.String, eager=True), {"pieces": pl.Series(counts[falls])})
    kept = kept.sort("__place", maintain_order=True).drop("__place")
    return Outcome(kept, told, added=int(counts[falls].sum()), measured={"pieces": pl.Series(counts)})


def _pieces(step: Step, rows: pl.DataFrame, found: Pieces, falls: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """The rows that stand for those that fall apart. Their parent is a row of the source, also if that was a piece before."""
    own = falls[found.places]
    places = found.places[own]
    number = np.arange(len(places)) - np.searchsorted(places, places) + 1
    taken = rows[places]
    ids = zip(taken.get_column("id").to_list(), number.tolist(), strict=True)
    return taken.with_columns(
        found.texts.filter(pl.Series(own)).alias(step.columns[0]),
        id=pl.Series([child_id(parent, step.name, nth) for parent, nth in ids], dtype=pl.String),
        parent=pl.when(pl.col("piece").is_null()).then("id").otherwise("parent"),
        made_by=pl.lit(step.name),
        piece=pl.Series(number, dtype=pl.Int32),
    )


def _match(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    op = step.op
    assert isinstance(op, Match)
    matches = op.find(shared.text(step, rows))
    found, degree = pl.Series(matches.found, dtype=pl.Boolean), pl.Series(op.measures(), matches.degree, dtype=pl.Float64)
    measured = {degree.name: degree}
    if op.action == "mark":
        places = found.arg_true()
        blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
        columns = zip(op.marks, (matches.names.cast(pl.String), degree), strict=True)
        marks = [blank.cast(each.dtype).scatter(places, each).alias(name) for name, each in columns]
        return Outcome(rows.with_columns(marks), nothing_dropped(rows), measured=measured)
    if not len(degree):
        return Outcome(rows, nothing_dropped(rows), measured=measured)
    reason = pl.repeat(op.reason, len(degree), dtype=pl.String, eager=True)
    gone = dropped(rows.filter(found), reason, {**measured, **matches.told}).with_columns(twin=matches.names.cast(pl.String))
    kept = rows.filter(~found)
    shared.drop(step, ~found, kept)
    return Outcome(kept, gone, measured=measured)


_FAMILY: dict[str, Callable[[Step, pl.DataFrame, Shared], Outcome]] = {
    "clean": _clean,
    "filter": _filter,
    "tag": _tag,
    "expand": _expand,
    "augment": augmented,
    "gate": gated,
    "dedup": _match,
}
