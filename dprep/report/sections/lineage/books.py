"""What a version was made from and with, as its manifest has it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from dprep import ops
from dprep.plan.operators import operator_class
from dprep.report.reading.found import Found

FILES = 300
"""Files of the sources that are listed, of all sources together."""
SHARDS = 200
"""Files of the version that are listed."""
BROKE_OFF = 20
RAW = 200
"""Characters shown of a record that could not be read."""

ROOT = "ROOT"
FAR = 2
"""Folders that a way may climb from the store."""

_NAMED = re.compile(r"(?s)(.*)#([0-9a-f]{32})")
"""How the manifest writes what a file parameter meant: its name and the hash of what it held."""


@dataclass(frozen=True)
class Input:
    """A file that was read."""

    name: str
    bytes: int
    rows: int
    rejected: int
    hash: str


@dataclass(frozen=True)
class SourceFacts:
    """A source with the first of its files; the numbers are of all."""

    name: str
    license: str
    files: int
    bytes: int
    rows: int
    rejected: int
    listed: tuple[Input, ...]


@dataclass(frozen=True)
class Record:
    """A record that could not be read, as it stands in its file."""

    file: str
    line: int | None
    detail: str
    raw: str


@dataclass(frozen=True)
class RejectedFacts:
    """All records that could not be read for one reason, with the first ones."""

    reason: str
    records: int
    first: tuple[Record, ...]


@dataclass(frozen=True)
class Shard:
    """A file of the version."""

    path: str
    rows: int
    bytes: int
    hash: str


@dataclass(frozen=True)
class Needed:
    """What must be there to make it again: a file or an artifact that a parameter names."""

    step: str
    parameter: str
    name: str
    hash: str


@dataclass(frozen=True)
class OperatorFacts:
    """A step's operator as it was."""

    step: str
    number: int
    """In the ledger, where 0 is `read`."""
    op: str
    revision: str
    own: bool
    """Not one of dprep's: it came from the recipe's own folder or from a package."""
    varies: str
    """Why its answers may differ from machine to machine; empty where they do not."""


def sources(manifest: Mapping[str, Any]) -> tuple[SourceFacts, ...]:
    """Every source, with the first files of them until FILES are listed."""
    told, left = [], FILES
    for source in manifest["sources"]:
        files: list[dict[str, Any]] = source["files"]
        listed = tuple(
            Input(file["name"], file["bytes"], file["rows"], file["rejected"], file["hash"]) for file in files[: max(0, left)]
        )
        left -= len(listed)
        size, rows, rejected = (sum(file[key] for file in files) for key in ("bytes", "rows", "rejected"))
        told.append(SourceFacts(source["name"], source["license"], len(files), size, rows, rejected, listed))
    return tuple(told)


def rejected(found: Found) -> tuple[RejectedFacts, ...]:
    """By reason, the most frequent first."""
    return tuple(
        RejectedFacts(each.reason, each.count, tuple(_record(record) for record in each.first)) for each in found.rejected
    )


def _record(told: Mapping[str, Any]) -> Record:
    line = told.get("line")
    raw = str(told.get("raw") or "")
    return Record(str(told["file"]), line if isinstance(line, int) else None, str(told.get("detail") or ""), raw[:RAW])


def shards(manifest: Mapping[str, Any]) -> tuple[Shard, ...]:
    """The files of the version, by path."""
    return tuple(Shard(file["path"], file["rows"], file["bytes"], file["hash"]) for file in manifest["files"][:SHARDS])


def needed(steps: Iterable[Mapping[str, Any]]) -> tuple[Needed, ...]:
    """Files and artifacts that parameters name, each with the hash of what it held."""
    told = []
    for step in steps:
        for parameter, value in step["parameters"].items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str) and (match := _NAMED.fullmatch(each)):
                    told.append(Needed(step["name"], parameter, match[1], match[2]))
    return tuple(told)


def operators(found: Found) -> tuple[OperatorFacts, ...]:
    """The operator of every step, and whether its answers vary, where it is one that dprep has."""
    numbers = {entry["name"]: number for number, entry in enumerate(found.ledger["steps"])}
    known, told = frozenset(ops.names()), []
    for step in found.manifest["steps"]:
        name, own = step["op"], step["op"] not in known
        cls = None if own else operator_class(name, None)
        varies = cls.varies if isinstance(cls, type) else ""
        told.append(OperatorFacts(step["name"], numbers.get(step["name"], 0), name, step["revision"], own, varies))
    return tuple(told)


def command(manifest: Mapping[str, Any]) -> str:
    """What makes it again, typed in the folder of the version; `ROOT` stands for a folder far from the store."""
    up = "../.." if manifest["version"] == "trial" else "../../.."
    words = ["dprep", "run", "recipe.toml", "--store", up, "--root", _root(manifest.get("clock", {}).get("root", ""), up)]
    for override in manifest.get("overrides", ()):
        words += ["--set", str(override)]
    return shlex.join(words)


def _root(recorded: str, up: str) -> str:
    """The way to where relative source paths start; one that climbs far tells of the machine, not of the data."""
    if not recorded or os.path.isabs(recorded) or PurePath(recorded).parts[: FAR + 1] == ("..",) * (FAR + 1):
        return ROOT
    return os.path.normpath(os.path.join(up, recorded))
