"""Comma- and tab-separated text, with or without a header.

Quoting is RFC 4180 (section 2: `"` around, `""` within, line breaks allowed inside); tsv has no quoting unless
`options.quote` names a character. Cells are text; an empty cell is an empty string, and null where `types` states
another type than string. Lines without anything are skipped. Columns without a name become `column_<n>`, a name
that comes again gets `_2`, `_3`. A record that goes wrong over several lines is taken for a quote that was never closed: its
first line is rejected and reading goes on with the next, so that one stray quote does not swallow the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from dprep.base.problem import Error, fail
from dprep.store.formats.encodings import not_utf8
from dprep.store.formats.frames import Table, check_columns, chunk_of_table
from dprep.store.formats.jsonl import broke_off, too_long
from dprep.store.formats.lines import Lines, line_groups, utf8_blocks
from dprep.store.formats.reading import Chunk, Cut, File, Reading, Rejected, raw_text

_UNCLOSED = ("unclosed-quote", "a quote opens here and is not closed before the end of the record")


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart."""

    delimiter: str
    quote: str
    header: bool
    names: tuple[str, ...]


@dataclass
class _Page:
    """Lines of one group, those carried over from the last one first."""

    lines: list[str]
    before: int
    spoilt: dict[int, tuple[str, str]]
    last: bool
    """No lines follow, so an open quote will never be closed."""
    fault: str = ""
    rows: list[list[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    used: int = 0
    """Lines that make whole records; the rest goes to the next page."""

    def reject(self, start: int, end: int, why: tuple[str, str]) -> None:
        self.rejected.append(Rejected(self.before + start + 1, *why, raw_text("\n".join(self.lines[start:end]))))


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The rows of a csv or tsv file."""
    csv.field_size_limit(2**31 - 1)
    dialect = dialect_of(file, reading)
    names = list(dialect.names)
    header = dialect.header
    for page in _pages(file, reading, cut):
        _split(page, dialect)
        if header and page.rejected and (not page.starts or page.rejected[0].line <= page.before + page.starts[0]):
            raise _no_header(file, page.rejected[0])
        if page.starts and (header or not names):
            names = names or _header(page, header)
            if header:
                page.rows, page.starts, page.ends, header = page.rows[1:], page.starts[1:], page.ends[1:], False
            check_columns(file, names, reading)
        yield chunk_of_table(_table(page, names), reading)


def dialect_of(file: File, reading: Reading) -> Dialect:
    """The dialect that the options state; raises `Error` for one that cannot be."""
    tabs = reading.format == "tsv" or (not reading.format and ".tsv" in file.name.lower()) or file.name.lower().endswith(".tab")
    delimiter = str(reading.options.get("delimiter", "\t" if tabs else ","))
    quote = str(reading.options.get("quote", "" if tabs else '"'))
    given = reading.options.get("column_names")
    names = tuple(map(str, given)) if isinstance(given, list | tuple) else ()
    for name, value, allowed in (("delimiter", delimiter, (1,)), ("quote", quote, (0, 1))):
        if len(value) not in allowed or value in {"\n", "\r"} or not value.isascii():
            raise fail("wrong-option", f"`{name}` must be one ASCII character, found `{value}`", 'as in `delimiter = ";"`')
    return Dialect(delimiter, quote, bool(reading.options.get("header", not names)), names)


def _pages(file: File, reading: Reading, cut: Cut) -> Iterator[_Page]:
    carry: list[bytes] = []
    long: dict[int, int] = {}
    waiting: Lines | None = None
    for group in line_groups(utf8_blocks(file, reading), reading.max_row, cut):
        if waiting:
            page = _page(waiting.before - len(carry), carry + waiting.lines, long, reading)
            yield page
            carry = (carry + waiting.lines)[page.used :]
            long = {at - page.used: length for at, length in long.items() if at >= page.used}
        long |= {at + len(carry): length for at, length in group.long.items()}
        waiting = group
    if waiting:
        page = _page(waiting.before - len(carry), carry + waiting.lines, long, reading)
        page.last, page.fault = True, broke_off(file, waiting.before + len(waiting.lines), waiting.fault)
        yield page


def _page(before: int, raw: list[bytes], long: dict[int, int], reading: Reading) -> _Page:
    lines: list[str] = []
    spoilt: dict[int, tuple[str, str]] = {at: ("too-long", too_long(length, reading.max_row)) for at, length in long.items()}
    try:
        lines = b"\n".join(raw).decode().split("\n") if raw else []
    except UnicodeDecodeError:
        lines = [line.decode("utf-8", "backslashreplace") for line in raw]
        spoilt = {at: ("invalid-bytes", words) for at, line in enumerate(raw) if (words := not_utf8(line))} | spoilt
    # Beyond the limit a quote counts as never closed, or one stray quote would hold the file in memory.
    return _Page(lines, before, spoilt, last=sum(map(len, raw)) > reading.max_row)


def _split(page: _Page, dialect: Dialect) -> None:
    """Records of the page: their cells, first and last line; `used` is where the open rest begins."""
    if not dialect.quote or not any(dialect.quote in line for line in page.lines):
        for at, line in enumerate(page.lines):
            _take(page, line.removesuffix("\r").split(dialect.delimiter) if line else [], at, at + 1)
        page.used = len(page.lines)
        return
    start = 0
    while start < len(page.lines):
        start = _split_from(page, dialect, start)


def _split_from(page: _Page, dialect: Dialect, start: int) -> int:
    """Reads records until one goes wrong; gives the line to go on with."""
    fed = (
        "" if at in page.spoilt and page.spoilt[at][0] == "too-long" else page.lines[at] + "\n"
        for at in range(start, len(page.lines))
    )
    reader = csv.reader(fed, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    begin = start
    try:
        for cells in reader:
            end = start + reader.line_num
            _take(page, cells, begin, end)
            begin = end
    except csv.Error as trouble:
        end = start + reader.line_num
        if "unexpected end" in str(trouble) and not page.last:
            page.used = begin
            return len(page.lines)
        why = page.spoilt.get(begin) or (
            _UNCLOSED if end - begin > 1 or "unexpected end" in str(trouble) else _mistake(str(trouble))
        )
        page.reject(begin, begin + 1, why)
        return begin + 1
    page.used = len(page.lines)
    return len(page.lines)


def _mistake(trouble: str) -> tuple[str, str]:
    if "new-line" in trouble:
        return "bad-record", "a carriage return stands in a cell without quotes"
    return "bad-record", "text follows a closing quote; a quote inside a cell is written twice"


def _take(page: _Page, cells: list[str], start: int, end: int) -> None:
    spoilt = next((page.spoilt[at] for at in range(start, end) if at in page.spoilt), None) if page.spoilt else None
    if spoilt:
        page.reject(start, end, spoilt)
    elif cells and not (len(cells) == 1 and not cells[0].strip()):
        page.rows.append(cells)
        page.starts.append(start)
        page.ends.append(end)


def _no_header(file: File, first: Rejected) -> Error:
    cure = "state its `encoding`" if first.reason == "invalid-bytes" else "mend its first line"
    return fail("unreadable-file", f"the header of `{file.name}` cannot be read: {first.detail}", cure)


def _header(page: _Page, header: bool) -> list[str]:
    names: list[str] = []
    for at, cell in enumerate(page.rows[0], 1):
        name = base = (cell.strip() if header else "") or f"column_{at}"
        count = 1
        while name in names:
            count += 1
            name = f"{base}_{count}"
        names.append(name)
    return names


def _table(page: _Page, names: list[str]) -> Table:
    width = len(names)
    good = [at for at, cells in enumerate(page.rows) if len(cells) == width]
    if len(good) < len(page.rows):
        for at, cells in enumerate(page.rows):
            if len(cells) != width:
                page.reject(
                    page.starts[at],
                    page.ends[at],
                    ("field-count", f"the record has {_cells(len(cells))} where {width:,} are expected"),
                )
    rows = [page.rows[at] for at in good] if len(good) < len(page.rows) else page.rows
    columns = zip(*rows, strict=True) if rows else [()] * width
    frame = pl.DataFrame([pl.Series(name, cells, dtype=pl.String) for name, cells in zip(names, columns, strict=True)])
    places = np.array([page.before + page.starts[at] + 1 for at in good], dtype=np.int64)
    return Table(
        frame,
        places,
        lambda at: "\n".join(page.lines[page.starts[good[at]] : page.ends[good[at]]]),
        page.rejected,
        page.used,
        page.fault,
        textual=True,
    )


def _cells(count: int) -> str:
    return "1 field" if count == 1 else f"{count:,} fields"
