"""Lines of a text file, in groups that fill a chunk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dprep.store.formats.encodings import SAMPLE, as_utf8, choose
from dprep.store.formats.reading import RAW, Cut, File, Reading
from dprep.store.formats.streams import BrokenOff, blocks, peek, span_blocks


@dataclass
class Lines:
    """Some lines without their line ends. A line over the limit is cut; `long` has its number in `lines` and its size."""

    lines: list[bytes]
    before: int
    """Lines of the file or range that came earlier."""
    long: dict[int, int] = field(default_factory=dict)
    fault: str = ""


def utf8_blocks(file: File, reading: Reading, span: tuple[int, int] = (0, -1)) -> Iterator[bytes]:
    """The file's text as UTF-8 without a byte order mark; see `encodings`."""
    if span == (0, -1):
        head, source = peek(blocks(file), SAMPLE)
        codec, skip = choose(head, reading.encoding)
        return as_utf8(source, codec, skip)
    sample, _ = peek(blocks(file), SAMPLE)
    codec, skip = choose(sample, reading.encoding)
    return as_utf8(span_blocks(file, *span), codec, 0 if span[0] else skip)


def line_groups(source: Iterator[bytes], max_row: int, cut: Cut) -> Iterator[Lines]:
    """Groups of lines of at most `cut.rows` lines and about `cut.bytes` bytes."""
    group, size = Lines([], 0), 0
    try:
        for lines, long, used in _pieces(source, max_row):
            size += used
            start = 0
            while start < len(lines):
                stop = start + cut.rows - len(group.lines)
                shift = len(group.lines) - start
                group.long.update({at + shift: length for at, length in long.items() if start <= at < stop})
                group.lines += lines[start:stop]
                start = stop
                if len(group.lines) >= cut.rows or size >= cut.bytes:
                    yield group
                    group, size = Lines([], group.before + len(group.lines)), 0
    except BrokenOff as trouble:
        group.fault = str(trouble)
    if group.lines or group.fault:
        yield group


def _pieces(source: Iterator[bytes], max_row: int) -> Iterator[tuple[list[bytes], dict[int, int], int]]:
    """Whole lines as they come: the lines, which of them are too long and how long, and the bytes used."""
    tail: list[bytes] = []
    kept = length = 0  # bytes of the open line: kept in `tail`, and in all
    for block in source:
        first, newline, rest = block.partition(b"\n")
        if kept <= max(max_row, 4 * RAW):  # what is shown of a long line must not depend on how the bytes came
            tail.append(first)
            kept += len(first)
        length += len(first)
        if not newline:
            continue
        lines = [b"".join(tail), *rest.split(b"\n")]
        open_line = lines.pop()
        long = {0: length} if length > max_row else {}
        if len(block) > max_row:
            long |= {at: len(line) for at, line in enumerate(lines) if at and len(line) > max_row}
        for at in long:
            lines[at] = lines[at][: 4 * RAW]
        yield lines, long, length + len(block) - len(first)
        tail, kept, length = [open_line], len(open_line), len(open_line)
    if length:
        line = b"".join(tail)
        yield [line[: 4 * RAW] if length > max_row else line], {0: length} if length > max_row else {}, length
