"""Strings and numbers as HTML: cut where they are long, inert wherever they come from."""

from __future__ import annotations

import math
import re

from dprep.report.blocks import Cell
from dprep.report.numbers import number
from dprep.report.renderers.safe import lines, safe
from dprep.report.say import Say

LONG = 2_000
"""Characters shown of a text."""
SHORT = 300
"""Characters shown of a name, a title or a cell."""


def inline(text: str, say: Say, longest: int = SHORT) -> str:
    """One line of text."""
    return safe(text[:longest]) + _rest(text, say, longest)


def spoken(text: str, say: Say) -> str:
    """A sentence of ours; words between backticks are code, and no line ends before a percent sign."""
    coded = re.sub("`([^`<>]+)`", r"<code>\1</code>", inline(text, say, LONG))
    return re.sub(r"(?<=\d) %", "\u00a0%", coded)


def passage(text: str, say: Say, longest: int = LONG) -> str:
    """A text of a row: its lines and tabs stand."""
    return lines(text[:longest]) + _rest(text, say, longest)


def quoted(text: str, longest: int = SHORT) -> str:
    """For an attribute, or wherever no markup may be."""
    return safe(text[:longest] + "…" * (len(text) > longest))


def figure(value: Cell, say: Say) -> str:
    """A cell: numbers in few digits, nothing where there is nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return inline(value.replace("\n", " ↵ "), say)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**18 else f"{value:.3g}"
    return number(value) if math.isfinite(value) else "–"


def _rest(text: str, say: Say, longest: int) -> str:
    more = len(text) - longest
    return f' <small class="more">… {say.many(more, "{n} more character", "{n} more characters")}</small>' if more > 0 else ""
