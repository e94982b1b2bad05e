"""Confusion: what is taken for what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from dprep.report.blocks import Block, Column, Fold, Heat, Notice, Prose, Section, Table
from dprep.report.numbers import share
from dprep.report.reading.found_run import FoundRun
from dprep.report.run_sections.words import shortened
from dprep.report.say import Say

ID = "confusion"
WHOLE = 60
"""Labels at most for the whole matrix; of more the most confused ones are drawn."""
DRAWN = 40
PAIRS = 100
OF = {"classification": "label", "tagging": "tags"}
"""Task -> the column of the truth, of tasks in which one of several labels is right."""


@dataclass(frozen=True)
class Pair:
    """Rows with one label that were given another. share: of the rows with that truth."""

    truth: str
    prediction: str
    rows: int
    share: float


@dataclass(frozen=True)
class ConfusionFacts:
    """Of the part that the run is judged by. Unit: rows, or tokens in tagging."""

    part: str
    tokens: bool
    answered: int
    confused: int
    labels_in_all: int
    labels: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    """A line for each truth."""
    pairs: tuple[Pair, ...]
    pairs_in_all: int


def facts(found: FoundRun) -> ConfusionFacts | None:
    """Counted from the predictions."""
    counted = _counted(found)
    if counted is None or not len(counted):
        return None
    truth, said, rows = (counted[name].to_list() for name in ("truth", "said", "rows"))
    of_truth: dict[str, int] = {}
    for label, count in zip(truth, rows, strict=True):
        of_truth[label] = of_truth.get(label, 0) + count
    wrong = [(count, a, b) for a, b, count in zip(truth, said, rows, strict=True) if a != b]
    wrong.sort(key=lambda each: (-each[0], each[1], each[2]))
    known = [str(label) for label in found.told.get("labels", ())]
    labels = [*known, *sorted({*truth, *said} - set(known))]
    shown = labels if len(labels) <= WHOLE else _most_confused(wrong, labels)
    return ConfusionFacts(
        part=found.judged,
        tokens=found.task == "tagging",
        answered=sum(rows),
        confused=sum(each[0] for each in wrong),
        labels_in_all=len(labels),
        labels=tuple(shown),
        matrix=_matrix(shown, zip(truth, said, rows, strict=True)),
        pairs=tuple(Pair(a, b, count, float(f"{count / of_truth[a]:.6g}")) for count, a, b in wrong[:PAIRS]),
        pairs_in_all=len(wrong),
    )


def _counted(found: FoundRun) -> pl.DataFrame | None:
    """`truth`, `said`, `rows`, sorted; None where the task has no such thing, or a row may have several labels."""
    said, column = found.predictions(found.judged), OF.get(found.task)
    schema = said.collect_schema() if said is not None else {}
    if said is None or column not in schema or "prediction" not in schema:
        return None
    if found.task == "classification" and schema[column] != pl.String:
        return None
    both = said.select(truth=pl.col(column), said=pl.col("prediction")).drop_nulls()
    if found.task == "tagging":
        both = both.filter(pl.col("truth").list.len() == pl.col("said").list.len()).explode("truth", "said").drop_nulls()
    return both.group_by("truth", "said").agg(rows=pl.len()).sort("truth", "said").collect(engine="streaming")


def _most_confused(wrong: list[tuple[int, str, str]], labels: list[str]) -> list[str]:
    """The labels with most errors, in the order of all."""
    errors = dict.fromkeys(labels, 0)
    for count, truth, said in wrong:
        errors[truth] += count
        errors[said] += count
    chosen = set(sorted(labels, key=lambda label: (-errors[label], label))[:DRAWN])
    return [label for label in labels if label in chosen]


def _matrix(labels: list[str], counted: object) -> tuple[tuple[int, ...], ...]:
    place = {label: at for at, label in enumerate(labels)}
    cells = np.zeros((len(labels), len(labels)), np.int64)
    for truth, said, rows in counted:  # type: ignore[attr-defined]
        if truth in place and said in place:
            cells[place[truth], place[said]] = rows
    return tuple(tuple(int(count) for count in line) for line in cells)


def section(facts: ConfusionFacts, say: Say) -> Section:
    """The matrix; where labels are many the pairs first."""
    told = {
        "confused": facts.confused,
        "answered": facts.answered,
        "share": share(facts.confused, facts.answered),
        "part": facts.part,
    }
    if facts.tokens:
        first = Prose(say("{confused} of {answered} tokens of `{part}` got another tag ({share}).", **told))
    else:
        first = Prose(say("{confused} of {answered} answers on `{part}` are wrong ({share}).", **told))
    pairs = _pairs(facts, say)
    blocks: list[Block] = [first]
    if facts.labels_in_all <= WHOLE:
        blocks += [_heat(facts, say), *([Fold(say("Most confused pairs"), (pairs,))] if pairs else [])]
    else:
        title = say("The {n} most confused of {labels} labels", n=len(facts.labels), labels=facts.labels_in_all)
        blocks += [*([pairs] if pairs else []), Fold(title, (_heat(facts, say),))]
    return Section(ID, say("Confusion"), tuple(blocks))


def _heat(facts: ConfusionFacts, say: Say) -> Heat:
    names = tuple(shortened(label, 40) for label in facts.labels)
    title = say("Truth by line, answer by column; shades are shares of the line")
    return Heat(title, names, names, facts.matrix, say("truth"), say("answer"), by_line=True)


def _pairs(facts: ConfusionFacts, say: Say) -> Table | None:
    if not facts.pairs:
        return None
    unit = say("Tokens") if facts.tokens else say("Rows")
    head = (Column(say("Truth")), Column(say("Taken for")), Column(unit, "number"), Column(say("Share of the truth"), "share"))
    lines = tuple((shortened(each.truth, 120), shortened(each.prediction, 120), each.rows, each.share) for each in facts.pairs)
    caption = say("{shown} of {n} kinds of confusion", shown=len(facts.pairs), n=facts.pairs_in_all)
    return Table(caption, head, lines, most=40, filter=True)


def notices(facts: ConfusionFacts, say: Say) -> list[Notice]:
    """None: what is wrong with single labels the scores tell."""
    return []
