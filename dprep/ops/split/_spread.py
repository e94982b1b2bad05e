"""Rows dealt out to parts: each class in proportion, units whole, and by luck which row goes where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dprep.kernels.dealing import deal, held, move
from dprep.kernels.quotas import levelled, rounded
from dprep.kernels.repair import Books, judged, repaired
from dprep.ops.split._classes import Classes
from dprep.ops.split._units import Counts, Small, in_units, small, stretches

U64 = npt.NDArray[np.uint64]
Shares = npt.NDArray[np.float64]
Parts = npt.NDArray[np.uint8]

POINTS = 0.005
"""How far from its shares a class may be where units are whole, in rows per row of it; a row is always allowed."""
_WHOLE = 0.25
"""How much the totals of the parts count beside the classes when units are placed."""
_BUDGET = 9_000_000
"""Most steps of the search for better places, about a second."""
_SEARCHES = 3
_MOST_BAD = 4096


@dataclass(frozen=True)
class Cells:
    """How many rows of which classes each unit has: those of unit u at starts[u]:starts[u + 1]; units by falling size."""

    starts: Counts
    classes: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of_class(self, which: int) -> Counts:
        """The rows of a class in each of its units."""
        found: Counts = self.counts[self.classes == which].astype(np.int64)
        return found

    def sizes(self) -> Counts:
        """The rows of each unit, where no row is of two classes."""
        return np.add.reduceat(self.counts, self.starts[:-1]).astype(np.int64) if len(self) else np.zeros(0, np.int64)


@dataclass(frozen=True)
class Dealt:
    """The part of every row, and what came of it."""

    part: Parts
    """(rows,)"""
    counts: Counts
    """(classes, parts)"""
    wanted: Shares
    """(classes, parts): the rows that were asked for, as fractions."""
    cells: Cells


def shares(rows: Counts, weights: Shares) -> Shares:
    """(classes, parts): how many rows each part should have, as fractions."""
    found: Shares = rows[:, None] * (weights / weights.sum())
    return found


def lifted(wanted: Shares, least: Shares) -> Shares:
    """`wanted` with `least` rows at least, taken from the other parts in proportion; where a class has too few, as it was."""
    lacking = np.flatnonzero((wanted < least - 1e-9).any(axis=1) & (wanted.sum(axis=1) >= least.sum(axis=1)))
    lifted = wanted.copy()
    for which in lacking:
        raised = np.zeros(wanted.shape[1], np.bool_)
        share = wanted[which]
        while (share < least[which] - 1e-9).any():
            raised |= share < least[which] - 1e-9
            rest = wanted[which].sum() - least[which][raised].sum()
            free = np.where(raised, 0.0, wanted[which])
            share = np.where(raised, least[which], free * (rest / max(free.sum(), 1e-300)))
        lifted[which] = share
    return lifted


def slack_of(rows: Counts) -> Shares:
    """(classes + 1,): how many rows a class may be off, and all rows together."""
    return np.maximum(1.0, POINTS * np.append(rows, rows.sum()))


def spread(luck: U64, classes: Classes, unit: Small, weights: Shares, least: Shares) -> Dealt:
    """A part for every row. least: (classes, parts) rows that a class should have in a part."""
    wanted = lifted(shares(classes.rows, weights), least)
    turn = np.argsort(luck[classes.first()], kind="stable")  # the classes in the order of their luckiest rows
    members, groups = in_units(luck, unit)
    part = np.zeros(len(luck), np.uint8)
    cells, taken = cells_of(groups, classes.of[members], len(classes)), np.zeros(wanted.shape, np.int64)
    if len(members):
        chosen = _placed(cells, classes, wanted, weights, least)
        part[members] = chosen[groups]
        taken = held(cells.starts, cells.classes, cells.counts, chosen, len(classes), len(weights))
    alone = np.ones(len(luck), np.bool_)
    alone[members] = False
    order = classes.order[alone[classes.order]]
    missing = _missing(rounded(wanted, turn) - taken, taken, wanted, least, turn)
    part[order] = _dealt(missing)
    return Dealt(part, taken + missing, wanted, cells)


def cells_of(groups: Small, classes: Small, number: int) -> Cells:
    """Rows per (unit, class). groups: the unit of each row, or of each of its labels, numbered from 0 and sorted or not."""
    if not len(groups):
        return Cells(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32))
    width = np.uint64(number)
    cells = groups.astype(np.uint64)
    for part in stretches(len(cells)):
        cells[part] = cells[part] * width + classes[part].astype(np.uint64)
    cells.sort()
    new = np.ones(len(cells), np.bool_)
    np.not_equal(cells[1:], cells[:-1], out=new[1:])
    firsts = np.append(np.flatnonzero(new).astype(small(len(cells))), small(len(cells))(len(cells)))
    cells = cells[new]
    of = np.empty(len(cells), np.int32)
    for part in stretches(len(cells)):
        of[part] = cells[part] % width
    cells //= width
    starts = np.searchsorted(cells, np.arange(int(cells[-1]) + 2, dtype=np.uint64))
    del cells
    return Cells(starts, of, np.diff(firsts).astype(np.int32))


def _placed(cells: Cells, classes: Classes, wanted: Shares, weights: Shares, least: Shares) -> Parts:
    """A part for every unit."""
    slack = slack_of(classes.rows)
    in_all = np.bincount(cells.classes, weights=cells.counts, minlength=len(classes)).astype(np.int64)
    own, weight = shares(in_all, weights), 1.0 / slack[:-1] ** 2
    whole = _WHOLE * float((in_all * weight).sum() / in_all.sum())
    chosen = np.zeros(len(cells), np.uint8)
    deal(cells.starts, cells.classes, cells.counts, own, weight, whole, chosen)
    move(cells.starts, cells.classes, cells.counts, own, weight, whole, chosen)
    return searched(cells, chosen, wanted, least, (classes.rows - in_all).astype(np.float64), slack, overlap=False)


def searched(
    cells: Cells, chosen: Parts, wanted: Shares, least: Shares, singles: Shares, slack: Shares, *, overlap: bool
) -> Parts:
    """`chosen`, with units moved where classes are beyond their slack."""
    number, parts = wanted.shape
    taken = held(cells.starts, cells.classes, cells.counts, chosen, number, parts).astype(np.float64)
    near = (taken <= wanted + 1e-9).all(axis=1) if not overlap else np.abs(taken - wanted).max(axis=1) <= slack[:-1]
    if near.all() and not (overlap and (taken < least).any()):  # as is usual: the search need not even be compiled
        return chosen
    off, costs = np.zeros((number + 1, parts)), np.zeros(number)
    books = Books(
        cells.starts, cells.classes, cells.counts, taken, wanted, least, singles, slack, off, costs, np.zeros(parts), overlap
    )
    for _ in range(_SEARCHES):
        judged(books)
        bad = _beyond(books)
        if not len(bad) or not repaired(books, chosen, bad, *_members(cells, bad, number), _BUDGET // _SEARCHES):
            break
    return chosen


def _beyond(books: Books) -> Counts:
    """The classes that are beyond their slack, or short of their least, the worst first; all rows are the last class."""
    worst = np.abs(books.off).max(axis=1) / books.slack
    worst[:-1] = np.maximum(worst[:-1], np.sqrt(books.costs))
    bad = np.flatnonzero(worst > 1.0 + 1e-6)
    return bad[np.argsort(-worst[bad], kind="stable")][:_MOST_BAD]


def _members(cells: Cells, bad: Counts, number: int) -> tuple[Counts, Counts]:
    """The units of each bad class, those with most of its rows first: starts, units."""
    place = np.full(number + 1, -1)
    place[bad] = np.arange(len(bad))
    owner = np.repeat(np.arange(len(cells)), np.diff(cells.starts))
    inside = np.flatnonzero(place[cells.classes] >= 0)
    which, rows, units = place[cells.classes[inside]], cells.counts[inside], owner[inside]
    if place[number] >= 0:
        which = np.append(which, np.full(len(cells), place[number]))
        rows, units = np.append(rows, cells.sizes()), np.append(units, np.arange(len(cells)))
    order = np.lexsort((units, -rows, which))
    return np.searchsorted(which[order], np.arange(len(bad) + 1)), units[order]


def _missing(short: Counts, taken: Counts, wanted: Shares, least: Shares, turn: Counts) -> Counts:
    """Quotas for single rows; where units have overfilled a part, the others share the rows so that none lacks more."""
    over = np.flatnonzero((short < 0).any(axis=1))
    if not len(over):
        return short
    fill = short.astype(np.float64)
    fill[over] = levelled(taken[over].astype(np.float64), wanted[over], least[over], short[over].sum(axis=1).astype(np.float64))
    return rounded(fill, turn)


def _dealt(quotas: Counts) -> Parts:
    """Parts for rows sorted by class: the first quota of each class to part 0, the next to part 1, and so on."""
    parts = np.tile(np.arange(quotas.shape[1], dtype=np.uint8), len(quotas))
    dealt: Parts = np.repeat(parts, quotas.ravel())
    return dealt
