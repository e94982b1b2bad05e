"""What the first bytes of a file tell: its format, encoding, delimiter and whether it has a header."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence

import orjson

from dprep.store.formats import File
from dprep.store.formats.encodings import SAMPLE, as_utf8, choose
from dprep.store.formats.streams import BrokenOff, blocks, peek

DELIMITERS = ",;\t|"
_TAGGED = re.compile(r"\S+(?:[ \t]+\S+)*[ \t]+(?:O|[BIESLU]-\S+)")
_HEADER_CHARACTERS = 40
_MAGIC = (
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive (or an office document)"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF", "an HDF5 file"),
)
"""Where what bytes stand in files that hold no records."""
_NO_TEXT = 0.05
"""Share of characters that stand in no text, from which a file is none; dirty text has fewer."""


def start_of(file: File) -> str:
    """The first 256 KB of the file as text, unpacked; a line that is cut off is left out."""
    try:
        head, _ = peek(blocks(file), SAMPLE)
    except BrokenOff:
        return ""
    codec, mark = choose(head)
    text = b"".join(as_utf8(iter([head]), codec, mark)).decode("utf-8", "replace")
    return text if len(head) < SAMPLE else text.rpartition("\n")[0] or text


def encoding_of(file: File, format: str) -> str:
    """The encoding that a recipe must state: none for UTF-8 and for files that are no text."""
    if format not in {"jsonl", "json", "csv", "tsv", "text", "conll", "squad"} or file.path == "-":
        return ""
    head, _ = peek(blocks(file), SAMPLE)
    codec, _ = choose(head)
    return "" if codec == "utf-8" else codec


def sniffed_format(file: File, named: str) -> str:
    """The format where the name says none, or says less than the content; empty where the name is right."""
    text = start_of(file).lstrip()
    if named == "json":
        return "squad" if '"paragraphs"' in text and '"qas"' in text else ""
    if named == "text":
        return "conll" if _is_tagged(text) else ""
    if named:
        return ""
    raw, _ = peek(blocks(file), 8)
    if raw.startswith((b"PAR1", b"ARROW1")):
        return "parquet" if raw.startswith(b"PAR1") else "arrow"
    if text.startswith("WARC/"):
        return "warc"
    if text.startswith("{"):
        return "jsonl" if _is_json(text.split("\n", 1)[0]) else "json"
    if text.startswith("["):
        return "json"
    if text[:15].lower().startswith(("<!doctype html", "<html")):
        return "html"
    if _is_tagged(text):
        return "conll"
    lines = text.splitlines()[:50]
    best = max(DELIMITERS, key=lambda mark: _agreement(lines, mark))
    if _agreement(lines, best) > 0.9:
        return "tsv" if best == "\t" else "csv"
    return "text"


def not_text(file: File) -> str:
    """What a file is that holds no text at all, in words; empty for a text and for an empty file."""
    head, _ = peek(blocks(file), SAMPLE)
    if head.startswith((b"PAR1", b"ARROW1", b"WARC/")):
        return ""
    for at, magic, words in _MAGIC:
        if head.startswith(magic, at):
            return words
    text = start_of(file)[:20_000]
    odd = sum(c == "\ufffd" or (not c.isspace() and unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"}) for c in text)
    return "binary data" if odd > _NO_TEXT * len(text) else ""


def delimiter_of(file: File, usual: str) -> str:
    """The delimiter that parts most lines alike; the usual one where it does as well."""
    lines = start_of(file).splitlines()[:50]
    best = max(DELIMITERS, key=lambda mark: (_agreement(lines, mark), mark == usual))
    return best if _agreement(lines, best) > max(0.5, _agreement(lines, usual)) else usual


def has_header(file: File, delimiter: str) -> bool:
    """Whether the first line names the columns: short, all different, no numbers, unlike the lines below."""
    records = _records(start_of(file), delimiter)
    if not records:
        return True
    head, body = records[0], records[1:50]
    named = all(cell.strip() and len(cell) <= _HEADER_CHARACTERS and not _is_number(cell) for cell in head)
    if not named or len(set(head)) < len(head) or any(len(cell.split()) > 4 for cell in head):
        return False
    # a first line whose cells come again further down is data
    return not any(cell in {row[place] for row in body if place < len(row)} for place, cell in enumerate(head))


def _records(text: str, delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(text.splitlines()[:200], delimiter=delimiter) if row]
    except csv.Error:
        return [line.split(delimiter) for line in text.splitlines()[:200] if line]


def _agreement(lines: Sequence[str], delimiter: str) -> float:
    """Share of the lines with as many delimiters (one or more) as most."""
    counts = [len(row) for row in _records("\n".join(lines), delimiter)]
    most = max(set(counts), key=counts.count, default=1)
    return counts.count(most) / len(counts) if most > 1 else 0.0


def _is_tagged(text: str) -> bool:
    lines = [line for line in text.splitlines()[:200] if line.strip() and not line.startswith(("-DOCSTART-", "#"))]
    return len(lines) > 1 and sum(bool(_TAGGED.fullmatch(line.strip())) for line in lines) > 0.9 * len(lines)


def _is_json(line: str) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
