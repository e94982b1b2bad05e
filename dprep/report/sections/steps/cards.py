"""Rows of the books as cards: their text, and by what they can be found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dprep.base.columns import ColumnPath
from dprep.report.blocks import Card, Deck
from dprep.report.say import Say
from dprep.report.sections.steps.facts import Bound

FACTS = ("id", "origin", "part", "label", "lang", "parent", "made_by")
"""Columns that are told beside a text, where a row has them."""
LONG = 120
"""Characters of such a fact."""


def text(value: object) -> str:
    """A cell as one reads it: messages line by line with their role, other lists and objects as JSON."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, list) and value and all(isinstance(each, str | Mapping) for each in value):
        return "\n".join(each if isinstance(each, str) else _turn(each) for each in value)
    return json.dumps(value, ensure_ascii=False)


def _turn(message: Mapping[str, Any]) -> str:
    if "content" not in message:
        return json.dumps(message, ensure_ascii=False)
    return f"{message.get('role', '')}: {text(message['content'])}".removeprefix(": ")


def deck(
    title: str, rows: Sequence[tuple[Mapping[str, Any], Mapping[str, str]]], texts: Sequence[str], filters: tuple[str, ...] = ()
) -> Deck:
    """One card per row; with each row what is to be told before its own columns."""
    columns = list(dict.fromkeys(ColumnPath.parse(path).column for path in texts))
    more = list(dict.fromkeys(name for _, extra in rows for name, value in extra.items() if value))
    own = [name for name in FACTS if name not in columns and any(row.get(name) is not None for row, _ in rows)]
    cards = []
    for row, extra in rows:
        told = [(name, extra.get(name, "")) for name in more] + [(name, _fact(row.get(name))) for name in own]
        cards.append(Card("\n".join(text(row[name]) for name in columns if row.get(name) is not None), tuple(told)))
    return Deck(title, tuple(cards), tuple(name for name in filters if name in more))


def _fact(value: object) -> str:
    told = text(value)
    return told if len(told) <= LONG else f"{told[:LONG]}…"


def borderline(bound: Bound, texts: Sequence[str], say: Say) -> Deck:
    """The rows nearest to a bound: first those it sent away, the nearest last, then those it let pass."""
    sides = ((bound.gone[::-1], say("dropped")), (bound.kept, say("kept")))
    rows = [(each.row, {say("outcome"): side, bound.measure: f"{each.value:,.6g}"}) for near, side in sides for each in near]
    return deck(f"{bound.parameter} = {bound.limit:g}", rows, texts, filters=(say("outcome"),))
