"""Histograms of what steps measured, as small inline SVG, with the bounds that decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dprep.report.safe import safe
from dprep.store.ledger import bin_edges, bins

WIDTH, HEIGHT, BARS = 480, 80, 60
TICKS = 5
"""Numbers under the bars, about."""


@dataclass(frozen=True)
class Bar:
    """`count` values between `low` and `high`."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Limit:
    """A bound of the step: values below a `min`, or above a `max` (or a `threshold` of likeness), were dropped."""

    side: str
    value: float


def bars(counts: Mapping[str, int], most: int = BARS) -> list[Bar]:
    """Bins of the ledger as bars in rising order, gaps filled, neighbours joined so that there are at most `most` or so."""
    places = sorted(int(place) for place in counts)
    runs = [
        [place for place in places if place < 0],
        [place for place in places if place == 0],
        [place for place in places if place > 0],
    ]
    whole = [range(run[0], run[-1] + 1) for run in runs if run]
    step = max(1, -(-sum(map(len, whole)) // most))
    found = []
    for run in whole:
        for first in range(run.start, run.stop, step):
            last = min(first + step, run.stop) - 1
            number = sum(counts.get(str(place), 0) for place in range(first, last + 1))
            found.append(Bar(bin_edges(first)[0], bin_edges(last)[1], number))
    return found


def limits(step: Mapping[str, Any] | None, measure: str) -> list[Limit]:
    """The bounds on `measure` among the parameters of a step of the manifest."""
    parameters = step["parameters"] if step else {}
    found = [(side, parameters.get(f"{side}_{measure}")) for side in ("min", "max")]
    if measure == "similarity":
        found.append(("threshold", parameters.get("threshold")))
    return [
        Limit(side, float(value)) for side, value in found if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]


def draw(measure: str, counts: Mapping[str, int], bounds: list[Limit]) -> str:
    """A figure; bars beyond a bound are marked as dropped. Nothing where all values fall into one bar: the funnel says it."""
    found = bars(counts)
    if len(found) < 2:
        return ""
    wide, tallest = WIDTH / len(found), max(bar.count for bar in found)
    shapes = []
    for place, bar in enumerate(found):
        if bar.count:
            tall = max(1.0, HEIGHT * bar.count / tallest)
            kind = "out" if any(_beyond(bar, bound) for bound in bounds) else "in"
            title = f"<title>{number(bar.low)} to {number(bar.high)}: {bar.count:,}</title>"
            shapes.append(
                f'<rect class="{kind}" x="{place * wide:.2f}" y="{HEIGHT - tall:.2f}" width="{max(0.5, wide - 1):.2f}" '
                f'height="{tall:.2f}">{title}</rect>'
            )
    picture = "".join([*shapes, *(_line(bound, found) for bound in bounds)])
    told = ", ".join(f"{bound.side} {number(bound.value)}" for bound in bounds)
    caption = f"{safe(measure)} <small>{sum(counts.values()):,} rows{', ' + told if told else ''}</small>"
    return (
        f'<figure><figcaption>{caption}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{safe(f"histogram of {measure}")}">{picture}</svg>{_axis(found)}</figure>'
    )


def yes_or_no(counts: Mapping[str, int]) -> bool:
    """Whether all values are 0 or 1: a condition, of which the funnel tells all."""
    return {int(place) for place in counts} <= set(bins(np.array([0.0, 1.0])))


def _axis(found: list[Bar]) -> str:
    """Where some of the bars begin, the first and the last always: bars are equally wide, their ranges are not."""
    many, last = len(found), len(found) - 1
    free = 0.22 * many if last > 0.85 * many else 1  # the last number stands before the right end, and is the longest
    places = [place for place in range(0, many, max(1, -(-many // TICKS))) if last - place >= free] + [last]
    ticks = []
    for place in places:
        side = "right:0" if place > 0.85 * many else f"left:{100 * place / many:.1f}%"
        ticks.append(f'<span style="{side}">{number(found[place].low)}</span>')
    return f'<div class="axis">{"".join(ticks)}</div>'


def number(value: float) -> str:
    """A number in few digits."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e7 else f"{value:.3g}"


def _beyond(bar: Bar, bound: Limit) -> bool:
    if bound.side == "min":
        return bar.high <= bound.value
    return bar.low >= bound.value if bound.side == "threshold" else bar.low > bound.value


def _line(bound: Limit, found: list[Bar]) -> str:
    place = WIDTH * _place(bound.value, found) / len(found)
    return f'<line class="limit" x1="{place:.2f}" x2="{place:.2f}" y1="0" y2="{HEIGHT}"/>'


def _place(value: float, found: list[Bar]) -> float:
    """Where `value` stands among the bars, in bars from the left; at an end if it is beyond them."""
    for place, bar in enumerate(found):
        if value < bar.low:
            return float(place)
        if value <= bar.high:
            return place + ((value - bar.low) / (bar.high - bar.low) if bar.high > bar.low else 0.5)
    return float(len(found))
