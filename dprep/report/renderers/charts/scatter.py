"""Points counted in a grid: a circle per cell, the larger the more points, coloured by what the shade means."""

from __future__ import annotations

import math

from dprep.report.blocks import Scatter
from dprep.report.renderers.charts.axes import Scale, labels, room_of_levels, tick_words
from dprep.report.renderers.charts.figure import NAME, at, axis, exact, figure, levels, short, svg, table
from dprep.report.say import Say

TALL, UNDER, SIDE = 300, 34, 300
"""Pixels of the plot; it is this wide at least, which sets how large a circle may be."""
MOST = 700
"""Cells drawn; where there are more, two by two become one."""
SHADES = 5

Point = tuple[float, float, int, float]


def scatter(block: Scatter, say: Say) -> str:
    """A figure; the size of a circle goes by the logarithm of its count."""
    known = [point for point in block.points if point[2] > 0 and math.isfinite(point[0]) and math.isfinite(point[1])]
    points, step = coarser(block, known)
    if not points:
        return figure(say, "scatter", block.title, "", _numbers(block, points, say), notes=[say("There is nothing to draw.")])
    across, up = Scale.over(block.x_range), Scale.over(block.y_range)
    ticks, bottom = up.ticks(5), across.ticks(6)
    words = tick_words(ticks)
    most = max(point[2] for point in points)
    largest = min(SIDE * step[0] / (across.high - across.low), TALL * step[1] / (up.high - up.low)) / 2 + 1
    marks = "".join(_circle(block, point, min(9.0, max(2.5, largest)), across, up, most) for point in points)
    plot = levels([up.place(tick) for tick in ticks], words, TALL) + f'<g class="cells">{marks}</g>'
    plot += f'<line class="base" x2="100%" y1="{TALL}" y2="{TALL}"/>'
    plot += axis(labels([across.place(tick) for tick in bottom], tick_words(bottom)), TALL + 15)
    plot += f'<text class="tick" x="50%" y="{TALL + 30}" text-anchor="middle">{short(block.x, 40)}</text>'
    body = f'{_shades(block)}<div class="up">{short(block.y, 60)}</div>' + svg(
        _gist(block, points, say), TALL + UNDER, plot, room_of_levels(words), 8
    )
    notes = [say("The larger a circle, the more points it stands for; the largest has {most}.", most=most)]
    return figure(say, "scatter", block.title, body, _numbers(block, points, say), notes=notes)


def coarser(block: Scatter, points: list[Point]) -> tuple[list[Point], tuple[float, float]]:
    """The grid, two by two cells joined until there are few enough; counts are summed, shades are means."""
    step = block.step
    while len(points) > MOST:
        step = (step[0] * 2, step[1] * 2)
        found: dict[tuple[int, int], list[float]] = {}
        for x, y, count, shade in points:
            place = (math.floor((x - block.x_range[0]) / step[0]), math.floor((y - block.y_range[0]) / step[1]))
            cell = found.setdefault(place, [0.0, 0.0])
            cell[0] += count
            cell[1] += count * shade
        points = [
            (block.x_range[0] + (across + 0.5) * step[0], block.y_range[0] + (up + 0.5) * step[1], int(count), total / count)
            for (across, up), (count, total) in sorted(found.items())
        ]
    return points, step


def _circle(block: Scatter, point: Point, largest: float, across: Scale, up: Scale, most: int) -> str:
    x, y, count, shade = point
    radius = largest * (0.3 + 0.7 * math.log1p(count) / math.log1p(most))
    told = f"; {short(block.shade, 40)} {exact(shade)}" if block.shade else ""
    place = f'cx="{at(100 * across.place(x))}%" cy="{at(TALL * (1 - up.place(y)))}" r="{at(radius)}"'
    return f'<circle class="q{_shade(shade)}" {place}><title>{exact(x)}, {exact(y)}: {count:,}{told}</title></circle>'


def _shade(shade: float) -> int:
    return min(SHADES - 1, max(0, int(shade * SHADES))) if math.isfinite(shade) else 0


def _shades(block: Scatter) -> str:
    if not block.shade:
        return ""
    boxes = "".join(f'<rect class="q{place}" x="{place * 16}" width="15" height="12"/>' for place in range(SHADES))
    key = f'<svg class="key" width="80" height="12" aria-hidden="true">{boxes}</svg>'
    return f'<div class="up">{short(block.shade, 60)}: 0 {key} 1</div>'


def _gist(block: Scatter, points: list[Point], say: Say) -> str:
    x, y, most, _ = max(points, key=lambda point: (point[2], point[0], point[1]))
    return say(
        "Points, {title}: {total} in all, most of them ({most}) near {x} {at_x} and {y} {at_y}.",
        title=block.title, total=sum(point[2] for point in points), most=most, x=block.x, at_x=exact(x),
        y=block.y, at_y=exact(y),
    )  # fmt: skip


def _numbers(block: Scatter, points: list[Point], say: Say) -> str:
    ordered = sorted(points, key=lambda point: (-point[2], point[0], point[1]))
    head = [short(block.x, NAME), short(block.y, NAME), say("Count"), *([short(block.shade, NAME)] if block.shade else [])]
    lines = ([exact(x), exact(y), f"{count:,}", *([exact(shade)] if block.shade else [])] for x, y, count, shade in ordered)
    return table(say, block.title, head, lines, len(ordered))
