"""The classes that a split spreads over its parts: equal values, bins of numbers, and labels, of which a row may have many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dprep.base.chance import splitmix64
from dprep.base.problem import Error, Problem
from dprep.base.table import NO_VALUE, Items, Table
from dprep.ops.split._units import Counts, Small, counted, small, stretches

U64 = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Classes:
    """The class of every row."""

    of: Small
    """(rows,)"""
    rows: Counts
    """(classes,)"""
    order: Small
    """Rows sorted by class; those of one class by luck."""

    def __len__(self) -> int:
        return len(self.rows)

    def first(self) -> Small:
        """The luckiest row of each class."""
        found: Small = self.order[np.cumsum(self.rows) - self.rows]
        return found


@dataclass(frozen=True)
class Binned:
    """A column of numbers in bins with about as many rows each."""

    column: str
    edges: Numbers
    """Where a bin ends and the next begins."""
    bins: npt.NDArray[np.int16]
    """(rows,): 0 where there is no number, else the bin from 1."""

    def name(self, row: int) -> str:
        """The bin of a row in words."""
        which = int(self.bins[row])
        if which == 0:
            return f"{self.column}: no number"
        low = f"from {self.edges[which - 2]:g} " if which > 1 else ""
        high = f"under {self.edges[which - 1]:g}" if which <= len(self.edges) else ""
        return f"{self.column} {low}{high}".rstrip()


@dataclass(frozen=True)
class Spelt:
    """How classes are called, and which are none: rows without any value."""

    table: Table
    grouped: bool
    """Whether `table.groups[0]` is part of the class."""
    binned: Sequence[Binned]

    def names(self, rows: Sequence[int]) -> list[str]:
        """The classes of a few rows as their readers would write them."""
        numbers = [int(self.table.groups[0][row]) for row in rows] if self.grouped else []
        values = self.table.look(0, set(numbers), ()) if numbers else {}
        found = [[values[number]] for number in numbers] or [[] for _ in rows]
        return [
            ", ".join([*own, *(each.name(row) for each in self.binned)]) or "all rows"
            for own, row in zip(found, rows, strict=True)
        ]

    def empty(self, rows: Small) -> npt.NDArray[np.bool_]:
        """Which of `rows` have no value that would make a class; none where nothing was asked for."""
        found = np.full(len(rows), self.grouped or bool(self.binned))
        if self.grouped:
            found &= self.table.groups[0][rows] == NO_VALUE
        for each in self.binned:
            found &= each.bins[rows] == 0
        return found


def binned(column: str, numbers: Numbers, count: int) -> Binned:
    """Bins by quantiles; equal numbers are never parted, so there are fewer bins where many are equal."""
    there = np.sort(numbers[~np.isnan(numbers)])
    edges = np.unique(there[[len(there) * k // count for k in range(1, count)]]) if len(there) else there
    edges = edges[edges > there[0]] if len(there) else edges
    if len(numbers) and np.isnan(numbers).all():
        sentence = f"`bins` needs numbers, and no row has one in `{column}`"
        raise Error(Problem("no-measure", sentence, help="name a column of numbers, or put a column of values into `stratum`"))
    bins = np.zeros(len(numbers), np.int16)
    for part in stretches(len(numbers)):
        some = numbers[part]
        bins[part] = np.where(np.isnan(some), 0, np.searchsorted(edges, some, "right") + 1)
    return Binned(column, edges, bins)


def classes_of(table: Table, stratum: Sequence[str], bins: Mapping[str, int]) -> tuple[Classes, Spelt]:
    """The class of every row by the columns `stratum`, which are `table.groups[0]`, and by `bins`, which are its numbers."""
    in_bins = [binned(name, each, bins[name]) for name, each in zip(bins, table.numbers, strict=False)]
    keys = table.groups[0] if stratum else np.full(len(table), NO_VALUE, np.uint64)
    for each in in_bins:
        keys = splitmix64(keys ^ splitmix64(each.bins.astype(np.uint64)))
    return numbered(table.luck, keys), Spelt(table, bool(stratum), in_bins)


def numbered(luck: U64, keys: U64) -> Classes:
    """Classes numbered by their keys."""
    found = [np.unique(keys[part]) for part in stretches(len(keys))]
    names = np.unique(np.concatenate(found)) if found else keys
    of = np.empty(len(keys), small(len(keys)))
    for part in stretches(len(keys)):
        of[part] = np.searchsorted(names, keys[part])
    return Classes(of, counted(of, len(names)), np.lexsort((luck, of)).astype(of.dtype))


def distinct(items: Items) -> tuple[Counts, U64]:
    """The items of each row, sorted, each once: offsets and values."""
    rows = np.repeat(np.arange(len(items.offsets) - 1), np.diff(items.offsets))
    order = np.lexsort((items.values, rows))
    rows, values = rows[order], items.values[order]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])
    lengths = np.bincount(rows[new], minlength=len(items.offsets) - 1)
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]), values[new]
