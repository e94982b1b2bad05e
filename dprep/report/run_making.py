"""A training run as a report: the facts of every chapter once, then the same facts in words, for any language and renderer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dprep.report import run_sections
from dprep.report.blocks import Report
from dprep.report.gravest import gravest_first
from dprep.report.numbers import moment
from dprep.report.reading.found_run import FoundRun, Other
from dprep.report.run_sections import result
from dprep.report.say import Language, Say


@dataclass(frozen=True)
class RunFacts:
    """Dataclasses of plain values by the id of their chapter; a chapter with nothing to tell is absent."""

    found: FoundRun
    chapters: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As `dprep report RUN --json` prints it."""
        about = {"run": self.found.name, "dataset": self.found.told["dataset"], "task": self.found.task}
        notices = [asdict(notice) for notice in report_run(self).notices]
        return {**about, "notices": notices, "chapters": {name: asdict(facts) for name, facts in self.chapters.items()}}


def gather_run(
    folder: Path,
    *,
    store: Path | None = None,
    against: Path | None = None,
    comparison: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> RunFacts:
    """All that the report of a run tells, without words.

    store: where its version is looked for (default: the store that it lies in). against, comparison: the folder of another run,
    and what `compare` found of the two, the other one first. defaults: of the `[train]` table. Raises Error (`broken-run`).
    """
    other = Other(against, comparison) if against is not None and comparison is not None else None
    found = FoundRun.of(folder, store, other, defaults)
    told = {chapter.ID: chapter.facts(found) for chapter in run_sections.CHAPTERS}
    return RunFacts(found, {name: facts for name, facts in told.items() if facts is not None})


def report_run(facts: RunFacts, language: Language = "en") -> Report:
    """The facts in words."""
    say, found = Say(language), facts.found
    chapters = [(chapter, facts.chapters[chapter.ID]) for chapter in run_sections.CHAPTERS if chapter.ID in facts.chapters]
    notices = [notice for chapter, told in chapters for notice in chapter.notices(told, say)]
    made = moment(str((found.told.get("clock") or {}).get("made", "")))
    return Report(
        title=found.name,
        subtitle=" · ".join([found.task, str(found.told["dataset"]), made, f"dprep {found.told['dprep']}"]),
        verdict=result.verdict(facts.chapters[result.ID], say),
        notices=gravest_first(notices, say),
        sections=tuple(chapter.section(told, say) for chapter, told in chapters),
        language=language,
    )
