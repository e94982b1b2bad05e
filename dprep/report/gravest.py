"""Notices as a report has them on its top: whole sentences, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dprep.report.blocks import Notice
from dprep.report.say import Say

GRAVITY = ("error", "warning", "good")
STOPS = tuple(".?!。？！")


def gravest_first(notices: Iterable[Notice], say: Say) -> tuple[Notice, ...]:
    """In the order of the chapters where they are equally grave."""
    ordered = sorted(notices, key=lambda notice: GRAVITY.index(notice.level))
    return tuple(
        each if each.text.endswith(STOPS) else replace(each, text=say("{clauses}.", clauses=each.text)) for each in ordered
    )
