"""The steps of a plan run again on one row, with what was decided over all rows taken from the version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from dprep.base import rowdiff
from dprep.base.dedup import Conflict, Dedup
from dprep.base.dedup_spans import DedupSpans
from dprep.base.match import Match
from dprep.base.mixing import Mixing
from dprep.base.operator import Augment, Bound, Expand, Filter, Split, Tag
from dprep.base.sample import Sample
from dprep.base.step import Asked, Outcome, Shared, Step, run_step, with_made_columns
from dprep.engine.lookup import Found, by_id, twins, versions_in_index
from dprep.engine.showing import HIDDEN, MARKS, change, shown
from dprep.engine.spans_told import after_cuts
from dprep.engine.tally import cut, masks
from dprep.engine.veil import Veil
from dprep.plan.fingerprint import revision
from dprep.plan.model import Plan
from dprep.store.versions import Version

_SIGNS = {("min", False): "≥<", ("min", True): ">≤", ("max", False): "≤>", ("max", True): "<≥"}
"""How a number stands to its bound: if it holds, if it is broken."""

Veiled = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Event:
    """What one step did to the row."""

    step: str
    what: str
    lines: tuple[str, ...] = ()
    """Row-diff lines that belong to it."""


def replay(
    version: Version, plan: Plan, rows: pl.DataFrame, found: Found, parent: Found | None, asked: Asked
) -> tuple[list[Event], str | None]:
    """What every step does to the record in `rows`, and a note where that is not what the version says.

    Ends at the step that dropped the row. A made row is followed from its parent's record. asked: how operators are asked.
    """
    veil = Veil(plan.steps)
    events = [Event("read", f"from {found.origin}", (rowdiff.line(" ", shown(veil.over(rows, 0).row(0, named=True))),))]
    if found.dropped and found.row["step"] == "read":
        return [*events, Event("read", f"dropped: {found.row['reason']}, a text is missing")], None
    made = {step["name"]: step for step in version.manifest["steps"]}
    differing = []
    for place, step in enumerate(plan.steps):
        if step.name not in made:  # a trial ends before
            break
        if revision(step.op_name, plan.ops_folder) != made[step.name]["revision"] or _other_files(step, made[step.name]):
            differing.append(step.name)
        gone = found.dropped and found.row["step"] == step.name
        later = partial(veil.over, place=place + 1)
        if isinstance(step.op, DedupSpans) and not gone and not _skipped(step, rows):
            after, told, lines = after_cuts(step, _met(plan, place, found), rows, found, later)
            event = Event(step.name, told, lines)
            if after is None:  # what later steps did to it cannot be seen again either
                return [*events, event, *stored(found)], None
            rows = after
        else:
            rows, event = (
                _local(version, step, rows, found, later, asked)
                if step.local
                else _decided(version, step, rows, found, parent, gone)
            )
        events.append(event)
        if gone or not len(rows):
            break
    return events, _note(rows, found, events[-1].step, differing)


def stored(found: Found) -> list[Event]:
    """What is known without running anything: the row as it ended, and its door."""
    told = {name: value for name, value in shown(found.row).items() if name not in {"id", "origin"}}
    events = [Event("stored", "as the version keeps it", (rowdiff.line("-" if found.dropped else " ", told),))]
    return [*events, _door(found)] if found.dropped else events


def _door(found: Found) -> Event:
    measured = found.row.get("measured")
    return Event(found.row["step"], f"dropped: {found.row['reason']}{f' {measured}' if measured and measured != '{}' else ''}")


def _met(plan: Plan, place: int, found: Found) -> list[Step]:
    """The steps behind the one at `place` whose work is in the row as the version keeps it."""
    later = list(plan.steps[place + 1 :])
    names = [step.name for step in later]
    return later[: names.index(found.row["step"])] if found.dropped and found.row["step"] in names else later


def _other_files(step: Step, made: Mapping[str, Any]) -> bool:
    """Whether a file or artifact that the step names holds something else than when the version was made."""
    now = step.op.identity(names=True)
    named = [(str(now.get(name)), str(made["parameters"].get(name))) for name in step.op.file_parameters()]
    return any(new.rpartition("#")[2] != old.rpartition("#")[2] for new, old in named)


def _local(
    version: Version, step: Step, rows: pl.DataFrame, found: Found, veiled: Veiled, asked: Asked
) -> tuple[pl.DataFrame, Event]:
    """A row-local step run again; `veiled` makes rows fit to be shown."""
    before = veiled(rows).row(0, named=True)
    skipped = _skipped(step, rows)
    outcome = run_step(step, rows, Shared(asked))
    if isinstance(step.op, Expand):
        return _expanded(step, outcome, found, skipped, veiled)
    if isinstance(step.op, Augment):
        return _augmented(step, outcome, found, skipped, veiled)
    if skipped:
        return outcome.kept, Event(step.name, skipped)
    if len(outcome.dropped):
        return outcome.kept, _dropped(version, step, outcome)
    after = veiled(outcome.kept).row(0, named=True)
    if isinstance(step.op, Filter):
        return outcome.kept, Event(step.name, "kept: " + _measures(step.op, outcome.measured))
    if isinstance(step.op, Tag):
        return outcome.kept, Event(step.name, ", ".join(f"{name} = {_value(after[name])}" for name in step.op.makes()))
    if isinstance(step.op, Match):
        marks = ", ".join(f"{name} = {_value(after[name])}" for name in step.op.makes() if after[name] is not None)
        return outcome.kept, Event(step.name, f"marked: {marks}" if marks else "kept: it matches nothing")
    lines = change(before, after)
    told = "changed" if lines else "no change"
    return outcome.kept, Event(step.name, told, lines[1:] if masks(step) else lines)


def _skipped(step: Step, rows: pl.DataFrame) -> str:
    """Why the step does not act on the row; empty where it does."""
    rows = with_made_columns(step, rows)
    if step.chosen(rows)[0]:
        return ""
    part = rows.get_column("part")[0] if "part" in rows.columns else None
    if step.parts is not None and part not in step.parts:
        return f"not for it: only for part {', '.join(step.parts)}"
    return f"not for it: `{step.when}` does not hold" if step.when is not None else "not for it"


def _dropped(version: Version, step: Step, outcome: Outcome) -> Event:
    reason = outcome.dropped.get_column("reason")[0]
    if isinstance(step.op, Match) and reason != "error":
        return _matched(version, step, outcome.dropped)
    if not isinstance(step.op, Filter) or reason == "error":
        return Event(step.name, f"dropped: {reason} {outcome.dropped.get_column('measured')[0] or ''}".rstrip())
    told = _measures(step.op, outcome.measured)
    return Event(step.name, f"dropped: {told}" if told.startswith(reason) else f"dropped: {reason}: {told}")


def _matched(version: Version, step: Step, dropped: pl.DataFrame) -> Event:
    """What of an index the row matches and how well; the row itself, where the version extends the one that has it."""
    row = dropped.row(0, named=True)
    measured = json.loads(row["measured"] or "{}")
    told = f"dropped: {row['reason']}: {', '.join(f'{name} {_value(value)}' for name, value in measured.items())}"
    held = [version, *versions_in_index(Path(getattr(step.op, "index", "")))]
    source, twin = next(((str(one), twin) for one in held if (twin := by_id(one, row["twin"]))), ("", None))
    if twin is None:
        return Event(step.name, f"{told}; it matches `{row['twin']}`")
    of = "" if source == str(version) else f" of `{source}`"
    line = rowdiff.line(" ", shown(twin.row), f"{twin.origin}, {twin.id}")
    return Event(step.name, f"{told}; it matches a row{of}:", (line,))


def _measures(op: Filter, measured: Mapping[str, pl.Series]) -> str:
    """ "words 34 ≥ min 20, characters 9,100 > max 9,000": what was measured against every bound."""
    told = [_against(op, bound, measured[bound.measure][0]) for bound in op.bounds()]
    judged = {bound.measure for bound in op.bounds()}
    bare = [f"{name} {_value(series[0])}" for name, series in measured.items() if name not in judged]
    return ", ".join([*told, *bare]) or "no bounds"


def _against(op: Filter, bound: Bound, value: Any) -> str:
    if bound.measure == "holds":
        condition = getattr(op, bound.reason, "")
        return f"{bound.reason} `{condition}` {'holds' if value else 'does not hold'}"
    if value is None:
        return f"{bound.measure} is undefined, {bound}"
    held = pl.select(pl.lit(value).alias(bound.measure)).select(bound.kept()).item()
    signs = _SIGNS[bound.side, bound.strict]
    return f"{bound.measure} {_value(value)} {signs[0] if held else signs[1]} {bound.side} {_value(bound.limit)}"


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    return rowdiff.escaped(json.dumps(cut(value), ensure_ascii=False, default=str))


def _expanded(step: Step, outcome: Outcome, found: Found, skipped: str, veiled: Veiled) -> tuple[pl.DataFrame, Event]:
    """The row as a whole, or the piece that is looked for or that it was made from."""
    sought = [name for name in (found.id, found.row.get("parent")) if name]
    piece = outcome.kept.filter(pl.col("id").is_in(sought))
    if skipped or not outcome.added:
        return outcome.kept, Event(step.name, skipped or "one piece: it stays whole")
    if not len(piece):
        return outcome.kept.clear(), Event(step.name, f"dropped: expanded, it fell into {outcome.added:,} pieces")
    told = f"made this row: piece {piece.get_column('piece')[0]} of {outcome.added:,}"
    return piece, Event(step.name, told, (rowdiff.line("+", shown(veiled(piece).row(0, named=True))),))


def _augmented(step: Step, outcome: Outcome, found: Found, skipped: str, veiled: Veiled) -> tuple[pl.DataFrame, Event]:
    """The row itself goes on, or the child that is looked for."""
    child = outcome.kept.filter(pl.col("id") == found.id)
    if found.row.get("made_by") == step.name and len(child):
        variant = child.get_column("variant")[0]
        lines = change(veiled(outcome.kept).row(0, named=True), veiled(child).row(0, named=True))
        return child, Event(step.name, f"made this row: variant {variant} of `{child.get_column('parent')[0]}`", lines)
    own = outcome.kept[:1]
    if skipped:
        return own, Event(step.name, skipped)
    told = f"made {outcome.added} row{'s' if outcome.added != 1 else ''} from it" if outcome.added else "made nothing from it"
    return own, Event(step.name, told)


def _decided(
    version: Version, step: Step, rows: pl.DataFrame, found: Found, parent: Found | None, gone: bool
) -> tuple[pl.DataFrame, Event]:
    """What the version says was decided over all rows."""
    made_later = found.row.get("made_by") is not None and "made_by" not in rows.columns
    teller = parent if parent is not None and made_later else found
    skipped = _skipped(step, rows)
    rows = with_made_columns(step, rows)
    if isinstance(step.op, Split):
        rows = _as_stored(rows, teller, tuple(step.op.makes()))
        more = [f"{name} = {_value(teller.row.get(name))}" for name in step.op.makes() if name != "part"]
        return rows, Event(step.name, skipped or ", ".join([f"part {teller.row.get('part')}", *more]))
    if isinstance(step.op, Sample):
        return _drawn(step, step.op, rows, found, teller, skipped, gone)
    if isinstance(step.op, Mixing):
        return _mixed(step, rows, found, skipped)
    if isinstance(step.op, DedupSpans):
        return (rows.clear(), _cut_short(step, found)) if gone else (rows, Event(step.name, skipped))
    assert isinstance(step.op, (Dedup, Conflict))
    if gone:
        return rows.clear(), _duplicate(version, step, found)
    if skipped:
        return rows, Event(step.name, skipped)
    if step.op.action != "mark":
        rows = _as_stored(rows, teller, tuple(step.op.makes()))
        copies = sum(one.row["step"] == step.name for one in twins(version, teller.id))
        weight = f", weight {_value(teller.row.get('weight'))}" if step.op.action == "weight" else ""
        return rows, Event(
            step.name, f"kept: the one that stays of {copies + 1:,} twins{weight}" if copies else "kept: no twin"
        )
    rows = _as_stored(rows, teller, MARKS)
    return rows, _marked(version, step, teller)


def _drawn(
    step: Step, op: Sample, rows: pl.DataFrame, found: Found, teller: Found, skipped: str, gone: bool
) -> tuple[pl.DataFrame, Event]:
    """Whether the row was drawn, and as which of its uses."""
    if gone:
        return rows.clear(), Event(step.name, "dropped: not_sampled, it was not drawn")
    if op.action == "mark":
        rows = _as_stored(rows, teller, tuple(step.op.makes()))
        return rows, Event(step.name, skipped or f"times = {_value(teller.row.get('times'))}")
    if found.row.get("made_by") == step.name:
        rows = _as_stored(rows, found, ("id", "parent", "made_by", "copy"))
        return rows, Event(step.name, f"made this row: copy {found.row['copy']} of `{found.row['parent']}`")
    return rows, Event(step.name, skipped or "kept: it was drawn")


def _mixed(step: Step, rows: pl.DataFrame, found: Found, skipped: str) -> tuple[pl.DataFrame, Event]:
    """The row that was made of this one and others, as the version keeps it."""
    if found.row.get("made_by") != step.name:
        return rows, Event(step.name, skipped or "new rows are made of it and others")
    before = rows.row(0, named=True)
    rows = _as_stored(rows, found, [name for name in rows.columns if name in found.row])
    lines = change(before, rows.row(0, named=True))
    return rows, Event(step.name, f"made this row: variant {found.row['variant']} of `{found.row['parent']}`", lines)


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
    told += "" if alike is None else f", similarity {_value(alike)}"
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
    told = [f"{name} {_value(value)}" for name, value in measured.items()]
    bound = getattr(step.op, found.row["reason"], None)
    sign = {"max_removed": "removed", "min_left": "left"}.get(found.row["reason"], "")
    if bound is not None and sign in measured:
        told = [one + (f" {'>' if sign == 'removed' else '<'} {_value(bound)}" if one.startswith(sign) else "") for one in told]
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
    told = [f"{name} {_value(value)}" for name, value in measured.items() if value is not None and not name.startswith("link")]
    bound = f" ≥ {least:g}" if told and least is not None else ""
    if "linked_by" not in measured:
        return ", ".join(told) + bound
    return f"{', '.join(told)}; linked to it by another row, similarity {_value(measured['link_similarity'])}{bound}"


def _note(rows: pl.DataFrame, found: Found, last: str, differing: list[str]) -> str | None:
    """Whether the replay ended as the version says."""
    steps = ", ".join(f"`{name}`" for name in differing)
    why = f"; code, libraries or files of {steps} have changed since" if differing else ""
    if found.dropped:
        if last == found.row["step"]:
            return None
        return f"run again, the row leaves at `{last}`; in the version `{found.row['step']}` dropped it{why}"
    if not len(rows):
        return f"run again, `{last}` drops the row; in the version it is kept{why}"
    now = rows.row(0, named=True)
    wrong = [name for name, value in found.row.items() if name in now and name not in HIDDEN and now[name] != value]
    return f"run again, {', '.join(f'`{name}`' for name in wrong)} ends otherwise than in the version{why}" if wrong else None
