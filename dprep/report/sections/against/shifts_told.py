"""Parts, classes and distributions of two versions in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.report import numbers as spelt
from dprep.report.blocks import Block, Column, Distributions, Fold, Heat, Notice, Prose, Section, Subhead, Table
from dprep.report.reading import effects
from dprep.report.reading.found import ROWS
from dprep.report.say import Say
from dprep.report.sections.against.rows import OUTSIDE
from dprep.report.sections.against.shifts import GRAVE, NumberShift, ShareShift, ShiftsFacts

if TYPE_CHECKING:
    from dprep.report.sections.against import AgainstFacts

DRAWN = 8
"""Distributions that are drawn, of those worth naming."""


def number(shift: NumberShift, say: Say) -> str:
    """`characters of step length is larger now: Cliff's delta 0.21 (small) …`."""
    direction = say("larger") if shift.delta > 0 else say("smaller")
    return say(
        "{measure} is {direction} now: median about {now}, before {before} (Cliff's delta {delta}, {size}).",
        measure=_name(shift, say, "`"),
        direction=direction,
        now=spelt.number(shift.new_median),
        before=spelt.number(shift.old_median),
        delta=f"{shift.delta:+.3f}",
        size=effects.size_in_words(shift.delta, say),
    )


def shares(shift: ShareShift, say: Say) -> str:
    """How much of a column would have to be otherwise."""
    value, before, after = shift.values[0]
    return say(
        "{what} are shared out otherwise: {moved} of the rows would have to change for both to be alike; most of all "
        "`{value}`, {after} now, {before} before.",
        what=_shared(shift, say, "`"),
        moved=spelt.share(shift.distance, 1),
        value=value,
        after=spelt.share(after, shift.new_rows),
        before=spelt.share(before, shift.old_rows),
    )


def notices(facts: AgainstFacts, say: Say) -> list[Notice]:
    """Large shifts: of each measure and each kind of class the largest one, the others stand in the tables."""
    large = {
        (shift.what, shift.measure): shift
        for shift in reversed(facts.shifts.numbers)
        if shift.matters and abs(shift.delta) >= effects.LARGE
    }
    moved = {shift.what: shift for shift in reversed(facts.shifts.shares) if shift.matters and shift.distance > GRAVE}
    told = [Notice("warning", number(shift, say), "against-shifts") for shift in reversed(large.values())]
    return told + [Notice("warning", shares(shift, say), "against-parts") for shift in reversed(moved.values())]


def _name(shift: NumberShift, say: Say, mark: str = "") -> str:
    """`mark` stands around names: a backtick where they are code."""
    measure, where = (f"{mark}{name}{mark}" for name in (shift.measure, shift.where))
    if shift.what == "measure":
        return say("{measure} at step {step}", measure=measure, step=where)
    return say("Length of {column} in {part}", column=measure, part=where) if shift.what == "length" else say("The label")


def _shared(shift: ShareShift, say: Say, mark: str = "") -> str:
    if shift.what == "parts":
        return say("Parts")
    if shift.what == "languages":
        return say("Languages")
    return say("Labels of {part}", part=f"{mark}{shift.where}{mark}") if shift.where else say("Labels")


def parts(facts: AgainstFacts, say: Say) -> Section:
    """Where rows went, and the shares of parts, labels and languages."""
    return Section("against-parts", say("Parts and classes"), (*_moved(facts, say), *_shares(facts, say)))


def _moved(facts: AgainstFacts, say: Say) -> list[Block]:
    moved = facts.moved
    ahead = tuple(part if part != OUTSIDE else say("not there") for part in moved.new_parts)
    before = tuple(part if part != OUTSIDE else say("not there") for part in moved.old_parts)
    title = say("Rows by their part before (line) and now (column)")
    heat = Heat(title, before, ahead, moved.counts, facts.old.short, facts.new.short, by_line=True)
    if not moved.held_out_to_train and not moved.train_to_held_out:
        return [heat, Prose(say("No row went from `train` to another part, or from another part to `train`."))]
    told = say(
        "Rows that went between `train` and other parts: scores of models of the two versions cannot be compared. "
        "`split.stable` keeps a row in its part whatever becomes of other rows."
    )
    return [heat, Prose(told)]


def _shares(facts: AgainstFacts, say: Say) -> list[Block]:
    old, new = facts.old.short, facts.new.short
    head = (
        Column(say("What")),
        Column(say("Total variation"), "number"),
        Column(say("By chance about"), "number"),
        Column(say("Rows, {version}", version=old), "number"),
        Column(say("Rows, {version}", version=new), "number"),
    )
    told = facts.shifts.shares
    lines = tuple((_shared(each, say), each.distance, each.by_chance, each.old_rows, each.new_rows) for each in told)
    caption = say("Total variation: the share of rows that would have to be of another value for both to be alike")
    blocks: list[Block] = [Table(caption, head, lines)]
    for shift in [each for each in told if each.distance and each.values_in_all > 1][:DRAWN]:
        values = _values(shift, facts, say)
        blocks.append(Fold(values.caption, (values,), open=shift.matters))
    if not any(shift.matters for shift in told):
        blocks.append(Prose(say("No shift of shares is worth naming: all are under 5 % or what chance would bring.")))
    return blocks


def _values(shift: ShareShift, facts: AgainstFacts, say: Say) -> Table:
    head = (
        Column(_shared(shift, say)),
        Column(say("Rows, {version}", version=facts.old.short), "number"),
        Column(say("Rows, {version}", version=facts.new.short), "number"),
        Column(say("Share, {version}", version=facts.old.short), "share"),
        Column(say("Share, {version}", version=facts.new.short), "share"),
    )
    lines = tuple(
        (value, before, after, before / (shift.old_rows or 1), after / (shift.new_rows or 1))
        for value, before, after in shift.values
    )
    what, shown, whole = _shared(shift, say), len(lines), shift.values_in_all
    if shown == whole:
        caption = say("{what}: rows and shares", what=what)
    else:
        caption = say("{what}: {shown} of {all}, those whose shares differ most", what=what, shown=shown, all=whole)
    return Table(caption, head, lines)


def shifts(facts: AgainstFacts, say: Say) -> Section:
    """Every number that both have, and pictures of those worth naming."""
    told = facts.shifts.numbers
    if not told:
        return Section(
            "against-shifts", say("Shifts of numbers"), (Prose(say("The two versions measured no number that both have.")),)
        )
    blocks: list[Block] = [Prose(line, soft=True) for line in _notes(facts.shifts, say)]
    blocks.append(_numbers(facts, say))
    named = [shift for shift in told if shift.matters]
    if not named:
        blocks.insert(0, Prose(say("No shift of a number is worth naming.")))
    for place, shift in enumerate(named[:DRAWN]):
        blocks.append(Subhead(_name(shift, say), effects.size_in_words(shift.delta, say), f"against-shift-{place + 1}"))
        blocks.append(Prose(number(shift, say)))
        groups = ((facts.old.short, shift.old_counts), (facts.new.short, shift.new_counts))
        blocks.append(Distributions(_name(shift, say), shift.edges, groups))
    return Section("against-shifts", say("Shifts of numbers"), tuple(blocks))


def _notes(shifts: ShiftsFacts, say: Say) -> list[str]:
    """How the effects were found."""
    told = [
        say(
            "Effects are computed on the ledgers' histograms, whose bins are an eighth of a power of two wide: values of one "
            "bin count as equal. Cliff's delta is how much more often a row of the new version has the larger value than the "
            "smaller one: negligible under 0.147, small under 0.33, medium under 0.474. D (Kolmogorov-Smirnov) is the largest "
            "difference between the shares at or below a value."
        ),
        say("What a step measures, it measures of all rows that come to it, before it drops any."),
    ]
    if any(shift.sampled for shift in shifts.numbers):
        told.append(say("Lengths are those of a sample of {rows} rows of each larger part.", rows=ROWS))
    return told


def _numbers(facts: AgainstFacts, say: Say) -> Table:
    head = (
        Column(say("Number")),
        Column(say("Cliff's delta"), "number"),
        Column(say("Size of the effect")),
        Column("D", "number"),
        Column(say("Median, {version}", version=facts.old.short), "number"),
        Column(say("Median, {version}", version=facts.new.short), "number"),
        Column(say("Values, {version}", version=facts.old.short), "number"),
        Column(say("Values, {version}", version=facts.new.short), "number"),
        Column(say("Remark")),
    )
    lines = tuple(
        (
            _name(each, say),
            each.delta,
            effects.size_in_words(each.delta, say),
            each.ks,
            each.old_median,
            each.new_median,
            each.old_rows,
            each.new_rows,
            say("of copies alone, which the threshold chooses") if each.of_copies else "",
        )
        for each in facts.shifts.numbers
    )
    return Table(say("Numbers that both versions have, the largest effect first"), head, lines, filter=len(lines) > 20)
