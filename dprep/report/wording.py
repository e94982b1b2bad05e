"""Whatever a report is of: a version, two of them, a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.report import making
from dprep.report.blocks import Report
from dprep.report.reading.found import Found
from dprep.report.say import Language
from dprep.store.versions import Version

if TYPE_CHECKING:
    from dprep.report.run_making import RunFacts

    Told = making.Facts | making.Comparison | RunFacts


def gathered(new: Version, old: Version | None = None) -> Told:
    """The facts of a version, or what differs from `old` to it. Raises Error."""
    found = Found.of(new.folder, new.manifest, new.ledger)
    return making.against(found, Found.of(old.folder, old.manifest, old.ledger)) if old else making.gather(found)


def in_words(told: Told, language: Language = "en") -> Report:
    """The report of what was gathered."""
    if isinstance(told, making.Facts):
        return making.report(told, language)
    if isinstance(told, making.Comparison):
        return making.comparison(told, language)
    from dprep.report.run_making import report_run  # its chapters are read where there is a run

    return report_run(told, language)
