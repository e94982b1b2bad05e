"""The chapters of the report of a version, in their order: one file each.

A chapter has `ID` (its anchor), `facts(found)` (plain values for `--json`, None where there is nothing to tell),
`section(facts, say)` (the same as blocks for people) and `notices(facts, say)` (warnings that link to it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.report.sections import duplicates, funnel, lineage, parts, portrait, steps

if TYPE_CHECKING:
    from dprep.report.chapter import Chapter
    from dprep.report.reading.found import Found

CHAPTERS: tuple[Chapter[Found], ...] = (funnel, steps, duplicates, parts, portrait, lineage)
