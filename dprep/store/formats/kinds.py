"""What was seen in a column, so that its type does not depend on where a file is cut.

JSON values may differ in type from row to row. A chunk therefore stores each column in a form that loses nothing
(one scalar kind: native; anything else: canonical JSON text) and says what it saw as a `Kind`. Kinds merge over all
chunks, and `settle` turns a chunk's column into the one type of the merged kind:

    int + float -> Float64      list of one kind -> List      objects -> Struct (fields sorted by name, `role` first)
    all null -> String          no one shape, also deeper down -> JSON text (strings are quoted there, too)

Whole numbers from 2^63 on make a column JSON text; beyond 64 bits JSON's own reader takes them for floats. Parquet and
Arrow columns keep their own type (`native`) while all chunks agree on it; else whole numbers and floats widen to
Int64 and Float64, and the rest is JSON text (dates as ISO 8601, decimals as strings, bytes as base64).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import orjson
import polars as pl

DEPTH = 16
"""Lists and objects below this depth stay JSON text: no one names a column that deep."""
WIDTH = 64
"""An object with more fields than this over all rows is a map with data for keys, not a record."""

_NAMES = {type(None): "null", bool: "bool", int: "int", float: "float", str: "string"}
_TYPES: dict[frozenset[str], type[pl.DataType]] = {
    frozenset(): pl.String,
    frozenset({"bool"}): pl.Boolean,
    frozenset({"int"}): pl.Int64,
    frozenset({"float"}): pl.Float64,
    frozenset({"int", "float"}): pl.Float64,
    frozenset({"string"}): pl.String,
}
_MOST = 2**63 - 1


@dataclass(frozen=True)
class Kind:
    """What was seen: scalar kinds, the kind of list items, the kinds of object fields.

    Scalars: null, bool, int, bigint (beyond Int64), float, string, json (too deep or too wide to type), other (native).
    """

    scalars: frozenset[str] = frozenset()
    items: Kind | None = None
    fields: dict[str, Kind] | None = None
    native: str = ""
    """The Arrow type that Parquet or Arrow gave the column, as a serialised schema in base64; "" for the plain types."""


STRING = Kind(frozenset({"null", "string"}))
STRINGS = Kind(frozenset({"null"}), items=STRING)


def kind_of(values: Sequence[object], depth: int = 0) -> Kind:
    """The kind of a column of JSON values, one pass per nesting level instead of one per value."""
    types = set(map(type, values))
    scalars = {_NAMES[t] for t in types if t in _NAMES}
    if int in types:
        whole = [v for v in values if type(v) is int]
        if max(whole) > _MOST:
            scalars.add("bigint")
            if min(whole) > _MOST:
                scalars.discard("int")
    if depth >= DEPTH and (list in types or dict in types):
        return _kind(scalars | {"json"}, None, None)
    items = kind_of(list(chain.from_iterable(v for v in values if type(v) is list)), depth + 1) if list in types else None
    if dict not in types:
        return _kind(scalars, items, None)
    records = [v for v in values if type(v) is dict]
    keys = dict.fromkeys(chain.from_iterable(records))
    if len(keys) > WIDTH or not all(map(can_be_named, keys)):
        return _kind(scalars | {"json"}, None, None)
    return _kind(scalars, items, {k: kind_of([r[k] for r in records if k in r], depth + 1) for k in sorted(keys)})


def merge(a: Kind, b: Kind) -> Kind:
    """The kind of both together; order and grouping do not matter."""
    items = merge(a.items, b.items) if a.items and b.items else a.items or b.items
    scalars = a.scalars | b.scalars
    fields = a.fields if b.fields is None else b.fields if a.fields is None else _merge_fields(a.fields, b.fields)
    if fields is not None and len(fields) > WIDTH:
        scalars |= {"json"}
    native = b.native if _empty(a) else a.native if _empty(b) or a.native == b.native else ""
    return _kind(scalars, items, fields, native)


def dtype(kind: Kind) -> pl.DataType:
    """The polars type of a settled column of this kind."""
    found = _typed(kind)
    return pl.String() if found is None else found


def holds_json(kind: Kind) -> bool:
    """Whether a settled column of this kind holds JSON text."""
    return _typed(kind) is None


def store(name: str, values: Sequence[object], kind: Kind) -> pl.Series:
    """JSON values in the form of a chunk: native if there is one scalar kind besides null, else canonical JSON text."""
    if _plain(kind):
        return pl.Series(name, values, dtype=dtype(kind))
    return pl.Series(name, [None if v is None else json_text(v) for v in values], dtype=pl.String)


def settle(series: pl.Series, chunk_kind: Kind, final_kind: Kind) -> pl.Series:
    """A chunk's column in the type of the kind merged over all chunks."""
    target = _typed(final_kind)
    textual = series.dtype == pl.String and not _plain(chunk_kind)
    if target is None:
        return series if textual else _as_json(series)
    if series.dtype == target:
        return series
    if _empty(chunk_kind) or series.null_count() == len(series):
        return pl.repeat(None, len(series), dtype=target, eager=True).alias(series.name)
    if not textual:
        return _conformed(series, target)
    return series.str.json_decode(target) if target.is_nested() else series.cast(target)


def kind_of_type(data_type: pl.DataType) -> Kind:
    """The kind of a column that already has a type, from Parquet or Arrow."""
    scalars = frozenset({"null"})
    if isinstance(data_type, pl.List):
        return Kind(scalars, items=kind_of_type(_instance(data_type.inner)))
    if isinstance(data_type, pl.Struct) and 0 < len(data_type.fields) <= WIDTH:
        return Kind(
            scalars, fields={f.name: kind_of_type(_instance(f.dtype)) for f in sorted(data_type.fields, key=lambda f: f.name)}
        )
    for plain, of in _TYPES.items():
        if len(plain) == 1 and data_type == of:
            return Kind(scalars | plain)
    if data_type == pl.Null:
        return Kind(scalars)
    family = (
        "bigint"
        if data_type == pl.UInt64
        else "int"
        if data_type.is_integer()
        else "float"
        if data_type.is_float()
        else "other"
    )
    return Kind(scalars | {family}, native=_written(data_type))


def to_json(kind: Kind) -> dict[str, object]:
    """The kind as JSON values; `from_json` reads it back."""
    made: dict[str, object] = {"scalars": sorted(kind.scalars)}
    if kind.items is not None:
        made["items"] = to_json(kind.items)
    if kind.fields is not None:
        made["fields"] = {name: to_json(kind.fields[name]) for name in sorted(kind.fields)}
    if kind.native:
        made["native"] = kind.native
    return made


def from_json(made: dict[str, object]) -> Kind:
    """The kind that `to_json` wrote."""
    items, fields, scalars = made.get("items"), made.get("fields"), made["scalars"]
    assert isinstance(scalars, list)
    return Kind(
        frozenset(scalars),
        from_json(items) if isinstance(items, dict) else None,
        {name: from_json(of) for name, of in fields.items()} if isinstance(fields, dict) else None,
        str(made.get("native", "")),
    )


def json_text(value: object) -> str:
    """Canonical JSON text: keys sorted, no blanks, UTF-8."""
    return orjson.dumps(value, default=_foreign, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()


def can_be_named(name: str) -> bool:
    """Whether a column or field may be called so: Arrow ends a name at NUL, polars takes `*` and `^...$` for patterns."""
    return "\0" not in name and name != "*" and not (name.startswith("^") and name.endswith("$"))


def _foreign(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _kind(scalars: frozenset[str] | set[str], items: Kind | None, fields: dict[str, Kind] | None, native: str = "") -> Kind:
    # json swallows what it stands beside, so that merging in any order ends in the same kind.
    if "json" in scalars:
        return Kind(frozenset(scalars))
    return Kind(frozenset(scalars), items, fields, native)


def _merge_fields(a: dict[str, Kind], b: dict[str, Kind]) -> dict[str, Kind]:
    return {k: merge(a[k], b[k]) if k in a and k in b else a[k] if k in a else b[k] for k in sorted({*a, *b})}


def _empty(kind: Kind) -> bool:
    return kind.scalars <= {"null"} and kind.items is None and kind.fields is None


def _plain(kind: Kind) -> bool:
    return kind.items is None and kind.fields is None and len(kind.scalars - {"null"}) <= 1 and _typed(kind) is not None


def _typed(kind: Kind) -> pl.DataType | None:
    """None if values of this kind have no one shape."""
    if kind.native:
        return _read(kind.native)
    scalars = kind.scalars - {"null"}
    if bool(scalars) + (kind.items is not None) + (kind.fields is not None) > 1:
        return None
    if kind.items is not None:
        inner = _typed(kind.items)
        return None if inner is None else pl.List(inner)
    if kind.fields is not None:
        names = sorted(kind.fields, key=lambda name: (name != "role", name))
        types = {name: _typed(kind.fields[name]) for name in names}
        known = [pl.Field(name, of) for name, of in types.items() if of is not None]
        return pl.Struct(known) if known and len(known) == len(types) else None
    found = _TYPES.get(scalars)
    return found() if found else None


def _as_json(series: pl.Series) -> pl.Series:
    return pl.Series(series.name, [None if v is None else json_text(v) for v in series.to_list()], dtype=pl.String)


def _conformed(series: pl.Series, target: pl.DataType) -> pl.Series:
    return series.to_frame().select(_conform(pl.col(series.name), series.dtype, target).alias(series.name)).to_series()


def _conform(value: pl.Expr, source: pl.DataType, target: pl.DataType) -> pl.Expr:
    """`value` in another type of the same shape. Polars' own cast refuses structs with fewer fields."""
    if source == target:
        return value
    if isinstance(source, pl.List) and isinstance(target, pl.List):
        return value.list.eval(_conform(pl.element(), _instance(source.inner), _instance(target.inner)))
    if isinstance(source, pl.Struct) and isinstance(target, pl.Struct):
        have = {f.name: _instance(f.dtype) for f in source.fields}
        parts = [
            (
                _conform(value.struct.field(f.name), have[f.name], _instance(f.dtype))
                if f.name in have
                else pl.lit(None, f.dtype)
            ).alias(f.name)
            for f in target.fields
        ]
        return pl.when(value.is_not_null()).then(pl.struct(parts))
    return value.cast(target)


def _instance(of: object) -> pl.DataType:
    return of() if isinstance(of, type) else of  # type: ignore[return-value]


def _written(data_type: pl.DataType) -> str:
    import pyarrow as pa

    return base64.b64encode(pa.schema([("", pl.Series([], dtype=data_type).to_arrow().type)]).serialize()).decode()


def _read(native: str) -> pl.DataType:
    import pyarrow as pa

    arrow = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(native)))
    return pl.Series(pl.from_arrow(pa.array([], arrow.field(0).type))).dtype
