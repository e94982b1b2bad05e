"""Two runs on the same rows: what is better, by how much, how sure that is, and which rows were won and lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dprep.report.blocks import Block, Card, Column, Deck, Notice, Prose, Section, Subhead, Table
from dprep.report.reading.found_run import FoundRun, Other, predictions
from dprep.report.reading.rows_by_id import excerpt, label_text, rows_by_id
from dprep.report.run_sections.words import Estimate, between, rounded, score, shortened
from dprep.report.say import Say

ID = "comparison"
SHOWN = 5
LABELS = 200
SURE = 0.05


@dataclass(frozen=True)
class Difference:
    """A score of both; delta is this run less the other. better: `this`, `other` or nothing. p: of this score by itself."""

    metric: str
    other: float
    this: float
    delta: Estimate
    p: float | None
    test: str
    better: str


@dataclass(frozen=True)
class ByLabel:
    """Rows of one label, and how many of them each run got right."""

    label: str
    rows: int
    other: int
    this: int


@dataclass(frozen=True)
class Turned:
    """A row that one run got right, and the other did not."""

    id: str
    text: str
    truth: str
    other: str
    this: str


@dataclass(frozen=True)
class ComparisonFacts:
    """This run against another; `rows` are those that both were asked, and with the same truth."""

    this: str
    other: str
    other_dataset: str
    other_model: str
    part: str
    rows: int
    metric: str
    differences: tuple[Difference, ...]
    won: int | None
    lost: int | None
    both_right: int | None
    both_wrong: int | None
    labels: tuple[ByLabel, ...]
    labels_in_all: int
    examples_won: tuple[Turned, ...]
    examples_lost: tuple[Turned, ...]
    notes: tuple[str, ...]


def facts(found: FoundRun) -> ComparisonFacts | None:
    """From what the comparison found, and both runs' predictions of the rows that are shown."""
    other = found.against
    if other is None:
        return None
    told, changed = other.told, other.told.get("changed") or {}
    part = str(told["part"])
    labels = _by_label(found, other, part)
    return ComparisonFacts(
        this=found.name,
        other=str(told["a"]["run"]),
        other_dataset=str(told["a"]["dataset"]),
        other_model=str(told["a"]["model"]),
        part=part,
        rows=int(told["rows"]),
        metric=found.metric,
        differences=tuple(_difference(name, each) for name, each in told["metrics"].items()),
        won=changed["wrong_to_right"]["rows"] if changed else None,
        lost=changed["right_to_wrong"]["rows"] if changed else None,
        both_right=changed.get("both_right"),
        both_wrong=changed.get("both_wrong"),
        labels=tuple(labels[:LABELS]),
        labels_in_all=len(labels),
        examples_won=_turned(found, other, part, changed.get("wrong_to_right")),
        examples_lost=_turned(found, other, part, changed.get("right_to_wrong")),
        notes=tuple(str(note) for note in told.get("notes", ())),
    )


def _difference(name: str, each: Mapping[str, Any]) -> Difference:
    better = {"b": "this", "a": "other"}.get(each["better"], "")
    delta = Estimate(name, rounded(each["delta"]), rounded(each["low"]), rounded(each["high"]))
    return Difference(
        name, rounded(each["a"]) or 0.0, rounded(each["b"]) or 0.0, delta, rounded(each["p"]), str(each["test"]), better
    )


def _by_label(found: FoundRun, other: Other, part: str) -> list[ByLabel]:
    """Of tasks where a row has one label; those that differ most first."""
    this, that = predictions(found.folder, part), predictions(other.folder, part)
    if this is None or that is None or this.collect_schema().get("label") != pl.String:
        return []
    both = this.select("id", "label", said="prediction").join(that.select("id", "label", was="prediction"), on=["id", "label"])
    counted = both.group_by("label").agg(
        rows=pl.len(), was=(pl.col("was") == pl.col("label")).sum(), said=(pl.col("said") == pl.col("label")).sum()
    )
    lines = counted.collect(engine="streaming").sort("label").iter_rows()
    found_lines = [ByLabel(label, int(rows), int(was), int(said)) for label, rows, was, said in lines]
    return sorted(found_lines, key=lambda each: (-abs(each.this - each.other), -each.rows, each.label))


def _turned(found: FoundRun, other: Other, part: str, group: Mapping[str, Any] | None) -> tuple[Turned, ...]:
    ids = [str(id) for id in (group or {}).get("ids", ())[:SHOWN]]
    if not ids:
        return ()
    shown = rows_by_id(found.version, ids, found.texts) if found.version else {}
    this, that = _said(found.folder, part, ids), _said(other.folder, part, ids)
    return tuple(
        Turned(id, excerpt(found.told_text(shown[id].text)) if id in shown else "", this[id][0], that[id][1], this[id][1])
        for id in ids
        if id in this and id in that
    )


def _said(folder: Path, part: str, ids: list[str]) -> dict[str, tuple[str, str]]:
    """Id -> (truth, answer)."""
    frame = predictions(folder, part)
    if frame is None:
        return {}
    names = frame.collect_schema().names()
    truth = next((name for name in ("label", "tags", "answers", "target", "reference") if name in names), None)
    rows = frame.filter(pl.col("id").is_in(ids)).collect(engine="streaming")
    return {row["id"]: (_text(row.get(truth or "")), _text(row.get("prediction"))) for row in rows.iter_rows(named=True)}


def _text(value: Any) -> str:
    told = (
        " | ".join(str(each) for each in value.get("text") or ())
        if isinstance(value, dict)
        else (" ".join(map(str, value)) if isinstance(value, list) else label_text(value))
    )
    return shortened(told, 300)


# in words


def section(facts: ComparisonFacts, say: Say) -> Section:
    """Scores, labels, rows."""
    blocks = [*_head(facts, say), *_labels(facts, say), *_rows(facts, say)]
    return Section(ID, say("Comparison"), tuple(blocks))


def _head(facts: ComparisonFacts, say: Say) -> Iterator[Block]:
    yield Prose(_sentence(facts, say))
    told = {"other": facts.other, "dataset": facts.other_dataset, "model": facts.other_model or say("random weights")}
    yield Prose(say("`{other}` was trained on `{dataset}`, from `{model}`.", **told), soft=True)
    for note in facts.notes:
        yield Prose(note, soft=True)
    head = (
        Column(say("Metric")),
        Column(facts.other, "number"),
        Column(facts.this, "number"),
        Column(say("Difference"), "number"),
        Column(say("95 % interval")),
        Column("p", "number"),
        Column(say("Test")),
    )
    lines = tuple((e.metric, e.other, e.this, e.delta.value, between(e.delta, say), e.p, e.test) for e in facts.differences)
    yield Table(say("Paired on {rows} rows of {part}", rows=facts.rows, part=facts.part), head, lines, most=60)
    text = say("Each p is of its score by itself: among many scores one is below 0.05 by chance.")
    yield Prose(text, soft=True)


def _deciding(facts: ComparisonFacts) -> Difference | None:
    return next((each for each in facts.differences if each.metric == facts.metric), next(iter(facts.differences), None))


def _sentence(facts: ComparisonFacts, say: Say) -> str:
    each = _deciding(facts)
    if each is None:
        return say("The two runs have no score in common.")
    told = {
        "metric": each.metric,
        "other": facts.other,
        "this": facts.this,
        "was": score(each.other),
        "now": score(each.this),
        "p": "-" if each.p is None else f"{each.p:.3g}",
    }
    if each.p is None or each.p >= SURE or not each.better:
        return say("{metric} is {was} for `{other}` and {now} for `{this}`; that may be chance (p = {p}).", **told)
    if each.better == "this":
        return say("`{this}` is better: {metric} is {now}, and {was} for `{other}` (p = {p}).", **told)
    return say("`{other}` is better: {metric} is {was}, and {now} for `{this}` (p = {p}).", **told)


def _labels(facts: ComparisonFacts, say: Say) -> Iterator[Block]:
    if not facts.labels:
        return
    yield Subhead(say("By label"), say("rows that each got right"), f"{ID}-labels")
    names = (say("Rows"), facts.other, facts.this, say("Difference"))
    head = (Column(say("Label")), *(Column(name, "number") for name in names))
    lines = tuple(
        (shortened(each.label, 120), each.rows, each.other, each.this, each.this - each.other) for each in facts.labels
    )
    yield Table(say("Right by label, the greatest difference first"), head, lines, most=40, filter=True)


def _rows(facts: ComparisonFacts, say: Say) -> Iterator[Block]:
    if facts.won is None or facts.lost is None:
        return
    told = {"won": facts.won, "lost": facts.lost, "right": facts.both_right, "wrong": facts.both_wrong}
    yield Subhead(say("Rows won and lost"), "", f"{ID}-rows")
    yield Prose(say("{won} rows won, {lost} lost, {right} right in both, {wrong} wrong in both.", **told))
    if facts.examples_won:
        yield _deck(say("Won, such as"), facts.examples_won, facts, say)
    if facts.examples_lost:
        yield _deck(say("Lost, such as"), facts.examples_lost, facts, say)


def _deck(title: str, rows: tuple[Turned, ...], facts: ComparisonFacts, say: Say) -> Deck:
    cards = tuple(
        Card(each.text, ((say("truth"), each.truth), (facts.other, each.other), (facts.this, each.this), (say("row"), each.id)))
        for each in rows
    )
    return Deck(title, cards)


def notices(facts: ComparisonFacts, say: Say) -> list[Notice]:
    """Only where the other run is surely better."""
    each = _deciding(facts)
    if each is None or each.better != "other" or each.p is None or each.p >= SURE:
        return []
    return [Notice("warning", _sentence(facts, say).rstrip(".。"), ID)]
