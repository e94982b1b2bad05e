"""Files that two versions were made from, where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dprep.report.reading.found import Found

FILES = 40
"""Files that are listed."""


@dataclass(frozen=True)
class InputChange:
    """A file that only one version read, or that held something else; rows are those that could be read."""

    source: str
    file: str
    change: Literal["added", "removed", "changed"]
    old_rows: int
    new_rows: int


@dataclass(frozen=True)
class InputsFacts:
    """Files that differ, by source and name."""

    changes: tuple[InputChange, ...]
    changes_in_all: int


def inputs_facts(new: Found, old: Found) -> InputsFacts:
    """Files are the same where source and name are."""
    before, after = (_files(found) for found in (old, new))
    changes = []
    for key in sorted({*before, *after}):
        a, b = before.get(key), after.get(key)
        if a is None or b is None:
            change: Literal["added", "removed", "changed"] = "removed" if b is None else "added"
        elif a["hash"] == b["hash"]:
            continue
        else:
            change = "changed"
        changes.append(InputChange(*key, change, a["rows"] if a else 0, b["rows"] if b else 0))
    return InputsFacts(tuple(changes[:FILES]), len(changes))


def _files(found: Found) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(source["name"], file["name"]): file for source in found.manifest["sources"] for file in source["files"]}
