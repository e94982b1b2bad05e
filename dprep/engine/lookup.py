"""Where one row of a version is: among its rows, among the dropped, or among the rejected records."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dprep.base.problem import Error, Problem
from dprep.plan.sources import KEY_COLUMN
from dprep.store.artifacts import open_artifact
from dprep.store.layout import dataset_folder
from dprep.store.manifest import NAME
from dprep.store.versions import DOOR, Version, open_version

_ID = re.compile(r"[0-9a-f]{4,32}")
_ORIGIN = re.compile(r".+:\d+")
SHOWN = 5
"""Rows named when several fit."""


@dataclass(frozen=True)
class Found:
    """A row as the version keeps it."""

    row: dict[str, Any]
    types: dict[str, pl.DataType]
    dropped: bool
    """True: the row as it was when its step dropped it, + part, step, reason, measured, twin."""

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def origin(self) -> str:
        return str(self.row["origin"])


def find_row(version: Version, asked: str) -> Found:
    """The row with this id, the only id that starts so, the row from this file:line, or with this value of its source's key.

    Raises Error (`no-such-row`, `ambiguous-row`).
    """
    asked = asked.strip()
    fits: list[Found] = []
    if _ID.fullmatch(asked):
        fits = _all(version, pl.col("id").str.starts_with(asked))
    elif _ORIGIN.fullmatch(asked):
        ends = pl.col("origin").str.ends_with(f"/{asked}")
        fits = _parents(_all(version, pl.col("origin") == asked)) or _parents(_all(version, ends))
    fits = fits or _parents(_by_key(version, asked))
    if not fits:
        raise _no_row(version, asked)
    if len(fits) > 1:
        shown = ", ".join(f"`{found.id}` ({found.origin})" for found in fits[:SHOWN])
        more = f" and {len(fits) - SHOWN} more" if len(fits) > SHOWN else ""
        raise Error(Problem("ambiguous-row", f"{len(fits)} rows of `{version}` fit `{asked}`", help=f"they are {shown}{more}"))
    return fits[0]


def find_rejected(version: Version, asked: str) -> dict[str, Any] | None:
    """The rejected record at file:line, as its line in `rejected/` says."""
    if not _ORIGIN.fullmatch(asked):
        return None
    file, _, line = asked.rpartition(":")
    here = (pl.col("file") == file) | pl.col("file").str.ends_with(f"/{file}")
    fits = version.rejected().filter(here & (pl.col("line") == int(line))).head(2).collect()
    return fits.row(0, named=True) if len(fits) == 1 else None


def by_id(version: Version, id: str) -> Found | None:
    """The row with exactly this id."""
    fits = _all(version, pl.col("id") == id)
    return fits[0] if fits else None


def versions_in_index(folder: Path) -> list[Version]:
    """The versions whose rows the index in `folder` holds, of those that its store still has as they were."""
    artifact = open_artifact(folder)
    if artifact is None:
        return []
    store = artifact.folder.absolute().parents[2]
    found = []
    for one in artifact.manifest.get("made_from", {}).get("versions", ()):
        there = dataset_folder(store, one["dataset"]) / one["version"]
        if (there / NAME).is_file() and (version := open_version(there)).manifest["got"] == one["got"]:
            found.append(version)
    return found


def is_inherited(version: Version, id: str) -> bool:
    """Whether the row with this id came with the version that this one extends."""
    files = version.inherited_files()
    if not files:
        return False
    return bool(
        pl.scan_parquet(files, glob=False).filter(pl.col("id") == id).select(pl.len()).collect(engine="streaming").item()
    )


def children(version: Version, id: str) -> list[Found]:
    """Rows that were made from the row with this id, kept or dropped, in the order they were made."""
    found = _all(version, pl.col("parent") == id, needs="parent")
    return sorted(found, key=lambda one: (str(one.row["made_by"]), one.row.get("variant") or 0, one.row.get("piece") or 0))


def twins(version: Version, id: str) -> list[Found]:
    """Rows that were dropped because they are copies of the row with this id."""
    return [one for one in _all(version, pl.col("twin") == id, needs="twin") if one.dropped]


def _all(version: Version, condition: pl.Expr, needs: str = "id", most: int = 1_000) -> list[Found]:
    """Rows for which `condition` holds, kept ones first."""
    found = []
    for rows, dropped in ((version.scan(), False), (version.dropped(), True)):
        names = rows.collect_schema().names()
        if needs not in names or not {"id", "origin"} <= set(names) or rows.collect_schema()[needs].is_nested():
            continue
        fits = rows.filter(condition).head(most).collect(engine="streaming")
        types = {name: dtype for name, dtype in fits.schema.items() if not (dropped and name in DOOR and name != "part")}
        found += [Found(row, types, dropped) for row in fits.iter_rows(named=True)]
    return found


def _by_key(version: Version, asked: str) -> list[Found]:
    """Rows whose source names a column as its key (`id = "ticket"`) and that hold `asked` there."""
    try:
        sources = tomllib.loads((version.folder / "recipe.toml").read_text(encoding="utf-8"))["source"]
    except (OSError, ValueError, KeyError):
        return []
    found: dict[str, Found] = {}
    for source in sources:
        theirs = source.get("id", "")
        ours = [name for name, name_there in source.get("columns", {}).items() if name_there == theirs]
        for column in [*ours, theirs, KEY_COLUMN] if theirs else []:
            for one in _all(version, pl.col(column).cast(pl.String, strict=False) == asked, needs=column):
                found.setdefault(one.id, one)
    return list(found.values())


def _parents(fits: list[Found]) -> list[Found]:
    """Made rows share their parent's origin: without them, if one is left."""
    return [one for one in fits if one.row.get("parent") is None] or fits


def _no_row(version: Version, asked: str) -> Error:
    told = "give an id, its first 4 or more hex digits, file:line as in the column `origin`, or the value of the source's key"
    example = version.scan().select("id", "origin").head(1).collect()
    if len(example):
        id, origin = example.row(0)
        told += f"; the first row is `{id[:12]}` from `{origin}`"
    return Error(Problem("no-such-row", f"`{version}` has no row `{asked}`, kept, dropped or rejected", help=told))
