"""Between the blocks and a decision from a small table: the numbers that each block tells, and the table of all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from dprep.base.chance import luck
from dprep.base.operator import Split
from dprep.base.sample import Sample
from dprep.base.step import Step
from dprep.base.table import NO_VALUE, Asks, Items, Table
from dprep.engine.blocks import read_array, write_array

U64 = npt.NDArray[np.uint64]
Load = Callable[[], Iterator[pl.DataFrame]]

_TIMES = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z")
_LOCAL_TIMES = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")


def emit_table(stem: Path, step: Step, asks: Asks, rows: pl.DataFrame) -> None:
    """What the decision of `step` needs to know of these rows, as arrays beside the block."""
    columns = [
        luck(step.seed, step.name, rows.get_column("id")),
        *(numbered(rows, list(group)) for group in asks.groups),
        *(numbered(rows, [column], empty=0) for column in asks.links),
        *([numbered(rows, ["origin"], empty=0)] if _binds(step, rows) else []),
        *(measured(rows.get_column(column)).view(np.uint64) for column in asks.numbers),
    ]
    write_array(stem.with_suffix(".table.npy"), np.stack(columns) if len(rows) else np.zeros((len(columns), 0), np.uint64))
    for which, column in enumerate(asks.lists):
        lengths, values = listed(rows.get_column(column))
        write_array(stem.with_suffix(f".lengths{which}.npy"), lengths)
        write_array(stem.with_suffix(f".items{which}.npy"), values)


def _binds(step: Step, rows: pl.DataFrame) -> bool:
    """A split keeps what was made of one record together, whatever the recipe asks for.

    By `origin`, not by `parent`: the row that another was made from may be gone by now.
    """
    return isinstance(step.op, Split) and "parent" in rows.columns


def gathered(step: Step, asks: Asks, told: Sequence[str], load: Load) -> tuple[Table, list[int]]:
    """The table of all rows, and the rows of each block. `told`: the stems of what they tell; every number is held once."""
    paths = [f"{stem}.table.npy" for stem in told]
    shapes = [read_array(path, mapped=True).shape for path in paths]
    counts = [shape[1] for shape in shapes]
    whole = np.empty((shapes[0][0], sum(counts)), np.uint64)
    start = 0
    for path, count in zip(paths, counts, strict=True):
        whole[:, start : start + count] = read_array(path)
        start += count
    groups = 1 + len(asks.groups)
    links = len(whole) - len(asks.numbers)
    lists = tuple(_items(told, which) for which in range(len(asks.lists)))
    numbers = tuple(row.view(np.float64) for row in whole[links:])
    name, look = partial(_value, load, asks.groups), partial(_looked, load, asks.groups)
    item = partial(_item, load, asks.lists)
    return Table(whole[0], tuple(whole[1:groups]), whole[groups:links].T, numbers, lists, name, look, item), counts


def _items(told: Sequence[str], which: int) -> Items:
    lengths = np.concatenate([read_array(f"{stem}.lengths{which}.npy") for stem in told])
    values = np.concatenate([read_array(f"{stem}.items{which}.npy") for stem in told])
    return Items(np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]), values)


def numbered(rows: pl.DataFrame, columns: list[str], empty: int = NO_VALUE) -> U64:
    """A number per row that equal values share; null alone gives `empty`."""
    if not columns:
        return np.full(len(rows), empty, np.uint64)
    keys = _keys(rows, columns).with_row_index("row")
    distinct = keys.get_column("key").unique(maintain_order=True)
    nothing = _nothing(columns)
    hashed = [empty if value == nothing else _hash(value) for value in distinct.to_list()]
    table = pl.DataFrame({"key": distinct, "number": pl.Series(hashed, dtype=pl.UInt64)})
    return keys.join(table, on="key", how="left", maintain_order="left").get_column("number").to_numpy().astype(np.uint64)


def _nothing(columns: Sequence[str]) -> str:
    """The key of a row that has none of the columns' values."""
    return "{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:null" for name in columns) + "}"


def _keys(rows: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    # JSON has no bytes
    written = [pl.col(name).bin.encode("hex") if rows.schema[name] == pl.Binary else name for name in columns]
    return rows.select(pl.struct(written).struct.json_encode().alias("key"))


def _hash(value: str) -> int:
    return xxhash.xxh3_64_intdigest(value.encode()) | 2


def listed(column: pl.Series) -> tuple[npt.NDArray[np.int64], U64]:
    """How many items each row has, and the numbers of them all. A single value is a list of one; null one of none."""
    nested = column if isinstance(column.dtype, pl.List) else column.reshape((-1, 1)).arr.to_list()
    alone = not isinstance(column.dtype, pl.List)
    lengths = (
        column.is_not_null().cast(pl.Int64).to_numpy() if alone else nested.list.len().fill_null(0).cast(pl.Int64).to_numpy()
    )
    items = column.drop_nulls() if alone else nested.filter(nested.list.len().fill_null(0) > 0).explode()
    return np.asarray(lengths, np.int64), numbered(items.alias("item").to_frame(), ["item"])


def measured(column: pl.Series) -> npt.NDArray[np.float64]:
    """Numbers as they are, dates and times as seconds since 1970 (UTC where they name no zone); NaN where there is neither."""
    if column.dtype.is_temporal():
        seconds = column.cast(pl.Datetime("us", getattr(column.dtype, "time_zone", None))).dt.epoch("us") / 1e6
    elif column.dtype == pl.String:
        seconds = _written(column)
    elif column.dtype.is_numeric() or column.dtype == pl.Boolean:
        seconds = column.cast(pl.Float64)
    else:
        seconds = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(column))
    found: npt.NDArray[np.float64] = np.array(seconds.fill_null(float("nan")).to_numpy(), np.float64)
    return found


def _written(column: pl.Series) -> pl.Series:
    """Numbers, dates and times as text, such as CSV files hold."""
    text = pl.col("text").str.strip_chars()
    zoned = [text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False).dt.epoch("us") for form in _TIMES]
    local = [text.str.to_datetime(form, time_unit="us", strict=False).dt.epoch("us") for form in _LOCAL_TIMES]
    days = [text.str.to_date(form, strict=False).cast(pl.Datetime("us")).dt.epoch("us") for form in _DAYS]
    times = pl.coalesce(*zoned, *local, *days).cast(pl.Float64) / 1e6
    return pl.DataFrame({"text": column}).select(pl.coalesce(text.cast(pl.Float64, strict=False), times)).to_series()


def _value(load: Load, groups: Sequence[Sequence[str]], which: int, number: int) -> str:
    """What `numbered` has given a number to, as a reader would write it."""
    return _looked(load, groups, which, (number,), ())[number]


def _looked(
    load: Load, groups: Sequence[Sequence[str]], which: int, numbers: Collection[int], texts: Collection[str]
) -> dict[int, str]:
    """Those of `numbers`, and the numbers of those of `texts`, that are among the rows, each with its value."""
    columns, wanted = list(groups[which]), set(numbers)
    found = {NO_VALUE: "no value"} if NO_VALUE in wanted else {}
    for rows in load():
        if not texts and found.keys() >= wanted:
            break
        for key in set(_keys(rows, columns).get_column("key").unique().to_list()) - {_nothing(columns)}:
            number, text = _hash(key), _shown(key)
            if number in wanted or text in texts:
                found[number] = text
    return found


def _shown(key: str) -> str:
    values = json.loads(key).values()
    return ", ".join(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values)


def _item(load: Load, lists: Sequence[str], which: int, number: int) -> str:
    for rows in load():
        column = rows.get_column(lists[which])
        items = column.explode() if isinstance(column.dtype, pl.List) else column
        for value in items.drop_nulls().unique().to_list():
            if _hash(pl.DataFrame({"item": [value]}).select(pl.struct("item").struct.json_encode()).item()) == number:
                return str(value)
    raise KeyError(number)


def decision_frame(step: Step, columns: dict[str, npt.NDArray[np.int64]], start: int, count: int) -> pl.DataFrame:
    """The verdict of one block: what was decided of its rows."""
    kinds = {"part": pl.UInt8, "times": pl.Int32}
    assert isinstance(step.op, (Split, Sample))
    types = {name: kinds.get(name, step.op.makes().get(name, pl.Int32())) for name in columns}
    return pl.DataFrame({name: pl.Series(values[start : start + count]).cast(types[name]) for name, values in columns.items()})
