"""From a table whose columns have types (Parquet, Arrow) or are all text (CSV) to a chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from dprep.base.problem import did_you_mean, fail
from dprep.store.formats.kinds import json_text, kind_of_type, settle, store
from dprep.store.formats.reading import Chunk, File, Reading, Rejected, raw_text
from dprep.store.formats.records import add_constants, kept_names, kind_for, misfit, typed

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_WORDS = {
    "string": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "json": "JSON",
    "list[string]": "a list of strings",
}


@dataclass
class Table:
    """Rows of a file as it has them, on their way into a chunk."""

    frame: pl.DataFrame
    places: npt.NDArray[np.int64]
    raw: Callable[[int], str | bytes]
    rejected: list[Rejected]
    lines: int
    fault: str = ""
    textual: bool = False
    """Every cell is text: stated types are read from it."""


def chunk_of_table(table: Table, reading: Reading) -> Chunk:
    """The chunk of a table: mapped, typed, narrowed."""
    sources = {ours: _source(table.frame, theirs) for ours, theirs in reading.columns.items()}
    sources |= {name: table.frame[name] for name in kept_names(table.frame.columns, reading)}
    columns, kinds, faults = [], {}, dict[int, tuple[str, str]]()
    for name, series in sources.items():
        wanted = reading.types.get(name, "")
        series = series.alias(name)
        made = _read_as(series, wanted, table.textual, faults) if wanted else _as_plain(series)
        kinds[name] = kind_for(wanted) if wanted else kind_of_type(series.dtype if series.dtype == pl.Null else made.dtype)
        columns.append(made)
    if reading.max_row < table.frame.estimated_size():
        _find_long(table.frame, reading.max_row, faults)
    rows = pl.DataFrame({column.name: column for column in columns}) if columns else pl.DataFrame(height=table.frame.height)
    places = table.places
    rejected = table.rejected + [Rejected(int(places[at]), *why, raw_text(table.raw(at))) for at, why in faults.items()]
    if faults:
        good = np.ones(len(places), dtype=bool)
        good[list(faults)] = False
        rows, places = rows.filter(pl.Series(good)), places[good]
    rows, kinds = add_constants(rows, kinds, reading.constants)
    return Chunk(rows, kinds, places, table.lines, sorted(rejected, key=lambda r: r.line), table.fault)


def check_columns(file: File, have: list[str], reading: Reading) -> None:
    """Raises `Error` if the file as a whole lacks a column that every record must have."""
    for ours in reading.required:
        theirs = reading.columns.get(ours, ours)
        if ours not in reading.constants and theirs not in have and theirs.partition(".")[0] not in have:
            known = ", ".join(f"`{name}`" for name in have[:12]) + (" …" if len(have) > 12 else "")
            raise fail(
                "missing-column",
                f"`{file.name}` has no column `{theirs}`",
                did_you_mean(theirs, have) or f"it has {known or 'no columns'}",
            )


def row_text(frame: pl.DataFrame) -> Callable[[int], str]:
    """Rows of `frame` as JSON text, by number."""
    return lambda at: json_text(frame.row(at, named=True))


def _source(frame: pl.DataFrame, path: str) -> pl.Series:
    """A column by its name or by a path into structs and lists; all null if there is none."""
    if path in frame.columns:
        return frame[path]
    first, *parts = path.split(".")
    missing = pl.Series(path, [None] * frame.height, dtype=pl.Null)
    if not parts or first not in frame.columns:
        return missing
    at = frame[first]
    for part in parts:
        if isinstance(at.dtype, pl.Struct) and part in [f.name for f in at.dtype.fields]:
            at = at.struct.field(part)
        elif isinstance(at.dtype, pl.List) and part.isdigit():
            at = at.list.get(int(part), null_on_oob=True)
        else:
            return missing
    return at


def _as_plain(series: pl.Series) -> pl.Series:
    """Types that only save space become what they stand for."""
    if isinstance(series.dtype, (pl.Categorical, pl.Enum)) or series.dtype == pl.Null:
        return series.cast(pl.String)
    kind = kind_of_type(series.dtype)
    return settle(series, kind, kind) if series.dtype.is_nested() else series


def _read_as(series: pl.Series, wanted: str, textual: bool, faults: dict[int, tuple[str, str]]) -> pl.Series:
    """The column in its stated type; rows that do not fit go to `faults`."""
    if textual:
        made = _parsed(series, wanted)
        bad = series.is_not_null() & made.is_null() & (series.str.strip_chars() != "")
        for at in bad.arg_true():
            faults.setdefault(at, ("wrong-type", f"`{series.name}` must be {_WORDS[wanted]}, found `{_short(series[at])}`"))
        return made
    of = series.dtype
    if wanted == "string" and of in (pl.String, pl.Categorical, pl.Enum):
        return series.cast(pl.String)
    if (wanted == "float" and of.is_numeric()) or (wanted == "int" and of.is_integer() and of != pl.UInt64):
        return series.cast(pl.Float64 if wanted == "float" else pl.Int64)
    if wanted == "bool" and of == pl.Boolean:
        return series
    return _one_by_one(series, wanted, faults)


def _one_by_one(series: pl.Series, wanted: str, faults: dict[int, tuple[str, str]]) -> pl.Series:
    values = [v if v is None or type(v) in (str, int, float, bool, list, dict) else str(v) for v in series.to_list()]
    for at, value in enumerate(values):
        if detail := misfit(series.name, wanted, value):
            faults.setdefault(at, ("wrong-type", detail))
            values[at] = None
    return store(series.name, typed(values, wanted), kind_for(wanted))


def _parsed(series: pl.Series, wanted: str) -> pl.Series:
    """Text cells as values; null where they are blank or do not fit."""
    text = series.str.strip_chars()
    if wanted == "string":
        return series
    if wanted == "int":
        return text.cast(pl.Int64, strict=False)
    if wanted == "float":
        made = text.cast(pl.Float64, strict=False)
        return made.to_frame().select(pl.when(pl.first().is_finite()).then(pl.first())).to_series()
    if wanted == "bool":
        lower = text.str.to_lowercase()
        return lower.replace_strict([*_TRUE, *_FALSE], [True] * 3 + [False] * 3, default=None, return_dtype=pl.Boolean)
    values = [_loaded(v, wanted) for v in text.to_list()]
    return store(series.name, values, kind_for(wanted))


def _loaded(cell: str | None, wanted: str) -> object:
    try:
        value = orjson.loads(cell) if cell else None
    except orjson.JSONDecodeError:
        return None
    if wanted == "json":
        return cell or None
    return value if isinstance(value, list) and not misfit("", wanted, value) else None


def _find_long(frame: pl.DataFrame, limit: int, faults: dict[int, tuple[str, str]]) -> None:
    texts = [pl.col(name).str.len_bytes() for name, of in frame.schema.items() if of == pl.String]
    sizes = frame.select(pl.sum_horizontal(texts) if texts else pl.repeat(0, frame.height)).to_series()
    for at in (sizes > limit).arg_true():
        faults.setdefault(at, ("too-long", f"the record takes {sizes[at]:,} bytes, more than `max_row` = {limit:,}"))


def _short(cell: str) -> str:
    return cell if len(cell) <= 40 else f"{cell[:40]}…"
