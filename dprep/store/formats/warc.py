"""Web archives (WARC, ISO 28500): one row for each HTML page that a server gave.

Columns `text` (the page, decoded as HTTP or the page itself says), `url`, `date`, `content_type`. Rows are numbered by record
in the archive; records that hold no HTML response are passed over. Chunked transfer and gzip or deflate packing are undone.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from dprep.base.problem import fail
from dprep.store.formats.jsonl import too_long
from dprep.store.formats.pages import decode_page
from dprep.store.formats.reading import Chunk, Cut, File, Reading, Rejected, raw_text
from dprep.store.formats.records import Batch, Record, chunk_of
from dprep.store.formats.streams import BrokenOff, blocks

_HTML = ("text/html", "application/xhtml+xml")
_HEAD = 1 << 20
"""Most bytes that the header of a record may take."""


@dataclass(frozen=True)
class _Record:
    number: int
    headers: dict[str, str]
    body: bytes
    length: int


class _Source:
    """A stream of blocks to read by length or by line."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self.source, self.held, self.used = source, bytearray(), 0

    def fill(self, least: int) -> bool:
        """Holds at least so many bytes; False at the end."""
        while len(self.held) < least:
            block = next(self.source, b"")
            if not block:
                return False
            self.held += block
        return True

    def take(self, size: int) -> bytes:
        made = bytes(self.held[:size])
        del self.held[:size]
        self.used += len(made)
        return made

    def head(self) -> bytes:
        """A header with its blank line; b"" at the end of the file."""
        while self.fill(1) and self.held.startswith((b"\r", b"\n")):
            self.take(1)
        while (end := self.held.find(b"\r\n\r\n")) < 0:
            if len(self.held) > _HEAD or not self.fill(len(self.held) + 1):
                if self.held:
                    raise BrokenOff(f"no record begins at byte {self.used + 1:,}")
                return b""
        return self.take(end + 4)

    def body(self, length: int, limit: int) -> bytes:
        """`length` bytes, of which at most `limit` are kept."""
        kept = bytearray()
        left = length
        while left:
            if not self.fill(1):
                raise BrokenOff("the last record is cut short")
            piece = self.take(min(left, len(self.held)))
            left -= len(piece)
            if len(kept) < limit:
                kept += piece
        return bytes(kept[:limit])


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The HTML pages of an archive."""
    batch, size, last = _new_batch(), 0, 0
    try:
        for record in _records(file, reading):
            batch.lines, last = batch.lines + 1, record.number
            if record.headers.get("warc-type") != "response" or "http" not in record.headers.get("content-type", ""):
                continue
            _add(batch, record, reading)
            size += len(record.body)
            if len(batch.records) >= cut.rows or size >= cut.bytes:
                yield _done(batch, reading, file)
                batch, size = _new_batch(), 0
    except BrokenOff as trouble:
        batch.fault = f"`{file.name}` broke off after record {last:,}: {trouble}"
    if batch.lines or batch.fault:
        yield _done(batch, reading, file)


def _new_batch() -> Batch:
    return Batch([], [], lambda at: "", [], 0)


def _done(batch: Batch, reading: Reading, file: File) -> Chunk:
    batch.raw = lambda at: str(batch.records[at]["text"])
    return chunk_of(batch, reading, file)


def _records(file: File, reading: Reading) -> Iterator[_Record]:
    source = _Source(blocks(file))
    if source.fill(5) and not source.held.startswith(b"WARC/"):
        shown = source.held[:8].decode("ascii", "backslashreplace")
        raise fail("unreadable-file", f"`{file.name}` is no WARC file: it begins with `{shown}`", "state the format it has")
    number = 0
    while head := source.head():
        if not head.startswith(b"WARC/"):
            raise BrokenOff(f"no record begins at byte {source.used - len(head) + 1:,}")
        number += 1
        headers = _headers(head)
        length = headers.get("content-length", "")
        if not length.isdecimal():
            raise BrokenOff(f"record {number:,} does not say how long it is")
        body = source.body(int(length), reading.max_row + 1)
        yield _Record(number, headers, body, int(length))


def _headers(head: bytes) -> dict[str, str]:
    """Names in lower case; of a repeated name the first value counts."""
    made: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            made.setdefault(name.strip().lower(), value.strip())
    return made


def _add(batch: Batch, record: _Record, reading: Reading) -> None:
    """The page as a record of the batch, or the reason why not."""
    head, blank, payload = record.body.partition(b"\r\n\r\n")
    headers = _headers(head)
    media, _, rest = headers.get("content-type", "").partition(";")
    if media.strip().lower() not in _HTML:
        return
    why = ("", "")
    if record.length > reading.max_row:
        why = "too-long", too_long(record.length, reading.max_row)
    elif not blank or not head.startswith(b"HTTP/"):
        why = "bad-record", "the record holds no whole HTTP response"
    else:
        payload, trouble = _unpacked(payload, headers, reading.max_row)
        why = ("bad-record", trouble) if trouble else why
    if why[0]:
        batch.rejected.append(Rejected(record.number, *why, raw_text(record.body)))
        return
    charset = rest.lower().partition("charset=")[2].partition(";")[0]
    text = decode_page(payload, stated=reading.encoding, by_server=charset)
    page: Record = {
        "text": text,
        "url": record.headers.get("warc-target-uri", "").strip("<>"),
        "date": record.headers.get("warc-date", ""),
        "content_type": headers.get("content-type", ""),
    }
    batch.records.append(page)
    batch.places.append(record.number)


def _unpacked(payload: bytes, headers: dict[str, str], limit: int) -> tuple[bytes, str]:
    """The page without its packing, and a sentence if that cannot be undone."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        payload = _joined(payload)
    packing = headers.get("content-encoding", "").strip().lower()
    if packing in {"", "identity", "utf-8", "none"}:
        return payload, ""
    if packing not in {"gzip", "x-gzip", "deflate"}:
        return payload, f"the page is packed as `{packing[:40]}`, which is not read"
    if packing != "deflate" and payload[:2] != b"\x1f\x8b":
        return payload, ""  # the crawler has unpacked it and kept the header
    try:
        made = zlib.decompressobj(47).decompress(payload, limit + 1)
    except zlib.error:
        return payload, f"the page is packed as `{packing}` and damaged"
    return (made, "") if len(made) <= limit else (b"", f"the page takes more than `max_row` = {limit:,} bytes when unpacked")


def _joined(payload: bytes) -> bytes:
    """A chunked body in one piece; a body that is not chunked, though it says so, as it is (RFC 9112, section 7.1)."""
    made, at = bytearray(), 0
    while (end := payload.find(b"\r\n", at)) >= 0:
        try:
            size = int(payload[at:end].partition(b";")[0], 16)
        except ValueError:
            return payload if not made else bytes(made)
        if size <= 0:
            return bytes(made)
        made += payload[end + 2 : end + 2 + size]
        at = end + 2 + size + 2
    return bytes(made) or payload
