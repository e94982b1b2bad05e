"""Horizontal bars: a name, a bar, its number; several series stand behind each other in one bar."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from dprep.report.blocks import Bars
from dprep.report.renderers.charts.axes import Scale, cells
from dprep.report.renderers.charts.figure import NAME, amid, at, brief, exact, figure, hue, legend, room, short, svg, table
from dprep.report.say import Say

TALL, GAP, LONGEST, LETTER = 16, 6, 18, 7.2
"""Pixels of a bar and between two, letters of a name beside it, pixels of such a letter in a broad font."""
SERIES = 24
"""Series drawn; the table has them all."""


def bars(block: Bars, say: Say) -> str:
    """A figure with the first `most` names; all of them are in its table."""
    drawn = min(block.most, len(block.names))
    totals = [_total(block, line) for line in range(len(block.names))]
    several = len(block.series) > 1
    scale = Scale.over([edge for line in range(drawn) for edge in _reach(block, line)], zero=True)
    marks = "".join(_line(block, line, totals[line], scale, say) for line in range(drawn))
    left = _room(amid(name, LONGEST) for name in block.names[:drawn])
    right = room(_value(block, total) for total in totals[:drawn])
    picture = svg(_gist(block, totals, say), max(1, drawn * (TALL + GAP)), _zero(scale, drawn) + marks, left, right)
    names = legend([name for name, _ in block.series[:SERIES]], "box") if several else ""
    more = len(block.names) - drawn
    note = (
        say.many(more, "{n} more name is in the numbers only.", "{n} more names are in the numbers only.") if more > 0 else ""
    )
    alone = "" if several or not block.series or block.series[0][0] == block.unit else short(block.series[0][0], 40)
    return figure(say, "bars", block.title, names + (picture if drawn else ""), _numbers(block, totals, say), alone, [note])


def _room(words: Iterable[str]) -> float:
    return max((LETTER * cells(word) for word in words), default=0) + 10


def _value(block: Bars, total: float) -> str:
    return f"{brief(total)} %" if block.unit.startswith("%") else brief(total)


def _total(block: Bars, line: int) -> float:
    values = [values[line] for _, values in block.series]
    known = [value for value in values if math.isfinite(value)]
    return sum(known) if known else math.nan


def _reach(block: Bars, line: int) -> tuple[float, float]:
    values = [values[line] for _, values in block.series if math.isfinite(values[line])]
    return sum(value for value in values if value < 0), sum(value for value in values if value > 0)


def _line(block: Bars, line: int, total: float, scale: Scale, say: Say) -> str:
    y, middle = line * (TALL + GAP), line * (TALL + GAP) + TALL - 4
    name = block.names[line]
    marks, ends = [], [0.0, 0.0]
    for place, (series, values) in enumerate(block.series):
        value = values[line]
        if value and math.isfinite(value):
            side = value > 0
            marks.append(_bar(place, scale.place(ends[side]), scale.place(ends[side] + value), y, len(block.series)))
            ends[side] += value
            label = f"{short(name, NAME)}{', ' + short(series, NAME) if len(block.series) > 1 else ''}"
            marks[-1] = f"<g><title>{label}: {exact(value)}{_unit(block)}</title>{marks[-1]}</g>"
    end = at(100 * scale.place(ends[1]))
    hit = f'<rect class="hit" y="{y}" width="100%" height="{TALL}"/>'
    said = f"{short(name, NAME)}: {exact(total)}{_unit(block)}"
    return (
        f"<g><title>{said}</title>{hit}"
        f'<text x="-8" y="{middle}" text-anchor="end">{escape(amid(name, LONGEST))}</text>{"".join(marks)}'
        f'<text class="value" x="{end}%" dx="5" y="{middle}">{_value(block, total)}</text></g>'
    )


def _bar(place: int, start: float, end: float, y: float, series: int) -> str:
    low, high = min(start, end), max(start, end)
    kind = f"s{hue(place)}" if series > 1 else "m"
    box = f'<rect class="{kind}" x="{at(100 * low)}%" y="{y}" width="{at(max(0.15, 100 * (high - low)))}%" height="{TALL}"/>'
    if series > 1 and high - low > 0.08:
        box += f'<text class="on" x="{at(50 * (low + high))}%" y="{y + TALL - 4}" text-anchor="middle">{place + 1}</text>'
    return box


def _zero(scale: Scale, lines: int) -> str:
    place = at(100 * scale.place(0))
    return f'<line class="base" x1="{place}%" x2="{place}%" y2="{max(0, lines * (TALL + GAP) - GAP)}"/>'


def _unit(block: Bars) -> str:
    return f" {short(block.unit, 40)}" if block.unit else ""


def _gist(block: Bars, totals: list[float], say: Say) -> str:
    known = [(total, -line) for line, total in enumerate(totals) if math.isfinite(total)]
    if not known:
        return say("Bars, {title}: nothing to show.", title=block.title)
    (most, high), (least, low) = max(known), min(known)
    return say(
        "Bars, {title}: {n} names; the most {most} ({high}), the least {least} ({low}), in all {total}.",
        title=block.title, n=len(totals), high=block.names[-high], most=exact(most), low=block.names[-low],
        least=exact(least), total=exact(sum(total for total, _ in known)),
    )  # fmt: skip


def _numbers(block: Bars, totals: list[float], say: Say) -> str:
    several = len(block.series) > 1
    head = [say("Name"), *(short(name, NAME) for name, _ in block.series), *([say("Sum")] if several else [])]
    lines = (
        [short(name, NAME), *(exact(values[line]) for _, values in block.series), *([exact(totals[line])] if several else [])]
        for line, name in enumerate(block.names)
    )
    return table(say, block.title, head, lines, len(block.names))
