"""JSON Lines: one object per line, read with orjson.

Decided: blank lines are skipped; of a repeated key the last value counts; NaN, Infinity, 1e999 and lone surrogates are
malformed; a raw NUL byte is malformed, the escape \\\\u0000 is a character like others.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from dprep.store.formats.encodings import not_utf8
from dprep.store.formats.lines import Lines, line_groups, utf8_blocks
from dprep.store.formats.reading import Chunk, Cut, File, Reading, Rejected, raw_text
from dprep.store.formats.records import Batch, Record, chunk_of, describe

_WORDS = (
    ("unexpected end of data", "it ends in the middle of a value"),
    ("Input is a zero-length", "it is empty"),
    ("trailing comma", "a comma stands before the closing bracket at column {column}"),
    ("unexpected content after document", "something follows the value, from column {column}"),
    ("number is infinity", "the number at column {column} is too large"),
    ("number with leading zero", "the number at column {column} begins with a zero"),
    ("no low surrogate", "half of a surrogate pair stands at column {column}"),
    ("unexpected control character", "a control character stands in the string at column {column}"),
    ("invalid high surrogate", "half of a surrogate pair stands at column {column}"),
    ("no digit", "the number at column {column} is not finished"),
    ("invalid escaped", "an escape that JSON does not know stands at column {column}"),
    ("invalid literal", "a word that is not true, false or null stands at column {column}"),
    ("depth limit exceeded", "it is nested more than 1,024 levels deep"),
    ("unexpected character, expected a string key", "a key in double quotes is expected at column {column}"),
    ("unexpected character, expected ':'", "a colon is expected at column {column}"),
    ("unexpected character, expected ','", "a comma or a closing bracket is expected at column {column}"),
)


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The rows of a file of JSON objects, one per line."""
    yield from rows_of(utf8_blocks(file, reading, span), file, reading, cut)


def rows_of(source: Iterator[bytes], file: File, reading: Reading, cut: Cut) -> Iterator[Chunk]:
    """The rows of a text that is UTF-8 already."""
    for group in line_groups(source, reading.max_row, cut):
        yield chunk_of(_batch(group, reading, file), reading, file)


def parse(raw: bytes) -> tuple[object, tuple[str, str]]:
    """A JSON value, and the reason and detail if it is none."""
    try:
        return orjson.loads(raw), ("", "")
    except orjson.JSONDecodeError as trouble:
        if words := not_utf8(raw):
            return None, ("invalid-bytes", words)
        return None, ("malformed-json", _in_our_words(trouble))


def broke_off(file: File, line: int, trouble: str) -> str:
    """The sentence for a file whose end cannot be read."""
    return f"`{file.name}` broke off after line {line:,}: {trouble}" if trouble else ""


def too_long(length: int, limit: int) -> str:
    """The detail of a record over `max_row`."""
    return f"the record takes {length:,} bytes, more than `max_row` = {limit:,}"


def _batch(group: Lines, reading: Reading, file: File) -> Batch:
    lines, places = group.lines, list(range(1 + group.before, 1 + group.before + len(group.lines)))
    fault = broke_off(file, group.before + len(lines), group.fault)
    try:
        records = [orjson.loads(line) for line in lines]
        if not group.long and set(map(type, records)) <= {dict}:
            return Batch(records, places, lines.__getitem__, [], len(lines), fault)
    except orjson.JSONDecodeError:
        pass
    return _careful_batch(group, places, reading, fault)


def _careful_batch(group: Lines, places: list[int], reading: Reading, fault: str) -> Batch:
    """Line by line, because some of them are blank or broken."""
    records: list[Record] = []
    good: list[int] = []
    rejected: list[Rejected] = []
    for at, line in enumerate(group.lines):
        if at in group.long:
            record, why = None, ("too-long", too_long(group.long[at], reading.max_row))
        elif not line or line.isspace():
            continue
        else:
            record, why = parse(line)
        if why[0]:
            rejected.append(Rejected(places[at], *why, raw_text(line)))
        elif (record := named(record, reading)) is not None:
            records.append(record)
            good.append(at)
        else:
            rejected.append(
                Rejected(
                    places[at], "not-an-object", f"the line holds {describe(orjson.loads(line))}, not an object", raw_text(line)
                )
            )
    return Batch(records, [places[at] for at in good], lambda at: group.lines[good[at]], rejected, len(group.lines), fault)


def named(record: object, reading: Reading) -> Record | None:
    """A record as an object: a list gets its names from `column_names`."""
    names = reading.options.get("column_names")
    if isinstance(record, list) and isinstance(names, list) and len(names) == len(record):
        return dict(zip(names, record, strict=True))
    return record if isinstance(record, dict) else None


def _in_our_words(trouble: orjson.JSONDecodeError) -> str:
    for theirs, ours in _WORDS:
        if trouble.msg.startswith(theirs):
            return f"the record is not JSON: {ours.format(column=trouble.colno)}"
    return f"the record is not JSON: no value begins at column {trouble.colno}"
