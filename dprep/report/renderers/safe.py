"""Text from data made harmless for a page: no markup, no control or bidi characters, no line without end."""

from __future__ import annotations

import re
from html import escape

from dprep.base.rowdiff import escaped

_LINES = re.compile(r"[^\n\t]+")

LONGEST = 2_000
"""Characters shown of one text."""


def safe(text: str) -> str:
    """`text` as inert HTML on one line; what hides or misleads is written as \\uXXXX."""
    return escape(escaped(text))


def lines(text: str) -> str:
    """`safe`, but line breaks and tabs stand, for places that show them as such."""
    return escape(_LINES.sub(lambda found: escaped(found.group()), text))


def cut(text: str, longest: int = LONGEST) -> str:
    """`safe`, of the first characters only; says how many more there are."""
    if len(text) <= longest:
        return safe(text)
    return f"{safe(text[:longest])} <small>… {len(text) - longest:,} more characters</small>"


def isolated(text: str) -> str:
    """`cut` text that cannot turn the direction of what stands beside it."""
    return f"<bdi>{cut(text)}</bdi>"
