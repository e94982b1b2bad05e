"""What all charts share: the figure around them, the table of their numbers, words in marks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from html import escape

from dprep.base.rowdiff import escaped
from dprep.report.numbers import share
from dprep.report.renderers.charts.axes import Label, cells, wide
from dprep.report.say import Say

NAME = 120
"""Letters of a name in tables and where a mark is pointed at."""
LINES = 400
"""Lines of a table of numbers."""
HUES = 8
CODE = re.compile("`([^`]+)`")


def figure(say: Say, kind: str, title: str, body: str, numbers: str, small: str = "", notes: Sequence[str] = ()) -> str:
    """A chart with its caption, what must be said below it, and its numbers. `body` and `numbers` are safe markup."""
    soft = f" <small>{small}</small>" if small else ""
    told = "".join(f'<p class="note">{note}</p>' for note in notes if note)
    head = CODE.sub(r"<code>\1</code>", short(title, NAME))
    return f'<figure class="chart {kind}"><figcaption>{head}{soft}</figcaption>{body}{told}{numbers}</figure>'


def table(say: Say, title: str, head: Sequence[str], lines: Iterable[Sequence[str]], many: int) -> str:
    """The numbers of a chart behind a fold: safe words, the first of a line is its name; LINES of `many` lines."""
    top = "".join(f'<th scope="col">{word}</th>' for word in head)
    body = []
    for line, _ in zip(lines, range(LINES), strict=False):
        rest = "".join(f"<td>{cell}</td>" for cell in line[1:])
        body.append(f'<tr><th scope="row">{line[0]}</th>{rest}</tr>')
    left_out = say.many(many - LINES, "{n} more line is left out.", "{n} more lines are left out.") if many > LINES else ""
    note = f'<p class="note">{left_out}</p>' if left_out else ""
    return (
        f'<details class="numbers"><summary>{say("Numbers")}</summary>'
        f'<div class="wide" tabindex="0" role="region" aria-label="{say("Numbers")}: {short(title, NAME)}"><table>'
        f"<caption>{short(title, NAME)}</caption><thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
        f"{note}</details>"
    )


def svg(gist: str, height: float, marks: str, left: float = 0, right: float = 0, kind: str = "") -> str:
    """A picture as wide as its place, less the room for `left` and `right` labels; shares of its width are in percent."""
    sides = f"{kind} l{steps(left)} r{steps(right)}".strip()
    return f'<svg class="{sides}" height="{at(height)}" role="img" aria-label="{short(gist, 400)}">{marks}</svg>'


def stretched(width: float, height: float, marks: str, top: float = 0) -> str:
    """Shapes on a grid of `width` that is pulled to the width of the page; no letters and no circles in here."""
    place = f' y="{at(top)}"' if top else ""
    return (
        f'<svg{place} width="100%" height="{at(height)}" viewBox="0 0 {at(width)} {at(height)}" '
        f'preserveAspectRatio="none" aria-hidden="true">{marks}</svg>'
    )


def axis(marks: Sequence[Label], y: float) -> str:
    """Words under a plot."""
    return "".join(
        f'<text class="{"tick roomy" if mark.roomy else "tick"}" x="{at(100 * mark.place)}%" y="{at(y)}" '
        f'text-anchor="{mark.anchor}">{escape(mark.text)}</text>'
        for mark in marks
    )


def levels(places: Sequence[float], words: Sequence[str], height: float) -> str:
    """Lines across a plot with their values to the left of it."""
    found = []
    for place, word in zip(places, words, strict=True):
        y = at(height * (1 - place))
        found.append(f'<line class="grid" x2="100%" y1="{y}" y2="{y}"/>')
        found.append(f'<text class="tick" x="-6" y="{at(height * (1 - place) + 4)}" text-anchor="end">{escape(word)}</text>')
    return "".join(found)


def steps(pixels: float) -> int:
    """Room beside a plot, in steps of 8 pixels as the style sheet knows them."""
    return min(24, math.ceil(pixels / 8))


def room(words: Iterable[str]) -> float:
    """Pixels for the longest of these labels, with some air."""
    return max((wide(word) for word in words), default=0) + 10


def legend(names: Sequence[str], kind: str = "line") -> str:
    """What the series are called; `kind` line shows their dashes, box their colours."""
    keys = "".join(f"<li>{key(place, kind)}{short(name, 40)}</li>" for place, name in enumerate(names))
    return f'<ul class="legend">{keys}</ul>'


def key(place: int, kind: str = "line") -> str:
    """The sample of a series in a legend."""
    if kind == "box":
        return f'<svg class="key s{hue(place)}" width="16" height="16" aria-hidden="true"><rect width="16" height="16"/>' + (
            f'<text class="on" x="8" y="12" text-anchor="middle">{place + 1}</text></svg>'
        )
    mark = '<line x2="26" y1="6" y2="6"/>'
    return f'<svg class="key s{hue(place)} d{dash(place)}" width="26" height="12" aria-hidden="true">{mark}</svg>'


def hue(place: int) -> int:
    """The colour of a series."""
    return place % HUES + 1


def dash(place: int) -> int:
    """The dashes of a series: others than of the one before it, and of the one of the same colour."""
    return (place + place // HUES) % 5


def at(value: float) -> str:
    """A coordinate: two decimals at most."""
    told = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if told == "-0" else told


def short(text: str, longest: int) -> str:
    """Text from data, safe in markup and in quotes, at most `longest` letters wide."""
    return escape(trimmed(text, longest))


def trimmed(text: str, longest: int) -> str:
    """As `short`, before it is made safe for markup: to measure."""
    told = escaped(text[: longest + 1])
    if len(text) <= longest and cells(told) <= longest:
        return told
    kept, room = [], longest - 1
    for letter in told:
        room -= cells(letter)
        if room < 0:
            break
        kept.append(letter)
    return "".join(kept) + "…"


def amid(text: str, longest: int) -> str:
    """As `trimmed`, but what is left out is in the middle: names often differ at their ends."""
    told = escaped(text[:NAME])
    if len(text) > NAME or cells(told) <= longest:
        return trimmed(text, longest)
    return trimmed(text, longest - longest // 3) + _last(told, longest // 3)


def _last(told: str, longest: int) -> str:
    start = len(told)
    while start and cells(told[start - 1 :]) <= longest:
        start -= 1
    return told[start:]


def portion(part: float, whole: float) -> str:
    """A share in percent, without words, safe in markup."""
    return escape(percent(part, whole))


def percent(part: float, whole: float) -> str:
    """As `portion`, before it is made safe for markup."""
    return share(part, whole)


def unit_of(unit: str, say: Say) -> str:
    """What is counted, in the language of the report where it is the usual."""
    return say("rows") if unit == "rows" else escaped(unit[:40])


def brief(value: float) -> str:
    """A number as labels have it: as `exact`, in four digits where it is not whole."""
    return exact(float(f"{value:.4g}")) if math.isfinite(value) and value != int(value) else exact(value)


def exact(value: float) -> str:
    """A number as tables have it: whole ones whole, others in six digits; what is no number is a dash."""
    if not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if isinstance(value, int):
        return f"{value:,}"
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.6g}"
    decimals = max(0, 5 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:,.0f}"
