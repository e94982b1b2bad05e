"""Divide the rows into parts by given ratios, alike in every class, and keep together what belongs together.

Use it before any step that adds rows (`augment`), and after `dedup`, so that no copy of a training row is tested on. A
second split needs `parts`.

Without units the counts are exact: in every stratum each part gets its share rounded up or down, and so does each part as a
whole. With units (one customer's mails, the twins of one text) no unit is ever torn: rows that share a value of any `unit`
column, or are linked through others, form one unit. Large units are placed first, each where the squared differences from
the shares grow least; then single rows fill what is missing. So the counts are exact wherever there are single rows enough,
and differ only by as much as the units force. A row whose unit is null is a unit of its own; rows whose stratum is null are
a stratum of their own.

Which row goes where depends on the recipe's seed, the step's name and the rows' ids: not on the order of rows.

Chinese: reads no text; the same in every language.

Source: controlled rounding, Bacharach 1966, "Matrix rounding problems"; placing large groups first, Graham 1969, "Bounds on
multiprocessing timing anomalies".

```toml
op = "split.stratified"
ratios = { train = 3, test = 1 }
unit = ["customer"]
```
```diff
- {"text": "hello", "customer": "a"}
+ {"text": "hello", "customer": "a", "part": "train"}
- {"text": "hello again", "customer": "a"}
+ {"text": "hello again", "customer": "a", "part": "train"}
- {"text": "where is my order", "customer": "b"}
+ {"text": "where is my order", "customer": "b", "part": "test"}
- {"text": "thanks", "customer": "a"}
+ {"text": "thanks", "customer": "a", "part": "train"}
```
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from annotated_types import Gt, Le, MaxLen, MinLen
from pydantic import StringConstraints

from dprep.base.operator import Split, Words
from dprep.base.table import Asks, Decided, Table
from dprep.base.twins import Twins
from dprep.kernels.quotas import deal_groups, rounded
from dprep.kernels.union import flatten, join_equal

U64 = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Small = npt.NDArray[Any]
"""Numbers below the number of rows, in 32 bits where they fit."""

PartName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Ratio = Annotated[float, Gt(0), Le(1_000_000_000)]

_STRETCH = 1 << 18
_WHOLE_WEIGHT = 0.25
"""How much the totals of the parts count beside the strata when units are placed."""


class Stratified(Split):
    ratios: Annotated[dict[PartName, Ratio], MinLen(2), MaxLen(64)] = {"train": 8.0, "validation": 1.0, "test": 1.0}
    """The parts in their order, each with its share; only the proportion of the numbers matters."""
    stratum: Words = ()
    """Columns whose values (together) are spread over the parts in proportion, such as the label."""
    unit: Words = ()
    """Columns that hold rows together: rows equal in any of them get the same part. `twins`: near-duplicates stay together."""
    twins: Twins = Twins()
    """How `twins` are found."""

    def asks(self) -> Asks:
        return Asks(groups=(self.stratum,), links=tuple("cluster" if name == "twins" else name for name in self.unit))

    def parts(self) -> tuple[str, ...]:
        return tuple(self.ratios)

    def decide(self, table: Table) -> Decided:
        return Decided({"part": self.assign(table.luck, table.groups[0], table.links)})

    def assign(self, luck: U64, stratum: U64, links: U64) -> npt.NDArray[np.uint8]:
        """The place in `parts()` of every row; a link of 0 links nothing."""
        if not len(luck):
            return np.zeros(0, np.uint8)
        weights = np.fromiter(self.ratios.values(), np.float64)
        strata, rows_of = _numbered(stratum)
        order = np.lexsort((luck, strata)).astype(strata.dtype)
        turn = _turns(luck, order, rows_of)
        quotas = rounded(_shares(rows_of, weights), turn)
        members, placed = _unit_parts(luck, strata, _units(links), weights)
        part = np.zeros(len(luck), np.uint8)
        part[members] = placed
        taken = _counted(strata[members], len(rows_of) * len(weights), placed, len(weights)).reshape(quotas.shape)
        alone = np.ones(len(luck), np.bool_)
        alone[members] = False
        order = order[alone[order]]
        singles = rows_of - taken.sum(axis=1)
        part[order] = _dealt(_what_is_missing(quotas - taken, singles, turn))
        return part


def _numbered(stratum: U64) -> tuple[Small, Counts]:
    """Strata numbered by their values, and the rows of each."""
    names = np.unique(np.concatenate([np.unique(stratum[part]) for part in _stretches(len(stratum))]))
    strata = np.empty(len(stratum), np.uint32 if len(stratum) < 2**32 else np.uint64)
    for part in _stretches(len(stratum)):
        strata[part] = np.searchsorted(names, stratum[part])
    return strata, _counted(strata, len(names))


def _stretches(rows: int) -> Iterator[slice]:
    """Whole arrays of 8-byte numbers, made for a moment, would be most of the memory that a split takes."""
    return (slice(first, first + _STRETCH) for first in range(0, rows, _STRETCH))


def _counted(values: Small, size: int, second: Small | None = None, times: int = 1) -> Counts:
    """How often each of `size` numbers is in `values`, or in values * times + second."""
    counts = np.zeros(size, np.int64)
    for part in _stretches(len(values)):
        cells = values[part].astype(np.int64) * times
        counts += np.bincount(cells if second is None else cells + second[part], minlength=size)
    return counts


def _shares(rows_of: Counts, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(strata, parts): how many rows each part should have, as fractions."""
    shares: npt.NDArray[np.float64] = rows_of[:, None] * (weights / weights.sum())
    return shares


def _turns(luck: U64, order: Counts, rows_of: Counts) -> Counts:
    """The strata in the order of their luckiest rows."""
    luckiest = luck[order[np.cumsum(rows_of) - rows_of]]
    return np.argsort(luckiest, kind="stable")


def _dealt(quotas: Counts) -> npt.NDArray[np.uint8]:
    """Parts for rows sorted by stratum: the first quota of each stratum to part 0, the next to part 1, and so on."""
    parts = np.tile(np.arange(quotas.shape[1], dtype=np.uint8), len(quotas))
    dealt: npt.NDArray[np.uint8] = np.repeat(parts, quotas.ravel())
    return dealt


def _units(links: U64) -> Small:
    """The number of the unit of every row: the smallest row of its connected component."""
    parent = np.arange(len(links), dtype=np.uint32 if len(links) < 2**32 else np.int64)
    for column in links.T:
        values = np.ascontiguousarray(column)
        join_equal(parent, np.argsort(values), values)
    flatten(parent)
    return parent


def _unit_parts(luck: U64, strata: Small, unit: Small, weights: npt.NDArray[np.float64]) -> tuple[Small, npt.NDArray[np.uint8]]:
    """The rows in units of two or more, and the part of each."""
    linked = np.zeros(len(unit), np.bool_)
    for part in _stretches(len(unit)):
        followers = part.start + np.flatnonzero(unit[part] != np.arange(part.start, min(part.stop, len(unit))))
        linked[followers] = True
        linked[unit[followers]] = True
    together = np.flatnonzero(linked).astype(unit.dtype)
    if not len(together):
        return together, np.zeros(0, np.uint8)
    members, groups = _by_size(luck, unit, together)
    starts, cells, counts = _cells(groups, strata[members])
    shares = _shares(_counted(strata[members], int(strata.max()) + 1), weights)
    return members, deal_groups(starts, cells, counts, shares, _WHOLE_WEIGHT).astype(np.uint8)[groups]


def _by_size(luck: U64, unit: Small, members: Small) -> tuple[Small, Small]:
    """Rows of units and their units' new numbers, by falling size; units of one size by their luckiest rows."""
    first_rows = members[unit[members] == members]
    group = np.empty_like(members)
    luckiest = np.full(len(first_rows), np.iinfo(np.uint64).max)
    for part in _stretches(len(members)):
        group[part] = np.searchsorted(first_rows, unit[members[part]])
        np.minimum.at(luckiest, group[part], luck[members[part]])
    place = np.empty(len(first_rows), group.dtype)
    place[np.lexsort((luckiest, -_counted(group, len(first_rows))))] = np.arange(len(first_rows))
    group = place[group]
    order = np.argsort(group, kind="stable").astype(group.dtype)
    return members[order], group[order]


def _cells(groups: Small, strata: Small) -> tuple[Counts, Counts, Counts]:
    """Rows per (group, stratum) in compressed rows: starts of the groups, strata, counts. `groups` is sorted from 0."""
    width = np.uint64(int(strata.max()) + 1)
    cells = groups.astype(np.uint64)
    cells *= width
    cells += strata
    cells.sort()
    first = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1]])
    distinct = cells[first]
    starts = np.searchsorted(distinct // width, np.arange(int(groups[-1]) + 2, dtype=np.uint64))
    return starts, (distinct % width).astype(np.int64), np.diff(np.r_[first, len(cells)])


def _what_is_missing(missing: Counts, rows_of: Counts, turn: Counts) -> Counts:
    """Quotas for single rows; where units have overfilled a part, the others share the rows in proportion to their need."""
    if (missing >= 0).all():
        return missing
    need = np.maximum(missing, 0)
    return rounded(need * (rows_of / np.maximum(need.sum(axis=1), 1))[:, None], turn)
