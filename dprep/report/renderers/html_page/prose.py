"""Sentences, headings, warnings and lines to type."""

from __future__ import annotations

from collections.abc import Sequence

from dprep.report.blocks import Command, Notice, Prose, Subhead
from dprep.report.renderers.html_page.setting import Setting, id_of
from dprep.report.renderers.html_page.written import inline, spoken

FIRST = 6
"""Notices that stand open on top of the page; the others are a click away."""

_SIGNS = {"error": "✕", "warning": "!", "good": "✓"}


def prose(block: Prose, setting: Setting) -> str:
    """A paragraph."""
    kind = ' class="soft"' if block.soft else ""
    return f"<p{kind}>{spoken(block.text, setting.say)}</p>"


def subhead(block: Subhead, setting: Setting) -> str:
    """A heading of the third level."""
    small = f" <small>{inline(block.small, setting.say)}</small>" if block.small else ""
    return f"<h3{id_of(block.anchor)}>{inline(block.text, setting.say)}{small}</h3>"


def notice(block: Notice, setting: Setting) -> str:
    """A warning with its level in a word and a sign, and the way to its evidence."""
    return f'<div class="notice {block.level}">{_inside(block, setting)}</div>'


def notices(found: Sequence[Notice], setting: Setting) -> str:
    """Cards on top of the page; good ones, and those beyond FIRST, are smaller or folded."""
    cards = [f'<li class="notice {each.level}">{_inside(each, setting)}</li>' for each in found]
    shown = f'<ul class="notices">{"".join(cards[:FIRST])}</ul>' if cards else ""
    if len(cards) <= FIRST:
        return shown
    rest = setting.say.many(len(cards) - FIRST, "{n} more notice", "{n} more notices")
    return f'{shown}<details class="fold"><summary>{rest}</summary><ul class="notices">{"".join(cards[FIRST:])}</ul></details>'


def command(block: Command, setting: Setting) -> str:
    """A line to type."""
    label, line = setting.say("Command"), inline(block.text, setting.say, 2_000)
    return f'<pre class="command" tabindex="0" role="region" aria-label="{label}"><code>{line}</code></pre>'


def _inside(block: Notice, setting: Setting) -> str:
    say = setting.say
    level = {"error": say("Error"), "warning": say("Warning"), "good": say("Good")}[block.level]
    sign = f'<span class="sign" aria-hidden="true">{_SIGNS[block.level]}</span>'
    way = ""
    if block.anchor in setting.places:
        way = f' <a class="way" href="#{block.anchor}">{setting.title(block.anchor)}<span aria-hidden="true"> ›</span></a>'
    return f'{sign}<div><span class="vh">{level}: </span>{spoken(block.text, say)}{way}</div>'
