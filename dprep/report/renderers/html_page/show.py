"""Which function writes which block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from dprep.report.blocks import (
    Bars,
    Block,
    Change,
    Command,
    Deck,
    Distributions,
    Figures,
    Flow,
    Fold,
    Heat,
    Histogram,
    Lines,
    Notice,
    Prose,
    RowDiff,
    Scatter,
    Source,
    Subhead,
    Table,
)
from dprep.report.renderers.charts import draw
from dprep.report.renderers.html_page.changes import change, row_diff
from dprep.report.renderers.html_page.decks import deck
from dprep.report.renderers.html_page.prose import command, notice, prose, subhead
from dprep.report.renderers.html_page.setting import Setting
from dprep.report.renderers.html_page.source import source
from dprep.report.renderers.html_page.tables import figures, table
from dprep.report.renderers.html_page.written import inline


def show(blocks: Iterable[Block], setting: Setting) -> str:
    """Blocks as HTML, one after the other."""
    return "\n".join(_WRITERS[type(block)](block, setting) for block in blocks)


def _fold(block: Fold, setting: Setting) -> str:
    summary = f"<summary>{inline(block.title, setting.say)}</summary>"
    return f'<details class="fold"{" open" * block.open}>{summary}\n{show(block.blocks, setting)}\n</details>'


def _chart(block: Any, setting: Setting) -> str:
    return draw(block, setting.say)


def _flow(block: Flow, setting: Setting) -> str:
    """Steps lead to where they are told of, if they are: a version whose recipe has no step has no such chapter."""
    streams = tuple(each if each.anchor in setting.places else replace(each, anchor="") for each in block.streams)
    return _chart(replace(block, streams=streams), setting)


_WRITERS: Mapping[type[Block], Callable[[Any, Setting], str]] = {
    Prose: prose,
    Subhead: subhead,
    Notice: notice,
    Table: table,
    Figures: figures,
    Change: change,
    RowDiff: row_diff,
    Deck: deck,
    Source: source,
    Command: command,
    Fold: _fold,
    Flow: _flow,
    **dict.fromkeys((Bars, Histogram, Distributions, Lines, Heat, Scatter), _chart),
}
