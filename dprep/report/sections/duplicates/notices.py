"""What a person should know of duplicates before using the data."""

from __future__ import annotations

from dprep.report.blocks import Notice
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.sections.duplicates.facts import ID, Duplicates, Step
from dprep.report.sections.duplicates.leak_words import ANCHOR

HUGE, FEWEST = 0.01, 50
"""A cluster is huge that has more than this share of the rows, and so many rows at least: it is mostly a boilerplate."""

LABELS = 0.001
"""Share of the rows a step looked at above which copies with another label are worth a warning; the chapter tells of all."""


def notices(facts: Duplicates, say: Say) -> list[Notice]:
    """Leaks, labels lost with copies, clusters that are too large to be chance."""
    found = _leaks(facts, say)
    for step in facts.steps:
        found += [*_labels(step, say), *_huge(step, say), *_parted(step, say)]
    return found


def _leaks(facts: Duplicates, say: Say) -> list[Notice]:
    if not facts.leaks:
        return []
    last = facts.leaks[-1]  # what an earlier check left may have gone since
    taken = sum(check.taken for check in facts.leaks)
    if last.left:
        told = say.many(last.left, "{n} row is in two parts: scores will be too good.",
                        "{n} rows are in two parts: scores will be too good.")  # fmt: skip
        return [Notice("error", told, ANCHOR)]
    if facts.parts < 2:
        return []
    if taken:
        told = say.many(taken, "No row is in two parts: {n} row was taken out of `train`.",
                        "No row is in two parts: {n} rows were taken out of `train`.")  # fmt: skip
    else:
        told = (
            say("No row is in two parts.")
            if last.nearly
            else say("No text is in two parts; nearly equal texts were not looked for.")
        )
    return [Notice("good", told, ANCHOR)]


def _labels(step: Step, say: Say) -> list[Notice]:
    lost = step.crossing.other_label if step.crossing and step.kind == "twins" else 0
    if not lost or lost <= LABELS * step.rows_in:
        return []
    told = say.many(
        lost,
        "`{step}` dropped {n} copy whose label differs from that of the row that stayed.",
        "`{step}` dropped {n} copies whose label differs from that of the row that stayed.",
        step=step.name,
    )
    return [Notice("warning", told, f"{ID}-{step.number}")]


def _huge(step: Step, say: Say) -> list[Notice]:
    if step.clusters is None or step.kind != "twins" or not step.clusters.largest:
        return []
    size = step.clusters.largest[0].size
    if size < FEWEST or size <= HUGE * step.rows_in:
        return []
    told = say(
        "`{step}` found {n} rows that are alike, {share} of those it looked at: see whether they are one text.",
        step=step.name,
        n=size,
        share=share(size, step.rows_in),
    )
    return [Notice("warning", told, f"{ID}-{step.number}")]


def _parted(step: Step, say: Say) -> list[Notice]:
    if step.clusters is None or not step.clusters.parted:
        return []
    told = say.many(
        step.clusters.parted,
        "{n} cluster that `{step}` marked is in more than one part.",
        "{n} clusters that `{step}` marked are in more than one part.",
        step=step.name,
    )
    return [Notice("warning", told, f"{ID}-{step.number}")]
