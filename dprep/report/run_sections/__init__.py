"""The chapters of the report of a training run, in their order: one file each, made as those of a version are.

A chapter has `ID` (its anchor), `facts(found)` (plain values for `--json`, None where there is nothing to tell),
`section(facts, say)` (the same as blocks for people) and `notices(facts, say)` (warnings that link to it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.report.run_sections import (
    calibration,
    cartography,
    compared,
    confusion,
    curves,
    losses,
    mistakes,
    reproduction,
    result,
    scores,
)

if TYPE_CHECKING:
    from dprep.report.chapter import Chapter
    from dprep.report.reading.found_run import FoundRun

CHAPTERS: tuple[Chapter[FoundRun], ...] = (
    result,
    compared,
    scores,
    confusion,
    calibration,
    mistakes,
    curves,
    cartography,
    losses,
    reproduction,
)
