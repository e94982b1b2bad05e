"""Calibration: is the model as often right as it says?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dprep.report.blocks import Block, Column, Figures, Lines, Notice, Prose, Section, Table
from dprep.report.reading.found_run import FoundRun
from dprep.report.run_sections.words import Estimate, between, estimates, rounded, score
from dprep.report.say import Say

ID = "calibration"
OFF = 0.05
"""An expected calibration error below that is nothing to act on."""
Z = 1.959964
"""Of a normal distribution, 95 % lie so many standard deviations around the mean."""
CHANCE = 2.0
"""So many times what chance alone would give, it is no chance."""


@dataclass(frozen=True)
class ReliabilityBin:
    """Rows with a confidence above `low` and at most `high`; None where there are none."""

    low: float
    high: float
    rows: int
    confidence: float | None
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    """Wilson's 95 % interval."""


@dataclass(frozen=True)
class CalibrationFacts:
    """Of the part that the run is judged by."""

    part: str
    rows: int
    bins: tuple[ReliabilityBin, ...]
    ece: Estimate
    """Expected calibration error: the mean distance of confidence and accuracy over bins, weighted by their rows."""
    chance: float
    """What a perfectly calibrated model with the same confidences would show on so few rows, on average."""
    brier: Estimate | None
    confidence: float
    accuracy: float


def facts(found: FoundRun) -> CalibrationFacts | None:
    """From `metrics.json`; None where answers have no confidence."""
    scores = found.scores.get(found.judged, {})
    told = scores.get("calibration")
    known = {each.name: each for each in estimates(scores.get("metrics", {}))}
    if not told or "ece" not in known:
        return None
    bins = tuple(_bin(each) for each in told)
    filled = [(each.rows, each.confidence or 0.0, each.accuracy or 0.0) for each in bins if each.rows]
    rows = sum(count for count, _, _ in filled)
    chance = sum(count / rows * math.sqrt(2 / math.pi * max(sure * (1 - sure), 0.0) / count) for count, sure, _ in filled)
    return CalibrationFacts(
        part=found.judged,
        rows=rows,
        bins=bins,
        ece=known["ece"],
        chance=rounded(chance) or 0.0,
        brier=known.get("brier"),
        confidence=rounded(sum(count * sure for count, sure, _ in filled) / rows) or 0.0,
        accuracy=rounded(sum(count * right for count, _, right in filled) / rows) or 0.0,
    )


def _bin(told: Mapping[str, Any]) -> ReliabilityBin:
    rows, right = int(told["rows"]), told["accuracy"]
    low, high = wilson(rows, right) if rows else (None, None)
    edges = rounded(told["from"]) or 0.0, rounded(told["to"]) or 0.0
    return ReliabilityBin(*edges, rows, told["confidence"], right, low, high)


def wilson(rows: int, share: float) -> tuple[float | None, float | None]:
    """The 95 % interval of a share of some rows. Source: Wilson 1927, Probable Inference, the Law of Succession."""
    room = Z * Z / rows
    middle = (share + room / 2) / (1 + room)
    half = Z / (1 + room) * math.sqrt(share * (1 - share) / rows + room / (4 * rows))
    return rounded(max(0.0, middle - half)), rounded(min(1.0, middle + half))


def section(facts: CalibrationFacts, say: Say) -> Section:
    """The curve with its diagonal, and the bins as a table."""
    figures: list[tuple[str, str, str]] = [
        (say("Calibration error (ECE)"), score(facts.ece.value), between(facts.ece, say)),
        (say("What chance alone gives"), score(facts.chance), say("of a perfectly calibrated model on as many rows")),
        (
            say("Mean confidence"),
            score(facts.confidence),
            say("share that is right: {accuracy}", accuracy=score(facts.accuracy)),
        ),
    ]
    if facts.brier:
        figures.append((say("Brier score"), score(facts.brier.value), between(facts.brier, say)))
    points = tuple((each.confidence or 0.0, each.accuracy or 0.0) for each in facts.bins if each.rows)
    spread = tuple(
        (each.confidence or 0.0, each.accuracy_low or 0.0, each.accuracy_high or 0.0) for each in facts.bins if each.rows
    )
    curve = Lines(
        say("Confidence and what is right"),
        say("confidence"),
        say("share that is right"),
        ((f"{facts.part}", points),),
        diagonal=True,
        bands=((say("95 % interval"), spread),),
    )
    bias = say(
        "The calibration error is biased upwards: with few rows in a bin it is above 0 even for a perfect model, "
        "and it depends on the {n} bins of equal width.",
        n=len(facts.bins),
    )
    blocks: list[Block] = [Figures(tuple(figures)), curve, Prose(bias, soft=True), _table(facts, say)]
    return Section(ID, say("Calibration"), tuple(blocks))


def _table(facts: CalibrationFacts, say: Say) -> Table:
    head = (
        Column(say("Confidence")),
        Column(say("Rows"), "number"),
        Column(say("Mean confidence"), "share"),
        Column(say("Right"), "share"),
    )
    lines = tuple(
        (f"{each.low:.3f} – {each.high:.3f}", each.rows, each.confidence, each.accuracy) for each in facts.bins if each.rows
    )
    return Table(say("Bins of confidence on {part}", part=facts.part), head, lines)


def notices(facts: CalibrationFacts, say: Say) -> list[Notice]:
    """Confidences that should not be used as they are."""
    low = facts.ece.low if facts.ece.low is not None else facts.ece.value
    if low is None or facts.ece.value is None or low <= OFF or facts.ece.value <= CHANCE * facts.chance:
        return []
    told = {"sure": score(facts.confidence), "right": score(facts.accuracy), "ece": score(facts.ece.value)}
    if facts.confidence > facts.accuracy:
        text = say(
            "the model is surer than it is right: mean confidence {sure}, right {right}, calibration error {ece}", **told
        )
    else:
        text = say(
            "the model is more often right than it says: mean confidence {sure}, right {right}, calibration error {ece}", **told
        )
    return [Notice("warning", text, ID)]
