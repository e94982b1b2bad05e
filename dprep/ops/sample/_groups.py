"""What the samples share: rows by group, how far a budget goes in each, and what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.base.problem import fail
from dprep.base.table import Table

U64 = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Small = npt.NDArray[Any]
"""Numbers below the number of rows, in 32 bits where they fit."""

MOST_ROWS = 2**31 - 1
_TOLD = 20
"""Groups whose figures are told one by one: the largest."""
_NEAR = 1e-12
"""A sum that exceeds a budget by less than this share of it exceeds it by the last bits of float64 only."""


@dataclass(frozen=True)
class Groups:
    """Rows sorted into groups, and within each by luck, so that nothing depends on the order in which rows come."""

    numbers: U64  # (groups,)
    """What the table calls them, rising."""
    rows: Counts  # (groups,)
    order: Small  # (rows,)
    """The rows group by group; within each, those that are served first come first."""

    @classmethod
    def by(cls, values: U64, luck: U64, later: npt.NDArray[np.bool_] | None = None) -> Groups:
        """`later`: rows that are served after all others of their group."""
        small = np.uint32 if len(values) < 2**32 else np.uint64
        numbers, of = np.unique(values, return_inverse=True)
        of = of.astype(small)
        keys = (luck, of) if later is None else (luck, later, of)
        return cls(numbers, np.bincount(of, minlength=len(numbers)).astype(np.int64), np.lexsort(keys).astype(small))

    def starts(self) -> Counts:
        """Where each group begins in `order`."""
        return np.cumsum(self.rows) - self.rows

    def each(self, per_group: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A number per group as a number per row, in `order`."""
        return np.repeat(per_group, self.rows)

    def turns(self) -> Counts:
        """The place of each row in its group, from 0, in `order`."""
        turns: Counts = np.arange(len(self.order)) - self.each(self.starts())
        return turns

    def back(self, times: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        """`times` in `order` as `times` in the order of the rows."""
        found = np.empty(len(self.order), np.int32)
        found[self.order] = times
        return found

    def sums(self, in_order: npt.NDArray[Any]) -> Numbers:
        """The sum of each group's numbers, which are in `order`."""
        return np.add.reduceat(in_order, self.starts(), dtype=np.float64) if len(self.numbers) else np.zeros(0)


def repeated(groups: Groups, targets: Counts) -> Counts:
    """How often each row comes out, in `order`, so that every group has as many rows as its target: all rows of a group equally
    often, and the first of them once more.
    """
    times: Counts = groups.each(targets // groups.rows) + (groups.turns() < groups.each(targets % groups.rows))
    return times


def within(groups: Groups, sizes: Numbers, targets: Numbers) -> Counts:
    """As `repeated`, where it is not rows that are counted but their `sizes` (in `order`): as near below the target as whole
    rows come in turn. A row that is larger than what is left after the last full round is passed over.
    """
    whole = groups.sums(sizes)
    rounds = np.floor(targets * (1 + _NEAR) / np.maximum(whole, np.finfo(np.float64).tiny))
    rounds[whole == 0] = 1.0
    rest = targets - rounds * whole
    rest[rest <= targets * _NEAR] = 0.0
    left = groups.each(rest * (1 + _NEAR))
    fitting = np.where(sizes <= left, sizes, 0.0)
    running = np.cumsum(fitting)
    before = np.concatenate([[0.0], running])[groups.starts()]
    extra = (left > 0) & (sizes <= left) & (running - groups.each(before) <= left)
    times: Counts = groups.each(rounds.astype(np.int64)) + extra
    return times


def sizes_of(table: Table, which: int, column: str) -> Numbers:
    """The number in `column` of every row. Raises Error where one is missing or below 0."""
    sizes = table.numbers[which]
    unfit = int(np.count_nonzero(~(np.isfinite(sizes) & (sizes >= 0))))
    if unfit:
        raise fail(
            "no-measure",
            f"{unfit:,} of {len(sizes):,} rows have no number of 0 or more in `{column}`, by which the budget is counted",
            "make the column with `tag.tokens` or `tag.length`, and drop rows without it with `filter.where`",
        )
    return sizes


def told(table: Table, groups: Groups, times: Counts, sizes: Numbers | None = None) -> dict[str, Any]:
    """Per group (the largest ones, by name) rows in and out and how many epochs that is; `times` and `sizes` in `order`."""
    shown = np.lexsort((groups.numbers, -groups.rows))[:_TOLD]
    names = table.look(0, [int(number) for number in groups.numbers[shown]], ())
    out = groups.sums(times).astype(np.int64)
    into = groups.rows if sizes is None else groups.sums(sizes)
    comes = out if sizes is None else groups.sums(sizes * times)
    rows = []
    for place in shown.tolist():
        one: dict[str, Any] = {"group": names.get(int(groups.numbers[place]), "")}
        one |= {"in": int(groups.rows[place]), "out": int(out[place])}
        if sizes is not None:
            one |= {"measured_in": float(into[place]), "measured_out": float(comes[place])}
        rows.append(one | {"epochs": round(float(comes[place]) / float(into[place]), 4) if into[place] else 1.0})
    more = len(groups.numbers) - len(shown)
    return {"groups": rows, **({"more_groups": more} if more else {})}


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names as a sentence lists them."""
    shown = [f"`{name}`" for name in names[:most]]
    more = len(names) - len(shown)
    if more:
        return ", ".join(shown) + f" and {more:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
