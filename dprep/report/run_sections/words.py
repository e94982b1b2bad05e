"""How several chapters of a run say numbers, parts and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dprep.report.blocks import Card
from dprep.report.numbers import number
from dprep.report.say import Say

DIGITS = 6
"""Significant digits of numbers in facts."""


@dataclass(frozen=True)
class Estimate:
    """A score with its 95 % interval; None where it cannot be told."""

    name: str
    value: float | None
    low: float | None
    high: float | None


def estimates(metrics: Mapping[str, Mapping[str, Any]]) -> tuple[Estimate, ...]:
    """The scores of a part, as `metrics.json` has them."""
    return tuple(Estimate(name, *(each.get(key) for key in ("value", "low", "high"))) for name, each in metrics.items())


def rounded(value: float | None) -> float | None:
    """To DIGITS significant digits: sums may come in any order."""
    return None if value is None or value != value else float(f"{value:.{DIGITS}g}")


def score(value: float | None) -> str:
    """A score for people."""
    return "-" if value is None else f"{value:.3f}" if abs(value) < 10 else number(value)


def between(each: Estimate, say: Say) -> str:
    """An interval for people; empty where there is none."""
    if each.low is None or each.high is None:
        return ""
    return say("{low} to {high}", low=score(each.low), high=score(each.high))


def lasted(seconds: float, say: Say) -> str:
    """A time in words."""
    whole = round(seconds)
    if whole < 60:
        return say("{seconds} s", seconds=f"{seconds:.1f}")
    hours, rest = divmod(whole, 3600)
    if hours:
        return say("{hours} h {minutes} min", hours=hours, minutes=rest // 60)
    return say("{minutes} min {seconds} s", minutes=rest // 60, seconds=rest % 60)


def shortened(text: str, most: int) -> str:
    """The first characters of a text."""
    return text if len(text) <= most else f"{text[:most]}…"


def without_empty(cards: tuple[Card, ...]) -> tuple[Card, ...]:
    """The cards without the facts that none of them has."""
    told = {name for card in cards for name, value in card.facts if value}
    return tuple(replace(card, facts=tuple(fact for fact in card.facts if fact[0] in told)) for card in cards)


def thinned(points: Sequence[tuple[float, float]], most: int) -> tuple[tuple[float, float], ...]:
    """At most so many points, evenly taken, the first and the last among them."""
    if len(points) <= most:
        return tuple(points)
    places = sorted({round(place * (len(points) - 1) / (most - 1)) for place in range(most)})
    return tuple(points[place] for place in places)
