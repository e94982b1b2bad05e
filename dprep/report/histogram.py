"""Histograms of what steps measured, as small inline SVG, with the bounds that decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dprep.report.safe import safe
from dprep.store.ledger import bin_edges

WIDTH, HEIGHT, BARS = 480, 80, 60
FOOT = 16
"""Pixels under the bars, for the numbers."""


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
    """An SVG figure; bars beyond a bound are marked as dropped."""
    found = bars(counts)
    if not found:
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
    shapes += [_line(bound, found) for bound in bounds]
    shapes.append(f'<text x="0" y="{HEIGHT + FOOT - 3}">{number(found[0].low)}</text>')
    shapes.append(f'<text x="{WIDTH}" y="{HEIGHT + FOOT - 3}" text-anchor="end">{number(found[-1].high)}</text>')
    told = ", ".join(f"{bound.side} {number(bound.value)}" for bound in bounds)
    caption = f"{safe(measure)} <small>{sum(counts.values()):,} rows{', ' + told if told else ''}</small>"
    picture = "".join(shapes)
    return (
        f'<figure><figcaption>{caption}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT + FOOT}" role="img" '
        f'aria-label="{safe(f"histogram of {measure}")}">{picture}</svg></figure>'
    )


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
