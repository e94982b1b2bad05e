"""The door to the readers: one verb for all formats."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module

from dprep.base.problem import did_you_mean, fail
from dprep.store.formats.encodings import SAMPLE, choose
from dprep.store.formats.files import FORMATS, detect_format, is_saved_dataset
from dprep.store.formats.reading import Chunk, Cut, File, Reading
from dprep.store.formats.streams import blocks, is_remote, open_bytes, peek

_MODULES = {
    "jsonl": "jsonl",
    "json": "json_document",
    "csv": "delimited",
    "tsv": "delimited",
    "parquet": "parquet",
    "arrow": "arrow",
    "text": "text",
    "markdown": "pages",
    "html": "pages",
    "warc": "warc",
    "conll": "conll",
    "squad": "squad",
    "hf": "saved",
}
_OTHER_PACKINGS = {"lz4", "zip", "7z", "rar", "br", "tar", "tgz", "z", "lzma", "sz", "snappy"}
_ASCII_LIKE = ("utf-8", "gb", "big5", "cp", "euc", "koi8", "iso8859", "shift", "latin")


def read(
    file: File, reading: Reading, span: tuple[int, int] = (0, -1), block_rows: int = 50_000, block_bytes: int = 32 * 2**20
) -> Iterator[Chunk]:
    """The rows of a file, chunk by chunk, in bounded memory.

    `span` is one of `ranges`; lines and places count from its start. A chunk has at most `block_rows` rows and takes
    about `block_bytes` bytes of the file. Raises `Error` if the file as a whole cannot be read.
    """
    module = import_module(f"dprep.store.formats.{_MODULES[format_of(file, reading)]}")
    yield from module.read(file, reading, span, Cut(block_rows, block_bytes))


def format_of(file: File, reading: Reading) -> str:
    """The stated format, or the one that the name speaks of; raises `Error` if there is none."""
    if reading.format:
        if reading.format not in FORMATS:
            known = ", ".join(f"`{name}`" for name in FORMATS)
            raise fail(
                "unknown-format",
                f"no format is called `{reading.format}`",
                did_you_mean(reading.format, FORMATS) or f"known are {known}",
            )
        return reading.format
    if not is_remote(file.path) and os.path.isdir(file.path):
        from pathlib import Path

        if is_saved_dataset(Path(file.path)):
            return "hf"
        open_bytes(file)  # a folder: says so
    if found := detect_format(file.name):
        return found
    if file.path == "-":
        raise fail(
            "unknown-format", "the format of standard input cannot be told by its name", 'state it, as in `format = "jsonl"`'
        )
    suffix = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    if suffix in _OTHER_PACKINGS:
        raise fail(
            "unknown-format",
            f"`{file.name}` is packed as {suffix}, which is not read",
            "unpack it, or pack it as gz, zst, bz2 or xz",
        )
    raise fail(
        "unknown-format", f"the format of `{file.name}` cannot be told by its name", 'state it, as in `format = "jsonl"`'
    )


def ranges(file: File, reading: Reading, size: int, group_size: int = 0) -> list[tuple[int, int]]:
    """Ranges of about `size` bytes that can be read apart.

    Plain local files of lines (jsonl, text) fall into byte ranges, each of which owns the lines that start in it; local
    Parquet files into ranges of row groups with about `group_size` bytes (default `size`). Others are one: [(0, -1)].
    """
    whole = [(0, -1)]
    kind = format_of(file, reading)
    if kind == "parquet" and not is_remote(file.path):
        from dprep.store.formats.parquet import group_ranges

        return group_ranges(file, group_size or size)
    by_line = kind == "jsonl" or (kind == "text" and reading.options.get("unit", "line") == "line")
    if not by_line or is_remote(file.path) or not os.path.isfile(file.path):
        return whole
    total = os.path.getsize(file.path)
    if total <= size or not _is_plain(file):
        return whole
    codec, _ = choose(peek(blocks(file), SAMPLE)[0], reading.encoding)
    # In these encodings the byte 0x0A is always a line feed.
    if not codec.startswith(_ASCII_LIKE):
        return whole
    return [(start, min(start + size, total)) for start in range(0, total, size)]


def fits_a_block(file: File, reading: Reading, span: tuple[int, int], most_bytes: int, most_rows: int) -> bool:
    """Whether a range is small enough to be one chunk, and as quick to read again as Arrow: local Parquet is."""
    if format_of(file, reading) != "parquet" or is_remote(file.path):
        return False
    from dprep.store.formats.parquet import range_size

    held, rows = range_size(file, span)
    return held <= most_bytes and rows <= most_rows


def column_names(file: File, reading: Reading, limit: int = 1 << 20) -> list[str] | None:
    """Their top-level columns, from at most about `limit` bytes; None if that cannot be known."""
    from dprep.store.formats.names import names_of

    return None if file.path == "-" else names_of(file, reading, format_of(file, reading), limit)


def _is_plain(file: File) -> bool:
    from dprep.store.formats.streams import is_packed

    with open_bytes(file) as stream:
        return not is_packed(stream.read(8))
