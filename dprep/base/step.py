"""A step of a plan, and what it does to the rows of one block: the family's half of every row-local operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.chance import child_id, luck, splitmix64
from dprep.base.columns import ColumnPath, joined
from dprep.base.match import Match
from dprep.base.operator import LOCAL, Augment, Clean, Expand, Filter, Operator, Pieces, Tag
from dprep.base.problem import Error, fail
from dprep.base.text import Text

DROP_COLUMNS = {"reason": pl.String(), "measured": pl.String(), "twin": pl.String()}
"""What a dropped row carries besides itself; `measured` is a JSON object."""


@dataclass(frozen=True)
class Step:
    """One operator at its place in a plan, with the keys that every step takes."""

    name: str
    op_name: str
    op: Operator
    columns: tuple[str, ...] = ("text",)
    parts: tuple[str, ...] | None = None
    when: str | None = None
    on_error: str = "fail"
    seed: int = 0

    @property
    def local(self) -> bool:
        return isinstance(self.op, (*LOCAL, Match))

    def chosen(self, rows: pl.DataFrame) -> pl.Series:
        """True for the rows it acts on (Boolean, no nulls)."""
        condition = pl.lit(True)
        if self.when is not None:
            condition = pl.sql_expr(self.when).cast(pl.Boolean).fill_null(False)
        if self.parts is not None and "part" in rows.columns:
            condition = condition & pl.col("part").is_in(list(self.parts)).fill_null(False)
        if isinstance(self.op, Augment) and "variant" in rows.columns:
            condition = condition & pl.col("variant").is_null()
        return rows.with_columns(__chosen=condition).get_column("__chosen")

    def text(self, rows: pl.DataFrame) -> Text:
        """The one text per row that filters, tags and dedup read."""
        return Text(joined(rows, self.columns) if self.op.text_only else pl.Series([""]).new_from_index(0, len(rows)), rows)


@dataclass(frozen=True)
class Outcome:
    """What a step did to the rows of a block. Every row that came in is in `kept` or in `dropped`."""

    kept: pl.DataFrame
    dropped: pl.DataFrame
    """The rows as they were, + reason, measured, twin."""
    added: int = 0
    changed: pl.DataFrame | None = None
    """The rows whose text changed, as they were."""
    measured: dict[str, pl.Series] = field(default_factory=dict)
    """Numbers the step measured, over the rows it acted on."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often the step did each kind of thing."""


Asked = Callable[[Step, Text], dict[str, pl.Series]]
"""How a tag is asked for its notes; an engine may answer in its place from what it answered before."""


def _asked(step: Step, text: Text) -> dict[str, pl.Series]:
    assert isinstance(step.op, Tag)
    return step.op.note(text)


class Shared:
    """The text that the last step read, kept for the next one if that reads the same columns of the same rows."""

    def __init__(self, asked: Asked = _asked) -> None:
        self.asked = asked
        self._key: tuple[object, ...] | None = None
        self._text: Text | None = None

    def text(self, step: Step, rows: pl.DataFrame) -> Text:
        """What `step` reads of `rows`. A step that reads no text leaves what the others share alone."""
        if not step.op.text_only:
            return step.text(rows)
        known = self.known(step, rows)
        self._key, self._text = _reads(step), step.text(rows) if known is None else known
        return self._text

    def known(self, step: Step, rows: pl.DataFrame) -> Text | None:
        """What `step` reads of `rows`, if the last step has read just that."""
        if self._text is None or self._key != _reads(step) or len(self._text) != len(rows):
            return None
        return self._text.among(rows)

    def drop(self, step: Step, kept: pl.Series, rows: pl.DataFrame) -> None:
        """Of the rows that `step` acts on, only those where `kept` is true are left: `rows`."""
        if self._text is None or self._key is None or self._key[1:] != _reads(step)[1:]:
            self.forget()
        else:
            self._text = self._text.kept(kept, rows)

    def forget(self) -> None:
        """Texts or rows have changed."""
        self._text = None


def _reads(step: Step) -> tuple[object, ...]:
    return step.columns, step.when, step.parts


def run_step(step: Step, rows: pl.DataFrame, shared: Shared | None = None) -> Outcome:
    """`step` over the rows of one block, in order. Raises Error where a kernel fails and `on_error` is "fail".

    shared: goes from step to step over the same block, so that what they read is read once.
    """
    shared = Shared() if shared is None else shared
    rows = with_made_columns(step, rows)
    mask = step.chosen(rows) if step.when is not None or step.parts is not None or isinstance(step.op, Augment) else None
    if mask is None or mask.all():
        return _guarded(step, rows, shared)
    ordered = rows.with_columns(__order=_families(rows))
    outcome = _guarded(step, ordered.filter(mask), shared)
    kept = pl.concat([ordered.filter(~mask).with_columns(__old=True), outcome.kept.with_columns(__old=False)], how="diagonal")
    # a family stays together: the parent, its older children, then the new ones
    order = ["__order", pl.col("variant").is_not_null(), ~pl.col("__old")] if "variant" in rows.columns else ["__order"]
    kept = kept.sort(order, maintain_order=True).drop("__old")
    changed = None if outcome.changed is None else outcome.changed.drop("__order")
    return replace(outcome, kept=kept.drop("__order"), dropped=outcome.dropped.drop("__order"), changed=changed)


def _families(rows: pl.DataFrame) -> pl.Expr:
    """A number per row that a row shares with its variants, which follow it."""
    if "variant" not in rows.columns:
        return pl.int_range(pl.len())
    return pl.when(pl.col("variant").is_null()).then("id").otherwise("parent").rle_id()


def with_made_columns(step: Step, rows: pl.DataFrame) -> pl.DataFrame:
    """The columns that the operator makes exist on every row, also on those it does not act on."""
    missing = {name: dtype for name, dtype in step.op.makes().items() if name not in rows.columns}
    return rows.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items())


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


def dropped(rows: pl.DataFrame, reason: pl.Series, measured: dict[str, pl.Series] | None = None) -> pl.DataFrame:
    """`rows` with the columns of a dropped row; `reason` one per row."""
    nothing = pl.repeat(None, len(rows), dtype=pl.String, eager=True)
    told = pl.DataFrame(measured).to_struct("m").struct.json_encode() if measured else nothing
    return rows.with_columns(reason=reason.cast(pl.String), measured=told, twin=nothing)


def nothing_dropped(rows: pl.DataFrame) -> pl.DataFrame:
    """No dropped rows, in the shape of `rows`."""
    return rows.clear().with_columns(pl.lit(None, dtype=d).alias(n) for n, d in DROP_COLUMNS.items())


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
    measured = {name: _defined(series) for name, series in op.measure(shared.text(step, rows)).items()}
    reason = pl.lit(None, dtype=pl.String)
    for bound in reversed(op.bounds()):
        reason = pl.when(bound.kept()).then(reason).otherwise(pl.lit(bound.reason))
    reasons = pl.DataFrame(measured).with_columns(reason.alias("__reason")).get_column("__reason")
    out = reasons.is_not_null()
    if not out.any():
        return Outcome(rows, nothing_dropped(rows), measured=measured)
    gone = dropped(rows.filter(out), reasons.filter(out), {k: v.filter(out) for k, v in measured.items()})
    kept = rows.filter(~out)
    shared.drop(step, ~out, kept)
    return Outcome(kept, gone, measured=measured)


def _defined(series: pl.Series) -> pl.Series:
    return series.fill_nan(None) if series.dtype.is_float() else series


def _tag(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    op = step.op
    assert isinstance(op, Tag)
    notes = shared.asked(step, shared.text(step, rows))
    columns = [notes[name].cast(dtype).alias(op.as_.get(name, name)) for name, dtype in op.notes().items()]
    measured = {c.name: c for c in columns if c.dtype.is_numeric()}
    return Outcome(rows.with_columns(columns), nothing_dropped(rows), measured=measured)


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


def _augment(step: Step, rows: pl.DataFrame, shared: Shared) -> Outcome:
    op = step.op
    assert isinstance(op, Augment)
    shared.forget()
    ordered = rows.with_columns(__parent_order=pl.int_range(pl.len()))
    children = [_children(step, op, ordered, variant) for variant in range(1, op.variants + 1)]
    added = pl.concat(children)
    kept = pl.concat([ordered, added]).sort("__parent_order", maintain_order=True).drop("__parent_order")
    return Outcome(kept, nothing_dropped(rows), added=len(added))


def _children(step: Step, op: Augment, rows: pl.DataFrame, variant: int) -> pl.DataFrame:
    chance = luck(step.seed, step.name, rows.get_column("id"), variant)
    picked = chance < np.uint64(min(int(op.share * 2.0**64), 2**64 - 1))
    parents, chance = rows.filter(pl.Series(picked, dtype=pl.Boolean)), chance[picked]
    different = np.zeros(len(parents), dtype=bool)
    children = parents
    for nth, path in enumerate(map(ColumnPath.parse, step.columns)):
        flat = path.flat(children)
        places = flat.get_column("row").to_numpy()
        before = flat.get_column("text")
        draws = _draws(chance[places], places, nth)
        after = op.variant(Text(before, children), draws)
        differs = (after.is_not_null() & before.ne_missing(after)).to_numpy()
        different[places[differs]] = True
        children = path.replaced(children, after.fill_null(before))
    parents_ids = children.get_column("id").to_list()
    return children.with_columns(
        id=pl.Series([child_id(parent, step.name, variant) for parent in parents_ids], dtype=pl.String),
        parent=pl.col("id"),
        made_by=pl.lit(step.name),
        variant=pl.lit(variant, dtype=pl.Int32),
    ).filter(pl.Series(different, dtype=pl.Boolean))


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


def _draws(chance: np.ndarray, places: np.ndarray, column: int) -> np.ndarray:
    """Luck per text: a row's several texts (columns, turns) get different numbers."""
    turn = np.arange(len(places)) - np.searchsorted(places, places) if len(places) else np.zeros(0, np.int64)
    return splitmix64(chance ^ splitmix64((turn + 1_000_003 * column).astype(np.uint64)))


_FAMILY: dict[str, Callable[[Step, pl.DataFrame, Shared], Outcome]] = {
    "clean": _clean,
    "filter": _filter,
    "tag": _tag,
    "expand": _expand,
    "augment": _augment,
    "dedup": _match,
}
