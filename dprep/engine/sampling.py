"""The first rows of every source, in hand; and how many rows there may be in all. Reads a few MB, whatever the input."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from dprep.engine.identity import final_ids, repeats
from dprep.engine.reading import key_column
from dprep.engine.spool import chunk_ids
from dprep.plan.model import Plan, PlannedSource
from dprep.store.formats import Chunk, File, detect_format, read
from dprep.store.formats import kinds as k
from dprep.store.formats.kinds import Kind
from dprep.store.formats.streams import open_bytes

HEADS = (2**20, 2**23)
"""Bytes from the start of a file that are tried for the size of a record; packed files may need the larger."""
WHOLE_FILES = ("html", "markdown")
"""Formats with one row per file."""


@dataclass(frozen=True)
class SourceSample:
    """The first rows of one source."""

    name: str
    files: tuple[str, ...]
    """Those that were read from."""
    rows: int
    rejected: tuple[tuple[str, int, str], ...]
    """File, line, what was wrong."""
    whole: bool
    """Nothing of the source is left."""


@dataclass(frozen=True)
class Sample:
    rows: pl.DataFrame
    """id, origin, the columns of all sources; the rows of a source stand together."""
    sources: tuple[SourceSample, ...]


Piece = tuple[PlannedSource, File, Chunk]


def first_rows(plan: Plan, most_rows: int, most_bytes: int) -> Sample:
    """At most `most_rows` rows and about `most_bytes` bytes, shared alike among the sources. Raises Error."""
    share = max(1, most_rows // max(1, len(plan.sources)))
    pieces: list[Piece] = []
    sources = []
    for planned in plan.sources:
        sources.append(_one(planned, pieces, share, max(1, most_bytes // len(plan.sources))))
    return Sample(_joined(pieces), tuple(sources))


def _one(planned: PlannedSource, pieces: list[Piece], most_rows: int, most_bytes: int) -> SourceSample:
    rows = size = 0
    files: list[str] = []
    rejected: list[tuple[str, int, str]] = []
    whole = True
    for file in planned.files:
        if rows >= most_rows or size >= most_bytes:
            whole = False
            break
        files.append(file.name)
        for chunk in read(file, planned.reading, (0, -1), max(1, most_rows - rows), max(2**16, most_bytes - size)):
            kept = chunk.rows[: most_rows - rows]
            rejected += [(file.name, bad.line, bad.detail) for bad in chunk.rejected]
            pieces.append((planned, file, replace(chunk, rows=kept, places=chunk.places[: len(kept)])))
            rows, size = rows + len(kept), size + int(chunk.rows.estimated_size())
            if rows >= most_rows or size >= most_bytes:
                whole = False
                break
    return SourceSample(planned.source.name, tuple(files), rows, tuple(rejected), whole)


def _joined(pieces: list[Piece]) -> pl.DataFrame:
    """One table of all chunks, every column in one type, every row with the id that a run may give it."""
    kinds: dict[str, Kind] = {}
    for _, _, chunk in pieces:
        for name, kind in _kinds(chunk).items():
            kinds[name] = k.merge(kinds[name], kind) if name in kinds else kind
    frames, ids = [], []
    for planned, file, chunk in pieces:
        if not len(chunk.rows):
            continue
        ids.append(chunk_ids(chunk, planned.source.name, key_column(planned), planned.reading))
        seen = _kinds(chunk)
        columns = [k.settle(chunk.rows.get_column(name), seen[name], kinds[name]).alias(name) for name in chunk.rows.columns]
        origin = pl.Series("origin", [f"{file.name}:{place}" for place in chunk.places.tolist()], dtype=pl.String)
        frames.append(pl.DataFrame([origin, *columns]))
    if not frames:
        return pl.DataFrame(schema={"id": pl.String, "origin": pl.String})
    content = np.concatenate(ids)
    rows = pl.concat(frames, how="diagonal_relaxed")
    return rows.select(final_ids(content, repeats([content], len(content), Path(tempfile.gettempdir()))).alias("id"), pl.all())


def _kinds(chunk: Chunk) -> dict[str, Kind]:
    return {name: chunk.kinds.get(name) or k.kind_of_type(chunk.rows.schema[name]) for name in chunk.rows.columns}


def rows_of(planned: PlannedSource, sample: SourceSample) -> int | None:
    """About how many rows a source has; None where that cannot be told from a few MB."""
    if sample.whole:
        return sample.rows
    formats = {planned.reading.format or detect_format(file.name) for file in planned.files}
    if formats <= set(WHOLE_FILES) or planned.reading.options.get("unit") == "file":
        return len(planned.files)
    if formats == {"parquet"} and all(Path(file.path).is_file() for file in planned.files):
        import pyarrow.parquet as parquet

        return sum(int(parquet.read_metadata(file.path).num_rows) for file in planned.files)
    groups: dict[str, list[File]] = {}
    for file in planned.files:  # packed files have their own size of a record
        groups.setdefault("".join(Path(file.name).suffixes[-2:]), []).append(file)
    counts = [_counted(planned, files) for files in groups.values()]
    return None if None in counts else sum(count or 0 for count in counts)


def _counted(planned: PlannedSource, files: list[File]) -> int | None:
    """Rows of files that are packed alike, from the first of them."""
    each = _bytes_per_record(planned, files[0])
    sizes = [file.size for file in files]
    return round(sum(sizes) / each) if each and min(sizes) >= 0 else None


def _bytes_per_record(planned: PlannedSource, file: File) -> float | None:
    """Bytes of a file, as it lies there, that a record takes."""
    if file.path == "-" or Path(file.path).is_dir():
        return None
    for head in HEADS:
        with open_bytes(file) as stream:
            start = stream.read(head)
        with tempfile.TemporaryDirectory(prefix="dprep-") as folder:
            copy = Path(folder, Path(file.name.partition("?")[0]).name)
            copy.write_bytes(start)
            chunks = list(read(File(file.name, str(copy), len(start)), planned.reading))
        records = sum(len(chunk.rows) + len(chunk.rejected) for chunk in chunks)
        if records:
            return len(start) / records
    return None
