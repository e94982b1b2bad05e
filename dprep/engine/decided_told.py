"""What the life of a row tells of steps that decide over all rows: read from the version, for one row alone decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from dprep.base import rowdiff
from dprep.base.dedup import Conflict, Dedup
from dprep.base.dedup_spans import DedupSpans
from dprep.base.gate import GateAmongAll
from dprep.base.leaks import Leaks
from dprep.base.mixing import Mixing
from dprep.base.operator import Split
from dprep.base.sample import Sample
from dprep.base.step import Step, with_made_columns
from dprep.engine.lookup import Found, by_id, twins
from dprep.engine.showing import MARKS, change, shown, value_text
from dprep.store.versions import Version


@dataclass(frozen=True)
class Event:
    """What one step did to the row."""

    step: str
    what: str
    lines: tuple[str, ...] = ()
    """Row-diff lines that belong to it."""


@dataclass(frozen=True)
class Lineage:
    """A row that is asked for, and the rows that it was made from."""

    found: Found
    ancestors: tuple[Found, ...] = ()
    """Its parent, the parent of that, …"""
    made: tuple[str, ...] = ()
    """The ids of those that have been made so far."""

    @property
    def now(self) -> Found:
        """The one that the record is by now."""
        whole = (self.found, *self.ancestors)
        return next((one for one in whole if one.id in self.made), whole[-1])

    def now_with(self, rows: pl.DataFrame) -> Lineage:
        """The same when the record has become `rows`."""
        return replace(self, made=(*self.made, *rows.get_column("id").to_list()))

    def made_by(self, step: str) -> Found | None:
        """The one that this step has made, if it made one."""
        return next((one for one in (self.found, *self.ancestors) if one.row.get("made_by") == step), None)


def decided(
    version: Version, step: Step, rows: pl.DataFrame, life: Lineage, skipped: str, gone: bool
) -> tuple[pl.DataFrame, Event]:
    """What the version says was decided over all rows. gone: that the row left here."""
    found, teller = life.found, life.now
    rows = with_made_columns(step, rows)
    if isinstance(step.op, Split):
        rows = _as_stored(rows, teller, tuple(step.op.makes()))
        more = [f"{name} = {value_text(teller.row.get(name))}" for name in step.op.makes() if name != "part"]
        return rows, Event(step.name, skipped or ", ".join([f"part {teller.row.get('part')}", *more]))
    if isinstance(step.op, Sample):
        return _drawn(step, step.op, rows, life, skipped, gone)
    if isinstance(step.op, Mixing):
        return _mixed(step, rows, life, skipped)
    if isinstance(step.op, DedupSpans):
        return (rows.clear(), _cut_short(step, found)) if gone else (rows, Event(step.name, skipped))
    if isinstance(step.op, GateAmongAll):
        return (
            (rows.clear(), _duplicate(version, step, found)) if gone else (rows, Event(step.name, skipped or "kept: it is new"))
        )
    if isinstance(step.op, Leaks):
        return (
            (rows.clear(), _duplicate(version, step, found)) if gone else (rows, Event(step.name, skipped or _stays(step.op)))
        )
    assert isinstance(step.op, (Dedup, Conflict))
    if gone:
        return rows.clear(), _duplicate(version, step, found)
    if skipped:
        return rows, Event(step.name, skipped)
    if step.op.action != "mark":
        rows = _as_stored(rows, teller, tuple(step.op.makes()))
        copies = sum(one.row["step"] == step.name for one in twins(version, teller.id))
        weight = f", weight {value_text(teller.row.get('weight'))}" if step.op.action == "weight" else ""
        return rows, Event(
            step.name, f"kept: the one that stays of {copies + 1:,} twins{weight}" if copies else "kept: no twin"
        )
    rows = _as_stored(rows, teller, MARKS)
    return rows, _marked(version, step, teller)


def _stays(op: Leaks) -> str:
    """Why a row stays where leaks are looked for."""
    told = {"report": "kept: leaks are only counted", "fail": "kept: no row leaks"}
    return told.get(op.leak, "kept: rows of `train` leave that another part has too")


def _drawn(step: Step, op: Sample, rows: pl.DataFrame, life: Lineage, skipped: str, gone: bool) -> tuple[pl.DataFrame, Event]:
    """Whether the row was drawn, and as which of its uses."""
    if gone:
        return rows.clear(), Event(step.name, "dropped: not_sampled, it was not drawn")
    if op.action == "mark":
        rows = _as_stored(rows, life.now, tuple(step.op.makes()))
        times = life.now.row.get("times")
        return rows, Event(step.name, skipped or ("marked" if times is None else f"times = {value_text(times)}"))
    made = life.made_by(step.name)
    if made is not None:
        rows = _as_stored(rows, made, ("id", "parent", "made_by", "copy"))
        return rows, Event(step.name, f"made this row: copy {made.row['copy']} of `{made.row['parent']}`")
    return rows, Event(step.name, skipped or "kept: it was drawn")


def _mixed(step: Step, rows: pl.DataFrame, life: Lineage, skipped: str) -> tuple[pl.DataFrame, Event]:
    """The row that was made of this one and others, as the version keeps it."""
    made = life.made_by(step.name)
    if made is None:
        return rows, Event(step.name, skipped or "new rows are made of it and others")
    before = rows.row(0, named=True)
    rows = _as_stored(rows, made, [name for name in rows.columns if name in made.row])
    lines = change(before, rows.row(0, named=True))
    return rows, Event(step.name, f"made this row: variant {made.row['variant']} of `{made.row['parent']}`", lines)


def _marked(version: Version, step: Step, teller: Found) -> Event:
    """The row that would stay for it, which its cluster is called by, and how alike they are."""
    size, stays = teller.row.get("cluster_size"), str(teller.row.get("cluster"))
    if not size or size == 1:
        return Event(step.name, "marked: it has no twin")
    told = f"marked: one of {size:,} twins, cluster `{stays}`"
    if stays == teller.id:
        return Event(step.name, f"{told}, and the one that would stay")
    first = by_id(version, stays)
    alike = teller.row.get("similarity")
    told += "" if alike is None else f", similarity {value_text(alike)}"
    if first is None:
        return Event(step.name, told)
    return Event(
        step.name, f"{told}; the one that would stay:", (rowdiff.line(" ", shown(first.row), f"{first.origin}, {first.id}"),)
    )


def _as_stored(rows: pl.DataFrame, teller: Found, names: Sequence[str]) -> pl.DataFrame:
    """With the values that the version has in these columns."""
    return rows.with_columns(pl.lit(teller.row.get(name), dtype=rows.schema[name]).alias(name) for name in names)


def _cut_short(step: Step, found: Found) -> Event:
    """How much of the row would have been cut, and what would have been left."""
    measured = json.loads(found.row.get("measured") or "{}")
    told = [f"{name} {value_text(value)}" for name, value in measured.items()]
    bound = getattr(step.op, found.row["reason"], None)
    sign = {"max_removed": "removed", "min_left": "left"}.get(found.row["reason"], "")
    if bound is not None and sign in measured:
        told = [
            one + (f" {'>' if sign == 'removed' else '<'} {value_text(bound)}" if one.startswith(sign) else "") for one in told
        ]
    return Event(found.row["step"], f"dropped: {found.row['reason']}; of its texts stands elsewhere too: {', '.join(told)}")


def _duplicate(version: Version, step: Step, found: Found) -> Event:
    """The twin that stayed, its text, and how alike they are; and the row that linked them, where they are not twins alone."""
    measured = json.loads(found.row.get("measured") or "{}")
    told = f"dropped: {found.row['reason']}; {_alike(step, measured)}".removesuffix("; ")
    twin = by_id(version, found.row["twin"]) if found.row.get("twin") else None
    if twin is None:
        return Event(step.name, told)
    later = f", dropped later by {twin.row['step']}" if twin.dropped else ""
    lines = [rowdiff.line("-", shown(found.row)), rowdiff.line(" ", shown(twin.row), f"{twin.origin}, {twin.id}{later}")]
    link = by_id(version, measured["linked_by"]) if "linked_by" in measured else None
    if link is not None:
        where = f", {'dropped by ' + link.row['step'] if link.dropped else 'kept'}, {link.id}"
        lines.insert(1, rowdiff.line(" ", shown(link.row), f"linked by {link.origin}{where}"))
    other = "another label on the same text:" if isinstance(step.op, Conflict) else "its twin stays:"
    return Event(step.name, f"{told}; {other}", tuple(lines))


def _alike(step: Step, measured: Mapping[str, Any]) -> str:
    """ "similarity 0.83 ≥ 0.8", or by how much less, and how alike the row is that linked the two."""
    least = getattr(step.op, "threshold", None)
    told = [
        f"{name} {value_text(value)}" for name, value in measured.items() if value is not None and not name.startswith("link")
    ]
    bound = f" ≥ {least:g}" if told and least is not None else ""
    if "linked_by" not in measured:
        return ", ".join(told) + bound
    return f"{', '.join(told)}; linked to it by another row, similarity {value_text(measured['link_similarity'])}{bound}"
