"""How often a measured number has which size, with the bounds that decided and the share on each side of them."""

from __future__ import annotations

from collections.abc import Sequence

from dprep.report.blocks import Bin, Histogram, Limit
from dprep.report.renderers.charts.axes import labels, tick_words
from dprep.report.renderers.charts.bounds import Stop, stop
from dprep.report.renderers.charts.figure import NAME, at, axis, exact, figure, portion, short, stretched, svg, table, unit_of
from dprep.report.renderers.charts.slider import sliders
from dprep.report.say import Say

TALL, WORD, UNDER = 88, 14, 18
"""Pixels of the bars, of the name of a bound above them, and of the axis."""
MOST = 60
"""Bars; more of them are joined."""
TICKS = 7
FEWEST = 4
"""Places for bars: one alone is not a wall."""


def histogram(block: Histogram, say: Say) -> str:
    """A figure; bars beyond a bound are marked as dropped, the bar that holds it as split."""
    bins = joined(block.bins)
    total = sum(bin.count for bin in bins)
    found = [(limit, stop(limit, bins)) for limit in block.limits]
    counted = {"total": total, "unit": short(unit_of(block.unit, say), 40)}
    small = (
        say("{total} {unit}; bars span wider ranges away from 0", **counted)
        if _widens(bins)
        else say("{total} {unit}", **counted)
    )
    if not total:
        return figure(say, "histogram", block.title, "", "", small)
    notes = [_side(block, limit, told, total, say) for limit, told in found]
    body = _picture(block, bins, found, say)
    body += "".join(f'<p class="note">{note}</p>' for note in notes)
    if block.slider and found:
        body = sliders(block, bins, found, body, say)
    return figure(say, "histogram", block.title, body, _numbers(block, bins, total, say), small)


def _widens(bins: Sequence[Bin]) -> bool:
    """Whether bars of one width stand for ranges that are not: an eighth of a power of two is longer where values are large."""
    widths = [bin.high - bin.low for bin in bins if bin.high > bin.low > 0 or bin.low < bin.high < 0]
    return bool(widths) and max(widths) > 1.5 * min(widths)


def joined(bins: Sequence[Bin], most: int = MOST) -> tuple[Bin, ...]:
    """Neighbours joined so that there are at most `most` or so; those below, at and above 0 stay apart."""
    step = -(-len(bins) // most)
    if step <= 1:
        return tuple(bins)
    sides = ([b for b in bins if b.low < 0], [b for b in bins if b.low == b.high == 0])
    rest = [b for b in bins if b.low >= 0 and not b.low == b.high == 0]
    found = []
    for run in (*sides, rest):
        for first in range(0, len(run), step):
            some = run[first : first + step]
            found.append(Bin(some[0].low, some[-1].high, sum(bin.count for bin in some)))
    return tuple(found)


def shapes(counts: Sequence[int], height: float) -> list[str]:
    """A path per bar on a grid one wide per bar; empty for nothing, a pixel for little."""
    tallest = max(counts, default=0)
    return [
        f"M{place}.05 {at(height)}V{at(height - max(1.0, height * count / tallest))}h.9V{at(height)}z" if count else ""
        for place, count in enumerate(counts)
    ]


def dropped(place: int, found: Sequence[tuple[Limit, Stop]]) -> str:
    """gone: a bound drops all of this bar; some: it may drop some of it."""
    told = "kept"
    for limit, where in found:
        gone = place < where.low if limit.side == "min" else place >= where.high
        if gone:
            return "gone"
        if where.low <= place < where.high:
            told = "some"
    return told


def _picture(block: Histogram, bins: Sequence[Bin], found: Sequence[tuple[Limit, Stop]], say: Say) -> str:
    paths = shapes([bin.count for bin in bins], TALL)
    kinds = [dropped(place, found) for place in range(len(bins))]
    bars = "".join(
        f'<path class="{kind}" d="{"".join(path for path, told in zip(paths, kinds, strict=True) if told == kind)}"/>'
        for kind in ("kept", "some", "gone")
    )
    hits = "".join(
        f'<rect x="{place}"><title>{_range(bin, say)}: {bin.count:,}</title></rect>'
        for place, bin in enumerate(bins)
        if bin.count
    )
    top = 2 + WORD * len(found)
    bounds = "".join(_bound(limit, bins, rank, top) for rank, (limit, _) in enumerate(found))
    marks = stretched(_grid(bins), TALL, f'{bars}<g class="hit">{hits}</g>', top)
    base = f'<line class="base" x2="100%" y1="{top + TALL}" y2="{top + TALL}"/>'
    return svg(_gist(block, bins, say), top + TALL + UNDER, base + bounds + marks + _axis(bins, top + TALL + 14))


def _bound(limit: Limit, bins: Sequence[Bin], rank: int, top: float) -> str:
    place = place_of(limit.value, bins) / _grid(bins)
    anchor = "end" if place > 0.5 else "start"
    shift = -5 if place > 0.5 else 5
    x = f"{at(100 * place)}%"
    name = f"{limit.side} {exact(limit.value)}"
    if limit.value > bins[-1].high:  # it stands beyond all values, not at the largest
        name += " →"
    elif limit.value < bins[0].low:
        name = f"← {name}"
    return (
        f'<g class="bound"><line x1="{x}" x2="{x}" y1="{2 + WORD * rank}" y2="{top + TALL}"/>'
        f'<text x="{x}" dx="{shift}" y="{12 + WORD * rank}" text-anchor="{anchor}">{name}</text></g>'
    )


def _grid(bins: Sequence[Bin]) -> int:
    return max(FEWEST, len(bins))


def place_of(value: float, bins: Sequence[Bin]) -> float:
    """Where a value stands among the bars, in bars from the left; at an end if it is beyond them."""
    for place, bin in enumerate(bins):
        if value < bin.low:
            return float(place)
        if value < bin.high or value == bin.low:
            return place + ((value - bin.low) / (bin.high - bin.low) if bin.high > bin.low else 0.5)
    return float(len(bins))


def _axis(bins: Sequence[Bin], y: float) -> str:
    """Where some of the bars begin, and where the last one ends, if it has any width."""
    every = -(-len(bins) // TICKS)
    places = [place for place in range(0, len(bins), every) if len(bins) - place >= every / 2]
    end = len(bins) - (bins[-1].low == bins[-1].high)
    places = [*(place for place in places if place < end), end]
    values = [bins[place].low if place < len(bins) else bins[-1].high for place in places]
    return axis(labels([place / _grid(bins) for place in places], tick_words(values)), y)


def _range(bin: Bin, say: Say) -> str:
    if bin.low == bin.high:
        return _edge(bin.low)
    return say("{low} to {high}", low=_edge(bin.low), high=_edge(bin.high))


def _edge(value: float) -> str:
    return exact(value if abs(value) >= 1000 else float(f"{value:.4g}"))


def _side(block: Histogram, limit: Limit, told: Stop, total: int, say: Say) -> str:
    """`min 50: 1,204 of 20,000 rows (6.0 %) below`."""
    values = {"bound": f"{limit.side} {exact(limit.value)}", "total": total, "unit": short(unit_of(block.unit, say), 40)}
    if told.least == told.most:
        values |= {"count": told.least, "share": portion(told.least, total)}
        if limit.side == "min":
            return say("{bound}: {count} of {total} {unit} ({share}) below", **values)
        if limit.side == "max":
            return say("{bound}: {count} of {total} {unit} ({share}) above", **values)
        return say("{bound}: {count} of {total} {unit} ({share}) at or above", **values)
    values |= {"least": told.least, "most": told.most, "low": portion(told.least, total), "high": portion(told.most, total)}
    if limit.side == "min":
        return say("{bound}: between {least} and {most} of {total} {unit} ({low} to {high}) below", **values)
    if limit.side == "max":
        return say("{bound}: between {least} and {most} of {total} {unit} ({low} to {high}) above", **values)
    return say("{bound}: between {least} and {most} of {total} {unit} ({low} to {high}) at or above", **values)


def _gist(block: Histogram, bins: Sequence[Bin], say: Say) -> str:
    full = [bin for bin in bins if bin.count]
    most = max(full, key=lambda bin: bin.count)
    return say(
        "Histogram, {title}: {total} {unit} from {low} to {high}, most of them ({count}) at {range}.",
        title=block.title, total=sum(bin.count for bin in bins), unit=unit_of(block.unit, say), low=exact(full[0].low),
        high=exact(full[-1].high), count=most.count, range=_range(most, say),
    )  # fmt: skip


def _numbers(block: Histogram, bins: Sequence[Bin], total: int, say: Say) -> str:
    full = [bin for bin in bins if bin.count]
    lines = ([_range(bin, say), f"{bin.count:,}", portion(bin.count, total)] for bin in full)
    return table(say, block.title, [say("Range"), short(unit_of(block.unit, say), NAME), say("Share")], lines, len(full))
