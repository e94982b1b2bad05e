"""Plain text: each line a row (`text`), or each file a row (`text`, `path`).

As lines: blank ones are skipped, a carriage return before the line end goes, all other characters stay, NUL too.
As a file: a byte order mark goes, line ends stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from dprep.store.formats.encodings import not_utf8
from dprep.store.formats.jsonl import broke_off, too_long
from dprep.store.formats.lines import line_groups, utf8_blocks
from dprep.store.formats.reading import Chunk, Cut, File, Reading, Rejected, raw_text
from dprep.store.formats.records import Batch, Record, chunk_of
from dprep.store.formats.streams import BrokenOff


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The rows of a plain text file."""
    if reading.options.get("unit", "line") == "file":
        yield _whole(file, reading)
        return
    for group in line_groups(utf8_blocks(file, reading, span), reading.max_row, cut):
        records: list[Record] = []
        places: list[int] = []
        rejected: list[Rejected] = []
        for at, line in enumerate(group.lines):
            place = group.before + at + 1
            if why := _fault(line, group.long.get(at, 0), reading.max_row):
                rejected.append(Rejected(place, *why, raw_text(line)))
            elif (text := line.decode().removesuffix("\r")) and not text.isspace():
                records.append({"text": text})
                places.append(place)
        fault = broke_off(file, group.before + len(group.lines), group.fault)
        texts = [str(r["text"]) for r in records]
        yield chunk_of(Batch(records, places, texts.__getitem__, rejected, len(group.lines), fault), reading, file)


def whole_file(source: Iterator[bytes], limit: int) -> tuple[bytes, int, str]:
    """All bytes of a file that is one row, up to the limit; their number; and a fault if the file broke off."""
    kept, length = bytearray(), 0
    try:
        for block in source:
            length += len(block)
            if len(kept) <= limit:
                kept += block
    except BrokenOff as trouble:
        return bytes(kept), length, str(trouble)
    return bytes(kept), length, ""


def one_row(file: File, reading: Reading, text: bytes, length: int, trouble: str) -> Chunk:
    """The chunk of a file that is one row. A file that broke off gives no row, for its text is not whole."""
    fault = f"`{file.name}` broke off after {length:,} bytes: {trouble}" if trouble else ""
    why = _fault(text, length if length > reading.max_row else 0, reading.max_row)
    if fault or why:
        rejected = [Rejected(1, *(why or ("bad-record", "the file is not whole")), raw_text(text))]
        return chunk_of(Batch([], [], lambda at: b"", rejected, 1, fault), reading, file)
    record: Record = {"text": text.decode(), "path": file.name}
    return chunk_of(Batch([record], [1], lambda at: text, [], 1), reading, file)


def _whole(file: File, reading: Reading) -> Chunk:
    return one_row(file, reading, *whole_file(utf8_blocks(file, reading), reading.max_row))


def _fault(line: bytes, long: int, limit: int) -> tuple[str, str] | None:
    if long:
        return "too-long", too_long(long, limit)
    words = not_utf8(line)
    return ("invalid-bytes", words) if words else None
