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

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from annotated_types import Gt, Le, MaxLen, MinLen
from pydantic import BaseModel, ConfigDict, StringConstraints

from dprep.base.operator import Split, Words
from dprep.kernels.quotas import deal_groups, rounded
from dprep.kernels.union import flatten, join_equal

U64 = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

PartName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Ratio = Annotated[float, Gt(0), Le(1_000_000_000)]

_WHOLE_WEIGHT = 0.25
"""How much the totals of the parts count beside the strata when units are placed."""


class Twins(BaseModel):
    """How near-duplicates are found for `unit = ["twins"]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    threshold: Annotated[float, Gt(0), Le(1)] = 0.8
    """Jaccard similarity from which two texts are twins."""
    shingles: Literal["auto", "words", "characters"] = "auto"
    """What texts are compared by, as in `dedup.minhash`."""


class Stratified(Split):
    ratios: Annotated[dict[PartName, Ratio], MinLen(2), MaxLen(64)] = {"train": 8.0, "validation": 1.0, "test": 1.0}
    """The parts in their order, each with its share; only the proportion of the numbers matters."""
    stratum: Words = ()
    """Columns whose values (together) are spread over the parts in proportion, such as the label."""
    unit: Words = ()
    """Columns that hold rows together: rows equal in any of them get the same part. `twins`: near-duplicates stay together."""
    twins: Twins = Twins()
    """How `twins` are found."""

    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.stratum, *("cluster" if name == "twins" else name for name in self.unit)]))

    def parts(self) -> tuple[str, ...]:
        return tuple(self.ratios)

    def assign(self, luck: U64, stratum: U64, links: U64) -> npt.NDArray[np.uint8]:
        """The place in `parts()` of every row; a link of 0 links nothing."""
        if not len(luck):
            return np.zeros(0, np.uint8)
        weights = np.fromiter(self.ratios.values(), np.float64)
        names, strata = np.unique(stratum, return_inverse=True)
        order = np.lexsort((luck, strata))
        rows_of = np.bincount(strata, minlength=len(names))
        turn = _turns(luck, order, rows_of)
        quotas = rounded(_shares(rows_of, weights), turn)
        members, placed = _unit_parts(luck, strata, _units(links), weights)
        part = np.zeros(len(luck), np.uint8)
        part[members] = placed
        taken = np.bincount(strata[members] * len(weights) + placed, minlength=quotas.size).reshape(quotas.shape)
        alone = np.ones(len(luck), np.bool_)
        alone[members] = False
        order = order[alone[order]]
        part[order] = _dealt(_what_is_missing(quotas - taken, np.bincount(strata[order], minlength=len(names)), turn))
        return part


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


def _units(links: U64) -> Counts:
    """The number of the unit of every row: the smallest row of its connected component."""
    parent = np.arange(len(links))
    for column in links.T:
        values = np.ascontiguousarray(column)
        join_equal(parent, np.argsort(values), values)
    flatten(parent)
    return parent


def _unit_parts(luck: U64, strata: Counts, unit: Counts, weights: npt.NDArray[np.float64]) -> tuple[Counts, Counts]:
    """The rows in units of two or more, and the part of each."""
    together = np.flatnonzero(np.bincount(unit, minlength=len(unit))[unit] > 1)
    if not len(together):
        return together, together
    members, groups = _by_size(luck, unit, together)
    starts, cells, counts = _cells(groups, strata[members])
    shares = _shares(np.bincount(strata[members], minlength=strata.max() + 1), weights)
    return members, deal_groups(starts, cells, counts, shares, _WHOLE_WEIGHT)[groups]


def _by_size(luck: U64, unit: Counts, members: Counts) -> tuple[Counts, Counts]:
    """Rows of units and their units' new numbers, by falling size; units of one size by their luckiest rows."""
    _, group, size = np.unique(unit[members], return_inverse=True, return_counts=True)
    luckiest = np.full(len(size), np.iinfo(np.uint64).max)
    np.minimum.at(luckiest, group, luck[members])
    place = np.empty(len(size), np.int64)
    place[np.lexsort((luckiest, -size))] = np.arange(len(size))
    order = np.argsort(place[group], kind="stable")
    return members[order], place[group][order]


def _cells(groups: Counts, strata: Counts) -> tuple[Counts, Counts, Counts]:
    """Rows per (group, stratum) in compressed rows: starts of the groups, strata, counts. `groups` is sorted from 0."""
    order = np.lexsort((strata, groups))
    groups, strata = groups[order], strata[order]
    first = np.flatnonzero(np.r_[True, (np.diff(groups) != 0) | (np.diff(strata) != 0)])
    starts = np.searchsorted(groups[first], np.arange(groups[-1] + 2))
    return starts, strata[first], np.diff(np.r_[first, len(groups)])


def _what_is_missing(missing: Counts, rows_of: Counts, turn: Counts) -> Counts:
    """Quotas for single rows; where units have overfilled a part, the others share the rows in proportion to their need."""
    if (missing >= 0).all():
        return missing
    need = np.maximum(missing, 0)
    return rounded(need * (rows_of / np.maximum(need.sum(axis=1), 1))[:, None], turn)
