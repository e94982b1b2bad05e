"""The manifest: what a version is, in one JSON file that is written last. If it is there, the version is whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NotRequired, TypedDict

import xxhash

from dprep.base.problem import fail
from dprep.store.commit import write_file

FORMAT = 1
NAME = "manifest.json"
MAY_BE_ABSENT = {"labels", "broke_off", "extends"}
"""Keys of manifests that have nothing to say there."""
_SHAPE = {"dataset": str, "version": str, "task": str, "rows": dict, "columns": dict, "steps": list, "files": list}
"""What everything that reads a version counts on."""


class Rows(TypedDict):
    """`in` counts what was read, without the rejected records; the parts sum to `out`."""

    out: int
    rejected: int
    parts: dict[str, int]


class SourceFile(TypedDict):
    name: str
    bytes: int
    hash: str
    rows: int
    rejected: int


class Source(TypedDict):
    name: str
    license: str
    files: list[SourceFile]


class Extends(TypedDict):
    """The version whose rows stand first, in the first `shards` files of every part."""

    dataset: str
    version: str
    got: str
    rows: int
    shards: dict[str, int]
    licenses: list[str]


class StepEntry(TypedDict):
    name: str
    op: str
    parameters: dict[str, Any]
    columns: list[str]
    parts: list[str] | None
    when: str | None
    revision: str


class FileEntry(TypedDict):
    path: str
    bytes: int
    hash: str
    rows: int


class Manifest(TypedDict):
    """All that is not in `clock` is the same for the same input, whoever runs it and when.

    `rows` also has the key `in`, which is no name in Python.
    """

    format: int
    dataset: str
    version: str
    task: str
    asked: str
    got: str
    seed: int
    license: str
    description: str
    rows: dict[str, Any]
    columns: dict[str, str]
    labels: NotRequired[list[str]]
    broke_off: NotRequired[list[str]]
    extends: NotRequired[Extends]
    sources: list[Source]
    steps: list[StepEntry]
    libraries: dict[str, str]
    files: list[FileEntry]
    dprep: str
    clock: dict[str, Any]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Complete the version in `folder`. Raises ValueError where the books do not balance, Error where the disk fails."""
    missing = Manifest.__annotations__.keys() - MAY_BE_ABSENT - manifest.keys()
    if missing:
        raise ValueError(f"manifest lacks {sorted(missing)}")
    rows = manifest["rows"]
    if sum(rows["parts"].values()) != rows["out"]:
        raise ValueError(f"the parts sum to {sum(rows['parts'].values())}, not to {rows['out']}")
    write_json(folder / NAME, manifest, durable=True)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a version or artifact. Raises Error (`not-a-version`, `broken-version`, `newer-version`)."""
    path = folder / NAME
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise fail(
            "not-a-version",
            f"`{folder}` holds no `{NAME}`, so it is no finished version",
            "`dprep versions` lists what the store holds",
        ) from None
    except (OSError, ValueError) as fault:
        raise fail("broken-version", f"`{path}` cannot be read: {fault}", "run the recipe again with `--fresh`") from fault
    if not isinstance(found, dict) or "format" not in found:
        raise fail("broken-version", f"`{path}` is no manifest of dprep", "run the recipe again with `--fresh`")
    if found["format"] != FORMAT:
        raise fail("newer-version", f"`{path}` has format {found['format']}, this dprep reads format {FORMAT}", "upgrade dprep")
    return found


def read_version(folder: Path) -> dict[str, Any]:
    """The manifest of a version of a dataset, with all that whoever reads one counts on. Raises Error as `read_manifest`."""
    found = read_manifest(folder)
    if any(not isinstance(found.get(key), kind) for key, kind in _SHAPE.items()) or "parts" not in found["rows"]:
        raise fail("broken-version", f"`{folder / NAME}` is no manifest of a version", "run the recipe again with `--fresh`")
    return found


def check_files(folder: Path, manifest: Mapping[str, Any], under: str) -> None:
    """The files in the folder `under` of a version are as long as its manifest says. Raises Error (`broken-version`).

    Their bytes are not read. Dropped rows may have been left behind when a version was copied, those of the version not.
    """
    for file in manifest.get("files", ()):
        if not file["path"].startswith(f"{under}/"):
            continue
        path = folder / file["path"]
        there = path.stat().st_size if path.is_file() else None
        if there != file["bytes"] and (there is not None or under == "data"):
            found = "is missing" if there is None else f"has {there:,} bytes where its manifest says {file['bytes']:,}"
            raise fail("broken-version", f"`{path}` {found}", "run the recipe again with `--fresh`")


def read_ledger(folder: Path) -> dict[str, Any]:
    """The books of the version in `folder`. Raises Error (`broken-version`)."""
    path = folder / "ledger.json"
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise fail("broken-version", f"`{path}` cannot be read: {fault}", "run the recipe again with `--fresh`") from fault
    if not isinstance(found, dict) or not isinstance(found.get("steps"), list):
        raise fail("broken-version", f"`{path}` is no ledger of dprep", "run the recipe again with `--fresh`")
    return found


def write_json(path: Path, value: object, *, durable: bool = False) -> None:
    """JSON as it is kept in a store: readable, in the order given, one form for one value."""
    write_file(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n", durable=durable)


def describe_files(folder: Path, known: Mapping[str, FileEntry] = MappingProxyType({})) -> list[FileEntry]:
    """Every file of `folder`, by path: bytes, xxh3_128 of the bytes, rows of tables (0 for other files).

    known: what is known already of some files, by path; they are not read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    named = [(path, path.relative_to(folder).as_posix()) for path in paths]
    return [
        known.get(name) or FileEntry(path=name, bytes=path.stat().st_size, hash=file_hash(path), rows=_rows(path))
        for path, name in named
    ]


def file_hash(path: Path) -> str:
    """xxh3_128 of a file's bytes, 32 hex digits."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _rows(path: Path) -> int:
    if path.suffix != ".parquet":
        return 0
    import pyarrow.parquet as parquet

    return int(parquet.read_metadata(path).num_rows)
