"""What augmenters that mix rows do with their pool: find rows and classes in it, and walk through it by luck."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.chance import id_words, splitmix64
from dprep.base.mixing import RowPool
from dprep.base.table import NO_VALUE

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

TWIN = 0.8
"""The similarity from which two texts are twins: none is drawn for the other."""
AT_ONCE = 8192
"""Rows of the pool that are in memory at a time."""


def pieces(pool: RowPool) -> Iterator[tuple[int, pl.DataFrame]]:
    """The pool's rows, some at a time: (place of the first, rows)."""
    for first in range(0, len(pool), AT_ONCE):
        yield first, pool.take(np.arange(first, min(first + AT_ONCE, len(pool))))


def taken(pool: RowPool, places: Places) -> pl.DataFrame:
    """The rows at these places, each fetched once however often it is asked for."""
    distinct, of = np.unique(places, return_inverse=True)
    found: pl.DataFrame = pool.take(distinct)[of.tolist()]
    return found


def save(folder: Path, **arrays: npt.NDArray[Any]) -> None:
    """Keep arrays in the pool's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def kept(folder: Path, name: str) -> npt.NDArray[Any]:
    """An array of the pool's folder, mapped."""
    found: npt.NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return found


def made(path: Path, dtype: type, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """A new array, mapped, of zeros that are on the disk: a full disk is an OSError here, and would be a signal later."""
    found: npt.NDArray[Any] = np.lib.format.open_memmap(path, "w+", dtype, shape)
    left = found.nbytes
    with path.open("r+b") as file:
        file.seek(-left, os.SEEK_END)
        while left:
            left -= file.write(bytes(min(left, 1 << 20)))
    return found


def _id_keys(ids: pl.Series) -> U64:
    words = id_words(ids)
    return splitmix64(words[:, 0]) ^ words[:, 1]


def save_members(pool: RowPool) -> None:
    """Keep where each row's id is, and the rows of each class."""
    keys = np.concatenate([np.zeros(0, np.uint64), *(_id_keys(rows.get_column("id")) for _, rows in pieces(pool))])
    by_id = np.argsort(keys, kind="stable")
    by_class = np.argsort(pool.group, kind="stable")
    classes, starts = np.unique(pool.group[by_class], return_index=True)
    save(pool.folder, ids=keys[by_id], by_id=by_id, members=by_class, classes=classes, starts=np.append(starts, len(pool)))


@dataclass(frozen=True)
class Members:
    """The pool by classes: class c has the places members[starts[c]:starts[c + 1]], in the order of their luck."""

    classes: U64  # (classes,)
    starts: Places  # (classes + 1,)
    members: Places  # (rows,)

    @property
    def sizes(self) -> Places:
        return np.diff(self.starts)

    def number(self, group: U64) -> Places:
        """The place among the classes of each of these groups."""
        return np.searchsorted(self.classes, group)


def members(pool: RowPool) -> Members:
    """The classes that `save_members` has kept."""
    return Members(*(np.asarray(kept(pool.folder, name)) for name in ("classes", "starts", "members")))


def places_of(rows: pl.DataFrame, pool: RowPool) -> Places:
    """(rows,): where each of these rows stands in the pool. All of them do."""
    keys, by_id = kept(pool.folder, "ids"), kept(pool.folder, "by_id")
    return np.asarray(by_id[np.searchsorted(keys, _id_keys(rows.get_column("id")))], np.int64)


def has_class(group: U64) -> npt.NDArray[np.bool_]:
    """False where the columns that say the class are all null."""
    return np.asarray(group != NO_VALUE)


@dataclass(frozen=True)
class Walk:
    """For each of some rows a way through all of `size` things that meets each of them once, drawn by luck."""

    start: Places  # (rows,)
    stride: Places  # (rows,), shares no factor with size
    size: Places  # (rows,), at least 1

    def at(self, step: int | Places) -> Places:
        """The `step`-th thing on each way, from 0."""
        return (self.start + step * self.stride) % self.size

    def of(self, rows: npt.NDArray[np.intp]) -> Walk:
        """The ways of some rows."""
        return Walk(self.start[rows], self.stride[rows], self.size[rows])


def walk(luck: U64, size: int | Places) -> Walk:
    """A way for each row. luck: the same for all variants of a row, so that they meet different things."""
    sizes = np.maximum(np.broadcast_to(np.asarray(size, np.int64), luck.shape), 1)
    drawn = splitmix64(luck)
    start = (drawn % sizes.astype(np.uint64)).astype(np.int64)
    stride = (splitmix64(drawn) % sizes.astype(np.uint64)).astype(np.int64) + 1
    while True:
        shared = np.gcd(stride, sizes) > 1
        if not shared.any():
            return Walk(start, stride, sizes)
        stride[shared] += 1


def as_texts(rows: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """One text per row: its values in `columns`, a line each; null is the empty text."""
    texts = [spelled(name, rows.schema[name]).fill_null("") for name in columns]
    return rows.select(pl.concat_str(texts, separator="\n").alias("text")).to_series()


def spelled(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column as text: lists with commas, objects as JSON."""
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if isinstance(dtype, pl.List) and not dtype.inner.is_nested():
        return column.cast(pl.List(pl.String)).list.join(", ")
    if dtype.is_nested():
        alone = pl.struct(column.alias("v")).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}")
        return pl.when(column.is_not_null()).then(alone)
    return column.cast(pl.String)
