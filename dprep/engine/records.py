"""One record of a source, read again: for `why`, which tells a row's life from its origin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import xxhash

from dprep.engine.identity import U64
from dprep.engine.reading import key_column
from dprep.engine.spool import chunk_ids
from dprep.plan.model import Plan, PlannedSource
from dprep.store.formats import Chunk, File, ranges, read
from dprep.store.formats import kinds as k
from dprep.store.formats.kinds import Kind

SPAN = 16 * 2**20
"""Bytes of a line file that are read to find one line; what is before them is only searched for line feeds."""
MOST_REPEATS = 100_000
"""How often the same content may have come before for a row to be recognised."""


@dataclass(frozen=True)
class Record:
    """One record as it was read: one row, columns in their first form."""

    source: PlannedSource
    rows: pl.DataFrame
    kinds: dict[str, Kind]
    content: U64  # (1, 2): its id before repeats are told apart


def split_origin(origin: str) -> tuple[str, int]:
    """("mail.jsonl", 12) of "mail.jsonl:12"."""
    file, _, line = origin.rpartition(":")
    return file, int(line)


def record_of(plan: Plan, origin: str, id: str, kept_stdin: Path) -> Record | None:
    """The record at `origin` if it still is the one that got this id. `kept_stdin`: the copy of what came as "-"."""
    name, line = split_origin(origin)
    for planned in plan.sources:
        for file in planned.files:
            if file.name != name:
                continue
            if file.path == "-":
                if not kept_stdin.is_file():
                    continue
                file = File("-", str(kept_stdin), kept_stdin.stat().st_size)
            record = _at(planned, file, line)
            if record is not None and is_id(record.content, id):
                return record
    return None


def is_id(content: U64, id: str) -> bool:
    """Whether a row with this content may have got `id`: as it is, or as one of the first repeats."""
    digest = content.astype(">u8").tobytes()
    if digest.hex() == id:
        return True
    return any(xxhash.xxh3_128_hexdigest(digest + nth.to_bytes(8, "big")) == id for nth in range(1, MOST_REPEATS))


def in_types(record: Record, id: str, origin: str, wanted: dict[str, pl.DataType]) -> pl.DataFrame:
    """The record as the first step saw it: id, origin, then its columns, in the types that the version has."""
    columns = []
    for name in record.rows.columns:
        series = record.rows.get_column(name)
        seen = record.kinds.get(name) or k.kind_of_type(series.dtype)
        final = k.kind_of_type(wanted[name]) if name in wanted else seen
        try:
            columns.append(k.settle(series, seen, final).alias(name))
        except pl.exceptions.PolarsError:  # a step has made another type of it since
            columns.append(k.settle(series, seen, seen).alias(name))
    return pl.DataFrame([pl.Series("id", [id]), pl.Series("origin", [origin]), *columns])


def _at(planned: PlannedSource, file: File, line: int) -> Record | None:
    """The record at `line` of a file, or None where there is none; raises Error where the file cannot be read."""
    span, before = _span_of(planned, file, line)
    for chunk in read(file, planned.reading, span, 5_000, SPAN):
        places = chunk.places + before
        if len(places) and places[-1] >= line:
            found = [n for n, place in enumerate(places.tolist()) if place == line]
            return _record(planned, chunk, found[0]) if found else None
    return None


def _record(planned: PlannedSource, chunk: Chunk, place: int) -> Record:
    one = Chunk(chunk.rows[place : place + 1], chunk.kinds, chunk.places[place : place + 1], 1)
    content = chunk_ids(one, planned.source.name, key_column(planned), planned.reading)
    return Record(planned, one.rows, chunk.kinds, content)


def _span_of(planned: PlannedSource, file: File, line: int) -> tuple[tuple[int, int], int]:
    """A range of bytes that holds `line`, and how many lines come before the first that starts in it."""
    spans = ranges(file, planned.reading, SPAN)
    if len(spans) == 1:
        return spans[0], 0
    best, feeds, at = (spans[0], 0), 0, 0
    with open(file.path, "rb") as stream:
        for span in spans[1:]:
            feeds += stream.read(span[0] - 1 - at).count(b"\n")
            at = span[0] - 1
            if feeds + 1 >= line:  # the first line that starts in this span is number feeds + 2
                return best
            best = (span, feeds + 1)
    return best
