"""Whatever was gathered (a version, two of them, a run) as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.report import making
from dprep.report.blocks import Report
from dprep.report.say import Language

if TYPE_CHECKING:
    from dprep.report.run_making import RunFacts

    Told = making.Facts | making.Comparison | RunFacts


def in_words(told: Told, language: Language = "en") -> Report:
    """The report of what was gathered."""
    if isinstance(told, making.Facts):
        return making.report(told, language)
    if isinstance(told, making.Comparison):
        return making.comparison(told, language)
    from dprep.report.run_making import report_run  # its chapters are read where there is a run

    return report_run(told, language)
