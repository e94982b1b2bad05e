"""Rows to look at, as cards with boxes that filter them."""

from __future__ import annotations

from dprep.report.blocks import Card, Deck
from dprep.report.renderers.html_page.setting import Setting
from dprep.report.renderers.html_page.tables import filter_bar
from dprep.report.renderers.html_page.written import inline, passage, quoted

MOST = 200
"""Cards of a deck."""
CHOICES = 60
"""Values of a fact that are offered in a list; where there are more, a box for words has to do."""


def deck(block: Deck, setting: Setting) -> str:
    """A list of cards under its title."""
    say, shown = setting.say, block.cards[:MOST]
    boxes = "".join(_choice(name, shown, setting) for name in block.filters)
    bar = filter_bar(quoted(block.title) or say("Sample rows"), len(shown), setting, boxes) if len(shown) > 1 else ""
    cards = "\n".join(_card(card, setting) for card in shown)
    more = len(block.cards) - len(shown)
    rest = f'<p class="soft">{say.many(more, "{n} more row is not shown", "{n} more rows are not shown")}</p>' if more else ""
    title = f'<p class="caption">{inline(block.title, say)}</p>' if block.title else ""
    label = quoted(block.title) or say("Sample rows")
    listed = f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><ul class="deck">\n{cards}\n</ul></div>'
    return f'<div class="filtered">{title}{bar}{listed}{rest}</div>'


def _card(card: Card, setting: Setting) -> str:
    say = setting.say
    facts = "".join(  # those without a value keep their place, for the filter counts them
        f"<div{'' if value else ' hidden'}><dt>{inline(name, say)}</dt><dd>{quoted(value)}</dd></div>"
        for name, value in card.facts[:20]
    )
    title = f'<p class="title">{inline(card.title, say)}</p>' if card.title else ""
    listed = f"<dl>{facts}</dl>" if facts else ""
    text = passage(card.text, say) if card.text.strip() else f'<span class="soft">{say("no text")}</span>'
    return f'<li>{title}<p class="text" dir="auto">{text}</p>{listed}</li>'


def _choice(name: str, cards: tuple[Card, ...], setting: Setting) -> str:
    """A box for the fact `name`: its place among the facts of a card, and its values."""
    names = [fact for fact, _ in cards[0].facts] if cards else []
    if name not in names:
        return ""
    place = names.index(name)
    values = sorted({quoted(card.facts[place][1]) for card in cards if place < len(card.facts)})
    if not 1 < len(values) <= CHOICES:
        return ""
    choices = "".join(f"<option>{value}</option>" for value in values)
    every = f'<option value="" data-all>{setting.say("all")}</option>'
    return f'<label>{quoted(name)} <select autocomplete="off" data-fact="{place}">{every}{choices}</select></label>'
