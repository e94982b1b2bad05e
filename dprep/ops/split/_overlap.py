"""Rows of several labels dealt out to parts: iterative stratification, then moves that bring labels nearer to their shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dprep.base.table import Table
from dprep.kernels.dealing import held, move, moving_costs
from dprep.kernels.iterative import stratified, with_pairs
from dprep.ops.split._classes import Classes, distinct
from dprep.ops.split._spread import Cells, Dealt, cells_of, lifted, searched, shares, slack_of
from dprep.ops.split._units import Counts, Small, counted, in_units, small

U64 = npt.NDArray[np.uint64]
Shares = npt.NDArray[np.float64]
Parts = npt.NDArray[np.uint8]

_PAIR = 0.1
"""How much a pair of labels counts beside a label."""
_MOST_LABELS = 64
"""Rows with more labels than this have no pairs: there would be thousands."""


@dataclass(frozen=True)
class Labels:
    """The labels of every row: those of row i are of[offsets[i]:offsets[i + 1]]."""

    offsets: Counts
    of: npt.NDArray[np.int32]
    values: U64
    """What each label is in the table's list; those of strata and pairs follow without one."""
    rows: Counts
    """(labels,): rows that have it."""
    strata: int
    """How many labels after `values` are strata; what follows are pairs."""

    @property
    def told(self) -> int:
        """How many of the labels are classes that a user would name."""
        return len(self.values) + self.strata


def labels_of(table: Table, strata: Classes | None, pairs: bool) -> Labels:
    """The labels of the table's first list, the stratum of each row as one more, and with `pairs` what occurs together."""
    offsets, items = distinct(table.lists[0])
    values = np.unique(items)
    names, codes = offsets, np.searchsorted(values, items).astype(np.int32)
    if strata is not None:
        codes = np.insert(codes, offsets[1:], strata.of.astype(np.int32) + len(values))
        names = offsets + np.arange(len(offsets))
    many = len(strata) if strata is not None else 0
    if pairs:
        names, codes = _paired(names, codes, len(values) + many)
    whole = max(len(values) + many, int(codes.max(initial=-1)) + 1)
    return Labels(names, codes, values, counted(codes, whole), many)


def _paired(offsets: Counts, codes: npt.NDArray[np.int32], number: int) -> tuple[Counts, npt.NDArray[np.int32]]:
    """Labels and pairs; a label keeps its number, for every label has rows."""
    starts, found = with_pairs(offsets, codes, number, _MOST_LABELS)
    return starts, np.searchsorted(np.unique(found), found).astype(np.int32)


def spread_labels(luck: U64, labels: Labels, unit: Small, weights: Shares, least: Shares) -> Dealt:
    """A part for every row. least: (named labels, parts) rows that a label should have in a part.

    What is told in the answer is of the named labels, and of all rows as the last class.
    """
    group, units = _groups(luck, unit)
    cells, everything = _cells_of(group, labels), len(labels.rows)
    rows = np.append(labels.rows, len(luck))
    asked = np.zeros((len(rows), len(weights)))
    asked[: labels.told] = least
    wanted = lifted(shares(rows, weights), asked)
    slack = slack_of(rows)
    weight = 1.0 / slack[:-1] ** 2
    weight[labels.told : everything] *= _PAIR
    chosen = _first(cells, group, wanted)
    move(cells.starts, cells.classes, cells.counts, wanted, weight, 0.0, chosen)
    slack[labels.told : everything] = np.inf  # pairs help, but nobody asked for them
    chosen = searched(cells, chosen, wanted, asked, np.zeros(len(rows)), slack, overlap=True)
    _settle(cells, units, chosen, wanted, weight)
    named = [*range(labels.told), everything]
    counts = held(cells.starts, cells.classes, cells.counts, chosen, len(rows), len(weights))
    return Dealt(chosen[group], counts[named], wanted[named], cells)


def _groups(luck: U64, unit: Small) -> tuple[Small, int]:
    """The group of every row, a row without a unit being one of its own; and how many groups are units."""
    members, groups = in_units(luck, unit)
    units = int(groups[-1]) + 1 if len(groups) else 0
    found = np.empty(len(luck), small(len(luck)))
    found[members] = groups
    alone = np.ones(len(luck), np.bool_)
    alone[members] = False
    single = np.flatnonzero(alone)
    found[single[np.argsort(luck[single], kind="stable")]] = units + np.arange(len(single))
    return found, units


def _cells_of(group: Small, labels: Labels) -> Cells:
    """Rows per (group, label); all rows are a label too, the last."""
    owners = np.concatenate([np.repeat(group, np.diff(labels.offsets)), group])
    last = np.full(len(group), len(labels.rows), np.int32)
    return cells_of(owners, np.concatenate([labels.of, last]), len(labels.rows) + 1)


def _first(cells: Cells, group: Small, wanted: Shares) -> Parts:
    """By iterative stratification."""
    owners = np.repeat(np.arange(len(cells), dtype=np.int32), np.diff(cells.starts))
    order = np.argsort(cells.classes, kind="stable")
    of_label = np.searchsorted(cells.classes[order], np.arange(len(wanted) + 1))
    sizes = counted(group, len(cells))
    first: Parts = stratified(
        cells.starts, cells.classes, cells.counts, sizes, of_label, owners[order], wanted.copy(), wanted[-1].copy()
    )
    return first


def _settle(cells: Cells, units: int, chosen: Parts, wanted: Shares, weight: Shares) -> None:
    """Move single rows until every part has its share of all rows, rounded up or down, as far as there are such rows.

    Of the rows that can go, those go that labels lose least by; some at a time, since each changes what the next would cost.
    """
    number, parts = wanted.shape
    for _ in range(1000):
        taken = held(cells.starts, cells.classes, cells.counts, chosen, number, parts)
        over = taken - wanted
        source, target = int(over[-1].argmax()), int(over[-1].argmin())
        if over[-1, source] < 1.0 - 1e-6 and over[-1, target] > -1.0 + 1e-6:
            return
        source = source if over[-1, source] > 1e-6 else int((over[-1] - (np.arange(parts) == target) * 1e18).argmax())
        free = units + np.flatnonzero(chosen[units:] == source)
        if not len(free):
            return
        costs = moving_costs(cells.starts, cells.classes, cells.counts, over, weight, free, source, target)
        many = max(1, int(min(over[-1, source], -over[-1, target])) // 4)
        chosen[free[np.argsort(costs, kind="stable")[:many]]] = target
