"""Which copy survives: a number per row, of which the smallest stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup import Dedup
from dprep.base.text import Text

U64 = npt.NDArray[np.uint64]

_LAST = np.uint64(2**64 - 1)
"""Of rows without a value, whichever end stays."""
_ISO = (
    r"^\s*(?<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?<part>\.\d+)?)?"
    r"\s*(?:[Zz]|(?<sign>[+-])(?<ahead>\d{2}):?(?<minutes>\d{2}))?)?\s*$"
)
_UNITS = {"hour": 3600, "minute": 60, "second": 1}


def ranks(op: Dedup, text: Text) -> U64:
    """(rows,) by the rule of `op.keep`, which is not `first`."""
    if op.by is not None:
        return by_column(text.rows.get_column(op.by), highest=op.keep == "highest")
    lengths = _lengths(op, text).to_numpy().astype(np.uint64)
    return np.uint64(2**63) - lengths if op.keep == "longest" else lengths


def _lengths(op: Dedup, text: Text) -> pl.Series:
    """Characters of what `op` compares: of the text, or of all columns that it names itself."""
    if op.text_only:
        return text.series.str.len_chars()
    columns = [pl.col(name).cast(pl.String, strict=False).str.len_chars().fill_null(0) for name in op.reads()]
    return text.rows.select(pl.sum_horizontal(columns).alias("n")).to_series()


def by_column(values: pl.Series, *, highest: bool) -> U64:
    """(rows,) in the order of `values`; a row without a value comes last."""
    numbers = _numbers(values).fill_nan(None)
    known = numbers.is_not_null().to_numpy()
    bits = (numbers.fill_null(0.0).to_numpy() + 0.0).view(np.uint64)  # + 0.0: -0.0 is no less than 0.0
    negative = bits >> np.uint64(63) == 1
    ascending = np.where(negative, ~bits, bits | np.uint64(2**63))
    found: U64 = np.where(known, np.minimum(~ascending if highest else ascending, _LAST - np.uint64(1)), _LAST)
    return found


def without_value(values: pl.Series) -> int:
    """How many of `values` cannot be compared."""
    return int(_numbers(values).fill_nan(None).null_count())


def _numbers(values: pl.Series) -> pl.Series:
    """Each value as a float: dates as microseconds. A text is judged by itself alone, so blocks do not matter."""
    if values.dtype == pl.String:
        return _of_texts(values)
    if values.dtype == pl.Date:
        return values.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64)
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.cast_time_unit("us").cast(pl.Int64).cast(pl.Float64)
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64)
    return pl.Series([None], dtype=pl.Float64).new_from_index(0, len(values))


def _of_texts(values: pl.Series) -> pl.Series:
    frame = values.alias("v").to_frame()
    found = frame.select(pl.col("v").str.extract_groups(_ISO).alias("d")).unnest("d")
    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64) * 86_400
    clock = pl.sum_horizontal(pl.col(name).cast(pl.Int64).fill_null(0) * size for name, size in _UNITS.items())
    ahead = pl.sum_horizontal(pl.col(n).cast(pl.Int64).fill_null(0) * size for n, size in (("ahead", 3600), ("minutes", 60)))
    sign = pl.when(pl.col("sign") == "-").then(-1).otherwise(1)
    fraction = (pl.col("part").cast(pl.Float64).fill_null(0.0) * 1e6).floor()
    moment = found.select(((day + clock - ahead * sign).cast(pl.Float64) * 1e6 + fraction).alias("m")).to_series()
    return moment.fill_null(values.str.strip_chars().cast(pl.Float64, strict=False))
