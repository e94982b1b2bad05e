"""The chapter on parts and labels in words."""

from __future__ import annotations

from dprep.report.blocks import Block, Cell, Column, Distributions, Fold, Prose, Section, Subhead, Table
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.sections.parts.difference_words import difference_blocks
from dprep.report.sections.parts.facts import ID, Parts
from dprep.report.sections.parts.label_words import label_blocks
from dprep.report.sections.parts.lengths import Group, Length
from dprep.report.sections.parts.noted_words import noted_blocks


def section(facts: Parts, say: Say) -> Section:
    """Counts, then what splits and samples noted, labels, lengths, and what is to be doubted."""
    blocks = [
        _parts(facts, say),
        *noted_blocks(facts, say),
        *label_blocks(facts, say),
        *_lengths(facts, say),
        *difference_blocks(facts, say),
    ]
    return Section(ID, say("Parts and labels"), tuple(blocks))


def _parts(facts: Parts, say: Say) -> Table:
    made = any(part.made for part in facts.parts)
    head = [Column(say("Part")), Column(say("Rows"), "number"), Column(say("Share"), "share")]
    head += [Column(say("Of these made by a step"), "number")] if made else []
    lines: list[tuple[Cell, ...]] = [(part.name, part.rows, part.share) for part in facts.parts]
    if made:
        lines = [(*line, part.made) for line, part in zip(lines, facts.parts, strict=True)]
    return Table(say("Rows of each part"), tuple(head), tuple(lines))


def _lengths(facts: Parts, say: Say) -> list[Block]:
    if not facts.lengths:
        return []
    blocks: list[Block] = [Subhead(say("Lengths"), anchor=f"{ID}-lengths")]
    sampled = [part for part in facts.parts if part.sampled < part.rows]
    if sampled:
        told = say("Of a sample of {n} rows of each part that has more.", n=sampled[0].sampled)
        blocks.append(Prose(told, soft=True))
    if any(length.capped for length in facts.lengths):
        told = say("Of lists, such as the turns of a chat, the beginning was looked at: what is longer counts as that.")
        blocks.append(Prose(told, soft=True))
    for length in facts.lengths:
        blocks += _length(length, _measure(length, say), say("Part"), say)
    if facts.class_lengths is not None and len(facts.class_lengths.groups) > 1:
        title = say("Characters of each row, by class (the largest {n})", n=len(facts.class_lengths.groups))
        *drawn, table = _length(facts.class_lengths, title, say("Class"), say)
        blocks += [*drawn, Fold(say("Medians and means"), (table,))] if drawn else [table]
    return [*blocks, *_roles(facts, say), *_preferences(facts, say)]


def _measure(length: Length, say: Say) -> str:
    if length.measure == "messages":
        return say("Messages of each row")
    if length.measure == "tokens":
        return say("Tokens of each row")
    if length.measure == "items":
        return say("Items of `{column}` of each row", column=length.column)
    return say("Characters of `{column}`", column=length.column) if length.column else say("Characters of each row")


def _length(length: Length, title: str, group: str, say: Say) -> list[Block]:
    groups = tuple(each for each in length.groups if each.rows)
    head = (
        Column(group),
        Column(say("Rows"), "number"),
        Column(say("5 %"), "number"),
        Column(say("Median"), "number"),
        Column(say("Mean"), "number"),
        Column(say("95 %"), "number"),
        Column(say("Largest"), "number"),
    )
    table = Table(title, head, tuple(_line(each) for each in groups))
    if sum(1 for counts in zip(*(each.counts for each in groups), strict=True) if any(counts)) < 2:
        return [table]
    edges, counts = _without_ends(length.edges, [each.counts for each in groups])
    told = tuple((each.name, few) for each, few in zip(groups, counts, strict=True))
    return [Distributions(title, edges, told, unit=say("rows")), table]


def _line(group: Group) -> tuple[Cell, ...]:
    return (group.name, group.rows, group.low, group.median, round(group.mean, 1), group.high, group.most)


def _without_ends(edges: tuple[float, ...], counts: list[tuple[int, ...]]) -> tuple[tuple[float, ...], list[tuple[int, ...]]]:
    """Without the bins at both ends that nobody has."""
    there = [place for place in range(len(edges) - 1) if any(each[place] for each in counts)]
    first, last = there[0], there[-1]
    return edges[first : last + 2], [each[first : last + 1] for each in counts]


def _roles(facts: Parts, say: Say) -> list[Block]:
    if facts.roles is None:
        return []
    told = facts.roles
    head = (Column(say("Role")), *(Column(part, "number") for part in told.parts))
    caption = say("Messages of each role, in the rows looked at")
    return [Table(caption, head, tuple((role, *counts) for role, counts in told.roles))]


def _preferences(facts: Parts, say: Say) -> list[Block]:
    if facts.preferences is None:
        return []
    told = [
        say(
            "`{part}`: the chosen text is the longer one in {longer} of {n} rows ({share}), and as long in {equal}.",
            part=part,
            longer=longer,
            n=rows,
            share=share(longer, rows),
            equal=equal,
        )
        for part, rows, longer, equal in facts.preferences.parts
        if rows
    ]
    return [Prose(sentence) for sentence in told]
