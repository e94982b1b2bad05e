"""Lineage: the recipe with its places, what the version was made from and with, and the command that makes it again."""

from __future__ import annotations

from dataclasses import dataclass

from dprep.report.reading.found import Found
from dprep.report.sections.lineage import books
from dprep.report.sections.lineage.books import Needed, OperatorFacts, RejectedFacts, Shard, SourceFacts
from dprep.report.sections.lineage.recipe import RecipeFacts, recipe_facts
from dprep.report.sections.lineage.telling import ID, notices, section

__all__ = ["ID", "facts", "notices", "section"]


@dataclass(frozen=True)
class Base:
    """The version that this one extends."""

    dataset: str
    version: str
    got: str
    rows: int


@dataclass(frozen=True)
class LineageFacts:
    """Where a version comes from; lists are bounded, numbers are of all."""

    command: str
    recipe: RecipeFacts
    sources: tuple[SourceFacts, ...]
    rejected: tuple[RejectedFacts, ...]
    broke_off: tuple[str, ...]
    broke_off_files: int
    shards: tuple[Shard, ...]
    files: int
    operators: tuple[OperatorFacts, ...]
    needed: tuple[Needed, ...]
    extends: Base | None
    seed: int
    asked: str
    got: str
    dprep: str
    libraries: tuple[tuple[str, str], ...]
    python: str
    platform: str
    started: str


def facts(found: Found) -> LineageFacts:
    """From the manifest, the recipe beside it and the rejected records."""
    manifest, clock = found.manifest, found.manifest.get("clock", {})
    base = manifest.get("extends")
    broke_off = tuple(str(each) for each in manifest.get("broke_off", ()))
    return LineageFacts(
        command=books.command(manifest),
        recipe=recipe_facts(found),
        sources=books.sources(manifest),
        rejected=books.rejected(found),
        broke_off=broke_off[: books.BROKE_OFF],
        broke_off_files=len(broke_off),
        shards=books.shards(manifest),
        files=len(manifest["files"]),
        operators=books.operators(found),
        needed=books.needed(manifest["steps"]),
        extends=Base(base["dataset"], base["version"], base["got"], base["rows"]) if base else None,
        seed=manifest["seed"],
        asked=manifest["asked"],
        got=manifest["got"],
        dprep=manifest["dprep"],
        libraries=tuple(sorted(manifest["libraries"].items())),
        python=str(clock.get("python", "")),
        platform=str(clock.get("platform", "")),
        started=str(clock.get("started", "")),
    )
