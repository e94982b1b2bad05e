"""Sentences in columns, a token per line: CoNLL, BIO, IOB.

The first column is the token, the last its tag; a blank line ends a sentence; `-DOCSTART-` lines are passed over, and so are
comments (in a file with tabs a line with `#` and no tab, else a line `# name = value`). Columns are parted by tabs where a
line has one, else by blanks. Columns `tokens` and `tags`; a sentence stands at the line of its first token.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from dprep.store.formats.encodings import not_utf8
from dprep.store.formats.jsonl import broke_off, too_long
from dprep.store.formats.lines import Lines, line_groups, utf8_blocks
from dprep.store.formats.reading import Chunk, Cut, File, Reading, Rejected, raw_text
from dprep.store.formats.records import Batch, Record, chunk_of

Why = tuple[str, str]


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The sentences of a file in columns."""
    carry: list[bytes] = []
    long: dict[int, int] = {}
    waiting: Lines | None = None
    for group in line_groups(utf8_blocks(file, reading), reading.max_row, cut):
        if waiting:
            carry, long = yield from _chunk(waiting, carry, long, file, reading, last=False)
        waiting = group
    if waiting:
        yield from _chunk(waiting, carry, long, file, reading, last=not waiting.fault)


def _chunk(
    group: Lines, carry: list[bytes], long: dict[int, int], file: File, reading: Reading, *, last: bool
) -> Generator[Chunk, None, tuple[list[bytes], dict[int, int]]]:
    """The whole sentences of a group; what is left of it goes to the next one."""
    lines = carry + group.lines
    long = long | {at + len(carry): length for at, length in group.long.items()}
    first = group.before - len(carry)
    used = len(lines) if last else _end_of_last(lines)
    fault = broke_off(file, group.before + len(group.lines), group.fault)
    records, places, ends, rejected = [], [], [], []
    for start, end in _sentences(lines[:used]):
        record, why = _sentence(lines, start, end, first, long, reading.max_row)
        if why[0]:
            rejected.append(Rejected(first + start + 1, *why, raw_text(b"\n".join(lines[start:end]))))
        elif record:
            records.append(record)
            places.append(first + start + 1)
            ends.append((start, end))
    batch = Batch(records, places, lambda at: b"\n".join(lines[slice(*ends[at])]), rejected, used, fault)
    yield chunk_of(batch, reading, file)
    return lines[used:], {at - used: length for at, length in long.items() if at >= used}


def _end_of_last(lines: list[bytes]) -> int:
    return next((at + 1 for at in range(len(lines) - 1, -1, -1) if not lines[at].strip()), 0)


def _sentences(lines: list[bytes]) -> Iterator[tuple[int, int]]:
    """First line and end of each run of lines that are not blank."""
    start = -1
    for at, line in enumerate(lines):
        if line.strip():
            start = at if start < 0 else start
        elif start >= 0:
            yield start, at
            start = -1
    if start >= 0:
        yield start, len(lines)


def _sentence(
    lines: list[bytes], start: int, end: int, first: int, long: dict[int, int], limit: int
) -> tuple[Record | None, Why]:
    for at in range(start, end):
        if at in long:
            return None, ("too-long", f"line {first + at + 1:,}: {too_long(long[at], limit)}")
        if words := not_utf8(lines[at]):
            return None, ("invalid-bytes", f"line {first + at + 1:,}: {words}")
    rows = [(at, line.decode().rstrip("\r")) for at, line in enumerate(lines[start:end], start)]
    tabs = any("\t" in line for _, line in rows)
    cells = [(at, line.split("\t") if tabs else line.split()) for at, line in rows if not _is_comment(line, tabs)]
    # a line of Unicode blanks alone has no cell
    cells = [(at, row) for at, row in cells if row and row[0] != "-DOCSTART-"]
    if not cells:
        return None, ("", "")
    width = len(cells[0][1])
    for at, row in cells:
        if len(row) != width or width < 2:
            wanted = f"{width} are expected" if width > 1 else "a token and a tag are expected"
            return None, (
                "field-count",
                f"line {first + at + 1:,} has {len(row)} {'column' if len(row) == 1 else 'columns'} where {wanted}",
            )
        if not row[0].strip() or not row[-1].strip():
            return None, ("bad-record", f"line {first + at + 1:,} has no {'token' if not row[0].strip() else 'tag'}")
    return {"tokens": [row[0] for _, row in cells], "tags": [row[-1].strip() for _, row in cells]}, ("", "")


def _is_comment(line: str, tabs: bool) -> bool:
    return line.startswith("#") and ("\t" not in line if tabs else line.startswith("# ") and " = " in line)
