"""Files of rows for `dprep predict`: JSON lines, CSV, TSV, Parquet; read and written block by block with pyarrow.

A line that cannot be read is set aside with its place, and counted; nothing is lost without a word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from dprep.base.problem import Error, Place, Problem, fail
from dprep.store.commit import guarded, write_file

AT_ONCE = 1_000
LONGEST = 256 * 2**20
"""Bytes of a line."""
CSV_BLOCK = 2**25
"""Bytes of a CSV file that are read at once: a record must be shorter."""
READ = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
WRITTEN = (".jsonl", ".parquet")
_SHOWN = 10_000


class Rejected:
    """What could not be read, line by line, in a file that is there only if there is such a line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._open: IO[str] | None = None

    def add(self, file: Path, line: int | None, reason: str, raw: str, unit: str = "line") -> None:
        """unit: what `line` counts, from 1. Raises Error where the disk fails."""
        told = {"file": file.name, unit: line, "reason": reason, "raw": raw[:_SHOWN]}
        with guarded(self.path):
            if self._open is None:
                self._open = self.path.open("w", encoding="utf-8")
            self._open.write(json_line(told))
        self.count += 1

    def close(self) -> None:
        """Finish the file."""
        if self._open is not None:
            with guarded(self.path):
                self._open.close()


def check(source: Path, target: Path) -> None:
    """Raises Error (`no-such-file`, `train-file`) where one of them cannot be what it is named."""
    if not _is_file(source):
        raise Error(Problem("no-such-file", f"there is no file `{str(source)[:200]}`", help="name a file of rows"))
    if source.suffix.lower() not in READ:
        raise Error(
            Problem("train-file", f"`{source.name}` ends in none of {', '.join(READ)}", help="convert it to JSON lines")
        )
    if target.suffix.lower() not in WRITTEN:
        help = f"let its name end in one of {', '.join(WRITTEN)}"
        raise Error(Problem("train-file", f"rows cannot be written to `{target.name}`", help=help))
    if target.exists() and target.samefile(source):
        raise Error(Problem("train-file", f"`{target.name}` is the file that is read", help="name another with `--out`"))


def _is_file(path: Path) -> bool:
    with suppress(OSError):  # a name that is too long is that of no file
        return path.is_file()
    return False


def read(path: Path, rejected: Rejected) -> Iterator[list[dict[str, Any]]]:
    """The rows of a file, so many at once, at least one. Raises Error (`train-file`)."""
    rows = 0
    for block in _blocks(path, rejected):
        rows += len(block)
        yield block
    if not rows:
        what = f"of {rejected.count:,} lines, none is a row" if rejected.count else "it has no rows"
        raise Error(Problem("train-file", f"nothing can be asked about `{path.name}`: {what}", help="is it the right file?"))


def _blocks(path: Path, rejected: Rejected) -> Iterator[list[dict[str, Any]]]:
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            with parquet.ParquetFile(path) as file:
                _one_of_each(path, file.schema_arrow.names)
                yield from (batch.to_pylist() for batch in file.iter_batches(AT_ONCE) if batch.num_rows)
        elif suffix in {".csv", ".tsv"}:
            yield from _separated(path, "\t" if suffix == ".tsv" else ",", rejected)
        else:
            yield from _json_lines(path, rejected)
    except (pa.ArrowException, OSError) as fault:
        sentence = f"`{path.name}` cannot be read: {next(iter(str(fault).splitlines()), '')[:200]}"
        raise fail("train-file", sentence, "mend the file, or convert it to JSON lines", Place(str(path))) from None


def _separated(path: Path, separator: str, rejected: Rejected) -> Iterator[list[dict[str, Any]]]:
    if not path.stat().st_size:
        return
    reading = csv.ReadOptions(use_threads=False, block_size=CSV_BLOCK)  # without threads, lines have their numbers

    def aside(row: csv.InvalidRow) -> str:
        counted = f"{row.actual_columns} fields instead of {row.expected_columns}"
        rejected.add(path, row.number, counted, row.text, "record")
        return "skip"

    plain = csv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=lambda _row: "skip")
    with csv.open_csv(path, reading, plain) as file:
        names = file.schema.names
    _one_of_each(path, names)
    parsing = csv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=aside)
    strings = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    with csv.open_csv(path, reading, parsing, strings) as file:
        for batch in file:
            for start in range(0, batch.num_rows, AT_ONCE):
                yield batch.slice(start, AT_ONCE).to_pylist()


def _one_of_each(path: Path, names: Sequence[str]) -> None:
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise Error(Problem("train-file", f"two columns of `{path.name}` are called `{twice[:80]}`", help="rename one"))


def _json_lines(path: Path, rejected: Rejected) -> Iterator[list[dict[str, Any]]]:
    block: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(LONGEST), b""), 1):
            if _is_part(raw):
                _pass_over(path, number, raw, file, rejected)
            elif (row := _row(path, number, raw, rejected)) is not None:
                block.append(row)
            if len(block) == AT_ONCE:
                yield block
                block = []
    if block:
        yield block


def _is_part(raw: bytes) -> bool:
    return len(raw) == LONGEST and not raw.endswith(b"\n")


def _pass_over(path: Path, number: int, raw: bytes, file: IO[bytes], rejected: Rejected) -> None:
    while _is_part(file.readline(LONGEST)):
        pass
    rejected.add(path, number, f"longer than {LONGEST:,} bytes", raw[:_SHOWN].decode("utf-8", "replace"))


def _row(path: Path, number: int, raw: bytes, rejected: Rejected) -> dict[str, Any] | None:
    """The row of a line; None for a blank one, and for one that is set aside."""
    if not raw.strip():
        return None
    try:
        found = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_no_number)
    except (UnicodeDecodeError, ValueError, RecursionError):
        rejected.add(path, number, "no JSON in UTF-8", raw[:_SHOWN].decode("utf-8", "replace"))
        return None
    if not isinstance(found, dict):
        rejected.add(path, number, "no JSON object", raw[:_SHOWN].decode("utf-8", "replace"))
        return None
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def json_line(row: Mapping[str, Any]) -> str:
    """A line that can be written as UTF-8 whatever the row holds: halves of surrogate pairs are escaped."""
    text = json.dumps(row, ensure_ascii=False, default=str)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = json.dumps(row, default=str)
    return text + "\n"


def write(path: Path, blocks: Iterable[list[dict[str, Any]]]) -> int:
    """Write rows as they come, as the ending of `path` says; gives how many. Raises Error (`train-file`)."""
    count = 0

    def lines(temporary: Path) -> None:
        nonlocal count
        with temporary.open("w", encoding="utf-8") as file:
            for block in blocks:
                file.writelines(map(json_line, block))
                count += len(block)

    def table(temporary: Path) -> None:
        nonlocal count
        writer: parquet.ParquetWriter | None = None
        try:
            for block in blocks:
                rows = _table(path, block, writer.schema if writer else None, count)
                writer = writer or parquet.ParquetWriter(temporary, rows.schema)
                writer.write_table(rows)
                count += len(block)
        finally:
            if writer is not None:
                writer.close()

    write_file(path, table if path.suffix.lower() == ".parquet" else lines)
    return count


def _table(path: Path, block: list[dict[str, Any]], schema: pa.Schema | None, before: int) -> pa.Table:
    """A block as a table with the columns of the first block. Raises Error (`train-file`) where it has others."""
    names = dict.fromkeys(name for row in block for name in row)
    where = f"rows {before + 1:,} to {before + len(block):,}"
    if schema is not None and (new := [name for name in names if name not in schema.names]):
        raise _no_table(path, f"{where} have a column `{new[0][:80]}`, which those before them have not")
    try:
        arrays = {name: [row.get(name) for row in block] for name in names}
        made = pa.table({name: pa.array(values) for name, values in arrays.items()}) if schema is None else None
        if made is None:
            return pa.Table.from_pylist(block, schema=schema)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError) as fault:
        told = next(iter(str(fault).splitlines()), "")[:120]
        raise _no_table(path, f"a column of {where} holds values of several types: {told}") from None
    nulls = [pa.field(each.name, pa.string()) if pa.types.is_null(each.type) else each for each in made.schema]
    return made.cast(pa.schema(nulls))


def _no_table(path: Path, why: str) -> Error:
    return fail("train-file", f"the rows make no table for `{path.name}`: {why}", "write JSON lines: `--out NAME.jsonl`")
