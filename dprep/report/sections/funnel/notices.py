"""What of the funnel a person should act on."""

from __future__ import annotations

from collections.abc import Iterator

from dprep.report.blocks import Notice
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.sections.funnel.facts import ID, OF_FILES, FunnelFacts, Line
from dprep.report.sections.funnel.groups import REPLACED, Group, Groups

POINTS, ROWS = 0.5, 100
"""A group has lost much where its share of lost rows is so much above that of all other rows together, and so many are gone."""
NEARLY_ALL = 0.9
"""A step takes too much where more than this share of the rows that came in left, and ROWS or more."""
REJECTED = 0.01
"""Share of the records that may be unreadable before it is worth a look: what a source allows by default."""
FEW = 3
"""Groups of a kind, and broken files, that are named."""


def notices(facts: FunnelFacts, say: Say) -> list[Notice]:
    """Warnings of heavy drops in one source, language or label, of steps that take nearly all, of files and records not read.

    Rows that pieces took the place of are not lost. Not counted are steps that draw rows, nor, for a language or label, filters
    whose parameters name that very column: they do what they were told.
    """
    return [*_nothing_left(facts, say), *_steps(facts, say), *_groups(facts, say), *_unread(facts, say)]


def _nothing_left(facts: FunnelFacts, say: Say) -> Iterator[Notice]:
    if facts.rows_in and not facts.rows_out:
        yield Notice("error", say("No row is left of {n}", n=facts.rows_in), ID)


def heavy(facts: FunnelFacts) -> list[Line]:
    """Steps that dropped more than NEARLY_ALL of what came in."""
    return [line for line in facts.lines if line.stage.name not in facts.sampled and _too_much(line)]


def _too_much(line: Line) -> bool:
    gone = line.stage.dropped - line.stage.reasons.get(REPLACED, 0)
    return gone >= ROWS and gone > NEARLY_ALL * line.stage.rows_in


def _steps(facts: FunnelFacts, say: Say) -> Iterator[Notice]:
    for line in heavy(facts):
        gone, rows = line.stage.dropped, line.stage.rows_in
        told = {"step": line.stage.name, "gone": gone, "rows": rows, "share": share(gone, rows)}
        yield Notice(
            "warning",
            say("`{step}` dropped {gone} of the {rows} rows that came to it ({share})", **told),
            f"step-{line.number}",
        )


def lost(facts: FunnelFacts, groups: Groups) -> list[tuple[Group, float, float]]:
    """(group, share of its rows that is lost, that of all others) for every group that lost much more than the others.

    Others are those that have a name: rows that went before their language was told would hide any loss.
    """
    expected = {*facts.sampled, *facts.named_by.get(groups.column, ())}
    gone = {
        place: sum(rows for step, rows in each.by_step.items() if step not in expected)
        for place, each in enumerate(groups.every)
    }
    nameless = {place for place, each in enumerate(groups.groups) if each.name is None}
    known = [place for place in range(len(groups.every)) if place not in nameless]
    there, lost_in_all = sum(groups.every[place].there for place in known), sum(gone[place] for place in known)
    found = []
    for place, each in enumerate(groups.groups):
        others = there - each.there
        if not each.there or not others or gone[place] < ROWS or each.name is None:
            continue
        own, rest = gone[place] / each.there, (lost_in_all - gone[place]) / others
        if own - rest >= POINTS:
            found.append((each, own, rest))
    return found


def _groups(facts: FunnelFacts, say: Say) -> Iterator[Notice]:
    for groups in facts.by:
        if groups.column == OF_FILES[1] and lost(facts, facts.by[0]):
            continue  # the source says it already
        found = lost(facts, groups)
        for each, own, rest in found[:FEW]:
            told = {"name": each.name, "own": share(own, 1), "rest": share(rest, 1), "step": each.most, "rows": each.most_rows}
            sentence = say(
                "{kind} `{name}` lost {own} of its rows, all others {rest}: most at `{step}` ({rows})",
                kind=kind(groups.column, say), **told,
            )  # fmt: skip
            yield Notice("warning", sentence, anchor(groups.column))
        if (more := len(found) - FEW) > 0:
            sentence = say("{n} more groups by `{column}` lost far more than the others", n=more, column=groups.column)
            yield Notice("warning", sentence, anchor(groups.column))


def _unread(facts: FunnelFacts, say: Say) -> Iterator[Notice]:
    if broken := len(facts.broke_off):
        files = ", ".join(facts.broke_off[:FEW]) + ("…" if broken > FEW else "")
        sentence = say.many(
            broken,
            "{n} file broke off before its end, what came before is in: {files}",
            "{n} files broke off before their end, what came before is in: {files}",
            files=files,
        )
        yield Notice("warning", sentence, f"{ID}-unread")
    records = sum(each.records for each in facts.rejected)
    if records and records > REJECTED * (records + facts.rows_in):
        whole = records + facts.rows_in
        sentence = say(
            "{records} of {whole} records could not be read ({share})",
            records=records,
            whole=whole,
            share=share(records, whole),
        )
        yield Notice("warning", sentence, f"{ID}-unread")


def anchor(column: str) -> str:
    """Where the groups of a column stand."""
    return f"{ID}-{column}" if column in (*OF_FILES, "label") else f"{ID}-language"


def kind(column: str, say: Say) -> str:
    """What a group of this column is, at the beginning of a sentence."""
    if column == "source":
        return say("Source")
    if column == "file":
        return say("File")
    return say("Label") if column == "label" else say("Language")
