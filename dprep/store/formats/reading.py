"""The words that readers share: a file, how it is read, what comes out of it.

File --read(Reading)--> Chunk, Chunk, ...      each with rows, their places, and what was Rejected
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.store.formats.kinds import Kind

RAW = 2_000
"""Characters of a rejected record that are kept for a person to look at."""


@dataclass(frozen=True)
class File:
    """One input file. `name` is what users see: relative to the root, "/" between folders; "-" is stdin."""

    name: str
    path: str
    """What opens it: an absolute path, a URL, or "-"."""
    size: int = -1
    """Bytes; -1 if unknown."""


@dataclass(frozen=True)
class Reading:
    """How one source is read. Column names are ours unless said otherwise.

    `columns`   ours -> theirs; theirs may be a path into nested values ("body.html", "turns.0.text"). A top-level column
                whose name is the whole text wins over a path. A column of theirs that is named here, also by a path
                into it, is not kept a second time. Empty: the names stay as they are.
    `keep`      which of the unmapped columns (their names) are kept: None all, () none.
    `types`     column -> string, int, float, bool, json, list[string]; a value of another type is rejected, null never is.
                json: strings are taken for JSON text as they stand, everything else is written as JSON text.
    `constants` columns added to every row; they win over a column of the file.
    `required`  our columns that every record must have; null is a value, absence is not.
    `options`   header, delimiter, quote, column_names (delimited text; column_names also for JSON rows that are lists),
                unit = "line" | "file" (text), record = "data.items" (where the records are in a JSON document).
    `max_row`   bytes; a longer record is rejected.
    """

    format: str = ""
    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, object] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    max_row: int = 256 * 2**20


@dataclass(frozen=True)
class Rejected:
    """A record that could not be read, and why."""

    line: int
    """1-based line or row number, relative to the range that was read."""
    reason: str
    detail: str
    raw: str
    """Its first 2,000 characters; bytes that are no text as backslash escapes."""


@dataclass(frozen=True)
class Chunk:
    """Some rows of one file: our columns, then kept ones, then constants."""

    rows: pl.DataFrame
    kinds: dict[str, Kind]
    """For every column, constants too, what was seen in it: see `kinds.settle`."""
    places: npt.NDArray[np.int64]  # (rows,)
    """Line (jsonl, csv, tsv, text, conll) or row number (others), 1-based, relative to the range."""
    lines: int
    """Lines or records used up by this chunk, rejected and blank ones too."""
    rejected: list[Rejected] = field(default_factory=list)
    fault: str = ""
    """The file broke off here; the rows before it are good."""


@dataclass(frozen=True)
class Cut:
    """When a chunk is full: after so many rows, or so many bytes as they stand in the file."""

    rows: int = 50_000
    bytes: int = 32 * 2**20


def raw_text(record: bytes | str) -> str:
    """The start of a record for a person: what is no UTF-8 as escapes."""
    if isinstance(record, bytes):
        record = record[: 4 * RAW].decode("utf-8", "backslashreplace")
    return record[:RAW].encode("utf-8", "backslashreplace").decode()
