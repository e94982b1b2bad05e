"""A step of a plan, and what comes of the rows of one block when it has been through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.columns import joined
from dprep.base.gate import Gate, GateAmongAll
from dprep.base.match import Match
from dprep.base.mixing import Mixing
from dprep.base.operator import LOCAL, Augment, Operator
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
        return isinstance(self.op, (*LOCAL, Match, Gate)) and not isinstance(self.op, (Mixing, GateAmongAll))

    def chosen(self, rows: pl.DataFrame) -> pl.Series:
        """True for the rows it acts on (Boolean, no nulls)."""
        condition = pl.lit(True)
        if self.when is not None:
            condition = pl.sql_expr(self.when).cast(pl.Boolean).fill_null(False)
        if self.parts is not None and "part" in rows.columns:
            condition = condition & pl.col("part").is_in(list(self.parts)).fill_null(False)
        if isinstance(self.op, Augment) and "variant" in rows.columns:
            condition = condition & pl.col("variant").is_null()
        if isinstance(self.op, Gate):
            made = "variant" in rows.columns  # else no augmenter has come by
            condition = condition & (pl.col("variant").is_not_null() if made else pl.lit(False))
            condition = condition & pl.col("made_by").is_in(list(self.op.of)) if self.op.of else condition
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

    def without(self, *columns: str) -> Outcome:
        """The same without columns that were needed on the way only."""
        return replace(self, kept=self.kept.drop(columns, strict=False), dropped=self.dropped.drop(columns, strict=False))


@dataclass(frozen=True)
class Question:
    """What an answer of an operator depends on, besides its parameters: one question per text."""

    texts: tuple[Text, ...]
    """All of one length."""
    columns: tuple[str, ...] = ()
    """What is read of the first one's rows, which stand one to a text."""
    luck: npt.NDArray[np.uint64] | None = None

    def __len__(self) -> int:
        return len(self.texts[0])


Ask = Callable[[npt.NDArray[np.int64] | None], dict[str, pl.Series]]
"""Asks an operator the questions at these places; None: all."""
Asked = Callable[[Step, Question, Ask], dict[str, pl.Series]]
"""How an operator is asked; an engine may answer in its place from what it answered before."""


def directly(step: Step, question: Question, ask: Ask) -> dict[str, pl.Series]:
    """Ask the operator itself."""
    return ask(None)


class Shared:
    """The text that the last step read, kept for the next one if that reads the same columns of the same rows."""

    def __init__(self, asked: Asked = directly) -> None:
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


def placed(rows: pl.DataFrame, chosen: pl.Series, work: Callable[[pl.DataFrame], Outcome]) -> Outcome:
    """What `work` makes of the chosen rows, with the others in their places."""
    if chosen.all():
        return work(rows)
    ordered = rows.with_columns(__order=_families(rows))
    outcome = work(ordered.filter(chosen))
    kept = pl.concat([ordered.filter(~chosen).with_columns(__old=True), outcome.kept.with_columns(__old=False)], how="diagonal")
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


def dropped(rows: pl.DataFrame, reason: pl.Series, measured: dict[str, pl.Series] | None = None) -> pl.DataFrame:
    """`rows` with the columns of a dropped row; `reason` one per row."""
    nothing = pl.repeat(None, len(rows), dtype=pl.String, eager=True)
    told = pl.DataFrame(measured).to_struct("m").struct.json_encode() if measured else nothing
    return rows.with_columns(reason=reason.cast(pl.String), measured=told, twin=nothing)


def nothing_dropped(rows: pl.DataFrame) -> pl.DataFrame:
    """No dropped rows, in the shape of `rows`."""
    return rows.clear().with_columns(pl.lit(None, dtype=d).alias(n) for n, d in DROP_COLUMNS.items())
