"""Drift between parts, texts that labels contradict each other about, labels that a model doubts, in words."""

from __future__ import annotations

from dprep.report.blocks import Block, Card, Cell, Column, Deck, Prose, Subhead, Table
from dprep.report.numbers import number, share
from dprep.report.reading.effects import LARGE, size_in_words
from dprep.report.reading.rows_by_id import brief
from dprep.report.say import Say
from dprep.report.sections.parts.conflicts import Conflicts
from dprep.report.sections.parts.conflicts import Example as Conflict
from dprep.report.sections.parts.doubts import Doubts
from dprep.report.sections.parts.doubts import Example as Doubted
from dprep.report.sections.parts.drift import V_LARGE, V_MEDIUM, V_SMALL, Drift
from dprep.report.sections.parts.facts import ID, Parts

TRULY = 0.001
"""p under which chance is no explanation."""


def difference_blocks(facts: Parts, say: Say) -> list[Block]:
    """Nothing where there is nothing to compare."""
    blocks: list[Block] = []
    if facts.drift:
        blocks += [Subhead(say("Drift between parts"), anchor=f"{ID}-drift"), *_drift(facts, say)]
    if facts.conflicts is not None:
        blocks += [Subhead(say("Label conflicts"), anchor=f"{ID}-conflicts"), *_conflicts(facts.conflicts, say)]
    if facts.doubts is not None:
        blocks += [Subhead(say("Suspicious labels"), facts.doubts.step, anchor=f"{ID}-doubts"), *_doubts(facts.doubts, say)]
    return blocks


def effect(drift: Drift, say: Say) -> str:
    """How large a drift is, as a word; labels that chance may explain have none."""
    if drift.measure != "labels":
        return size_in_words(drift.effect, say)
    if drift.p is not None and drift.p >= TRULY:
        return say("within chance")
    if drift.effect < V_SMALL:
        return say("negligible")
    if drift.effect < V_MEDIUM:
        return say("small")
    return say("medium") if drift.effect < V_LARGE else say("large")


def measured(drift: Drift, say: Say) -> str:
    """What differs."""
    if drift.measure == "labels":
        return say("labels")
    if drift.measure == "numbers":
        return say("values of labels")
    return say("lengths of texts")


def is_large(drift: Drift) -> bool:
    """Labels from a medium effect on: a third of the rows have moved then."""
    if drift.measure == "labels":
        return drift.effect >= V_MEDIUM and (drift.p or 0.0) < TRULY
    return abs(drift.effect) >= LARGE


def _drift(facts: Parts, say: Say) -> list[Block]:
    head = [Column(say("Part")), Column(say("Compared")), Column(say("Effect")), Column(say("Size of effect"), "number")]
    lines: list[tuple[Cell, ...]] = [
        (each.part, measured(each, say), effect(each, say), round(each.effect, 3)) for each in facts.drift
    ]
    if any(each.p is not None for each in facts.drift):  # of labels alone
        head += [
            Column(say("Labels that differ"), "share"),
            Column(say("By chance alone"), "share"),
            Column(say("p"), "number"),
        ]
        lines = [(*line, *_chance(each)) for line, each in zip(lines, facts.drift, strict=True)]
    told = []
    if any(each.measure == "labels" for each in facts.drift):
        told.append(
            say("Size of effect for labels: Cramér's V, as of two parts of equal size; 0.1 is small, 0.3 medium, 0.5 large.")
        )
        told.append(say("Labels that differ: the share of rows that would need another label for both parts to be alike."))
    if any(each.measure != "labels" for each in facts.drift):
        told.append(
            say("Lengths and values: Cliff's delta, above 0 where the part has more; 0.147 is small, 0.33 medium, 0.474 large.")
        )
    return [
        Table(say("Each part against `{train}`", train=facts.train), tuple(head), tuple(lines)),
        *(Prose(sentence, soft=True) for sentence in told),
    ]


def _chance(each: Drift) -> tuple[Cell, ...]:
    return each.moved, each.chance, None if each.p is None else float(f"{each.p:.2g}")


def _conflicts(conflicts: Conflicts, say: Say) -> list[Block]:
    of = (
        say("All {n} rows were compared, without case.", n=conflicts.looked_at)
        if conflicts.whole
        else say("{n} rows of a sample were compared, without case: among all rows there may be more.", n=conflicts.looked_at)
    )
    if not conflicts.texts:
        return [Prose(say("No text has different labels in different rows.")), Prose(of, soft=True)]
    told = say(
        "{texts} texts have different labels in different rows; {n} rows have one of them.",
        texts=conflicts.texts,
        n=conflicts.rows,
    )
    head = (Column(say("Text")), Column(say("Rows"), "number"), Column(say("Label")), Column(say("Part")), Column(say("From")))
    lines = tuple(line for example in conflicts.examples for line in _conflict(example))
    caption = say("Texts with several labels (first {n})", n=len(conflicts.examples))
    return [Prose(told), Prose(of, soft=True), Table(caption, head, lines)]


def _conflict(example: Conflict) -> list[tuple[Cell, ...]]:
    """A line for each row that is shown; the text stands in the first."""
    return [
        (brief(example.text) if first else "", example.count if first else None, row.label, row.part, row.origin)
        for first, row in ((place == 0, row) for place, row in enumerate(example.rows))
    ]


def _doubts(doubts: Doubts, say: Say) -> list[Block]:
    told = [
        say(
            "`{model}` agrees with the label of {agreed} of {n} rows ({share}).",
            model=doubts.classifier,
            agreed=doubts.agreed,
            n=doubts.judged,
            share=share(doubts.agreed, doubts.judged),
        ),
        say(
            "{n} labels are suspicious: another label has at least the mean score of the rows that have it and are given it.",
            n=doubts.suspicious,
        ),
    ]
    caveat = say("A model that has learnt from these rows agrees with their errors too.")
    blocks: list[Block] = [*(Prose(sentence) for sentence in told), Prose(caveat, soft=True)]
    if doubts.pairs:
        head = (Column(say("Label")), Column(say("Looks like")), Column(say("Rows"), "number"))
        caption = say("Suspicious labels by pair: {n} pairs", n=doubts.pair_count)
        blocks.append(Table(caption, head, tuple((pair.given, pair.predicted, pair.rows) for pair in doubts.pairs)))
        blocks.append(Deck(say("Most suspicious rows"), tuple(_card(each, say) for each in doubts.examples)))
    return blocks


def _card(each: Doubted, say: Say) -> Card:
    facts = (
        (say("Label"), each.given),
        (say("Looks like"), each.predicted),
        (say("Score"), number(each.score)),
        (say("Part"), each.part),
        (say("From"), each.origin),
    )
    return Card(each.text, facts)
