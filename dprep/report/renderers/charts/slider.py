"""A handle per bound of a histogram: how many rows it alone would drop elsewhere. The page's script moves it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from dprep.report.blocks import Bin, Histogram, Limit
from dprep.report.renderers.charts.bounds import Stop, stops
from dprep.report.renderers.charts.figure import short, unit_of
from dprep.report.say import Say

HOW = {"at": "", "under": "u", "over": "o"}


def sliders(block: Histogram, bins: Sequence[Bin], found: Sequence[tuple[Limit, Stop]], picture: str, say: Say) -> str:
    """The picture with its handles, which are hidden until the script shows them."""
    counts = " ".join(str(bin.count) for bin in bins)
    handles = "".join(_handle(block, limit, bins, say) for limit, _ in found)
    return f'<div class="slide" data-counts="{counts}" data-words="{escape(_words(block, say))}">{picture}{handles}</div>'


def _handle(block: Histogram, limit: Limit, bins: Sequence[Bin], say: Say) -> str:
    """Its stops are `value[u|o]:bins below:bins not above:count`, bins only within one (elsewhere they count up), the count
    only where it is known nevertheless."""
    places = stops(limit, bins)
    start = next(place for place, told in enumerate(places) if told.how == "at" and told.value == limit.value)
    told = " ".join(_told(place) for place in places)
    name = short(f"{limit.side}_{block.title}" if limit.side != "threshold" else limit.side, 80)
    return (
        f'<div class="handle" hidden><label>{say("Move {bound}", bound=name)} '
        f'<input type="range" min="0" max="{len(places) - 1}" step="1" value="{start}" '
        f'data-side="{limit.side}" data-name="{name}" data-stops="{told}"></label><output></output></div>'
    )


def _told(stop: Stop) -> str:
    split = "" if stop.low == stop.high else f":{stop.low}:{stop.high}"
    split += f":{stop.least}" if split and stop.least == stop.most else ""
    return f"{stop.value:.6g}{HOW[stop.how]}{split}"


def _words(block: Histogram, say: Say) -> str:
    """What the script says, with places for its numbers in angle brackets: no letter of ours stands in the script."""
    values = {"bound": "<bound>", "count": "<count>", "total": "<total>", "share": "<share>", "unit": unit_of(block.unit, say)}
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
