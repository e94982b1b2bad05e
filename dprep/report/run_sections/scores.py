"""The scores: every metric of every part with its interval, then by label, or as the task has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from dprep.report.blocks import Bin, Block, Column, Histogram, Notice, Prose, Scatter, Section, Subhead, Table
from dprep.report.reading.found_run import JUDGED, FoundRun
from dprep.report.run_sections.words import Estimate, between, estimates, rounded, shortened
from dprep.report.say import Say

ID = "scores"
CLASSES = 1_000
"""Labels told at most, the worst first."""
NAMED = 5
"""Labels named in a warning."""
GRID = 40
"""Cells of a scatter, each way."""
BINS = 30
FEW = 5
"""Of a label with fewer rows no warning is made: one row more or less decides there."""


@dataclass(frozen=True)
class PartScores:
    """All scores of one part."""

    part: str
    rows: int
    unanswered: int
    metrics: tuple[Estimate, ...]


@dataclass(frozen=True)
class ClassScores:
    """One label, in the part that the run is judged by."""

    label: str
    rows: int
    predicted: int
    precision: float
    recall: float
    f1: float
    f1_low: float | None
    f1_high: float | None


@dataclass(frozen=True)
class Cells:
    """Points counted in a grid: (x, y, rows), x and y being the middle of a cell."""

    low: float
    high: float
    step: float
    points: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True)
class ScoresFacts:
    """What the parts that were held out say."""

    parts: tuple[PartScores, ...]
    judged: str
    classes: tuple[ClassScores, ...]
    classes_in_all: int
    never_right: tuple[str, ...]
    """Labels with rows, of which none was found; at most NAMED, the most frequent first."""
    never_right_in_all: int
    unseen: tuple[str, ...]
    definitions: tuple[tuple[str, str], ...]
    against_truth: Cells | None
    """Of regression: x the truth, y the answer."""
    losses: tuple[tuple[float, float, int], ...]
    """Of models of language: (low, high, rows) of the loss per token of a row."""


def facts(found: FoundRun) -> ScoresFacts | None:
    """From `metrics.json`, and for scatter and losses from the predictions."""
    if not found.scores:
        return None
    judged = found.scores.get(found.judged, {})
    classes = sorted((_class(line) for line in judged.get("per_class", ())), key=lambda each: (each.f1, -each.rows, each.label))
    classes = [each for each in classes if each.rows or each.predicted]
    never = sorted(
        (each for each in classes if each.rows >= FEW and not each.recall), key=lambda each: (-each.rows, each.label)
    )
    return ScoresFacts(
        parts=tuple(_part(part, found.scores[part]) for part in JUDGED if part in found.scores),
        judged=found.judged,
        classes=tuple(classes[:CLASSES]),
        classes_in_all=len(classes),
        never_right=tuple(each.label for each in never[:NAMED]),
        never_right_in_all=len(never),
        unseen=tuple(str(each) for each in judged.get("unseen_labels", ())[:NAMED]),
        definitions=tuple(sorted((str(name), str(told)) for name, told in judged.get("definitions", {}).items())),
        against_truth=_against_truth(found),
        losses=_losses(found),
    )


def _part(part: str, told: Any) -> PartScores:
    return PartScores(part, int(told["rows"]), int(told["unanswered"]), estimates(told["metrics"]))


def _class(line: Any) -> ClassScores:
    low, high = line.get("f1_interval") or (None, None)
    precision, recall, f1 = (float(line[name]) for name in ("precision", "recall", "f1"))
    return ClassScores(str(line["label"]), int(line["rows"]), int(line["predicted"]), precision, recall, f1, low, high)


def _against_truth(found: FoundRun) -> Cells | None:
    said = found.predictions(found.judged)
    if found.task != "regression" or said is None or not {"label", "prediction"} <= set(said.collect_schema()):
        return None
    both = said.select("label", "prediction").drop_nulls().collect()
    x, y = (both[name].to_numpy() for name in ("label", "prediction"))
    usable = np.isfinite(x) & np.isfinite(y)
    x, y = x[usable], y[usable]
    if not len(x):
        return None
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    step = (high - low) / GRID or 1.0
    counts, _, _ = np.histogram2d(x, y, bins=GRID, range=[[low, low + GRID * step]] * 2)
    points = ((low + (i + 0.5) * step, low + (j + 0.5) * step, int(counts[i, j])) for i, j in np.argwhere(counts))
    return Cells(low, low + GRID * step, step, tuple((float(f"{a:.6g}"), float(f"{b:.6g}"), n) for a, b, n in points))


def _losses(found: FoundRun) -> tuple[tuple[float, float, int], ...]:
    said = found.predictions(found.judged)
    if said is None or not {"nll", "tokens"} <= set(said.collect_schema()):
        return ()
    each = (
        said.filter(pl.col("tokens") > 0).select(pl.col("nll") / pl.col("tokens")).collect().to_series().drop_nulls().to_numpy()
    )
    each = each[np.isfinite(each)]
    if not len(each):
        return ()
    counts, edges = np.histogram(each, bins=BINS)
    return tuple((rounded(a) or 0.0, rounded(b) or 0.0, int(n)) for a, b, n in zip(edges, edges[1:], counts, strict=False))


# in words


def section(facts: ScoresFacts, say: Say) -> Section:
    """A table of scores, then what the task has besides."""
    blocks: list[Block] = [_scores(facts, say), *_definitions(facts, say)]
    blocks += [*_by_label(facts, say), *_scatter(facts, say), *_surprises(facts, say)]
    return Section(ID, say("Scores"), tuple(blocks))


def _scores(facts: ScoresFacts, say: Say) -> Table:
    lines = [(each.name, part.part, each.value, between(each, say), part.rows) for part in facts.parts for each in part.metrics]
    head = (Column(say("Metric")), Column(say("Part"), "code"), Column(say("Value"), "number"), Column(say("95 % interval")))
    return Table(say("All scores"), (*head, Column(say("Rows"), "number")), tuple(lines), most=60)


def _definitions(facts: ScoresFacts, say: Say) -> Iterator[Block]:
    for part in facts.parts:
        if part.unanswered:
            text = say("{rows} rows of `{part}` got no answer; each counts as wrong.", rows=part.unanswered, part=part.part)
            yield Prose(text, soft=True)
    if facts.definitions:
        told = "; ".join(f"`{name}` = `{how}`" for name, how in facts.definitions)
        yield Prose(say("How metrics are worked out, in the notation of sacrebleu: {definitions}", definitions=told), soft=True)


def _by_label(facts: ScoresFacts, say: Say) -> Iterator[Block]:
    if not facts.classes:
        return
    yield Subhead(say("By label"), say("on {part}, the lowest F1 first", part=facts.judged), f"{ID}-labels")
    head = (
        Column(say("Label")),
        Column(say("Rows"), "number"),
        Column(say("Answers"), "number"),
        Column(say("Precision"), "share"),
        Column(say("Recall"), "share"),
        Column("F1", "share"),
        Column(say("95 % interval of F1")),
    )
    lines = tuple(
        (
            shortened(each.label, 120),
            each.rows,
            each.predicted,
            each.precision,
            each.recall,
            each.f1,
            between(Estimate("f1", each.f1, each.f1_low, each.f1_high), say),
        )
        for each in facts.classes
    )
    yield Table(say("Every label"), head, lines, most=200, filter=True)
    if facts.classes_in_all > len(facts.classes):
        yield Prose(say("{n} other labels are better.", n=facts.classes_in_all - len(facts.classes)), soft=True)


def _scatter(facts: ScoresFacts, say: Say) -> Iterator[Block]:
    cells = facts.against_truth
    if cells is not None:
        most = max(n for *_, n in cells.points)
        points = tuple((x, y, n, n / most) for x, y, n in cells.points)
        yield Scatter(
            say("Answer against truth"),
            say("truth"),
            say("answer"),
            points,
            (cells.low, cells.high),
            (cells.low, cells.high),
            (cells.step, cells.step),
            say("rows"),
        )
        yield Prose(say("On the diagonal the answer is right."), soft=True)


def _surprises(facts: ScoresFacts, say: Say) -> Iterator[Block]:
    if facts.losses:
        bins = tuple(Bin(low, high, rows) for low, high, rows in facts.losses)
        yield Histogram(say("Loss per token, by row of {part}", part=facts.judged), bins, unit=say("rows"))


def notices(facts: ScoresFacts, say: Say) -> list[Notice]:
    """Labels that are never found, and such as train does not have."""
    found = []
    if facts.never_right:
        named = ", ".join(f"`{shortened(label, 60)}`" for label in facts.never_right)
        n = facts.never_right_in_all
        text = say.many(
            n,
            "{n} label is never found on `{part}`: {labels}",
            "{n} labels are never found on `{part}`: {labels}",
            part=facts.judged,
            labels=named,
        )
        found.append(Notice("warning", text, f"{ID}-labels"))
    if facts.unseen:
        named = ", ".join(f"`{shortened(label, 60)}`" for label in facts.unseen)
        text = say(
            "`{part}` has labels that train lacks, so that they cannot be answered: {labels}", part=facts.judged, labels=named
        )
        found.append(Notice("warning", text, f"{ID}-labels"))
    return found
