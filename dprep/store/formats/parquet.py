"""Parquet, column by column: only what is kept is read, in batches that fit a chunk.

Types stay as the file has them (see `kinds`); dictionary-encoded text becomes text; a label column with the names of its
classes in the file's Hugging Face metadata becomes those names, unless `types` states `int` for it. Binary stays binary.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dprep.base.problem import Error, fail
from dprep.store.formats.frames import Table, check_columns, chunk_of_table, row_text
from dprep.store.formats.reading import Chunk, Cut, File, Reading
from dprep.store.formats.records import kept_names
from dprep.store.formats.streams import open_seekable, unreadable


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The rows of a Parquet file; `span`: its first row group and the one after its last, (0, -1) for all."""
    with open_seekable(file) as stream:
        parquet = open_parquet(file, stream)
        schema = parquet.schema_arrow
        check_columns(file, schema.names, reading)
        wanted = needed(schema.names, reading)
        rows = _rows_per_batch(parquet, wanted, cut)
        groups = list(range(span[0], parquet.num_row_groups if span[1] < 0 else span[1]))
        batches = (b for b in parquet.iter_batches(batch_size=rows, row_groups=groups, columns=wanted, use_threads=False))
        yield from chunks_of_batches(batches, schema, file, reading)


def group_ranges(file: File, size: int) -> list[tuple[int, int]]:
    """Ranges of row groups that hold about `size` bytes of unpacked data each."""
    with open_seekable(file) as stream:
        meta = open_parquet(file, stream).metadata
        sizes = [meta.row_group(group).total_byte_size for group in range(meta.num_row_groups)]
    found, start, held = [], 0, 0
    for group, more in enumerate(sizes):
        held += more
        if held >= size:
            found.append((start, group + 1))
            start, held = group + 1, 0
    if start < len(sizes):
        found.append((start, len(sizes)))
    return found if len(found) > 1 else [(0, -1)]


def range_size(file: File, span: tuple[int, int]) -> tuple[int, int]:
    """Unpacked bytes and rows of a range of row groups."""
    with open_seekable(file) as stream:
        meta = open_parquet(file, stream).metadata
        groups = [meta.row_group(group) for group in range(span[0], meta.num_row_groups if span[1] < 0 else span[1])]
    return sum(group.total_byte_size for group in groups), sum(group.num_rows for group in groups)


def open_parquet(file: File, stream: object) -> pq.ParquetFile:
    """The file's table of contents; raises `Error` if it has none."""
    with library_errors(file, "Parquet"):
        return pq.ParquetFile(stream, pre_buffer=False)


@contextmanager
def library_errors(file: File, name: str) -> Iterator[None]:
    """Arrow's complaints about a whole file as problems."""
    try:
        yield
    except Error:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as trouble:  # damaged names of columns are not UTF-8
        if isinstance(trouble, OSError) and trouble.errno:
            raise unreadable(file, trouble) from None
        words = "it is empty" if file.size == 0 else "its table of contents cannot be read"
        raise fail("unreadable-file", f"`{file.name}` is not a whole {name} file: {words}", "fetch or write it again") from None


def needed(names: list[str], reading: Reading) -> list[str]:
    """The columns of the file that the rows will need, in the file's order."""
    theirs = {path if path in names else path.partition(".")[0] for path in reading.columns.values()}
    return [name for name in names if name in theirs or name in kept_names(names, reading)]


def chunks_of_batches(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema, file: File, reading: Reading, before: int = 0
) -> Iterator[Chunk]:
    """A chunk for each batch; a fault where the file cannot be read on. Rows are numbered from `before` + 1."""
    labels = class_names(schema)
    start = before
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            fault = f"`{file.name}` broke off after row {start:,}: its data is damaged"
            yield chunk_of_table(_table(_frame(schema.empty_table(), file), start, reading, labels, fault), reading)
            return
        if batch is None:
            return
        frame = _frame(pa.Table.from_batches([batch]), file)
        yield chunk_of_table(_table(frame, start, reading, labels), reading)
        start += frame.height


def class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Label columns and the names of their classes, from Hugging Face's metadata in an Arrow schema."""
    try:
        made = orjson.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = made["info"]["features"]
        return {name: of["names"] for name, of in features.items() if isinstance(of, dict) and of.get("_type") == "ClassLabel"}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return {}


def _table(frame: pl.DataFrame, start: int, reading: Reading, labels: dict[str, list[str]], fault: str = "") -> Table:
    ours = {theirs: name for name, theirs in reading.columns.items()}
    for name, names in labels.items():
        if name in frame.columns and frame[name].dtype.is_integer() and reading.types.get(ours.get(name, name)) != "int":
            frame = frame.with_columns(
                pl.col(name).replace_strict(list(range(len(names))), names, default=None, return_dtype=pl.String)
            )
    places = np.arange(start + 1, start + 1 + frame.height, dtype=np.int64)
    return Table(frame, places, row_text(frame), [], frame.height, fault)


def _frame(table: pa.Table, file: File) -> pl.DataFrame:
    try:
        made = pl.from_arrow(table)
    except Exception as trouble:  # polars has panics of its own for types it does not know
        types = ", ".join(f"`{f.name}` ({f.type})" for f in table.schema)
        words = f"`{file.name}` has a column of a type that cannot be read, among {types}"
        raise fail("unreadable-file", words, "leave the column out with `keep`, or write it as another type") from trouble
    assert isinstance(made, pl.DataFrame)
    return made


def _rows_per_batch(parquet: pq.ParquetFile, wanted: list[str], cut: Cut) -> int:
    """As many rows as fill a chunk on average, by the sizes in the table of contents."""
    meta = parquet.metadata
    size = 0
    for group in range(meta.num_row_groups):
        columns = meta.row_group(group)
        size += sum(
            c.total_uncompressed_size
            for c in map(columns.column, range(columns.num_columns))
            if c.path_in_schema.split(".")[0] in wanted
        )
    average = size / meta.num_rows if meta.num_rows else 1
    return max(1, min(cut.rows, int(cut.bytes / max(average, 1))))
