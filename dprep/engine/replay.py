"""The steps of a plan run again on one row, with what was decided over all rows taken from the version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from dprep.base import rowdiff
from dprep.base.dedup_spans import DedupSpans
from dprep.base.gate import Gate
from dprep.base.match import Match
from dprep.base.new_rows import TIMES
from dprep.base.operator import Augment, Bound, Expand, Filter, Tag
from dprep.base.step import Asked, Outcome, Shared, Step, run_step, with_made_columns
from dprep.engine.decided_told import Event, Lineage, decided
from dprep.engine.lookup import Found, by_id, versions_in_index
from dprep.engine.showing import HIDDEN, change, shown, value_text
from dprep.engine.spans_told import after_cuts
from dprep.engine.tally import masks
from dprep.engine.veil import Veil
from dprep.plan.fingerprint import revision
from dprep.plan.model import Plan
from dprep.store.versions import Version

_SIGNS = {("min", False): "≥<", ("min", True): ">≤", ("max", False): "≤>", ("max", True): "<≥"}
"""How a number stands to its bound: if it holds, if it is broken."""

Veiled = Callable[[pl.DataFrame], pl.DataFrame]


def replay(version: Version, plan: Plan, rows: pl.DataFrame, life: Lineage, asked: Asked) -> tuple[list[Event], str | None]:
    """What every step does to the record in `rows`, and a note where that is not what the version says.

    Ends at the step that dropped the row. A made row is followed from the record that its oldest ancestor was. asked: how
    operators are asked.
    """
    veil, found = Veil(plan.steps), life.found
    events = [Event("read", f"from {found.origin}", (rowdiff.line(" ", shown(veil.over(rows, 0).row(0, named=True))),))]
    if found.dropped and found.row["step"] == "read":
        return [*events, Event("read", f"dropped: {found.row['reason']}, a text is missing")], None
    made = {step["name"]: step for step in version.manifest["steps"]}
    differing = []
    beside = rows.clear()  # what the row was made from, for the gates
    for place, step in enumerate(plan.steps):
        if step.name not in made:  # a trial ends before
            break
        if revision(step.op_name, plan.ops_folder) != made[step.name]["revision"] or _other_files(step, made[step.name]):
            differing.append(step.name)
        gone = found.dropped and found.row["step"] == step.name
        later = partial(veil.over, place=place + 1)
        skipped = _skipped(step, rows)
        if isinstance(step.op, DedupSpans) and not gone and not skipped:
            after, told, lines = after_cuts(step, _met(plan, place, found), rows, found, later)
            event = Event(step.name, told, lines)
            if after is None:  # what later steps did to it cannot be seen again either
                return [*events, event, *stored(found)], None
            rows = after
        elif step.local:
            before, (rows, event) = rows, _local(version, step, rows, beside, life, later, asked)
            beside = _beside(step, before, beside, rows, asked)
        else:
            before, (rows, event) = rows, decided(version, step, rows, life, skipped, gone)
            beside = before if len(rows) and rows.get_column("id")[0] != before.get_column("id")[0] else beside
        life = life.now_with(rows)
        events.append(event)
        if gone or not len(rows):
            break
    return events, _note(rows, found, events[-1].step, differing)


def _beside(step: Step, before: pl.DataFrame, beside: pl.DataFrame, rows: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """The parent of the row after `step`: what the row was before, where `step` has made it."""
    if len(rows) and rows.get_column("id")[0] != before.get_column("id")[0]:
        return before
    if not len(beside) or isinstance(step.op, (Augment, Gate)):  # they change no row that is there
        return beside
    beside = pl.concat([beside, before.clear()], how="diagonal_relaxed")  # with the columns that its child alone has
    return run_step(step, beside, Shared(asked)).kept.filter(pl.col("id").is_in(beside["id"].implode()))


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
    version: Version, step: Step, rows: pl.DataFrame, beside: pl.DataFrame, life: Lineage, veiled: Veiled, asked: Asked
) -> tuple[pl.DataFrame, Event]:
    """A row-local step run again; `veiled` makes rows fit to be shown."""
    before = veiled(rows).row(0, named=True)
    skipped = _skipped(step, rows)
    if isinstance(step.op, Gate):
        return _gated(step, step.op, rows, beside, skipped, asked)
    outcome = run_step(step, _as_wanted(step, rows, life), Shared(asked))
    if isinstance(step.op, Expand):
        return _expanded(step, outcome, life, skipped, veiled)
    if isinstance(step.op, Augment):
        return _augmented(step, outcome, life, skipped, veiled)
    if skipped:
        return outcome.kept, Event(step.name, skipped)
    if len(outcome.dropped):
        return outcome.kept, _dropped(version, step, outcome)
    after = veiled(outcome.kept).row(0, named=True)
    if isinstance(step.op, Filter):
        return outcome.kept, Event(step.name, "kept: " + _measures(step.op, outcome.measured))
    if isinstance(step.op, Tag):
        return outcome.kept, Event(step.name, ", ".join(f"{name} = {value_text(after[name])}" for name in step.op.makes()))
    if isinstance(step.op, Match):
        marks = ", ".join(f"{name} = {value_text(after[name])}" for name in step.op.makes() if after[name] is not None)
        return outcome.kept, Event(step.name, f"marked: {marks}" if marks else "kept: it matches nothing")
    lines = change(before, after)
    told = "changed" if lines else "no change"
    return outcome.kept, Event(step.name, told, lines[1:] if masks(step) else lines)


def _as_wanted(step: Step, rows: pl.DataFrame, life: Lineage) -> pl.DataFrame:
    """With as many variants wanted as the row that is looked for needs: how many there were is kept by no version."""
    if not isinstance(step.op, Augment) or step.op.per_class_target is None:
        return rows
    made = life.made_by(step.name)
    return rows.with_columns(pl.lit(1 + made.row["variant"] if made else 1, dtype=pl.Int32).alias(TIMES))


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
    told = f"dropped: {row['reason']}: {', '.join(f'{name} {value_text(value)}' for name, value in measured.items())}"
    held = [version, *versions_in_index(Path(getattr(step.op, "index", "")))]
    source, twin = next(((str(one), twin) for one in held if (twin := by_id(one, row["twin"]))), ("", None))
    if twin is None:
        return Event(step.name, f"{told}; it matches `{row['twin']}`")
    of = "" if source == str(version) else f" of `{source}`"
    line = rowdiff.line(" ", shown(twin.row), f"{twin.origin}, {twin.id}")
    return Event(step.name, f"{told}; it matches a row{of}:", (line,))


def _measures(op: Filter | Gate, measured: Mapping[str, pl.Series]) -> str:
    """ "words 34 ≥ min 20, characters 9,100 > max 9,000": what was measured against every bound."""
    told = [_against(op, bound, measured[bound.measure][0]) for bound in op.bounds()]
    judged = {bound.measure for bound in op.bounds()}
    bare = [f"{name} {value_text(series[0])}" for name, series in measured.items() if name not in judged]
    return ", ".join([*told, *bare]) or "no bounds"


def _against(op: Filter | Gate, bound: Bound, value: Any) -> str:
    if bound.measure == "holds":
        condition = getattr(op, bound.reason, "")
        return f"{bound.reason} `{condition}` {'holds' if value else 'does not hold'}"
    if value is None:
        return f"{bound.measure} is undefined, {bound}"
    held = pl.select(pl.lit(value).alias(bound.measure)).select(bound.kept()).item()
    signs = _SIGNS[bound.side, bound.strict]
    return f"{bound.measure} {value_text(value)} {signs[0] if held else signs[1]} {bound.side} {value_text(bound.limit)}"


def _expanded(step: Step, outcome: Outcome, life: Lineage, skipped: str, veiled: Veiled) -> tuple[pl.DataFrame, Event]:
    """The row as a whole, or the piece that is looked for or that it was made from."""
    piece = outcome.kept.filter(pl.col("id").is_in([one.id for one in (life.found, *life.ancestors)]))
    if skipped or not outcome.added:
        return outcome.kept, Event(step.name, skipped or "one piece: it stays whole")
    if not len(piece):
        return outcome.kept.clear(), Event(step.name, f"dropped: expanded, it fell into {outcome.added:,} pieces")
    told = f"made this row: piece {piece.get_column('piece')[0]} of {outcome.added:,}"
    return piece, Event(step.name, told, (rowdiff.line("+", shown(veiled(piece).row(0, named=True))),))


def _gated(
    step: Step, op: Gate, rows: pl.DataFrame, beside: pl.DataFrame, skipped: str, asked: Asked
) -> tuple[pl.DataFrame, Event]:
    """A new row beside the one that it was made from."""
    both = pl.concat([beside, rows], how="diagonal") if len(beside) else rows
    outcome = run_step(step, both, Shared(asked))
    kept = outcome.kept.filter(pl.col("id") == rows.get_column("id")[0])
    if skipped:
        return kept, Event(step.name, skipped)
    if not len(outcome.dropped):
        return kept, Event(step.name, "kept: " + _measures(op, outcome.measured))
    reason = outcome.dropped.get_column("reason")[0]
    if reason in {"error", "gate.no_parent"}:
        return kept, Event(step.name, f"dropped: {reason}")
    return kept, Event(step.name, f"dropped: {reason}: {_measures(op, outcome.measured)}")


def _augmented(step: Step, outcome: Outcome, life: Lineage, skipped: str, veiled: Veiled) -> tuple[pl.DataFrame, Event]:
    """The row itself goes on, or the child that is looked for."""
    sought = life.made_by(step.name)
    child = outcome.kept.filter(pl.col("id") == sought.id) if sought is not None else outcome.kept.clear()
    if len(child):
        variant = child.get_column("variant")[0]
        lines = change(veiled(outcome.kept).row(0, named=True), veiled(child).row(0, named=True))
        return child, Event(step.name, f"made this row: variant {variant} of `{child.get_column('parent')[0]}`", lines)
    own = outcome.kept[:1]
    if skipped:
        return own, Event(step.name, skipped)
    told = f"made {outcome.added} row{'s' if outcome.added != 1 else ''} from it" if outcome.added else "made nothing from it"
    return own, Event(step.name, told)


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
