"""A version as a report: the facts of every chapter once, then the same facts in words, for any language and any renderer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dprep.report import sections
from dprep.report.blocks import Report
from dprep.report.gravest import gravest_first
from dprep.report.numbers import moment
from dprep.report.reading.found import Found
from dprep.report.say import Language, Say
from dprep.report.sections import against as against_facts
from dprep.report.sections.against import telling
from dprep.report.verdict import verdict


@dataclass(frozen=True)
class Facts:
    """Dataclasses of plain values by the id of their chapter; a chapter with nothing to tell is absent."""

    found: Found
    chapters: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As `dprep report --json` prints it."""
        manifest = self.found.manifest
        about = {name: manifest[name] for name in ("dataset", "version", "task")}
        notices = [asdict(notice) for notice in report(self).notices]
        return {**about, "notices": notices, "chapters": {name: asdict(facts) for name, facts in self.chapters.items()}}


def gather(found: Found) -> Facts:
    """All that the report of a version tells, without words."""
    told = {chapter.ID: chapter.facts(found) for chapter in sections.CHAPTERS}
    return Facts(found, {name: facts for name, facts in told.items() if facts is not None})


def _subtitle(manifest: Mapping[str, Any]) -> str:
    started = str(manifest.get("clock", {}).get("started", ""))
    return " · ".join([manifest["task"], moment(started), f"dprep {manifest['dprep']}"])


def report(facts: Facts, language: Language = "en") -> Report:
    """The facts in words."""
    say, manifest = Say(language), facts.found.manifest
    chapters = [(chapter, facts.chapters[chapter.ID]) for chapter in sections.CHAPTERS if chapter.ID in facts.chapters]
    notices = [notice for chapter, told in chapters for notice in chapter.notices(told, say)]
    return Report(
        title=f"{manifest['dataset']}@{manifest['version']}",
        subtitle=_subtitle(manifest),
        verdict=verdict(manifest, facts.found.ledger, say),
        notices=gravest_first(notices, say),
        sections=tuple(chapter.section(told, say) for chapter, told in chapters),
        language=language,
    )


@dataclass(frozen=True)
class Comparison:
    """Two versions side by side."""

    new: Found
    old: Found
    facts: against_facts.AgainstFacts

    def to_json(self) -> dict[str, Any]:
        """As `dprep report --against --json` prints it."""
        about = {name: self.new.manifest[name] for name in ("dataset", "version")}
        notices = [asdict(notice) for notice in comparison(self).notices]
        return {**about, "notices": notices, "against": asdict(self.facts)}


def against(new: Found, old: Found) -> Comparison:
    """What differs from `old` to `new`, without words. Raises Error."""
    return Comparison(new, old, against_facts.facts(new, old))


def comparison(compared: Comparison, language: Language = "en") -> Report:
    """The same in words: a report of its own, which names those of both versions."""
    say, facts, manifest = Say(language), compared.facts, compared.new.manifest
    return Report(
        title=telling.title(facts, say),
        subtitle=_subtitle(manifest),
        verdict=telling.verdict(facts, say),
        notices=gravest_first(telling.notices(facts, say), say),
        sections=telling.sections(facts, say),
        language=language,
    )
