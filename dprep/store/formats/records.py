"""From records (JSON objects) to the rows of a chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import polars as pl

from dprep.base.problem import fail
from dprep.store.formats.kinds import STRING, STRINGS, Kind, json_text, kind_of, store
from dprep.store.formats.reading import Chunk, File, Reading, Rejected, raw_text

MOST_COLUMNS = 2_000
Record = dict[str, object]

_TYPES: dict[str, tuple[frozenset[type], str, Kind]] = {
    "string": (frozenset({str}), "a string", STRING),
    "int": (frozenset({int}), "a whole number", Kind(frozenset({"null", "int"}))),
    "float": (frozenset({int, float}), "a number", Kind(frozenset({"null", "float"}))),
    "bool": (frozenset({bool}), "true or false", Kind(frozenset({"null", "bool"}))),
    "json": (frozenset({str, int, float, bool, list, dict}), "JSON", STRING),
    "list[string]": (frozenset({list}), "a list of strings", STRINGS),
}
_FOUND = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}


@dataclass
class Batch:
    """Records on their way into a chunk, with what is needed to reject them."""

    records: list[Record]
    places: list[int]
    raw: Callable[[int], str | bytes]
    """The text of a record, by its number in `records`."""
    rejected: list[Rejected]
    lines: int
    fault: str = ""


def chunk_of(batch: Batch, reading: Reading, file: File) -> Chunk:
    """The chunk of these records; records that break `required` or `types` are rejected."""
    records, places = batch.records, batch.places
    faults = _faults(records, reading)
    if faults:
        batch.rejected += [Rejected(places[at], *why, raw_text(batch.raw(at))) for at, why in faults.items()]
        records = [r for at, r in enumerate(records) if at not in faults]
        places = [p for at, p in enumerate(places) if at not in faults]
    columns, kinds = [], {}
    for name, values in _columns(records, reading, file).items():
        made, kinds[name] = _column(name, values, reading.types.get(name, ""))
        columns.append(made)
    # by name: of a bare list, polars would rename the column whose name is empty
    rows = pl.DataFrame({column.name: column for column in columns}) if columns else pl.DataFrame(height=len(records))
    rejected = sorted(batch.rejected, key=lambda r: r.line)
    rows, kinds = add_constants(rows, kinds, reading.constants)
    return Chunk(rows, kinds, np.array(places, dtype=np.int64), batch.lines, rejected, batch.fault)


def add_constants(
    rows: pl.DataFrame, kinds: dict[str, Kind], constants: Mapping[str, object]
) -> tuple[pl.DataFrame, dict[str, Kind]]:
    """`rows` and `kinds` with one more column for each constant; what JSON does not know is taken as text."""
    for name, constant in constants.items():
        value = constant if constant is None or type(constant) in _FOUND else str(constant)
        kinds = kinds | {name: kind_of([value])}
        rows = rows.with_columns(store(name, [value], kinds[name]).new_from_index(0, rows.height))
    return rows, kinds


def describe(value: object) -> str:
    """What a JSON value is, in a word or two."""
    return _FOUND.get(type(value), "null")


def misfit(name: str, wanted: str, value: object) -> str:
    """A sentence if `value` is not of type `wanted`, else ""."""
    allowed, words, _ = _TYPES[wanted]
    if value is None:
        return ""
    if type(value) not in allowed:
        return f"`{name}` must be {words}, found {describe(value)}"
    if wanted == "int" and not -(2**63) <= value < 2**63:  # type: ignore[operator]
        return f"`{name}` must fit in 64 bits, found `{value}`"
    if wanted == "list[string]":
        other = next((item for item in value if type(item) is not str), "")  # type: ignore[attr-defined]
        return f"`{name}` must be {words}, found a list with {describe(other)} in it" if other != "" else ""
    return ""


def typed(values: Sequence[object], wanted: str) -> list[object]:
    """Values that fit `wanted` in the form that a column of this type holds."""
    if wanted == "float":
        return [None if v is None else float(v) for v in values]  # type: ignore[arg-type]
    if wanted == "json":
        return [v if v is None or type(v) is str else json_text(v) for v in values]
    return list(values)


def kind_for(wanted: str) -> Kind:
    """The kind of a column whose type is stated."""
    return _TYPES[wanted][2]


def reach(record: Record, path: str) -> object:
    """The value at a top-level name, else at a path of names and list positions, else `MISSING`."""
    if path in record:
        return record[path]
    at: object = record
    for part in path.split("."):
        if isinstance(at, dict) and part in at:
            at = at[part]
        elif isinstance(at, list) and part.isdigit() and int(part) < len(at):
            at = at[int(part)]
        else:
            return MISSING
    return at if "." in path else MISSING


MISSING = object()


def used_names(reading: Reading) -> set[str]:
    """Top-level columns of theirs that the mapping uses up, and our names that it gives away."""
    theirs = set(reading.columns.values())
    return theirs | {path.partition(".")[0] for path in theirs} | set(reading.columns) | set(reading.constants)


def kept_names(names: Sequence[str], reading: Reading) -> list[str]:
    """Which of their columns stay beside the mapped ones."""
    if reading.keep is not None:
        ours = {*reading.columns, *reading.constants}
        return [name for name in names if name in reading.keep and name not in ours]
    used = used_names(reading)
    return [name for name in names if name not in used]


def _columns(records: list[Record], reading: Reading, file: File) -> dict[str, list[object]]:
    """Our columns first, then kept ones in the order in which the file brings them."""
    made = {ours: _values(records, theirs) for ours, theirs in reading.columns.items()}
    if reading.keep == ():
        return made
    names = kept_names(list(dict.fromkeys(chain.from_iterable(records))), reading)
    if len(names) > MOST_COLUMNS:
        raise fail(
            "too-many-columns",
            f"the records of `{file.name}` have {len(names):,} different fields, more than {MOST_COLUMNS:,}",
            "name the ones you need, as in `keep = []`, or bring the others into one nested field",
        )
    return made | {name: [r.get(name) for r in records] for name in names}


def _values(records: list[Record], path: str) -> list[object]:
    if "." not in path:
        return [r.get(path) for r in records]
    found = [reach(r, path) for r in records]
    return [None if v is MISSING else v for v in found]


def _faults(records: list[Record], reading: Reading) -> dict[int, tuple[str, str]]:
    """Records that lack a required field or hold a value of a wrong type: number -> reason and detail."""
    faults: dict[int, tuple[str, str]] = {}
    for ours in reading.required:
        theirs = reading.columns.get(ours, ours)
        if ours in reading.constants:
            continue
        for at, record in enumerate(records):
            if theirs not in record and reach(record, theirs) is MISSING:
                faults.setdefault(at, ("missing-field", f"the record has no `{theirs}`"))
    for ours, wanted in reading.types.items():
        values = _values(records, reading.columns.get(ours, ours))
        if wanted not in {"int", "list[string]"} and set(map(type, values)) <= _TYPES[wanted][0] | {type(None)}:
            continue
        for at, value in enumerate(values):
            if detail := misfit(ours, wanted, value):
                faults.setdefault(at, ("wrong-type", detail))
    return faults


def _column(name: str, values: Sequence[object], wanted: str) -> tuple[pl.Series, Kind]:
    if wanted:
        return store(name, typed(values, wanted), kind_for(wanted)), kind_for(wanted)
    kind = kind_of(values)
    return store(name, values, kind), kind
