"""The chapter on duplicates in words: what went, how large clusters are, what they look like, what two parts share."""

from __future__ import annotations

from dprep.report.blocks import (
    Bars,
    Bin,
    Block,
    Cell,
    Change,
    Column,
    Figures,
    Fold,
    Histogram,
    Limit,
    Link,
    Prose,
    Section,
    Subhead,
    Table,
)
from dprep.report.numbers import number, share
from dprep.report.reading.rows_by_id import brief
from dprep.report.say import Say
from dprep.report.sections.duplicates.clusters import Cluster, Clusters, Row
from dprep.report.sections.duplicates.crossing import Crossing, Pair
from dprep.report.sections.duplicates.facts import ID, Duplicates, Step
from dprep.report.sections.duplicates.leak_words import leak_blocks


def section(facts: Duplicates, say: Say) -> Section:
    """Steps in their order, then leaks."""
    blocks: list[Block] = [*_in_all(facts, say)]
    for step in facts.steps:
        blocks += _step(facts, step, say)
    blocks += leak_blocks(facts, say)
    return Section(ID, say("Duplicates"), tuple(blocks))


def _in_all(facts: Duplicates, say: Say) -> list[Block]:
    if not facts.steps:
        return []
    figures = []
    if any(step.kind in {"twins", "index"} and step.action != "mark" for step in facts.steps):
        of = say("{share} of the {rows} rows read", share=share(facts.dropped, facts.rows_in), rows=facts.rows_in)
        figures.append((say("dropped as copies"), facts.dropped, of))
    if facts.equal or facts.near:
        figures.append((say("equal"), facts.equal, say("in all that was compared")))
        figures.append((say("nearly equal"), facts.near, say("likeness under 1")))
    return [*([Figures(tuple(figures))] if figures else []), _steps(facts, say)]


def _steps(facts: Duplicates, say: Say) -> Table:
    head = (
        Column(say("Step")),
        Column(say("Operator"), "code"),
        Column(say("Action"), "code"),
        Column(say("Rows in"), "number"),
        Column(say("Dropped"), "number"),
        Column(say("Share of rows in"), "share"),
        Column(say("Clusters"), "number"),
        Column(say("Stays")),
    )
    lines = tuple(
        (
            Link(step.name, f"step-{step.number}"),
            step.op,
            step.action,
            step.rows_in,
            step.dropped,
            round(step.dropped / step.rows_in, 6) if step.rows_in else 0.0,
            step.clusters.count if step.clusters else None,
            rule(step, say),
        )
        for step in facts.steps
    )
    return Table(say("Steps that look for duplicates"), head, lines)


def rule(step: Step, say: Say) -> str:
    """Which of the rows of a cluster stays, in words."""
    if step.kind == "conflicts":
        return say("the label of the majority") if step.keep == "majority" else say("none of them")
    if step.kind != "twins":
        return ""
    if step.keep == "longest":
        return say("the longest text")
    if step.keep == "shortest":
        return say("the shortest text")
    if step.keep == "highest":
        return say("the highest `{column}`", column=step.by)
    return say("the lowest `{column}`", column=step.by) if step.keep == "lowest" else say("the first in the input")


def _step(facts: Duplicates, step: Step, say: Say) -> list[Block]:
    blocks: list[Block] = [Subhead(step.name, step.op, anchor=f"{ID}-{step.number}")]
    if step.kind == "spans":
        return [*blocks, _spans(step, say)]
    if step.kind == "conflicts":
        return [*blocks, Prose(_conflicts(step, say))]
    if not step.dropped and step.clusters is None:
        return [*blocks, Prose(say("No row has a twin."), soft=True)]
    blocks += [Prose(sentence) for sentence in _told(step, say)]
    if step.clusters is not None:
        blocks += _clusters(facts, step, step.clusters, say)
    if len([bar for bar in step.likeness if bar.count]) > 1:
        blocks += _likeness(step, say)
    return [*blocks, *(_crossing(step.crossing, say) if step.crossing else [])]


def _told(step: Step, say: Say) -> list[str]:
    """What became of the clusters."""
    clusters = step.clusters
    if clusters is None:
        return [say("A later step has marked clusters of its own: those of this one are not in the version.")]
    if step.kind == "index":
        return [
            say("{n} rows are like one of {rows} rows of the index, and were dropped.", n=step.dropped, rows=clusters.count)
        ]
    if step.action != "mark":
        return [
            say(
                "{rows} rows fall into {n} clusters that are alike; one of each stays ({rule}), {dropped} were dropped.",
                rows=clusters.rows,
                n=clusters.count,
                rule=rule(step, say),
                dropped=step.dropped,
            )
        ]
    marked = say("{rows} rows of the version are marked as {n} clusters.", rows=clusters.rows, n=clusters.count)
    if clusters.parted:
        parted = say("{n} clusters, {rows} rows, are in more than one part.", n=clusters.parted, rows=clusters.parted_rows)
        return [marked, parted]
    return [marked, say("Every cluster is whole in one part.")] if clusters.count else [marked]


def _spans(step: Step, say: Say) -> Table:
    """What was cut out of texts, not which rows went."""
    head = (Column(say("What")), Column(say("Count"), "number"))
    told = [(say("rows that lost a piece"), step.changed), (say("rows dropped, of which too little was left"), step.dropped)]
    counts = [(say("{what} cut", what=f"`{name}`"), count) for name, count in step.counts.items()]
    return Table(say("Repeated pieces"), head, (*told, *counts))


def _conflicts(step: Step, say: Say) -> str:
    if step.action == "mark":
        return say("Rows with equal texts and different labels were marked.")
    if not step.dropped:
        return say("No two rows with equal texts had different labels.")
    return say(
        "{n} rows with equal texts and different labels were dropped; stays: {rule}.", n=step.dropped, rule=rule(step, say)
    )


def _clusters(facts: Duplicates, step: Step, clusters: Clusters, say: Say) -> list[Block]:
    blocks: list[Block] = []
    if len(clusters.sizes) > 1:
        names = tuple(f"{size.low:,}" if size.low == size.high else f"{size.low:,}–{size.high:,}" for size in clusters.sizes)
        title = say("Copies of one row of the index") if step.kind == "index" else say("Clusters by their rows")
        counted = tuple(float(size.clusters) for size in clusters.sizes)
        blocks.append(Bars(title, names, ((say("clusters"), counted),), unit=say("clusters")))
    same, differ = ([each for each in clusters.largest if _equal(each) is equal] for equal in (True, False))
    shown = [*([_same(tuple(same), say)] if same else []), *(change for each in differ for change in _cluster(each, step, say))]
    if shown:
        if facts.edited_later and differ:
            shown.insert(
                0, Prose(say("A row that stayed is shown as it is now, a copy as it was when it was dropped."), soft=True)
            )
        title = say.many(len(clusters.largest), "Largest cluster", "Largest {n} clusters")
        blocks.append(Fold(title, tuple(shown), open=step is facts.steps[0]))
    return blocks


def _equal(cluster: Cluster) -> bool:
    """Whether there is nothing to compare: the texts that would be shown are one."""
    return bool(cluster.copies) and all(copy.text == cluster.kept.text for copy in cluster.copies)


def _same(clusters: tuple[Cluster, ...], say: Say) -> Table:
    """Texts that came several times."""
    head = [Column(say("Rows"), "number"), Column(say("Text")), Column(say("Stays")), Column(say("Copies"))]
    lines: list[tuple[Cell, ...]] = [
        (one.size, brief(one.kept.text), _title("", one.kept), "; ".join(_title("", copy) for copy in one.copies))
        for one in clusters
    ]
    fates = ["; ".join(_fate(one.kept, say)) for one in clusters]
    if any(fates):
        head.append(Column(say("Note")))
        lines = [(*line, fate) for line, fate in zip(lines, fates, strict=True)]
    return Table(say("Equal texts"), tuple(head), tuple(lines))


def _fate(kept: Row, say: Say) -> list[str]:
    """Where the row that stayed is, if it is not in the version."""
    if kept.dropped_by:
        return [say("the row that stayed was dropped later, by `{step}`", step=kept.dropped_by)]
    return [] if kept.known else [say("the twin is in the index, not in this version")]


def _cluster(cluster: Cluster, step: Step, say: Say) -> list[Block]:
    """The row that stayed beside each copy that is shown."""
    kept = cluster.kept
    size = say("{n} rows", n=cluster.size) if step.kind != "index" else say("{n} copies", n=cluster.size)
    told = [size, *_fate(kept, say)]
    if not cluster.copies:
        return [Prose(" · ".join([_place(kept), *told]), soft=True)]
    found: list[Block] = []
    for copy in cluster.copies:
        like = [] if copy.similarity is None else [say("likeness {number}", number=number(copy.similarity))]
        title = _title(say("stays") if step.action != "mark" else say("would stay"), kept)
        found.append(Change(kept.text, copy.text, title, _title(say("copy"), copy), " · ".join([*told, *like]), True))
        told = []
    return found


def _title(what: str, row: Row) -> str:
    return " · ".join(each for each in (what, _place(row), row.part, row.label) if each)


def _place(row: Row) -> str:
    return row.origin or row.id


def _likeness(step: Step, say: Say) -> list[Block]:
    limits = () if step.threshold is None else (Limit("threshold", step.threshold),)
    title = say("Likeness to the twin (`{measure}`)", measure=step.measure)
    drawn = Histogram(title, tuple(Bin(bar.low, bar.high, bar.count) for bar in step.likeness), limits, unit=say("rows"))
    if step.threshold is None or not any(bar.count and bar.high <= step.threshold for bar in step.likeness):
        return [drawn]
    chained = say("Twins of twins are in one cluster: a copy may be less like the row that stays than the threshold asks.")
    return [drawn, Prose(chained, soft=True)]


def _crossing(crossing: Crossing, say: Say) -> list[Block]:
    blocks: list[Block] = []
    if crossing.other_label == 0:
        blocks.append(Prose(say("No copy has another label than the row that stayed."), soft=True))
    if crossing.label_pairs:
        rows = crossing.other_label or 0
        caption = say.many(rows, "Copies with another label: {n} row", "Copies with another label: {n} rows")
        blocks.append(_pairs(caption, crossing.label_pairs, crossing.label_pair_count, say))
    if crossing.source_pairs:
        rows = crossing.other_source or 0
        caption = say.many(rows, "Copies from another source: {n} row", "Copies from another source: {n} rows")
        blocks.append(_pairs(caption, crossing.source_pairs, crossing.source_pair_count, say))
    return blocks


def _pairs(caption: str, pairs: tuple[Pair, ...], count: int, say: Say) -> Block:
    head = (Column(say("Stays")), Column(say("Copy")), Column(say("Rows"), "number"))
    lines = tuple((pair.kept, pair.copy, pair.rows) for pair in pairs)
    more = count - len(pairs)
    return Table(caption + (say(" ({n} more pairs not shown)", n=more) if more else ""), head, lines)
