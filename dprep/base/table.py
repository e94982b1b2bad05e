"""What a decision over all rows is told: a few numbers of each row, never its text; and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]

NO_VALUE = 1
"""The number of a group whose columns are all null."""


@dataclass(frozen=True)
class Asks:
    """The columns that a decision reads, by what it needs of them."""

    groups: tuple[tuple[str, ...], ...] = ()
    """Rows with equal values in these columns (together) get an equal number."""
    links: tuple[str, ...] = ()
    """Rows with an equal value in any of these belong together."""
    numbers: tuple[str, ...] = ()
    """Columns of numbers, dates or times."""
    lists: tuple[str, ...] = ()
    """Columns of lists; a column of single values counts as lists of one."""

    def columns(self) -> tuple[str, ...]:
        """Every column that is read, once."""
        named = (name for group in self.groups for name in group)
        return tuple(dict.fromkeys([*named, *self.links, *self.numbers, *self.lists]))


@dataclass(frozen=True)
class Items:
    """The items of a list column: those of row i are values[offsets[i]:offsets[i + 1]]."""

    offsets: npt.NDArray[np.int64]  # (rows + 1,)
    values: U64
    """Equal items have equal numbers."""


def _unnamed(which: int, number: int) -> str:
    return f"{number:016x}"


def _not_looked(which: int, numbers: Collection[int], texts: Collection[str]) -> dict[int, str]:
    return {number: _unnamed(which, number) for number in numbers}


@dataclass(frozen=True)
class Table:
    """All rows that a step acts on, in input order. What is decided must not depend on that order."""

    luck: U64  # (rows,)
    groups: tuple[U64, ...] = ()
    """(rows,) for each of `Asks.groups`; NO_VALUE where all its columns are null."""
    links: U64 = field(default_factory=lambda: np.zeros((0, 0), np.uint64))
    """(rows, links): equal numbers stay together; 0 links nothing."""
    numbers: tuple[npt.NDArray[np.float64], ...] = ()
    """(rows,) for each of `Asks.numbers`; NaN where there is none; dates and times in seconds since 1970 in UTC."""
    lists: tuple[Items, ...] = ()
    name: Callable[[int, int], str] = _unnamed
    """(which of the groups, a number in it) -> its value as a reader would write it. Looks through the rows: for few values."""
    look: Callable[[int, Collection[int], Collection[str]], dict[int, str]] = _not_looked
    """(which of the groups, numbers in it, values as a reader would write them) -> number -> value, for each that is among the
    rows. Goes through the rows once, however many are wanted.
    """
    item: Callable[[int, int], str] = _unnamed
    """The same for an item of a list."""

    def __len__(self) -> int:
        return len(self.luck)


@dataclass(frozen=True)
class Decided:
    """One number per row for each column that is made, and what is worth telling of the decision."""

    columns: Mapping[str, npt.NDArray[Any]]
    notes: Mapping[str, Any] = field(default_factory=dict)
    """JSON values; they stand in the manifest and in the report."""
