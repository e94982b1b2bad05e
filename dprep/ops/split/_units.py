"""What a split must not part: rows linked by equal values form units."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.kernels.union import flatten, join_equal

U64 = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Small = npt.NDArray[Any]
"""Numbers below the number of rows, in 32 bits where they fit."""

_STRETCH = 1 << 18


def linked(unit: Sequence[str]) -> tuple[str, ...]:
    """The columns that hold rows together: the plan marks twins in `cluster`."""
    return tuple("cluster" if name == "twins" else name for name in unit)


def units_of(links: U64) -> Small:
    """(rows,): the number of the unit of every row, which is the smallest row of its connected component.

    links: (rows, links); rows equal in any column belong together, 0 links nothing.
    """
    parent = np.arange(len(links), dtype=small(len(links)))
    for column in links.T:
        values = np.ascontiguousarray(column)
        join_equal(parent, np.argsort(values), values)
    flatten(parent)
    return parent


def in_units(luck: U64, unit: Small) -> tuple[Small, Small]:
    """The rows that share their unit with others, and their units numbered from 0 by falling size.

    Units of one size stand in the order of their luckiest rows; rows stand by the number of their unit.
    """
    shared = np.zeros(len(unit), np.bool_)
    for part in stretches(len(unit)):
        followers = part.start + np.flatnonzero(unit[part] != np.arange(part.start, min(part.stop, len(unit))))
        shared[followers] = True
        shared[unit[followers]] = True
    members = np.flatnonzero(shared).astype(unit.dtype)
    return _by_size(luck, unit, members) if len(members) else (members, members)


def _by_size(luck: U64, unit: Small, members: Small) -> tuple[Small, Small]:
    first_rows = members[unit[members] == members]
    group = np.empty_like(members)
    luckiest = np.full(len(first_rows), np.iinfo(np.uint64).max)
    for part in stretches(len(members)):
        group[part] = np.searchsorted(first_rows, unit[members[part]])
        np.minimum.at(luckiest, group[part], luck[members[part]])
    place = np.empty(len(first_rows), group.dtype)
    place[np.lexsort((luckiest, -counted(group, len(first_rows))))] = np.arange(len(first_rows))
    group = place[group]
    order = np.argsort(group, kind="stable").astype(group.dtype)
    return members[order], group[order]


def small(rows: int) -> type[np.uint32] | type[np.int64]:
    """The type of `Small` numbers below `rows`."""
    return np.uint32 if rows < 2**32 else np.int64


def stretches(rows: int) -> Iterator[slice]:
    """Whole arrays of 8-byte numbers, made for a moment, would be most of the memory that a split takes."""
    return (slice(first, first + _STRETCH) for first in range(0, rows, _STRETCH))


def counted(values: Small, size: int, second: Small | None = None, times: int = 1) -> Counts:
    """How often each of `size` numbers is in `values`, or in values * times + second."""
    counts = np.zeros(size, np.int64)
    for part in stretches(len(values)):
        cells = values[part].astype(np.int64) * times
        counts += np.bincount(cells if second is None else cells + second[part], minlength=size)
    return counts
