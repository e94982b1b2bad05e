"""What became of the rows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.report.blocks import Bars, Block, Change, Column, Figures, Fold, Prose, RowDiff, Section, Subhead, Table
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.store.compare import KEPT, MADE, NEW_IN_INPUT, NOT_IN_INPUT, NOT_MADE

if TYPE_CHECKING:
    from dprep.report.sections.against import AgainstFacts
    from dprep.report.sections.against.rows import ChangedRow, GroupFacts

BARS = 12
"""Groups that are drawn."""
SEEN = 12
"""Groups with rows to look at."""


def section(facts: AgainstFacts, say: Say) -> Section:
    """How many, why, and some to look at."""
    rows = facts.rows
    blocks: list[Block] = [
        Figures(
            (
                (say("the same"), rows.same, say("of {n} rows before", n=facts.old.rows)),
                (say("changed"), rows.changed, share(rows.changed, rows.same + rows.changed)),
                (say("removed"), rows.removed, share(rows.removed, facts.old.rows)),
                (say("added"), rows.added, share(rows.added, facts.new.rows)),
            )
        ),
        Prose(say("Rows are the same row where their ids are; a row that went to another part counts as changed."), soft=True),
    ]
    if rows.groups:
        blocks += [_bars(facts, say), _table(facts, say)]
        left = rows.groups_in_all - len(rows.groups)
        if left:
            blocks.append(
                Prose(say.many(left, "{n} smaller group is not listed.", "{n} smaller groups are not listed."), soft=True)
            )
        if rows.columns:
            head = (Column(say("Column"), "code"), Column(say("Rows that differ"), "number"))
            blocks.append(Table(say("Columns of the rows that both have"), head, rows.columns))
        blocks.append(Subhead(say("Rows to look at"), anchor="against-samples"))
        blocks += [_fold(group, say) for group in rows.groups[:SEEN]]
    return Section("against-rows", say("Rows by their fate"), tuple(blocks))


def _why(group: GroupFacts, say: Say) -> str:
    """Step and reason in one."""
    reason = group.reason
    known = {
        NOT_IN_INPUT: say("not in the input"),
        NEW_IN_INPUT: say("new in the input"),
        NOT_MADE: say("not made any more"),
        MADE: say("made"),
    }
    if reason.startswith(f"{KEPT}: "):
        told = say("dropped before: {reason}", reason=reason.removeprefix(f"{KEPT}: "))
    else:
        told = known.get(reason, reason)
    return f"{group.step}: {told}" if group.step else told


def _fate(group: GroupFacts, say: Say) -> str:
    return {"added": say("added"), "removed": say("removed"), "changed": say("changed")}[group.fate]


def _bars(facts: AgainstFacts, say: Say) -> Bars:
    groups = sorted(facts.rows.groups, key=lambda group: (-group.rows, group.fate, group.step, group.reason))[:BARS]
    fates = ("removed", "added", "changed")
    words = {"added": say("added"), "removed": say("removed"), "changed": say("changed")}
    series = tuple((words[fate], tuple(group.rows if group.fate == fate else 0 for group in groups)) for fate in fates)
    return Bars(
        say("Rows by fate, step and reason"),
        tuple(f"{_fate(group, say)} · {_why(group, say)}" for group in groups),
        series,
        say("rows"),
    )


def _table(facts: AgainstFacts, say: Say) -> Table:
    rows = facts.rows
    wholes = {"removed": facts.old.rows, "added": facts.new.rows, "changed": rows.same + rows.changed}
    head = (
        Column(say("Fate")),
        Column(say("Step")),
        Column(say("Reason")),
        Column(say("Rows"), "number"),
        Column(say("Share"), "share"),
    )
    lines = tuple(
        (
            _fate(group, say),
            group.step,
            _why(group, say).removeprefix(f"{group.step}: "),
            group.rows,
            group.rows / wholes[group.fate],
        )
        for group in rows.groups
    )
    caption = say("Shares: removed, of the rows before; added, of the rows now; changed, of the rows that both have")
    return Table(caption, head, lines, filter=len(lines) > 20)


def _fold(group: GroupFacts, say: Say) -> Fold:
    shown = len(group.changed) or len(group.lines)
    name = f"{_fate(group, say)} · {_why(group, say)}"
    told = say("{name}: {shown} of {rows}", name=name, shown=shown, rows=group.rows)
    blocks: list[Block] = [block for row in group.changed for block in _edited(row, say)]
    if group.lines:
        blocks.append(RowDiff(group.lines, say("their ids: {ids}", ids=", ".join(group.ids))))
    return Fold(told, tuple(blocks))


def _edited(row: ChangedRow, say: Say) -> list[Block]:
    """One change per column."""
    notes = [say("row {id}, column {column}", id=row.id, column=edit.column) for edit in row.edits]
    pairs = zip(row.edits, notes, strict=True)
    return [Change(edit.before, edit.after, say("before"), say("after"), note) for edit, note in pairs]
