"""Arrow IPC: files (with a table of contents at the end) and streams, told apart by their first bytes.

Types are handled as in `parquet`. Record batches are cut to the size of a chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

from dprep.store.formats.frames import check_columns
from dprep.store.formats.parquet import chunks_of_batches, library_errors, needed
from dprep.store.formats.reading import Chunk, Cut, File, Reading
from dprep.store.formats.streams import open_seekable


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut, before: int = 0) -> Iterator[Chunk]:
    """The rows of an Arrow file or stream, numbered from `before` + 1."""
    with open_seekable(file) as stream:
        schema, batches = open_batches(file, stream)
        check_columns(file, schema.names, reading)
        wanted = needed(schema.names, reading)
        yield from chunks_of_batches(_cut(batches, wanted, cut), schema, file, reading, before)


def open_batches(file: File, stream: BinaryIO) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema and the record batches; raises `Error` if it is no Arrow data."""
    magic = stream.read(6)
    stream.seek(0)
    with library_errors(file, "Arrow"):
        if magic == b"ARROW1":
            found = pa.ipc.open_file(stream)
            return found.schema, (found.get_batch(at) for at in range(found.num_record_batches))
        opened = pa.ipc.open_stream(stream)
        return opened.schema, iter(opened)


def _cut(batches: Iterator[pa.RecordBatch], wanted: list[str], cut: Cut) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        batch = batch.select(wanted)
        average = batch.nbytes / max(1, batch.num_rows)
        rows = max(1, min(cut.rows, int(cut.bytes / max(average, 1))))
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)
