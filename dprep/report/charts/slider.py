"""A handle per bound of a histogram: how many rows it alone would drop elsewhere. The page's script moves it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from dprep.base.rowdiff import escaped
from dprep.report.blocks import Bin, Histogram, Limit
from dprep.report.charts.bounds import Stop, stops
from dprep.report.charts.figure import short
from dprep.report.say import Say

HOW = {"at": 0, "under": 1, "over": 2}


def sliders(block: Histogram, bins: Sequence[Bin], found: Sequence[tuple[Limit, Stop]], say: Say) -> str:
    """The picture (put where the comment stands) with its handles, which are hidden until the script shows them."""
    counts = " ".join(str(bin.count) for bin in bins)
    handles = "".join(_handle(block, limit, bins, rank, say) for rank, (limit, _) in enumerate(found))
    return f'<div class="slide" data-counts="{counts}" data-words="{escape(_words(block, say))}"><!--picture-->{handles}</div>'


def _handle(block: Histogram, limit: Limit, bins: Sequence[Bin], rank: int, say: Say) -> str:
    places = stops(limit, bins)
    start = next(place for place, told in enumerate(places) if told.how == "at" and told.value == limit.value)
    told = json.dumps([[p.value, HOW[p.how], p.least, p.most, p.low, p.high] for p in places], separators=(",", ":"))
    name = short(f"{limit.side}_{block.title}" if limit.side != "threshold" else limit.side, 80)
    return (
        f'<div class="handle" hidden><label>{say("Move {bound}", bound=name)} '
        f'<input type="range" min="0" max="{len(places) - 1}" step="1" value="{start}" data-rank="{rank}" '
        f'data-side="{limit.side}" data-name="{name}" data-stops="{told}"></label><output></output></div>'
    )


def _words(block: Histogram, say: Say) -> str:
    """What the script says, with places for its numbers in angle brackets: no letter of ours stands in the script."""
    values = {"bound": "<bound>", "count": "<count>", "total": "<total>", "share": "<share>", "unit": escaped(block.unit[:40])}
    said = [
        say("{bound} alone would drop {count} of {total} {unit} ({share}); other bounds and later steps are not counted",
            **values),
        say("{bound} alone would join {count} of {total} {unit} ({share}); other steps are not counted", **values),
        say("between {least} and {most}", least="<least>", most="<most>"),
        say("{name} = {value}", name="<name>", value="<value>"),
        say("{name} just under {value}", name="<name>", value="<value>"),
        say("{name} just over {value}", name="<name>", value="<value>"),
    ]  # fmt: skip
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
