"""The funnel in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dprep.report.blocks import Bars, Block, Cell, Column, Flow, Fold, Link, Prose, Section, Stream, Subhead, Table
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.sections.funnel.facts import ID, FunnelFacts, Line, Made
from dprep.report.sections.funnel.groups import MOST, Group, Groups
from dprep.report.sections.funnel.notices import anchor, kind

Cells = tuple[Cell | Link, ...]
DOORS = 20
"""Reasons of a step in the flow; the others are one."""
DRAWN, DRAWN_GROUPS = 5, 12
"""Steps and groups that a figure of groups shows one by one."""


def section(facts: FunnelFacts, say: Say) -> Section:
    """Flow of rows, of characters; the steps; reasons; groups; what was added; what could not be read."""
    blocks: list[Block] = [_flow(facts, say)]
    if characters := _characters(facts, say):
        blocks.append(Fold(say("The same by characters"), (characters, _of_characters(say))))
    blocks += [Subhead(say("All steps"), anchor=f"{ID}-steps"), _steps(facts, say), *_idle(facts, say)]
    blocks += [*_reasons(facts, say), *_groups(facts, say), *_made(facts, say), *_unread(facts, say)]
    return Section(ID, say("Funnel"), tuple(blocks))


def _flow(facts: FunnelFacts, say: Say) -> Flow:
    streams = []
    for line in facts.lines:
        stage = line.stage
        left = list(stage.reasons.items())
        rest = sum(rows for _, rows in left[DOORS:])
        told = (*left[:DOORS], *([(say("other reasons"), rest)] if rest else []))
        streams.append(Stream(stage.name, stage.rows_in, stage.added, told, stage.out, f"step-{line.number}"))
    return Flow(say("Rows"), tuple(streams), say("rows"), tuple(facts.parts.items()) if len(facts.parts) > 1 else ())


def _characters(facts: FunnelFacts, say: Say) -> Flow | None:
    streams = []
    for line in facts.lines:
        told = line.characters
        if told is None:
            return None
        edited = told["changed"]
        left = [(say("dropped"), told["dropped"]), (say("taken out by editing"), max(0, -edited))]
        doors = tuple(door for door in sorted(left, key=lambda door: -door[1]) if door[1])
        streams.append(
            Stream(line.stage.name, told["in"], told["added"] + max(0, edited), doors, told["out"], f"step-{line.number}")
        )
    return Flow(say("Characters"), tuple(streams), say("characters"))


def _of_characters(say: Say) -> Prose:
    return Prose(say("Unicode characters (code points) of the texts of the task; other columns are not counted."), soft=True)


def _steps(facts: FunnelFacts, say: Say) -> Table:
    counted = all(line.characters for line in facts.lines)
    head = (
        Column(say("Step")),
        Column(say("Operator"), "code"),
        Column(say("In"), "number"),
        Column(say("Changed"), "number"),
        Column(say("Dropped"), "number"),
        Column(say("Added"), "number"),
        Column(say("Out"), "number"),
        Column(say("Stayed, of the rows in"), "share"),
        *([Column(say("Characters out"), "number")] if counted else []),
        Column(say("Seconds"), "number"),
    )
    return Table(say("Rows in + added = out + dropped"), head, tuple(_line(line, counted) for line in facts.lines), most=500)


def _line(line: Line, counted: bool) -> Cells:
    stage = line.stage
    assert not counted or line.characters is not None
    return (
        Link(stage.name, f"step-{line.number}"),
        stage.op,
        stage.rows_in,
        stage.changed,
        stage.dropped,
        stage.added,
        stage.out,
        (stage.rows_in - stage.dropped) / stage.rows_in if stage.rows_in else None,
        *([line.characters["out"]] if counted and line.characters else []),
        stage.seconds,
    )


def _idle(facts: FunnelFacts, say: Say) -> Iterator[Block]:
    """Steps that could have done something to rows and did nothing."""
    able = ("clean.", "filter.", "expand.", "dedup.", "augment.", "gate.", "sample.")
    idle = [
        line.stage.name
        for line in facts.lines
        if line.stage.op.startswith(able) and line.stage.op not in {"dedup.leaks", "dedup.twins"} and _did_nothing(line)
    ]
    if idle:
        names = say(", ").join(f"`{name}`" for name in idle[:MOST]) + ("…" if len(idle) > MOST else "")
        yield Prose(say("Steps that changed, dropped and added nothing: {names}.", names=names), soft=True)


def _did_nothing(line: Line) -> bool:
    stage = line.stage
    return stage.rows_in > 0 and not (stage.changed or stage.dropped or stage.added or stage.counts)


def _reasons(facts: FunnelFacts, say: Say) -> Iterator[Block]:
    doors = [(rows, line, reason) for line in facts.lines for reason, rows in line.stage.reasons.items()]
    if not doors:
        return
    gone = sum(rows for rows, *_ in doors)
    head = (
        Column(say("Reason"), "code"),
        Column(say("Step")),
        Column(say("Rows"), "number"),
        Column(say("Share of all dropped"), "share"),
    )
    order = sorted(doors, key=lambda door: (-door[0], door[1].number, door[2]))
    lines = tuple((reason, Link(line.stage.name, f"step-{line.number}"), rows, rows / gone) for rows, line, reason in order)
    yield Subhead(say("By reason"), anchor=f"{ID}-reason")
    yield Table(say.many(gone, "{n} row was dropped", "{n} rows were dropped"), head, lines)


def _groups(facts: FunnelFacts, say: Say) -> Iterator[Block]:
    if facts.extends:
        sentence = say(
            "Counted are the rows of this run, without those that were in `{version}` before.", version=facts.extends
        )
        yield Prose(sentence, soft=True)
    for groups in facts.by:
        yield Subhead(
            _title(groups.column, say),
            groups.column if groups.column not in {"source", "file", "label"} else "",
            anchor(groups.column),
        )
        yield from _bars(groups, say)
        yield _table(groups, facts, say)
        if groups.column not in {"source", "file"} and any(group.name is None for group in groups.groups):
            yield Prose(_no_value(groups, say), soft=True)


def _bars(groups: Groups, say: Say) -> Iterator[Block]:
    """What stayed of each group, and what the steps took that took most; nothing where one look at the table tells as much."""
    lost: Counter[str] = Counter()
    for group in groups.groups:
        lost.update(group.by_step)
    if len(groups.groups) < 2 or not lost:
        return
    steps = [step for step, _ in sorted(lost.items(), key=lambda item: (-item[1], item[0]))]
    told, rest = (steps[:DRAWN], steps[DRAWN:]) if len(steps) > DRAWN + 1 else (steps, [])
    series = [(say("in the version"), tuple(float(group.out) for group in groups.groups))]
    series += [(step, tuple(float(group.by_step.get(step, 0)) for group in groups.groups)) for step in told]
    others = tuple(float(sum(group.by_step.get(step, 0) for step in rest)) for group in groups.groups)
    series += [(say("other steps"), others)] if rest else []
    names = tuple(_named(group.name, say) for group in groups.groups)
    if groups.column == "file":  # their folders would take the room of their names
        short = tuple(name.rpartition("/")[2] for name in names)
        names = short if len(set(short)) == len(names) else names
    yield Bars(say("What stayed, and which steps took the rest"), names, tuple(series), say("rows"), most=DRAWN_GROUPS)


def _title(column: str, say: Say) -> str:
    if column == "source":
        return say("By source")
    if column == "file":
        return say("By file")
    return say("By label") if column == "label" else say("By language")


def _no_value(groups: Groups, say: Say) -> str:
    if anchor(groups.column).endswith("language"):
        return say("Rows without a language were dropped before the step that names it, or have too little text to tell.")
    return say("Rows without a value had no label in their file.")


def _table(groups: Groups, facts: FunnelFacts, say: Say) -> Table:
    numbers = {line.stage.name: line.number for line in facts.lines}
    head = (
        Column(kind(groups.column, say)),
        Column(say("Read"), "number"),
        Column(say("Added"), "number"),
        Column(say("Dropped"), "number"),
        Column(say("Out"), "number"),
        Column(say("Left of those read and added"), "share"),
        Column(say("Took most")),
        Column(say("Rows it took"), "number"),
    )
    others = say("{n} others", n=groups.in_all - len(groups.groups))
    lines = [_of_group(each, _named(each.name, say), numbers) for each in groups.groups]
    lines += [_of_group(groups.others, others, numbers)] if groups.others else []
    return Table("", head, tuple(lines), filter=len(lines) > 10)


def _named(name: str | None, say: Say) -> str:
    return say("not known") if name is None else name or say("empty")


def _of_group(group: Group, name: str, numbers: dict[str, int]) -> Cells:
    most = Link(group.most, f"step-{numbers[group.most]}") if group.most in numbers else group.most
    left = group.out / group.there if group.there else None
    return name, group.read, group.added, group.dropped, group.out, left, most, group.most_rows or None


def _made(facts: FunnelFacts, say: Say) -> Iterator[Block]:
    if not facts.made:
        return
    yield Subhead(say("What augmentation added"), anchor=f"{ID}-added")
    gates = sorted({gate for made in facts.made for gate in made.gated})
    head = (
        Column(say("Step")),
        Column(say("Rows made"), "number"),
        *(Column(say("Dropped by {gate}", gate=gate), "number") for gate in gates),
        Column(say("Dropped by other steps"), "number"),
        Column(say("Kept"), "number"),
        Column(say("Kept of those made"), "share"),
    )
    numbers = {line.stage.name: line.number for line in facts.lines}
    lines: list[Cells] = [
        (
            Link(m.step, f"step-{numbers[m.step]}"),
            m.made,
            *(m.gated.get(g, 0) for g in gates),
            m.elsewhere,
            m.kept,
            m.kept / m.made,
        )
        for m in facts.made
        if m.made
    ]
    yield Table("", head, tuple(lines))
    for made in facts.made:
        yield from _labels(made, say)


def _labels(made: Made, say: Say) -> Iterator[Block]:
    if made.labels:
        head = (Column(say("Label")), Column(say("Rows made"), "number"), Column(say("Kept"), "number"))
        lines = tuple((name, *counts) for name, counts in made.labels.items())
        shown = say("{shown} of {n} labels", shown=len(lines), n=made.labels_in_all)
        yield Fold(say("Rows of {step} by label", step=made.step), (Table(shown, head, lines),))


def _unread(facts: FunnelFacts, say: Say) -> Iterator[Block]:
    if not facts.broke_off and not facts.rejected:
        return
    yield Subhead(say("What could not be read"), anchor=f"{ID}-unread")
    yield from (Prose(sentence) for sentence in facts.broke_off[:MOST])
    if facts.rejected:
        records = sum(each.records for each in facts.rejected)
        whole = records + facts.rows_in
        told = say("{records} of {whole} records ({share})", records=records, whole=whole, share=share(records, whole))
        head = (
            Column(say("Reason"), "code"),
            Column(say("Records"), "number"),
            Column(say("One of them"), "code"),
            Column(""),
            Column(say("Record"), "code"),
        )
        lines = [
            (each.reason if not place else "", each.records if not place else None, f"{file}:{line}", detail, raw)
            for each in facts.rejected
            for place, (file, line, detail, raw) in enumerate(each.first)
        ]
        yield Table(told, head, tuple(lines))
