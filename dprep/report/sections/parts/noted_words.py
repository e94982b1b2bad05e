"""What splits and samples have noted, in words."""

from __future__ import annotations

from dprep.report.blocks import Block, Cell, Column, Prose, Subhead, Table
from dprep.report.numbers import number
from dprep.report.say import Say
from dprep.report.sections.parts.facts import Parts
from dprep.report.sections.parts.noted import Drawn, Split

ID = "parts"


def noted_blocks(facts: Parts, say: Say) -> list[Block]:
    """Splits, then samples, in the order of the steps."""
    blocks: list[Block] = []
    for split in facts.splits:
        blocks += [Subhead(split.name, split.op, anchor=f"{ID}-step-{split.number}"), *_split(split, say)]
    for drawn in facts.drawn:
        blocks += [Subhead(drawn.name, drawn.op, anchor=f"{ID}-step-{drawn.number}"), *_drawn(drawn, say)]
    return blocks


def _split(split: Split, say: Say) -> list[Block]:
    blocks: list[Block] = [Prose(sentence) for sentence in _sentences(split, say)]
    if split.parts:
        blocks.insert(0, _asked(split, say))
    if split.forced:
        blocks.append(_forced(split, say))
    if split.held_out:
        head = (Column(say("Part")), Column(say("Groups held out for it")))
        lines = tuple((part, ", ".join(names)) for part, names in split.held_out)
        blocks.append(Table(say("Groups held out (some of them)"), head, lines))
    return blocks or [Prose(say("Every row went where its own value says."), soft=True)]


def _asked(split: Split, say: Say) -> Table:
    """At the time of the split: later steps may have added rows, or dropped some."""
    with_rows = any(part.rows is not None for part in split.parts)
    asked = any(part.asked is not None for part in split.parts)
    shared = any(part.asked_share is not None for part in split.parts)
    head = [Column(say("Part"))]
    head += [Column(say("Rows"), "number")] if with_rows else []
    head += [Column(say("Rows asked for"), "number"), Column(say("Off by"), "number")] if asked else []
    head += [Column(say("Share"), "share")]
    head += [Column(say("Share asked for"), "share")] if shared else []
    lines: list[tuple[Cell, ...]] = []
    for part in split.parts:
        off = round(part.rows - part.asked, 4) if part.rows is not None and part.asked is not None else None
        lines.append(
            (
                part.part,
                *([part.rows] if with_rows else []),
                *([_tenths(part.asked), off] if asked else []),
                part.share,
                *([part.asked_share] if shared else []),
            )
        )
    return Table(say("Parts when they were split"), tuple(head), tuple(lines))


def _tenths(rows: float | None) -> Cell:
    """Half a row asked for is not rounded away beside how far it is off."""
    return None if rows is None else int(rows) if rows == int(rows) else f"{rows:,.1f}"


def _sentences(split: Split, say: Say) -> list[str]:
    told = []
    if split.classes and split.off_rows is not None:
        if split.beyond:
            told.append(
                say(
                    "Rows that stay together keep {beyond} of {n} classes off, at most by {off} rows ({points} points).",
                    beyond=split.beyond,
                    n=split.classes,
                    off=number(split.off_rows),
                    points=number(split.off_points or 0.0),
                )
            )
        else:
            told.append(say("Every class is within {off} rows of what was asked.", off=number(split.off_rows)))
    if split.units:
        told.append(
            say(
                "{n} groups of rows had to stay together, {rows} rows in all, at most {most} in one.",
                n=split.units,
                rows=split.unit_rows,
                most=split.largest_unit,
            )
        )
    if split.undated:
        told.append(say.many(split.undated, "{n} row has no date.", "{n} rows have no date."))
    for part, rows in split.older:
        if rows:
            told.append(
                say("{n} rows of `{part}` are older than where it begins: they stay with later ones.", n=rows, part=part)
            )
    for k, classes in split.short:
        told.append(say("{n} classes have fewer than {k} rows to draw from.", n=classes, k=k))
    return told


def _forced(split: Split, say: Say) -> Table:
    head = (
        Column(say("Class")),
        *(Column(part, "text") for part, _, _ in split.forced[0].parts),
        Column(say("Off by"), "number"),
        Column(say("No placing comes nearer than"), "number"),
    )
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.name,
            *(say("{rows} of {asked}", rows=rows, asked=number(asked)) for _, rows, asked in each.parts),
            each.off,
            each.at_least,
        )
        for each in split.forced
    )
    return Table(say("Classes furthest from what was asked"), head, lines)


def _drawn(drawn: Drawn, say: Say) -> list[Block]:
    told = Prose(say("{rows_in} rows came in, {rows_out} went on.", rows_in=drawn.rows_in, rows_out=drawn.rows_out))
    if not drawn.groups:
        return [told]
    head = (
        Column(say("Group")),
        Column(say("Rows in"), "number"),
        Column(say("Rows out"), "number"),
        Column(say("Epochs"), "number"),
    )
    lines = tuple((group.name, group.rows_in, group.rows_out, round(group.epochs, 2)) for group in drawn.groups)
    more = say(" ({n} smaller groups not shown)", n=drawn.more) if drawn.more else ""
    return [told, Table(say("What was drawn of each group") + more, head, lines)]
