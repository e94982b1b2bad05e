"""Classes, their balance, and numbers as labels, in words."""

from __future__ import annotations

from dprep.report.blocks import Bars, Block, Cell, Column, Distributions, Prose, Subhead, Table
from dprep.report.say import Say
from dprep.report.sections.parts.facts import ID, Parts
from dprep.report.sections.parts.labels import TINY, Balance, Few, Labels, Numbers

DRAWN = 20
"""Classes drawn; the table below has more."""


def label_blocks(facts: Parts, say: Say) -> list[Block]:
    """Nothing where rows have no labels."""
    if facts.labels is not None:
        return [Subhead(_title(facts.labels, say), anchor=f"{ID}-labels"), *_labels(facts, facts.labels, say)]
    if facts.numbers is not None:
        return [Subhead(say("Labels"), facts.numbers.column, anchor=f"{ID}-labels"), *_numbers(facts.numbers, say)]
    return []


def _title(labels: Labels, say: Say) -> str:
    return say("Tags") if labels.kind == "tags" else say("Labels")


def _labels(facts: Parts, labels: Labels, say: Say) -> list[Block]:
    blocks: list[Block] = []
    if labels.kind == "lists":
        blocks.append(Prose(say("A row may have several labels: it counts for each of them."), soft=True))
    if labels.kind == "tags":
        blocks.append(Prose(say("Tags of tokens are counted, not rows."), soft=True))
    blocks.append(_balance(labels, say))
    effective = say("Effective classes: so many classes of equal size would be as hard to guess (exp of their entropy).")
    blocks.append(Prose(effective, soft=True))
    if labels.classes > 1:
        drawn = labels.largest[:DRAWN]
        names = tuple(each.label for each in drawn)
        series = tuple((part, tuple(float(each.rows[place]) for each in drawn)) for place, part in enumerate(labels.parts))
        few = len(names) < labels.classes
        title = say("Largest {n} of {all} classes", n=len(names), all=labels.classes) if few else say("Classes")
        blocks.append(Bars(title, names, series, unit=_unit(labels, say)))
        blocks.append(_classes(labels, say))
    return [*blocks, *_scarce(facts.train, labels, say)]


def _unit(labels: Labels, say: Say) -> str:
    return say("tags") if labels.kind == "tags" else say("rows")


def _balance(labels: Labels, say: Say) -> Table:
    head = [
        Column(say("Part")),
        Column(say("Classes"), "number"),
        Column(say("Effective classes"), "number"),
        Column(say("Largest class")),
        Column(_heading(labels, say), "number"),
        Column(say("Smallest class")),
        Column(_heading(labels, say), "number"),
        Column(say("Largest to smallest"), "number"),
    ]
    lines = [_balanced(each) for each in labels.balance]
    if any(each.unlabelled for each in labels.balance):
        head.append(Column(say("Rows without a label"), "number"))
        lines = [(*line, each.unlabelled) for line, each in zip(lines, labels.balance, strict=True)]
    return Table(say("Balance of classes"), tuple(head), tuple(lines))


def _heading(labels: Labels, say: Say) -> str:
    return say("Tags") if labels.kind == "tags" else say("Rows")


def _balanced(each: Balance) -> tuple[Cell, ...]:
    ratio = round(each.largest_rows / each.smallest_rows, 1) if each.smallest_rows else None
    told = (each.largest, each.largest_rows, each.smallest, each.smallest_rows)
    return (each.part, each.classes, round(each.effective, 1), *told, ratio)


def _classes(labels: Labels, say: Say) -> Table:
    """The largest, then the rarest; shares are of all parts together."""
    head = (
        Column(say("Class")),
        Column(_heading(labels, say), "number"),
        Column(say("Share"), "share"),
        *(Column(part, "number") for part in labels.parts),
    )
    whole = sum(each.labelled for each in labels.balance) or 1
    shown = [*labels.largest, *reversed(labels.rarest)]
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        (each.label, each.whole, round(each.whole / whole, 6), *each.rows) for each in shown
    )
    left = labels.classes - len(shown)
    caption = say("Classes by part")
    if left:
        caption = say(
            "Classes by part: the largest {large} and the rarest {rare} of {n}",
            large=len(labels.largest),
            rare=len(labels.rarest),
            n=labels.classes,
        )
    return Table(caption, head, lines, filter=len(lines) > 12)


def _scarce(train: str, labels: Labels, say: Say) -> list[Block]:
    found: list[Block] = []
    if labels.tiny.count:
        told = say(
            "Classes with fewer than {least} rows in `{part}`: {n} ({names}).",
            least=TINY,
            part=train,
            n=labels.tiny.count,
            names=named(labels.tiny, say),
        )
        found.append(Prose(told))
    for part, few in labels.missing:
        if few.count:
            told = say("Classes without a row in `{part}`: {n} ({names}).", part=part, n=few.count, names=named(few, say))
            found.append(Prose(told))
    return found


def named(few: Few, say: Say, most: int = 20) -> str:
    """Names as code, with how many more there are."""
    names = ", ".join(f"`{name.replace('`', chr(39))}`" for name in few.names[:most])
    more = few.count - min(most, len(few.names))
    return say("{names} and {n} more", names=names, n=more) if more else names


def _numbers(numbers: Numbers, say: Say) -> list[Block]:
    head = (
        Column(say("Part")),
        Column(say("Rows"), "number"),
        Column(say("Mean"), "number"),
        Column(say("Standard deviation"), "number"),
        Column(say("Smallest"), "number"),
        Column(say("5 %"), "number"),
        Column(say("Median"), "number"),
        Column(say("95 %"), "number"),
        Column(say("Largest"), "number"),
        Column(say("Rows without a label"), "number"),
    )
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        (e.part, e.count, e.mean, e.deviation, e.least, e.low, e.median, e.high, e.most, e.missing)
        if e.count
        else (e.part, 0, None, None, None, None, None, None, None, e.missing)
        for e in numbers.parts
    )
    title = say("Labels of each part")
    table = Table(title, head, lines)
    groups = tuple((each.part, each.counts) for each in numbers.parts if each.count)
    return (
        [Distributions(title, numbers.edges, groups, unit=say("rows")), table] if groups and len(numbers.edges) > 2 else [table]
    )
