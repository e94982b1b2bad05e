"""Both funnels in one table, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.report.blocks import Block, Column, Prose, Section, Table
from dprep.report.say import Say

if TYPE_CHECKING:
    from dprep.report.sections.against import AgainstFacts
    from dprep.report.sections.against.funnels import FunnelLine


def section(facts: AgainstFacts, say: Say) -> Section:
    """Steps beside each other, then the reasons that differ."""
    blocks: list[Block] = [_steps(facts, say)]
    if facts.funnels.reasons:
        blocks.append(_reasons(facts, say))
        left = facts.funnels.reasons_in_all - len(facts.funnels.reasons)
        if left:
            blocks.append(
                Prose(
                    say.many(left, "{n} smaller difference is not listed.", "{n} smaller differences are not listed."),
                    soft=True,
                )
            )
    else:
        blocks.append(Prose(say("Every step dropped the same number of rows for the same reasons.")))
    return Section("against-funnel", say("Both funnels"), tuple(blocks))


def _steps(facts: AgainstFacts, say: Say) -> Table:
    old, new = facts.old.short, facts.new.short
    adds = any(counts and counts.added for line in facts.funnels.lines for counts in (line.old, line.new))
    head = [
        Column(say("Step")),
        *(Column(say("Dropped, {version}", version=name), "number") for name in (old, new)),
        *(Column(say("Added, {version}", version=name), "number") for name in (old, new) if adds),
        *(Column(say("Out, {version}", version=name), "number") for name in (old, new)),
        Column(say("Difference of out"), "number"),
    ]
    lines = tuple(_line(line, adds, say) for line in facts.funnels.lines)
    return Table(
        say("Rows through every step of both; those that come to a step are those that the step before let out"),
        tuple(head),
        lines,
    )


def _line(line: FunnelLine, adds: bool, say: Say) -> tuple[str | int | None, ...]:
    sides = (line.old, line.new)
    return (
        _name(line, say),
        *(counts.dropped if counts else None for counts in sides),
        *(counts.added if counts else None for counts in sides if adds),
        *(counts.out if counts else None for counts in sides),
        line.new.out - line.old.out if line.old and line.new else None,
    )


def _name(line: FunnelLine, say: Say) -> str:
    if line.old_name is None:
        return say("{step} (only now)", step=line.new_name)
    if line.new_name is None:
        return say("{step} (only before)", step=line.old_name)
    if line.old_name != line.new_name:
        return say("{step} (before: {old})", step=line.new_name, old=line.old_name)
    return line.new_name


def _reasons(facts: AgainstFacts, say: Say) -> Table:
    head = (
        Column(say("Step")),
        Column(say("Reason")),
        Column(say("Dropped, {version}", version=facts.old.short), "number"),
        Column(say("Dropped, {version}", version=facts.new.short), "number"),
        Column(say("Difference"), "number"),
    )
    lines = tuple((each.step, each.reason, each.old, each.new, each.new - each.old) for each in facts.funnels.reasons)
    return Table(say("Reasons for which other numbers of rows were dropped"), head, lines)
