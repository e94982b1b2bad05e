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
class Batch:
    """What a task reads: one range of a large file, or many small files of one source."""

    parts: tuple[tuple[File, tuple[int, int]], ...]
    """Files and their spans."""
    reading: Reading
    folder: str
    source: str
    """The source's name, which is part of every id."""
    key: str
    """Our name of the file's own key, where that is the id."""
    sizes: Sizes
    limit: int | None = None

    @property
    def again(self) -> bool:
        """Whether it makes one block that is read again instead of being spooled."""
        most = 2 * self.sizes.bytes
        alone = self.limit is None and len(self.parts) == 1
        return alone and fits_a_block(self.parts[0][0], self.reading, self.parts[0][1], most, self.sizes.rows)


@dataclass(frozen=True)
class Piece:
    """Consecutive rows of a block that come from one range."""

    file: str
    first_line: int
    """Lines of the file before its range."""
    rows: int


@dataclass(frozen=True)
class Spooled:
    """A block as it was read: columns in their first form, line numbers from the start of each range."""

    stem: str
    rows: int
    source: int
    pieces: tuple[Piece, ...]
    kinds: dict[str, Any]
    again: tuple[File, Reading, tuple[int, int]] | None = None
    """Where to read it, if it is not in `<stem>.arrow`."""

    def origins(self, lines: pl.Series) -> pl.Series:
        """`file:line` of every row; `lines` count from the start of each range."""
        counts = [piece.rows for piece in self.pieces]
        names = pl.Series("file", [f"{piece.file}:" for piece in self.pieces], dtype=pl.String)
        places = pl.Series(np.repeat(np.arange(len(counts)), counts))
        firsts = np.repeat(np.array([piece.first_line for piece in self.pieces], np.int64), counts)
        numbers = pl.Series(lines.to_numpy() + firsts).cast(pl.String)
        return (names.gather(places) + numbers).alias("origin")


def read_batch(given: Batch) -> dict[str, Any]:
    """Task: read a batch into its folder; a finished batch is not read again."""
    side = Path(given.folder) / f"r{given.parts[0][1][0]:015d}.json"
    if side.exists():
        found: dict[str, Any] = read_json(side)
        return found
    started, again, left = time.perf_counter(), given.again, given.limit
    spool = _Spool(given, side.with_suffix(""), again)
    parts: list[dict[str, Any]] = []
    for number, (file, span) in enumerate(given.parts):
        told: dict[str, Any] = {"rejected": [], "lines": 0, "fault": ""}
        chunks = read(file, given.reading, span, given.sizes.rows, given.sizes.bytes) if left is None or left > 0 else iter(())
        for chunk in _as_one(chunks) if again else _limited(chunks, left):
            check_names({**chunk.kinds, **chunk.rows.schema}, file.name)
            told["rejected"] += [asdict(record) for record in chunk.rejected]
            told["lines"] += chunk.lines
            told["fault"] = told["fault"] or chunk.fault
            spool.add(number, chunk)
            left = None if left is None else left - len(chunk.rows)
        parts.append(told)
    spool.flush()
    note = {"blocks": spool.blocks, "parts": parts, "seconds": time.perf_counter() - started}
    write_json(side, note)
    return note


class _Spool:
    """Chunks that look alike become one block, whatever files they come from."""

    def __init__(self, given: Batch, stem: Path, again: bool) -> None:
        self.blocks: list[dict[str, Any]] = []
        self._given, self._stem, self._again = given, stem, again
        self._held: list[tuple[int, Chunk]] = []
        self._size = (0, 0)  # rows and bytes

    def add(self, part: int, chunk: Chunk) -> None:
        """Take the rows of a chunk of the batch's part `part`."""
        if not len(chunk.rows):
            return
        rows, held = self._size[0] + len(chunk.rows), self._size[1] + int(chunk.rows.estimated_size())
        if self._held and (not self._alike(chunk) or rows > self._given.sizes.rows or held > self._given.sizes.bytes):
            self.flush()
            rows, held = len(chunk.rows), int(chunk.rows.estimated_size())
        self._held.append((part, chunk))
        self._size = (rows, held)

    def _alike(self, chunk: Chunk) -> bool:
        last = self._held[-1][1]
        return last.rows.schema == chunk.rows.schema and last.kinds == chunk.kinds

    def flush(self) -> None:
        """Write what is held as a block."""
        if not self._held:
            return
        stem, given = self._stem.with_name(f"{self._stem.name}-b{len(self.blocks):06d}"), self._given
        ids = [chunk_ids(chunk, given.source, given.key, given.reading) for _, chunk in self._held]
        write_array(stem.with_suffix(".ids.npy"), np.concatenate(ids))
        if not self._again:
            rows = pl.concat([_with_lines(chunk) for _, chunk in self._held])
            write_frame(stem.with_suffix(".arrow"), rows, packed=given.sizes.packed)
        kinds = {name: k.to_json(kind) for name, kind in _all_kinds(self._held[0][1]).items()}
        pieces = [(part, len(chunk.rows)) for part, chunk in self._held]
        self.blocks.append({"stem": stem.name, "rows": self._size[0], "kinds": kinds, "again": self._again, "pieces": pieces})
        self._held, self._size = [], (0, 0)


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
        raise fail("input-changed", f"`{block.pieces[0].file}` changed while it was read", "run the same command again")
    return _with_lines(chunks[0])
