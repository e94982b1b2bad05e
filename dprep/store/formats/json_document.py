"""JSON documents: a list of records, a list of records within an object, or an object whose values are records.

`options.record` says where the list is ("data.items"). Without it: the document itself if it is a list; else the only member
that is a list of objects; else, if all members are objects, these, with their names in a column `key`. A file of JSON Lines
that is named `.json` is read as such. Rows that are lists take their names from `options.column_names`. One element is in
memory at a time. A document that is no JSON further down is broken off there: without its brackets no record can be told.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from dprep.base.problem import Error, did_you_mean, fail
from dprep.store.formats import jsonl
from dprep.store.formats.json_stream import Document, NotJson, elements, members
from dprep.store.formats.lines import utf8_blocks
from dprep.store.formats.reading import Chunk, Cut, File, Reading, Rejected, raw_text
from dprep.store.formats.records import Batch, Record, chunk_of, describe
from dprep.store.formats.streams import BrokenOff, peek

Found = tuple[str, str]
"""The name of a record in its object ("" in a list), and its text."""


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The records of a JSON document."""
    head, source = peek(utf8_blocks(file, reading), 1 << 16)
    if "record" not in reading.options and _is_lines(head):
        yield from jsonl.rows_of(source, file, reading, cut)
    else:
        yield from _chunks(Document(source), file, reading, cut)


def _chunks(document: Document, file: File, reading: Reading, cut: Cut) -> Iterator[Chunk]:
    texts: list[Found] = []
    before = size = 0
    fault = ""
    try:
        for found in records_in(document, file, reading):
            texts.append(found)
            size += len(found[1])
            if len(texts) >= cut.rows or size >= cut.bytes:
                yield _chunk(texts, before, file, reading)
                texts, before, size = [], before + len(texts), 0
    except (NotJson, BrokenOff) as trouble:
        done = before + len(texts)
        if isinstance(trouble, NotJson) and not done:
            raise fail(
                "unreadable-file", f"`{file.name}` is not JSON: {trouble}", 'if each line is a record, state `format = "jsonl"`'
            ) from None
        fault = f"`{file.name}` broke off after record {done:,}: {trouble}"
    if texts or fault:
        yield _chunk(texts, before, file, reading, fault)


def records_in(document: Document, file: File, reading: Reading) -> Iterator[Found]:
    """The records of the document; raises `Error` if it is not clear where they are."""
    path = str(reading.options.get("record", ""))
    if not document.peek():
        return
    if path:
        _descend(document, path, file, reading.max_row)
    if document.accept("["):
        yield from (("", text) for text in elements(document, reading.max_row))
    elif document.peek() != "{":
        document.value(reading.max_row)
        raise _no_records(file, "one value that is no object", [])
    elif path:
        yield from ((name, document.value(reading.max_row)) for name in members(document, reading.max_row))
    else:
        yield from _guessed(document, file, reading.max_row)
    if not path and (rest := document.peek()):
        raise NotJson(f"`{rest}` follows the document at character {document.place + 1:,}")


def _descend(document: Document, path: str, file: File, limit: int) -> None:
    """Goes to the value at `path`."""
    for part in path.split("."):
        names: list[str] = []
        if document.peek() != "{":
            raise fail(
                "unreadable-file", f"`{file.name}` has no `{path}`: there is no object around `{part}`", "correct `record`"
            )
        for name in members(document, limit):
            if name == part:
                break
            names.append(name)
            document.value(limit)
        else:
            known = did_you_mean(part, names) or f"there are {_listed(names)}"
            raise fail("unreadable-file", f"`{file.name}` has no `{path}`: there is no `{part}`", known)


def _guessed(document: Document, file: File, limit: int) -> Iterator[Found]:
    """The records of an object, found by their looks."""
    seen: list[str] = []
    where = ""  # the list of records, or "*" for the members themselves
    for name in members(document, limit):
        seen.append(name)
        opening = document.peek()
        if opening == "{" and (len(seen) == 1 or where == "*"):
            where = "*"
            yield name, document.value(limit)
        elif opening == "[" and document.accept("["):
            records = document.peek() == "{"
            if records and where:
                raise _no_records(file, "records in more than one place", [n for n in (where, name) if n != "*"])
            where = name if records else where
            for text in elements(document, limit):
                if records:
                    yield "", text
        elif where == "*":
            raise _no_records(file, "objects and other values side by side", seen)
        else:
            document.value(limit)
    if seen and not where:
        raise _no_records(file, "one object without a list of records", seen)


def _chunk(texts: list[Found], before: int, file: File, reading: Reading, fault: str = "") -> Chunk:
    records: list[Record] = []
    good: list[int] = []
    rejected: list[Rejected] = []
    for at, (key, text) in enumerate(texts):
        raw = text.encode("utf-8", "surrogateescape")
        value, why = (
            jsonl.parse(raw) if len(raw) <= reading.max_row else (None, ("too-long", jsonl.too_long(len(raw), reading.max_row)))
        )
        record = None if why[0] else jsonl.named(value, reading)
        if record is None:
            why = why if why[0] else ("not-an-object", f"the record is {describe(value)}, not an object")
            rejected.append(Rejected(before + at + 1, *why, raw_text(raw)))
            continue
        records.append({"key": key, **record} if key else record)
        good.append(at)
    places = [before + at + 1 for at in good]
    return chunk_of(Batch(records, places, lambda at: texts[good[at]][1], rejected, len(texts), fault), reading, file)


def _is_lines(head: bytes) -> bool:
    """Whether the first line is an object of its own and more objects follow."""
    first, newline, rest = head.lstrip().partition(b"\n")
    if not newline or not first.startswith(b"{") or not rest.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(orjson.loads(first), dict)
    except orjson.JSONDecodeError:
        return False


def _no_records(file: File, found: str, names: list[str]) -> Error:
    listed = f" ({_listed(names)})" if names else ""
    cure = (
        f'say where the records are, as in `record = "{names[0]}"`'
        if names
        else "a list of objects is read, or an object that holds one"
    )
    return fail("unreadable-file", f"`{file.name}` holds {found}{listed}", cure)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name[:40]}`" for name in names[:8]) + (" …" if len(names) > 8 else "") if names else "no members"
