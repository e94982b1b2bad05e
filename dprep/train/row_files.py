"""Files of rows for `dprep predict`: JSON lines, CSV, TSV, Parquet; read and written block by block with pyarrow.

A line that is no JSON object is set aside with its place, and counted; nothing is lost without a word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from dprep.base.problem import Error, Place, Problem, fail
from dprep.store.commit import write_file

AT_ONCE = 1_000
LONGEST = 256 * 2**20
"""Bytes of a line."""
READ = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
WRITTEN = (".jsonl", ".parquet")


@dataclass
class Rejected:
    """What could not be read, by line."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, file: Path, line: int, reason: str, raw: str) -> None:
        self.lines.append({"file": file.name, "line": line, "reason": reason, "raw": raw[:10_000]})


def read(path: Path, rejected: Rejected) -> Iterator[list[dict[str, Any]]]:
    """The rows of a file, so many at once. Raises Error (`no-such-file`, `train-file`)."""
    if not path.is_file():
        raise Error(Problem("no-such-file", f"there is no file `{path}`", help="name a file of rows"))
    suffix = path.suffix.lower()
    if suffix not in READ:
        raise Error(Problem("train-file", f"`{path.name}` ends in none of {', '.join(READ)}", help="convert it to JSON lines"))
    try:
        if suffix == ".parquet":
            yield from (batch.to_pylist() for batch in parquet.ParquetFile(path).iter_batches(AT_ONCE))
        elif suffix in {".csv", ".tsv"}:
            yield from _separated(path, "\t" if suffix == ".tsv" else ",")
        else:
            yield from _json_lines(path, rejected)
    except (pa.ArrowInvalid, OSError) as fault:
        sentence = f"`{path.name}` cannot be read: {str(fault).splitlines()[0][:200]}"
        raise fail("train-file", sentence, "mend the file, or convert it to JSON lines", Place(str(path))) from None


def _separated(path: Path, separator: str) -> Iterator[list[dict[str, Any]]]:
    parsing = csv.ParseOptions(delimiter=separator, newlines_in_values=True)
    names = csv.open_csv(path, parse_options=parsing).schema.names
    strings = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    for batch in csv.open_csv(path, parse_options=parsing, convert_options=strings):
        for start in range(0, batch.num_rows, AT_ONCE):
            yield batch.slice(start, AT_ONCE).to_pylist()


def _json_lines(path: Path, rejected: Rejected) -> Iterator[list[dict[str, Any]]]:
    block: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(LONGEST), b""), 1):
            row = _row(path, number, raw, rejected)
            if row is not None:
                block.append(row)
            if len(block) == AT_ONCE:
                yield block
                block = []
    if block:
        yield block


def _row(path: Path, number: int, raw: bytes, rejected: Rejected) -> dict[str, Any] | None:
    """The row of a line; None for a blank one, and for one that is set aside."""
    if not raw.strip():
        return None
    try:
        found = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        rejected.add(path, number, "no JSON in UTF-8", raw.decode("utf-8", "replace"))
        return None
    if not isinstance(found, dict):
        rejected.add(path, number, "no JSON object", raw.decode("utf-8", "replace"))
        return None
    return found


def write(path: Path, blocks: Iterable[list[Mapping[str, Any]]]) -> int:
    """Write rows as they come, as the ending of `path` says; gives how many. Raises Error."""
    if path.suffix.lower() not in WRITTEN:
        help = f"call it one of {', '.join(WRITTEN)}"
        raise Error(Problem("train-file", f"rows cannot be written to `{path.name}`", help=help))
    count = 0

    def lines(temporary: Path) -> None:
        nonlocal count
        with temporary.open("w", encoding="utf-8") as file:
            for block in blocks:
                file.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in block)
                count += len(block)

    def table(temporary: Path) -> None:
        nonlocal count
        writer: parquet.ParquetWriter | None = None
        for block in blocks:
            rows = pa.Table.from_pylist([dict(row) for row in block], schema=writer.schema if writer else None)
            writer = writer or parquet.ParquetWriter(temporary, rows.schema)
            writer.write_table(rows)
            count += len(block)
        (writer or parquet.ParquetWriter(temporary, pa.schema([]))).close()

    write_file(path, table if path.suffix.lower() == ".parquet" else lines)
    return count
