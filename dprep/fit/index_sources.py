"""What an index is made of: shards of versions and files, cut into units that are indexed apart and known by their content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import NamedTuple

import polars as pl
import xxhash

from dprep.base.columns import ColumnPath, joined
from dprep.base.problem import Error, Problem, fail
from dprep.fit.rows import VersionRows
from dprep.store.formats import Chunk, File, Reading, expand, fingerprint, read, settle
from dprep.store.formats.files import detect_format
from dprep.store.manifest import file_hash
from dprep.store.versions import Version

APART = "\x1e"
"""Between the columns of a row, where they are not to run into each other."""
SMALL = 8 * 2**20
"""Bytes up to which neighbouring files make one unit."""


class Named(NamedTuple):
    """Some texts, and what they are called."""

    names: pl.Series
    texts: pl.Series


@dataclass(frozen=True)
class Unit:
    """A shard, or some files."""

    key: str
    """32 hex digits for its content and its names."""
    blocks: Callable[[], Iterator[Named]]
    """Its rows, read block by block; may be gone through again."""
    origin: str
    """The dataset or the file that the rows come from."""


@dataclass(frozen=True)
class Choice:
    """Which rows and texts are indexed."""

    columns: tuple[str, ...] = ()
    """Column paths, joined by a newline; empty: those of the version's task, or `usual`."""
    usual: tuple[str, ...] = ("text",)
    """Of a file: those of these columns that it has."""
    key: str = ""
    """The column that names the rows; empty: the id, or the line."""
    part: str | None = None
    when: str | None = None
    column_names: tuple[str, ...] = ()
    """Of delimited files without a header."""
    apart: bool = False
    """Columns are joined by `APART` instead."""

    def texts(self, rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
        """One text per row."""
        if not self.apart:
            return joined(rows, columns)
        each = [joined(rows, (column,)).alias(f"{number}") for number, column in enumerate(columns)]
        return pl.DataFrame(each).select(pl.concat_str(pl.all(), separator=APART)).to_series()


def version_units(version: Version, choice: Choice) -> list[Unit]:
    """One unit per shard. Raises Error where a column, the part or the condition is wrong."""
    asked = SimpleNamespace(part=choice.part, columns=choice.columns, when=choice.when, sample=1, seed=0)
    rows = VersionRows(version, asked)  # type: ignore[arg-type]
    if choice.key:
        rows.needs(iter((choice.key,)))
    hashes = {entry["path"]: entry["hash"] for entry in version.manifest["files"]}
    units = []
    for path in rows.files:
        key = hashes.get(path.relative_to(version.folder).as_posix()) or file_hash(path)
        told = xxhash.xxh3_128_hexdigest(f"{key} {rows.columns} {choice!r}".encode())
        units.append(Unit(told, _shard_reader(rows, path, choice), str(version.manifest["dataset"])))
    return units


def _shard_reader(rows: VersionRows, path: Path, choice: Choice) -> Callable[[], Iterator[Named]]:
    key = choice.key or "id"

    def blocks() -> Iterator[Named]:
        paths = (ColumnPath.parse(column).column for column in rows.columns)
        for frame in rows.shard(path, tuple(dict.fromkeys((key, *paths, *rows.read)))):
            yield Named(frame.get_column(key).cast(pl.String).fill_null(""), choice.texts(frame, rows.columns))

    return blocks


def file_units(patterns: Sequence[str], root: Path, choice: Choice, together: bool) -> list[Unit]:
    """Units of the files that `patterns` mean; `together`: small neighbours share one. Raises Error (`no-such-file`)."""
    if choice.part or choice.when:
        help = "name a version, or a recipe that chooses the rows"
        raise Error(Problem("wrong-value", "`part` and `when` choose rows of a version, and `--of` names files", help=help))
    files: dict[str, File] = {}
    for pattern in patterns:
        found = expand(pattern, root)
        if not found:
            help = "name a version, a recipe, or files (`tests/*.jsonl`)"
            raise Error(Problem("no-such-file", f"`--of {pattern}` means no file", help=help))
        files.update({file.path: replace(file, name=_shown(file.name)) for file in found})
    groups: list[list[File]] = []
    held = SMALL
    for file in files.values():
        if not together or held + file.size > SMALL:
            groups.append([])
            held = 0
        groups[-1].append(file)
        held += file.size
    return [_files_unit(group, choice) for group in groups]


def _shown(name: str) -> str:
    """What rows are called by: an absolute path says where an index was made, which is nobody's business."""
    return PurePath(name).name if PurePath(name).is_absolute() else name


def _files_unit(files: list[File], choice: Choice) -> Unit:
    told = [f"{fingerprint(file)} {file.name}" for file in files]
    key = xxhash.xxh3_128_hexdigest("\n".join([*told, repr(choice)]).encode("utf-8", "backslashreplace"))

    def blocks() -> Iterator[Named]:
        for file in files:
            yield from _file_blocks(file, choice)

    return Unit(key, blocks, files[0].name)


def _file_blocks(file: File, choice: Choice) -> Iterator[Named]:
    delimited = detect_format(file.name) in {"csv", "tsv"}
    options = {"column_names": list(choice.column_names)} if choice.column_names and delimited else {}
    lines = 0
    for chunk in read(file, Reading(options=options)):
        if chunk.fault:
            raise fail("unreadable-file", f"`{file.name}` breaks off: {chunk.fault}", "fetch or make the file again")
        rows = _settled(chunk)
        texts = choice.texts(rows, _columns(file, rows, choice))
        places = pl.Series(chunk.places + lines).cast(pl.String)
        names = rows.get_column(choice.key).cast(pl.String).fill_null("") if choice.key in rows.columns else places
        yield Named(names if choice.key else f"{file.name}:" + names, texts)
        lines += chunk.lines


def _settled(chunk: Chunk) -> pl.DataFrame:
    """The rows in their final types; numbers as text."""
    columns = [settle(column, chunk.kinds[column.name], chunk.kinds[column.name]) for column in chunk.rows]
    return pl.DataFrame([column.cast(pl.String) if column.dtype.is_numeric() else column for column in columns])


def _columns(file: File, rows: pl.DataFrame, choice: Choice) -> tuple[str, ...]:
    """The columns that are indexed, as far as this file has them. Raises Error (`missing-column`)."""
    textual = {name for name, dtype in rows.schema.items() if dtype == pl.String or dtype.is_nested()}
    wanted = choice.columns or choice.usual
    found = tuple(path for path in wanted if _column(path) in textual)
    if found:
        return found
    sentence = f"`{file.name}` has no column of text called {' or '.join(f'`{path}`' for path in wanted[:8])}"
    has = ", ".join(f"`{name if len(name) <= 40 else name[:39] + '…'}`" for name in rows.columns[:12])
    help = f"name its columns with `--set columns=[…]`, or with `--set column_names=[…]` if it has no header; it has {has}"
    raise Error(Problem("missing-column", sentence, help=help))


def _column(path: str) -> str:
    try:
        return ColumnPath.parse(path).column
    except ValueError:
        help = "write `text` or `messages.content`"
        raise Error(Problem("bad-column-path", f"`{path}` is not a column path", help=help)) from None
