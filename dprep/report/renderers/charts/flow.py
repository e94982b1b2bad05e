"""Where the rows went: a band as wide as what is there runs down the steps; what leaves or joins does so on the right.

The words are HTML beside the picture, in lines of fixed height (the style sheet has the same numbers), so that names of any
length stay letters of full size, on a telephone too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dprep.report.blocks import Flow, Stream
from dprep.report.renderers.charts.figure import NAME, at, figure, hue, portion, short, table, unit_of
from dprep.report.say import Say

WIDE = 1000
LINE, AIR, BAR, STRIP = 18, 12, 12, 5
"""Pixels: a line of words, what a step has besides its lines, the bar of what came in, the strip of what joined."""
IDLE = 24
"""Pixels of steps that neither dropped nor added."""
DOORS, FEW, BUSY = 4, 2, 12
"""Lines for the reasons of a step, the small ones share one; FEW lines where more than BUSY steps dropped something."""
NAMES = 6
"""Idle steps in a row that are named."""
REASONS = 30
FITS = 14
"""Letters of a reason that are never cut off beside the picture."""
ANCHOR = re.compile(r"[a-z0-9-]{1,100}")


@dataclass(frozen=True)
class Door:
    """A way out or in, with its line of words."""

    words: str
    count: int
    joins: bool = False


@dataclass(frozen=True)
class Row:
    """A step, or several idle ones, or the parts at the end."""

    streams: tuple[Stream, ...]
    doors: tuple[Door, ...]

    @property
    def height(self) -> int:
        return LINE * (len(self.doors) + 1) + AIR if self.doors else LINE * 2 + AIR if len(self.streams) > 1 else IDLE


def flow(block: Flow, say: Say) -> str:
    """A figure: the picture, a list of the steps beside it, and the numbers."""
    unit = short(unit_of(block.unit, say), 40)
    if not block.streams:
        return figure(say, "flow", block.title, "", "", notes=[say("There is nothing to draw.")])
    first, last = block.streams[0].into, block.streams[-1].out
    rows = _rows(block, say)
    widest = max(max(stream.into, stream.out) for stream in block.streams) or 1
    ends = _parts(block, say)
    height = sum(row.height for row in rows) + LINE * (len(ends) + 1) + AIR
    marks, y = [], 0
    for row in rows:
        marks.append(_band(row, y, widest, say))
        y += row.height
    marks.append(_end(block, y, widest))
    picture = (
        f'<svg class="band" height="{height}" viewBox="0 0 {WIDE} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{short(_gist(block, say), 600)}">{"".join(marks)}</svg>'
    )
    items = "".join(_item(row, say) for row in rows) + _last(block, ends, say)
    small = say("{first} {unit} in, {last} out", first=first, last=last, unit=unit)
    body = f'<div class="streams">{picture}<ol>{items}</ol></div>'
    return figure(say, "flow", block.title, body, _numbers(block, say), small)


def _rows(block: Flow, say: Say) -> list[Row]:
    """Steps as rows; idle ones that follow each other share one, the first step stands alone."""
    found: list[Row] = []
    most = DOORS if sum(1 for stream in block.streams if stream.left) <= BUSY else FEW
    for place, stream in enumerate(block.streams):
        doors = _doors(stream, most, say)
        if found and place > 1 and not doors and not found[-1].doors:
            found[-1] = Row((*found[-1].streams, stream), ())
        else:
            found.append(Row((stream,), doors))
    return found


def _doors(stream: Stream, most: int, say: Say) -> tuple[Door, ...]:
    """The reasons, largest first, the small ones as one; then what joined."""
    left = sorted(((name, count) for name, count in stream.left if count > 0), key=lambda door: (-door[1], door[0]))
    named, others = (left, []) if len(left) <= most else (left[: most - 1], left[most - 1 :])
    doors = [Door(short(name, NAME), count) for name, count in named]
    if others:
        told = say.many(len(others), "for {n} other reason", "for {n} other reasons")
        doors.append(Door(told, sum(count for _, count in others)))
    if stream.joined > 0:
        doors.append(Door(say("added"), stream.joined, joins=True))
    return tuple(doors)


def _band(row: Row, y: int, widest: int, say: Say) -> str:
    """The bar of what came in, the band of what goes on, ribbons to the words of what leaves or joins."""
    stream, end = row.streams[0], y + row.height
    name, into, out = short(stream.name, NAME), _x(stream.into, widest), _x(stream.out, widest)
    kept = _x(max(0, stream.out - stream.joined), widest)
    if not row.doors:
        names = ", ".join(short(one.name, 40) for one in row.streams[:NAMES])
        return f'<path class="on" d="M0 {y}H{at(out)}V{end}H0z"><title>{names}: {stream.out:,}</title></path>'
    band = f'<path class="on" d="M0 {y + BAR}H{at(kept)}V{end}H0z"/>'
    told = say("{into} in, {out} out", into=stream.into, out=stream.out)
    bar = f'<path class="stay" d="M0 {y}H{at(kept)}V{y + BAR}H0z"><title>{name}: {told}</title></path>'
    marks, edge = [], into
    for place, door in enumerate(row.doors):
        middle = y + AIR / 2 + LINE * (place + 1.5)
        if door.joins:
            title = f"<title>{name}, {door.words}: +{door.count:,}</title>"
            marks.append(_joining(kept, out, middle, end, title))
        else:
            start = max(kept if kept <= edge else edge, edge - _x(door.count, widest))
            title = f"<title>{name}, {door.words}: −{door.count:,} ({portion(door.count, stream.into)})</title>"
            marks.append(_leaving(start, edge, middle, y, title))
            edge = start
    return band + "".join(marks) + bar


def _x(count: int, widest: int) -> float:
    return WIDE * max(0, count) / widest


def _leaving(start: float, end: float, middle: float, y: int, title: str) -> str:
    """A piece of the bar, and a ribbon from below it to its line of words."""
    low, a, b = y + BAR, _at(start), _at(end)
    upper, lower = at(middle - 1), at(middle + 1)
    ribbon = f"M{b} {low}C{b} {at((low + middle) / 2)} {_at((end + WIDE) / 2)} {upper} {WIDE} {upper}V{lower}"
    ribbon += f"C{_at((start + WIDE) / 2)} {lower} {a} {at(middle)} {a} {low}z"
    return f'<g class="leave">{title}<path class="soft" d="{ribbon}"/><path d="M{a} {y}H{b}V{low}H{a}z"/></g>'


def _joining(start: float, end: float, middle: float, low: int, title: str) -> str:
    """A ribbon from its line of words to a strip above the next step."""
    high, a, b = low - STRIP, _at(start), _at(end)
    upper, lower = at(middle - 1), at(middle + 1)
    ribbon = f"M{WIDE} {upper}C{_at((end + WIDE) / 2)} {upper} {b} {at(middle)} {b} {high}H{a}"
    ribbon += f"C{a} {at((high + middle) / 2)} {_at((start + WIDE) / 2)} {lower} {WIDE} {lower}z"
    return f'<g class="join">{title}<path class="soft" d="{ribbon}"/><path d="M{a} {high}H{b}V{low}H{a}z"/></g>'


def _at(value: float) -> str:
    """On a grid of WIDE one decimal is less than a pixel."""
    return at(round(value, 1))


def _end(block: Flow, y: int, widest: int) -> str:
    """What is left, divided into the parts."""
    if not block.parts:
        return f'<path class="stay" d="M0 {y}H{at(_x(block.streams[-1].out, widest))}V{y + BAR}H0z"/>'
    marks, edge = [], 0.0
    for place, (name, count) in enumerate(block.parts):
        end = edge + _x(count, widest)
        box = f"M{at(edge)} {y}H{at(end)}V{y + BAR}H{at(edge)}z"
        marks.append(f'<path class="s{hue(place)} part" d="{box}"><title>{short(name, NAME)}: {count:,}</title></path>')
        edge = end
    return "".join(marks)


def _item(row: Row, say: Say) -> str:
    if not row.doors:
        return _idle(row, say)
    stream = row.streams[0]
    doors = "".join(_door(door, stream) for door in row.doors)
    return _entry(f"h{len(row.doors)}", f"{_name(stream)} <small>→ {stream.out:,}</small>", doors)


def _idle(row: Row, say: Say) -> str:
    """Steps after which as many rows are there as before."""
    count = f"<small>{row.streams[0].out:,}</small>"
    if len(row.streams) == 1:
        return _entry("idle", f"{_name(row.streams[0])} {count}", "")
    names = ", ".join(_name(stream) for stream in row.streams[:NAMES])
    more = len(row.streams) - NAMES
    rest = " " + say.many(more, "and {n} more", "and {n} more") if more > 0 else ""
    steps = say.many(len(row.streams), "{n} step", "{n} steps")
    return _entry("h1 quiet", f"{steps} {count}", f"<div>{names}{rest}</div>")


def _entry(kind: str, step: str, doors: str) -> str:
    return f'<li class="{kind}"><div class="step">{step}</div><div class="doors">{doors}</div></li>'


def _name(stream: Stream) -> str:
    name = short(stream.name, 60)
    return f'<a href="#{stream.anchor}">{name}</a>' if ANCHOR.fullmatch(stream.anchor) else f"<b>{name}</b>"


def _door(door: Door, stream: Stream) -> str:
    if door.joins:
        return f'<div class="joins">+{door.count:,} <span>{door.words}</span></div>'
    part = portion(door.count, stream.into)
    whole = f' title="{door.words}"' if len(door.words) > FITS else ""
    return f'<div class="leaves">−{door.count:,} <span{whole}>{door.words}</span> <small>{part}</small></div>'


def _parts(block: Flow, say: Say) -> list[str]:
    """A line per part; parts beyond DOORS share one."""
    whole = sum(count for _, count in block.parts)
    named, others = (block.parts, ()) if len(block.parts) <= DOORS else (block.parts[: DOORS - 1], block.parts[DOORS - 1 :])
    lines = [
        f'<div><i class="s{hue(place)}"></i>{count:,} <span>{short(name, NAME)}</span> '
        f"<small>{portion(count, whole)}</small></div>"
        for place, (name, count) in enumerate(named)
    ]
    if others:
        told = say.many(len(others), "{n} other part", "{n} other parts")
        lines.append(f"<div>{sum(count for _, count in others):,} <span>{told}</span></div>")
    return lines


def _last(block: Flow, lines: Sequence[str], say: Say) -> str:
    left = f"<small>{block.streams[-1].out:,} {short(unit_of(block.unit, say), 40)}</small>"
    kind = f"h{len(lines)}" if lines else "idle"
    return _entry(f"{kind} last", f"<b>{say('Result')}</b> {left}", "".join(lines))


def _gist(block: Flow, say: Say) -> str:
    first, last = block.streams[0], block.streams[-1]
    told = say("{first} {unit} came in, {last} came out.", first=first.into, last=last.out, unit=unit_of(block.unit, say))
    losses = [(sum(count for _, count in stream.left), -place) for place, stream in enumerate(block.streams)]
    most, place = max(losses)
    if most > 0:
        told += " " + say("Most were dropped by {step}: {count}.", step=block.streams[-place].name, count=most)
    added = sum(stream.joined for stream in block.streams)
    return told + (" " + say("{added} were added.", added=added) if added else "")


def _numbers(block: Flow, say: Say) -> str:
    head = [say("Step"), say("In"), say("Dropped"), say("Added"), say("Out"), say("Reasons")]
    lines = [
        [short(stream.name, NAME), f"{stream.into:,}", f"{sum(count for _, count in stream.left):,}", f"{stream.joined:,}",
         f"{stream.out:,}", ", ".join(f"{short(name, 60)} {count:,}" for name, count in stream.left[:REASONS])]
        for stream in block.streams
    ]  # fmt: skip
    lines += [[short(name, NAME), "", "", "", f"{count:,}", ""] for name, count in block.parts]
    return table(say, block.title, head, lines, len(lines))
