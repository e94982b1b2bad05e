"""Blocks as pictures: inline SVG with its numbers on hover and in a table, without a library.

`draw(block, say)` gives a whole `<figure>` of safe markup for each block in `DRAWN`; the page inlines `CSS` and `SCRIPT` once.
The page says what the colours are: --paper --ink --soft --line --tint --mark --gone --new --warn and --s1 to --s8.
"""

from __future__ import annotations

from pathlib import Path

from dprep.report.blocks import Bars, Distributions, Flow, Heat, Histogram, Lines, Scatter
from dprep.report.renderers.charts.bars import bars
from dprep.report.renderers.charts.distributions import distributions
from dprep.report.renderers.charts.flow import flow
from dprep.report.renderers.charts.heat import heat
from dprep.report.renderers.charts.histogram import histogram
from dprep.report.renderers.charts.lines import lines
from dprep.report.renderers.charts.scatter import scatter
from dprep.report.say import Say

CSS = Path(__file__).with_name("charts.css").read_text(encoding="utf-8")
SCRIPT = Path(__file__).with_name("slider.js").read_text(encoding="utf-8")

Chart = Bars | Histogram | Distributions | Lines | Flow | Heat | Scatter
DRAWN = (Bars, Histogram, Distributions, Lines, Flow, Heat, Scatter)


def draw(block: Chart, say: Say) -> str:
    """The figure of a block, in the language of `say`."""
    match block:
        case Bars():
            return bars(block, say)
        case Histogram():
            return histogram(block, say)
        case Distributions():
            return distributions(block, say)
        case Lines():
            return lines(block, say)
        case Flow():
            return flow(block, say)
        case Heat():
            return heat(block, say)
        case Scatter():
            return scatter(block, say)
