"""One range of a file, read: what is kept of it until the stages have had their turn.

Ranges of plain Parquet that make one block are read again when they are needed, for that is as quick as a checkpoint.
All others are spooled: their rows go to an Arrow file, in the form in which they were read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dprep.base.problem import fail
from dprep.engine.blocks import Sizes, read_frame, read_json, write_array, write_frame, write_json
from dprep.engine.identity import U64, content_ids
from dprep.engine.names import check_names
from dprep.store.formats import Chunk, File, Reading, fits_a_block, read
from dprep.store.formats import kinds as k
from dprep.store.formats.kinds import Kind

LINE = "__line"


@dataclass(frozen=True)
class Range:
    """What a task needs to read one range of a file."""

    file: File
    reading: Reading
    span: tuple[int, int]
    folder: str
    source: str
    """Its source's name, which is part of every id."""
    key: str
    """Our name of the file's own key, where that is the id."""
    sizes: Sizes
    limit: int | None = None

    @property
    def again(self) -> bool:
        """Whether it makes one block that is read again instead of being spooled."""
        most = 2 * self.sizes.bytes
        return self.limit is None and fits_a_block(self.file, self.reading, self.span, most, self.sizes.rows)


@dataclass(frozen=True)
class Spooled:
    """A block as it was read: columns in their first form, line numbers from the start of the range."""

    stem: str
    rows: int
    source: int
    file: str
    first_line: int
    """Lines of the file before its range."""
    kinds: dict[str, Any]
    again: tuple[File, Reading, tuple[int, int]] | None = None
    """Where to read it, if it is not in `<stem>.arrow`."""


def read_range(given: Range) -> dict[str, Any]:
    """Task: read one range of a file into its folder; a finished range is not read again."""
    side = Path(given.folder) / f"r{given.span[0]:015d}.json"
    if side.exists():
        found: dict[str, Any] = read_json(side)
        return found
    started, again = time.perf_counter(), given.again
    chunks = read(given.file, given.reading, given.span, given.sizes.rows, given.sizes.bytes)
    blocks: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    lines, fault = 0, ""
    for chunk in _as_one(chunks) if again else _limited(chunks, given.limit):
        check_names({**chunk.kinds, **chunk.rows.schema}, given.file.name)
        rejected += [asdict(record) for record in chunk.rejected]
        if len(chunk.rows):
            blocks.append(_kept(chunk, side.with_name(f"{side.stem}-b{len(blocks):06d}"), given, again))
        lines, fault = lines + chunk.lines, fault or chunk.fault
    seconds = time.perf_counter() - started
    note = {"blocks": blocks, "rejected": rejected, "lines": lines, "fault": fault, "seconds": seconds}
    write_json(side, note)
    return note


def _as_one(chunks: Iterator[Chunk]) -> list[Chunk]:
    """The chunks of a range whose columns have the types of the file, as one."""
    found = list(chunks)
    if len(found) < 2:
        return found
    kinds = {name: reduce(k.merge, (chunk.kinds[name] for chunk in found)) for name in found[0].kinds}
    return [
        Chunk(
            pl.concat([chunk.rows for chunk in found]),
            kinds,
            np.concatenate([chunk.places for chunk in found]),
            sum(chunk.lines for chunk in found),
            [record for chunk in found for record in chunk.rejected],
            next((chunk.fault for chunk in found if chunk.fault), ""),
        )
    ]


def _limited(chunks: Iterator[Chunk], limit: int | None) -> Iterator[Chunk]:
    left = limit
    for chunk in chunks:
        if left is None:
            yield chunk
            continue
        cut = chunk.rows.head(left)
        last = int(chunk.places[len(cut) - 1]) if len(cut) else 0
        kept = [r for r in chunk.rejected if len(cut) == len(chunk.rows) or r.line <= last]
        yield Chunk(cut, chunk.kinds, chunk.places[: len(cut)], chunk.lines, kept, chunk.fault)
        left -= len(cut)
        if left <= 0:
            return


def _kept(chunk: Chunk, stem: Path, given: Range, again: bool) -> dict[str, Any]:
    write_array(stem.with_suffix(".ids.npy"), chunk_ids(chunk, given.source, given.key, given.reading))
    if not again:
        write_frame(stem.with_suffix(".arrow"), _with_lines(chunk))
    kinds = {name: k.to_json(kind) for name, kind in _all_kinds(chunk).items()}
    return {"stem": str(stem), "rows": len(chunk.rows), "kinds": kinds, "again": again}


def _with_lines(chunk: Chunk) -> pl.DataFrame:
    return chunk.rows.with_columns(pl.Series(LINE, chunk.places, dtype=pl.Int64))


def chunk_ids(chunk: Chunk, source: str, key: str, reading: Reading) -> U64:
    """(rows, 2) u64: the ids of the rows of a chunk before repeats are told apart."""
    held_as_json = frozenset(name for name, kind in chunk.kinds.items() if _is_json(chunk.rows, name, kind))
    mapped = [key] if key else [name for name in (reading.columns or chunk.rows.columns) if name in chunk.rows.columns]
    return content_ids(source, chunk.rows, mapped, held_as_json)


def _is_json(rows: pl.DataFrame, name: str, kind: Kind) -> bool:
    # whatever is no plain text was written as JSON: also whole numbers beyond Int64 and objects too wide to be typed
    other = bool(kind.scalars - {"null", "string"})
    return rows.schema[name] == pl.String and (kind.items is not None or kind.fields is not None or other)


def _all_kinds(chunk: Chunk) -> dict[str, Kind]:
    """Kinds of every column; constants tell theirs by their type."""
    constants = {name: k.kind_of_type(dtype) for name, dtype in chunk.rows.schema.items() if name not in chunk.kinds}
    return {**chunk.kinds, **constants}


def spooled_rows(block: Spooled) -> pl.DataFrame:
    """The rows of a block as they were read, and `__line`. Raises Error where the file is not what it was."""
    if block.again is None:
        return read_frame(block.stem + ".arrow", rows=slice(0, block.rows))
    chunks = _as_one(read(*block.again))
    if len(chunks) != 1 or len(chunks[0].rows) != block.rows:
        raise fail("input-changed", f"`{block.file}` changed while it was read", "run the same command again")
    return _with_lines(chunks[0])
