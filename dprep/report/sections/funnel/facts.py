"""What became of the rows: from the books where they tell it, else counted from narrow columns of every row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dprep.report.reading.found import Found
from dprep.report.sections.funnel.groups import DATA, Groups, by_column, by_source, made_by
from dprep.store.funnel import Stage, stages

ID = "funnel"

LABELS = 30
"""Labels of an augmenter's rows that are told; the largest."""
LANGUAGE, LANG = "tag.language", "lang"
OF_FILES = ("source", "file")
"""Groups by where a row was read, which is no column."""
WORDS = ("String", "Enum", "Categorical", "Boolean", "List(String")
"""Types of columns whose values are groups."""


@dataclass(frozen=True)
class Line:
    """A step in the funnel. `number` counts from 0, the reading of the sources."""

    number: int
    stage: Stage
    characters: Mapping[str, int] | None
    """in, dropped, added, changed (by editing; may be less than 0), out; None: an older dprep did not count them."""


@dataclass(frozen=True)
class Made:
    """Rows that an augmenter made: `made == kept + dropped of all steps`."""

    step: str
    made: int
    kept: int
    gated: Mapping[str, int]
    """Rows that each gate dropped."""
    elsewhere: int
    """Rows that other steps dropped."""
    labels: Mapping[str, tuple[int, int]]
    """Label -> (made, kept), those with most rows."""
    labels_in_all: int


@dataclass(frozen=True)
class Rejected:
    """Records that could not be read, for one reason."""

    reason: str
    records: int
    first: tuple[tuple[str, int, str, str], ...]
    """(file, line, detail, the record as it stands), of a few."""


@dataclass(frozen=True)
class FunnelFacts:
    """All that the chapter tells. `rows_in`: rows that were read, `rows_out`: rows of the version."""

    rows_in: int
    rows_out: int
    lines: tuple[Line, ...]
    parts: Mapping[str, int]
    by: tuple[Groups, ...]
    """Groups by source, and where there are any by file, language and label."""
    named_by: Mapping[str, tuple[str, ...]]
    """Column -> steps that look at it: what they drop, they were told to."""
    sampled: tuple[str, ...]
    """Steps that draw rows: what they drop is what was asked."""
    made: tuple[Made, ...]
    broke_off: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    extends: str
    """The version whose rows stand before those of this run; empty: none."""


RAW = 200
"""Characters of a record that could not be read."""


def facts(found: Found) -> FunnelFacts:
    """The funnel; every version has one."""
    manifest = found.manifest
    books = zip(stages(found.ledger), found.ledger["steps"], strict=True)
    base = manifest.get("extends")
    groups = _groups(found)
    return FunnelFacts(
        rows_in=manifest["rows"]["in"],
        rows_out=manifest["rows"]["out"],
        lines=tuple(Line(n, stage, entry.get("characters")) for n, (stage, entry) in enumerate(books)),
        parts=dict(manifest["rows"]["parts"]),
        by=groups,
        named_by={each.column: _looking_at(manifest, each.column) for each in groups},
        sampled=tuple(step["name"] for step in manifest["steps"] if step["op"].startswith("sample.")),
        made=_made(found),
        broke_off=tuple(manifest.get("broke_off", ())),
        rejected=_rejected(found),
        extends=f"{base['dataset']}@{base['version']}" if base else "",
    )


def _groups(found: Found) -> tuple[Groups, ...]:
    sources, files = by_source(found)
    told = [sources, files] if files.in_all > sources.in_all else [sources]
    columns = found.manifest["columns"]
    named = dict.fromkeys((language_column(found.manifest), "label"))
    return (*told, *(by_column(found, name) for name in named if columns.get(name, "").startswith(WORDS)))


def language_column(manifest: Mapping[str, Any]) -> str:
    """What the recipe calls the column of languages."""
    tags = [step["parameters"] for step in manifest["steps"] if step["op"] == LANGUAGE]
    return next((str(each.get("as", {}).get("lang", LANG)) for each in tags), LANG)


def _looking_at(manifest: Mapping[str, Any], column: str) -> tuple[str, ...]:
    """Filters whose parameters name this column, and those by language where it is the language."""
    if column in OF_FILES:
        return ()
    word = re.compile(rf"(?<!\w){re.escape(column)}(?!\w)")
    by_language = ("filter.language",) if column == language_column(manifest) else ()
    filters = [step for step in manifest["steps"] if step["op"].startswith("filter.")]
    return tuple(step["name"] for step in filters if step["op"] in by_language or _names(step["parameters"], word))


def _names(value: Any, word: re.Pattern[str]) -> bool:
    if isinstance(value, Mapping):
        return any(_names(each, word) for each in value.values())
    return any(_names(each, word) for each in value) if isinstance(value, list) else bool(word.search(str(value)))


def _made(found: Found) -> tuple[Made, ...]:
    """One for each augmenter that made a row."""
    ops = {entry["name"]: entry["op"] for entry in found.ledger["steps"]}
    steps = [entry["name"] for entry in found.ledger["steps"] if entry["op"].startswith("augment.") and entry["added"]]
    label = found.manifest["columns"].get("label", "").startswith(WORDS)
    made = []
    for step in steps:
        at, labels = made_by(found, step, label)
        gated = {name: rows for name, rows in sorted(at.items()) if ops.get(name, "").startswith("gate.")}
        named = sorted((("" if name is None else name, counts) for name, counts in labels.items()), key=_most_made)
        whole, kept = sum(at.values()), at.get(DATA, 0)
        shown = dict(named[:LABELS]) if label else {}
        made.append(Made(step, whole, kept, gated, whole - kept - sum(gated.values()), shown, len(named) if label else 0))
    return tuple(made)


def _most_made(item: tuple[str, tuple[int, int]]) -> tuple[int, str]:
    return -item[1][0], item[0]


def _rejected(found: Found) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(
            each.reason,
            each.count,
            tuple(
                (str(r["file"]), int(r["line"]), str(r.get("detail") or "")[:RAW], str(r.get("raw") or "")[:RAW])
                for r in each.first
            ),
        )
        for each in found.rejected
    )
