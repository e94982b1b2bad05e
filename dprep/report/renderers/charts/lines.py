"""Curves: loss and metrics over steps, vocabulary over rows, calibration. Names stand at their ends where there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dprep.report.blocks import Lines
from dprep.report.renderers.charts.axes import Scale, labels, room_of_levels, spread, tick_words
from dprep.report.renderers.charts.figure import (
    LINES,
    NAME,
    at,
    axis,
    dash,
    exact,
    figure,
    hue,
    legend,
    levels,
    room,
    short,
    stretched,
    svg,
    table,
    trimmed,
)
from dprep.report.say import Say

WIDE, TALL, UNDER = 1000, 200, 34
MOST = 200
"""Points of a curve; of more than these the lowest and highest of each stretch are kept."""
NAMED, LONGEST, GAP = 8, 14, 13
"""Curves with a name at their end, letters of it, pixels from one to the next."""

Points = tuple[tuple[float, float], ...]


def lines(block: Lines, say: Say) -> str:
    """A figure; points that are no number, or not above 0 on a logarithmic axis, are gaps."""
    series = [(name, thinned(points)) for name, points in block.series]
    across, up = _scales(block, series)
    known = [(x, y) for _, points in series for x, y in points if _shown(y, block.log)]
    if not known:
        return figure(say, "lines", block.title, "", _numbers(block, series, say), notes=[say("There is nothing to draw.")])
    ticks = up.ticks(4)
    words = tick_words(ticks)
    shapes = stretched(WIDE, TALL, _bands(block, across, up) + _diagonal(block, across, up) + _paths(block, series, across, up))
    names, right = _ends(block, series, up)
    marks = levels([up.place(tick) for tick in ticks], words, TALL) + shapes
    marks += "".join(_dots(block, rank, name, points, across, up) for rank, (name, points) in enumerate(series))
    marks += names + _bottom(block, across)
    body = f'<div class="up">{short(block.y, 60)}</div>' + svg(
        _gist(block, known, say), TALL + UNDER, marks, room_of_levels(words), right
    )
    return figure(say, "lines", block.title, _legend(block) + body, _numbers(block, series, say), notes=_notes(block, say))


def thinned(points: Points, most: int = MOST) -> Points:
    """At most `most` points: the first and last, and the lowest and highest of every stretch between."""
    if len(points) <= most:
        return tuple(points)
    stretches = (most - 2) // 2
    inner = points[1:-1]
    kept = [points[0]]
    for rank in range(stretches):
        some = range(rank * len(inner) // stretches, (rank + 1) * len(inner) // stretches)
        finite = [place for place in some if math.isfinite(inner[place][1])] or list(some[:1])
        ends = {min(finite, key=lambda place: inner[place][1]), max(finite, key=lambda place: inner[place][1])}
        kept += [inner[place] for place in sorted(ends)]
    return (*kept, points[-1])


def _shown(y: float, log: bool) -> bool:
    return math.isfinite(y) and (y > 0 or not log)


def _scales(block: Lines, series: Sequence[tuple[str, Points]]) -> tuple[Scale, Scale]:
    across = [x for _, points in series for x, _ in points] + [x for _, band in block.bands for x, _, _ in band]
    up = [y for _, points in series for _, y in points] + [y for _, band in block.bands for _, *ends in band for y in ends]
    if block.diagonal:
        return Scale(min(0.0, *across, 1.0), max(1.0, *across, 0.0)), Scale.over([*up, 0.0, 1.0])
    return Scale.over(across), Scale.over(up, block.log).rounded(4)


def _paths(block: Lines, series: Sequence[tuple[str, Points]], across: Scale, up: Scale) -> str:
    return "".join(
        f'<path class="line s{hue(rank)} d{dash(rank)}" d="{_path(points, block.log, across, up)}"/>'
        for rank, (_, points) in enumerate(series)
    )


def _path(points: Points, log: bool, across: Scale, up: Scale) -> str:
    told, pen = [], "M"
    for x, y in points:
        if _shown(y, log):
            told.append(f"{pen}{at(WIDE * across.place(x))} {at(TALL * (1 - up.place(y)))}")
            pen = "L"
        else:
            pen = "M"
    return "".join(told)


def _bands(block: Lines, across: Scale, up: Scale) -> str:
    found = []
    for rank, (name, band) in enumerate(block.bands):
        known = [(x, low, high) for x, low, high in band if math.isfinite(low) and math.isfinite(high)]
        around = [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]
        corners = " ".join(f"{at(WIDE * across.place(x))},{at(TALL * (1 - up.place(y)))}" for x, y in around)
        title = f"<title>{short(name, NAME)}</title>"
        found.append(f'<polygon class="band s{hue(_rank(block, name, rank))}" points="{corners}">{title}</polygon>')
    return "".join(found)


def _rank(block: Lines, name: str, other: int) -> int:
    """A band has the colour of the curve it is named after."""
    names = [series for series, _ in block.series]
    return names.index(name) if name in names else other


def _diagonal(block: Lines, across: Scale, up: Scale) -> str:
    if not block.diagonal:
        return ""
    ends = [f"{at(WIDE * across.place(value))} {at(TALL * (1 - up.place(value)))}" for value in (0.0, 1.0)]
    return f'<path class="diagonal" d="M{ends[0]}L{ends[1]}"/>'


def _dots(block: Lines, rank: int, name: str, points: Points, across: Scale, up: Scale) -> str:
    """What a point is, where it is pointed at; seen only where points are few, or stand alone."""
    seen = "" if len(points) <= 30 else " unseen"
    found = []
    for x, y in points:
        if _shown(y, block.log):
            title = f"{short(name, 40)}: {exact(x)}, {exact(y)}"
            place = f'cx="{at(100 * across.place(x))}%" cy="{at(TALL * (1 - up.place(y)))}"'
            found.append(f'<circle {place} r="3"><title>{title}</title></circle>')
    return f'<g class="dots s{hue(rank)}{seen}">{"".join(found)}</g>'


def _ends(block: Lines, series: Sequence[tuple[str, Points]], up: Scale) -> tuple[str, float]:
    """Names at the ends of the curves, and the room they take to the right; none where they would not fit."""
    if not 1 < len(series) <= NAMED:
        return "", 10
    last = [next((y for _, y in reversed(points) if _shown(y, block.log)), up.low) for _, points in series]
    places = spread([TALL * (1 - up.place(y)) for y in last], GAP, 4, TALL - 4)
    assert places is not None  # NAMED names take less than the height
    told = [
        f'<text class="end" x="100%" dx="7" y="{at(place + 4)}"><tspan class="s{hue(rank)}">● </tspan>'
        f"{short(name, LONGEST)}</text>"
        for rank, ((name, _), place) in enumerate(zip(series, places, strict=True))
    ]
    return "".join(told), 14 + room(trimmed(name, LONGEST) for name, _ in series)


def _bottom(block: Lines, across: Scale) -> str:
    ticks = across.ticks(7)
    found = axis(labels([across.place(tick) for tick in ticks], tick_words(ticks)), TALL + 15)
    return (
        f'<line class="base" x2="100%" y1="{TALL}" y2="{TALL}"/>{found}'
        f'<text class="tick" x="50%" y="{TALL + 30}" text-anchor="middle">{short(block.x, 40)}</text>'
    )


def _legend(block: Lines) -> str:
    return legend([name for name, _ in block.series[:40]]) if len(block.series) > 1 else ""


def _notes(block: Lines, say: Say) -> list[str]:
    longest = max((len(points) for _, points in block.series), default=0)
    unseen = sum(1 for _, points in block.series for _, y in points if block.log and math.isfinite(y) and y <= 0)
    found = []
    if longest > MOST:
        found.append(
            say("Of {points} points {most} are shown: the lowest and the highest of each stretch.", points=longest, most=MOST)
        )
    if unseen:
        found.append(say.many(unseen, "{n} point is not above 0: a logarithmic axis has no place for it.",
                              "{n} points are not above 0: a logarithmic axis has no place for them."))  # fmt: skip
    return found


def _gist(block: Lines, known: Sequence[tuple[float, float]], say: Say) -> str:
    low, high = min(y for _, y in known), max(y for _, y in known)
    return say(
        "Curves, {title}: {n} of them, {x} from {first} to {last}, {y} from {low} to {high}.",
        title=block.title, n=len(block.series), x=block.x, first=exact(min(x for x, _ in known)),
        last=exact(max(x for x, _ in known)), y=block.y, low=exact(low), high=exact(high),
    )  # fmt: skip


def _numbers(block: Lines, series: Sequence[tuple[str, Points]], say: Say) -> str:
    """A line per x that is shown, a column per curve; long ones one point per line, so that the table stays narrow."""
    if len(series) > NAMED:
        points = [[short(name, NAME), exact(x), exact(y)] for name, found in series for x, y in found]
        return table(say, block.title, [say("Curve"), short(block.x, NAME), short(block.y, NAME)], points, len(points))
    found = [dict(points) for _, points in series]
    rising = sorted({x for points in found for x in points})
    head = [short(block.x, NAME), *(short(name, NAME) for name, _ in series)]
    rows = ([exact(x), *(exact(points[x]) if x in points else "" for points in found)] for x in rising[:LINES])
    return table(say, block.title, head, rows, len(rising))
