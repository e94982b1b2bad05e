"""The same measure in several groups, as shares of each: stepped lines over each other, beside each other if many."""

from __future__ import annotations

from collections.abc import Sequence

from dprep.report.blocks import Distributions
from dprep.report.renderers.charts.axes import Scale, labels, room_of_levels, tick_words
from dprep.report.renderers.charts.figure import (
    NAME,
    at,
    axis,
    dash,
    exact,
    figure,
    hue,
    legend,
    levels,
    percent,
    portion,
    short,
    stretched,
    svg,
    table,
)
from dprep.report.say import Say

TALL, UNDER, SMALL = 120, 18, 44
TOGETHER, APART = 4, 24
"""Groups in one picture, and pictures of one group each; the others are in the table."""


def distributions(block: Distributions, say: Say) -> str:
    """A figure of the groups that have rows."""
    groups = [(name, counts) for name, counts in block.groups if sum(counts) > 0]
    small = say("shares of each group")
    if not groups or len(block.edges) < 2:
        return figure(say, "distributions", block.title, "", _numbers(block, say), small)
    if len(groups) <= TOGETHER:
        body = (legend([_counted(name, counts) for name, counts in groups]) if len(groups) > 1 else "") + _one(
            block, groups, say
        )
        return figure(say, "distributions", block.title, body, _numbers(block, say), small)
    shown = groups[:APART]
    tallest = max(part for _, counts in shown for part in _parts(counts))
    body = "".join(_panel(block, name, counts, tallest, say) for name, counts in shown)
    more = len(groups) - len(shown)
    notes = [
        say("the same scales in all: up to {share} in a bar, from {low} to {high}", share=portion(tallest, 1),
            low=exact(block.edges[0]), high=exact(block.edges[-1])),
        say.many(more, "{n} more group is in the numbers only.", "{n} more groups are in the numbers only.") if more else "",
    ]  # fmt: skip
    return figure(say, "distributions", block.title, f'<div class="panels">{body}</div>', _numbers(block, say), small, notes)


def _parts(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def _counted(name: str, counts: Sequence[int]) -> str:
    return f"{name[:60]} ({sum(counts):,})"


def _one(block: Distributions, groups: Sequence[tuple[str, Sequence[int]]], say: Say) -> str:
    bins = len(block.edges) - 1
    scale = Scale.over([part for _, counts in groups for part in _parts(counts)], zero=True).rounded(3)
    ticks = scale.ticks(3)
    words = [f"{100 * tick:.3g} %" for tick in ticks]
    paths = "".join(
        f'<path class="line s{hue(rank)} d{dash(rank)}" d="{_outline(_parts(counts), TALL, scale)}"/>'
        for rank, (_, counts) in enumerate(groups)
    )
    marks = stretched(bins, TALL, paths + _hits(block, groups, TALL, say))
    plot = levels([scale.place(tick) for tick in ticks], words, TALL) + marks + _bottom(block, TALL + 14)
    return svg(_gist(block, groups, say), TALL + UNDER, plot, room_of_levels(words), 4)


def _panel(block: Distributions, name: str, counts: Sequence[int], tallest: float, say: Say) -> str:
    scale = Scale(0.0, tallest)
    path = _outline(_parts(counts), SMALL, scale)
    area = f'<path class="area" d="{path}V{SMALL}H0z"/>' + _hits(block, [(name, counts)], SMALL, say)
    marks = stretched(len(counts), SMALL, area) + f'<line class="base" x2="100%" y1="{SMALL}" y2="{SMALL}"/>'
    gist = _gist(block, [(name, counts)], say)
    return f'<div><div class="panel">{short(_counted(name, counts), 34)}</div>{svg(gist, SMALL + 1, marks)}</div>'


def _outline(parts: Sequence[float], height: float, scale: Scale) -> str:
    heights = [at(height * (1 - scale.place(part))) for part in parts]
    return f"M0 {heights[0]}H1" + "".join(f"V{top}H{place + 2}" for place, top in enumerate(heights[1:]))


def _hits(block: Distributions, groups: Sequence[tuple[str, Sequence[int]]], height: float, say: Say) -> str:
    found = []
    for place in range(len(block.edges) - 1):
        if any(counts[place] for _, counts in groups):
            told = [f"{short(name, 40)}: {portion(counts[place], sum(counts))} ({counts[place]:,})" for name, counts in groups]
            title = "; ".join([_range(block, place, say), *told])
            found.append(f'<rect x="{place}" width="1" height="{height}"><title>{title}</title></rect>')
    return f'<g class="hit">{"".join(found)}</g>'


def _bottom(block: Distributions, y: float) -> str:
    bins = len(block.edges) - 1
    every = -(-bins // 7)
    places = [place for place in range(0, bins, every) if bins - place >= every / 2] + [bins]
    return axis(labels([place / bins for place in places], tick_words([block.edges[place] for place in places])), y)


def _range(block: Distributions, place: int, say: Say) -> str:
    return say("{low} to {high}", low=exact(block.edges[place]), high=exact(block.edges[place + 1]))


def _gist(block: Distributions, groups: Sequence[tuple[str, Sequence[int]]], say: Say) -> str:
    peaks = []
    for name, counts in groups:
        top = max(range(len(counts)), key=lambda place: (counts[place], -place))
        peaks.append(f"{name[:40]} {_range(block, top, say)} ({percent(counts[top], sum(counts))})")
    return say("Distributions, {title}; most of each group: {peaks}.", title=block.title, peaks="; ".join(peaks))


def _numbers(block: Distributions, say: Say) -> str:
    """A line per group, a column per bin."""
    bins = range(max(0, len(block.edges) - 1))
    head = [say("Group"), *(_range(block, place, say) for place in bins)]
    lines = ([short(name, NAME), *(f"{count:,}" for count in counts)] for name, counts in block.groups)
    return table(say, block.title, head, lines, len(block.groups))
