"""Notices as a report has them on its top: whole sentences of bounded length, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dprep.report.blocks import Notice
from dprep.report.say import Say

GRAVITY = ("error", "warning", "good")
STOPS = tuple(".?!。？！")
LONGEST = 500
"""Characters of a sentence: a label in it may be a page long."""


def gravest_first(notices: Iterable[Notice], say: Say) -> tuple[Notice, ...]:
    """In the order of the chapters where they are equally grave."""
    ordered = sorted(notices, key=lambda notice: GRAVITY.index(notice.level))
    return tuple(replace(each, text=_sentence(each.text, say)) for each in ordered)


def _sentence(text: str, say: Say) -> str:
    if len(text) > LONGEST:
        return f"{text[:LONGEST]}…"
    return text if text.endswith(STOPS) else say("{clauses}.", clauses=text)
