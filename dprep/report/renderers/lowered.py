"""Charts as tables, for where nothing can be drawn but letters: every chart becomes lines with a small picture in a column.

Besides what is drawn, each tells the numbers that matter of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from dprep.report.blocks import (
    Bars,
    Block,
    Cell,
    Column,
    Distributions,
    Figures,
    Flow,
    Heat,
    Histogram,
    Lines,
    Link,
    Prose,
    Scatter,
    Table,
)
from dprep.report.numbers import number
from dprep.report.renderers.plain import bar, sparkline
from dprep.report.say import Say

SHAPE = 32
"""Letters of a small picture."""
MATRIX = 8
"""Columns of a matrix that is still shown as one."""


def lowered(blocks: Iterable[Block], say: Say) -> list[Block]:
    """The same without charts. Histograms that follow one another become one table."""
    found: list[Block] = []
    for kind, group in groupby(blocks, key=type):
        if kind is Histogram:
            found.append(_histograms([each for each in group if isinstance(each, Histogram)], say))
        else:
            found += [made for block in group for made in _lowered(block, say)]
    return found


def _lowered(block: Block, say: Say) -> Sequence[Block]:
    match block:
        case Flow():
            return _flow(block, say)
        case Bars():
            return [_bars(block)]
        case Distributions():
            return [_distributions(block, say)]
        case Lines():
            return [_lines(block, say)]
        case Heat():
            return [_heat(block, say)]
        case Scatter():
            return [_scatter(block, say)]
        case Figures():
            return [Table("", (Column(""), Column("", "number"), Column("")), tuple(block.figures))]
        case _:
            return [block]


def _flow(flow: Flow, say: Say) -> list[Block]:
    head = (
        Column(say("Step")),
        Column(say("In"), "number"),
        Column(say("Joined"), "number"),
        Column(say("Left"), "number"),
        Column(say("Out"), "number"),
        Column(say("Why they left")),
    )
    lines: list[tuple[Cell | Link, ...]] = []
    for stream in flow.streams:
        why = " · ".join(f"{reason} {count:,}" for reason, count in stream.left)
        gone = sum(count for _, count in stream.left)
        name: Cell | Link = Link(stream.name, stream.anchor) if stream.anchor else stream.name
        lines.append((name, stream.into, stream.joined or None, gone or None, stream.out, why))
    unit = "" if flow.unit.casefold() == flow.title.casefold() else f" ({flow.unit})"
    table = Table(f"{flow.title}{unit}", head, tuple(lines))
    parts = " · ".join(f"{name} {count:,}" for name, count in flow.parts)
    return [table, Prose(say("at the end: {parts}", parts=parts), soft=True)] if parts else [table]


def _bars(bars: Bars) -> Table:
    """One series: its values. Several: the values of each, and a bar of their sum, where sums differ."""
    sums = [sum(values[place] for _, values in bars.series) for place in range(len(bars.names))]
    low, top = min(sums, default=0.0), max(sums, default=0.0)
    drawn = len(bars.series) == 1 or top - low > 0.01 * top
    lines: list[tuple[Cell, ...]] = []
    for place, name in enumerate(bars.names):
        picture = (bar(sums[place] / (top or 1.0)),) if drawn else ()
        lines.append((name, *(values[place] for _, values in bars.series), *picture))
    titles = [name or bars.unit for name, _ in bars.series]
    unit = f" ({bars.unit})" if bars.unit else ""
    head = (Column(""), *(Column(title, "number") for title in titles), *([Column("", "code")] if drawn else []))
    return Table(f"{bars.title}{unit}", head, tuple(lines), most=bars.most)


def _histograms(drawn: list[Histogram], say: Say) -> Table:
    head = (
        Column(say("Measured")),
        Column(say("Values from"), "number"),
        Column(say("How many have it"), "code"),
        Column(say("To"), "number"),
        Column(say("Bounds")),
    )
    return Table("", head, tuple(_histogram(each) for each in drawn), most=len(drawn))


def _histogram(drawn: Histogram) -> tuple[Cell, ...]:
    """Bounds stand as | between the letters of the bins on either side of them."""
    if not drawn.bins:
        return (drawn.title, None, "", None, "")
    cuts = sorted({_first_at(drawn, limit.value) for limit in drawn.limits} - {0, len(drawn.bins)})
    sections = [drawn.bins[a:b] for a, b in pairwise([0, *cuts, len(drawn.bins)])]
    each = max(1, math.ceil(len(drawn.bins) / SHAPE))
    merged = [[sum(one.count for one in part[n : n + each]) for n in range(0, len(part), each)] for part in sections]
    letters = sparkline([count for part in merged for count in part])
    shape, start = [], 0
    for part in merged:
        shape.append(letters[start : start + len(part)])
        start += len(part)
    bounds = " · ".join(f"{limit.side} {number(limit.value)}" for limit in drawn.limits)
    return (drawn.title, _short(drawn.bins[0].low), "|".join(shape), _short(drawn.bins[-1].high), bounds)


def _first_at(drawn: Histogram, value: float) -> int:
    return next((place for place, one in enumerate(drawn.bins) if one.low >= value), len(drawn.bins))


def _distributions(drawn: Distributions, say: Say) -> Table:
    """Each group against its own size."""
    head = (
        Column(""),
        Column(drawn.unit, "number"),
        Column(say("From {low} to {high}", low=number(drawn.edges[0]), high=number(drawn.edges[-1])), "code"),
        Column(say("Half are below"), "number"),
    )
    each = max(1, math.ceil((len(drawn.edges) - 1) / SHAPE))
    lines = []
    for name, counts in drawn.groups:
        merged = [sum(counts[n : n + each]) for n in range(0, len(counts), each)]
        lines.append((name, sum(counts), sparkline(merged), _median(drawn.edges, counts)))
    return Table(drawn.title, head, tuple(lines))


def _median(edges: Sequence[float], counts: Sequence[int]) -> float | None:
    """Within the bin that holds the half, as if its values were spread evenly."""
    half, seen = sum(counts) / 2, 0
    for (low, high), count in zip(pairwise(edges), counts, strict=True):
        if count and seen + count >= half:
            return _short(low + (high - low) * (half - seen) / count)
        seen += count
    return None


def _lines(drawn: Lines, say: Say) -> Table:
    head = (
        Column(drawn.y),
        Column(say("First"), "number"),
        Column(f"{drawn.x} →", "code"),
        Column(say("Last"), "number"),
        Column(say("Lowest"), "number"),
        Column(say("Highest"), "number"),
    )
    lines: list[tuple[Cell, ...]] = []
    for name, points in drawn.series:
        values = [y for _, y in points if math.isfinite(y)]
        if values:
            ends = (_short(values[0]), _curve(values, log=drawn.log), _short(values[-1]))
            lines.append((name, *ends, _short(min(values)), _short(max(values))))
    for name, band in drawn.bands:
        if band:
            low, high = min(low for _, low, _ in band), max(high for _, _, high in band)
            lines.append((name, None, "", None, _short(low), _short(high)))
    return Table(drawn.title, head, tuple(lines))


def _curve(values: Sequence[float], *, log: bool) -> str:
    """Means of neighbours, between the lowest and the highest."""
    heights = [math.log10(max(value, 1e-12)) for value in values] if log else list(values)
    each = max(1, math.ceil(len(heights) / SHAPE))
    means = [sum(some) / len(some) for some in (heights[n : n + each] for n in range(0, len(heights), each))]
    floor, top = min(means), max(means)
    return sparkline([1.0 + 7 * (mean - floor) / (top - floor) if top > floor else 4.0 for mean in means])


def _heat(heat: Heat, say: Say) -> Table:
    """A small matrix as it is, of a large one the largest cells, without the diagonal where both sides are the same."""
    if len(heat.columns) <= MATRIX:
        head = (Column(heat.row_title), *(Column(name, "number") for name in heat.columns))
        lines: list[tuple[Cell, ...]] = [(name, *values) for name, values in zip(heat.rows, heat.values, strict=True)]
        title = f"{heat.title} ({heat.row_title} ↓, {heat.column_title} →)" if heat.column_title else heat.title
        return Table(title, head, tuple(lines))
    same = heat.rows == heat.columns
    found = [
        (-value, row, column)
        for row, values in enumerate(heat.values)
        for column, value in enumerate(values)
        if value and not (same and row == column)
    ]
    shown = tuple((heat.rows[row], heat.columns[column], -value) for value, row, column in sorted(found))
    head = (Column(heat.row_title), Column(heat.column_title), Column(say("How many"), "number"))
    return Table(f"{heat.title} ({say('largest first')})", head, shown)


def _scatter(drawn: Scatter, say: Say) -> Table:
    """The fullest cells of the grid."""
    head = (Column(drawn.x), Column(drawn.y), Column(say("How many"), "number"))
    width, height = drawn.step
    fullest = sorted(drawn.points, key=lambda point: (-point[2], point[0], point[1]))
    lines = tuple(
        (_range(x, width), _range(y, height), count) + ((_short(shade),) if drawn.shade else ())
        for x, y, count, shade in fullest
    )
    more = (Column(drawn.shade, "number"),) if drawn.shade else ()
    return Table(f"{drawn.title} ({say('fullest cells first')})", (*head, *more), lines)


def _range(middle: float, size: float) -> str:
    return f"{number(_short(middle - size / 2))} – {number(_short(middle + size / 2))}"


def _short(value: float) -> float:
    return float(f"{value:.4g}")
