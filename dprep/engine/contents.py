"""Rows with equal content are one member of what is clustered: numbered by their hashes, so the order of rows is nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Sets
from dprep.engine.spread import Kept, Spread, equal_pairs, row_type, save

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_ROW, _COPIES, _CHECK = 2, 3, 4
"""Columns of a record."""


class Rows(Protocol):
    """What rows tell of themselves, block by block. Goes to worker processes."""

    @property
    def counts(self) -> Sequence[int]:
        """Rows of each block, in order."""
        ...

    @property
    def bands(self) -> int:
        """How many keys a row has."""
        ...

    def content(self, block: int) -> U64:
        """(rows, 2): equal contents are twins at once."""
        ...

    def check(self, block: int) -> U64 | None:
        """(rows,): rows of equal content whose checks differ are not equal. None for all blocks: they are."""
        ...

    def rank(self, block: int) -> U64 | None:
        """(rows,): the smallest stays, ties by content. None for all blocks: the first row stays."""
        ...

    def keys(self, block: int, band: int) -> U64:
        """(rows,): rows with equal keys are compared."""
        ...

    def postings(self, block: int) -> U64 | None:
        """(2, postings): further keys, and the row of the block that each is of; None where the operator has none."""
        ...

    def sets(self, block: int, local: Places) -> Sets:
        """What these rows of a block are compared by."""
        ...

    def only(self, block: int) -> Rows:
        """The rows of one block, as its block 0."""
        ...


def spans(rows: Rows) -> Iterator[tuple[int, int, int]]:
    """(block, first row, end) of every block."""
    start = 0
    for block, count in enumerate(rows.counts):
        yield block, start, start + count
        start += count


@dataclass(frozen=True)
class Contents:
    """The different contents, numbered in the order of their hashes: the members."""

    of_row: Kept
    """(rows,) the member of each row."""
    stands: Kept
    """(rows,) whether the row stands for its member: the best of equal rows."""
    row: npt.NDArray[Any]
    """(members,) that row."""
    copies: npt.NDArray[Any]
    """(members,) how many rows are equal."""
    rank: npt.NDArray[Any]
    """(members,) the smallest stays."""
    collisions: int = 0
    """Contents that two different texts have."""

    def save(self, workdir: Path) -> None:
        """What comparing needs, for `compare`."""
        order = np.argsort(self.rank, kind="stable")
        places = np.empty(len(order), self.row.dtype)  # who of two stays is all that counts: half as large as the ranks
        places[order] = np.arange(len(order), dtype=places.dtype)
        for name, array in (("copies", self.copies), ("rank", places)):
            save(workdir / f"{name}.bin", array)


def different(rows: Rows, workdir: Path) -> Contents:
    """The different contents of `rows`; of equal ones the smallest rank stands, then the first. 13 bytes a row on disk,
    8 in memory, 16 if ranks are given; a check takes 8 more on disk, equal rows 4. However many rows of a block are equal,
    one of them goes on to be put in order with the others.
    """
    total = sum(rows.counts)
    kind = row_type(total)
    of_row, stands = Kept(workdir / "member.bin", kind, total), Kept(workdir / "stands.bin", np.bool_, total)
    # rows that no member takes are pages that nobody touches
    row, copies, ranks = np.empty(total, kind), np.empty(total, kind), np.empty(0 if _by_place(rows) else total, np.uint64)
    found, collisions = 0, 0
    checked = bool(rows.counts) and rows.check(0) is not None
    with Spread(total, workdir) as spread:
        repeated = _spread(rows, spread, checked=checked, workdir=workdir)
        for records in spread.parts():
            order, starts = equal_pairs(records)
            if checked:
                order, starts, collided = _apart(records, order, starts)
                collisions += collided
            places = records[order, _ROW].astype(kind)
            best = order[starts[:-1]] if _by_place(rows) else _smallest(order, starts, records[:, -1])
            here = slice(found, found + len(best))
            of_row.array[places] = np.repeat(np.arange(here.start, here.stop, dtype=kind), np.diff(starts))
            row[here], copies[here] = records[best, _ROW], np.add.reduceat(records[order, _COPIES], starts[:-1])
            if len(ranks):
                ranks[here] = records[best, -1]
            stands.array[row[here]] = True
            found = here.stop
            of_row.give_back()
            stands.give_back()
    if repeated is not None:
        _as_their_first(rows, of_row, repeated)
    return Contents(of_row, stands, row[:found], copies[:found], ranks[:found] if len(ranks) else row[:found], collisions)


def _spread(rows: Rows, spread: Spread, *, checked: bool, workdir: Path) -> Kept | None:
    """Put in a record for every content of each block; for every row the one that its record is of, if not each has its own."""
    repeated = None
    for block, first, end in spans(rows):
        records = _records(rows, block, first, end)
        order, starts = equal_pairs(records)
        if checked:
            order, starts, _ = _apart(records, order, starts)
        if len(starts) - 1 == len(records):
            if repeated is not None:
                repeated.array[first:end] = records[:, _ROW]
            spread.add(records)
            continue
        if repeated is None:
            repeated = Kept(workdir / "repeated.bin", row_type(sum(rows.counts)), sum(rows.counts))
            for before in range(0, first, 1 << 20):
                repeated.array[before : min(before + (1 << 20), first)] = np.arange(before, min(before + (1 << 20), first))
        best = order[starts[:-1]] if _by_place(rows) else _smallest(order, starts, records[:, -1])
        records[best, _COPIES] = np.diff(starts)
        repeated.array[first:end][order] = records[np.repeat(best, np.diff(starts)), _ROW]
        repeated.give_back()
        spread.add(records[np.sort(best)])
    return repeated


def _as_their_first(rows: Rows, of_row: Kept, repeated: Kept) -> None:
    """Every row has the member of the row that its record was of, which is in its own block."""
    for _, first, end in spans(rows):
        of_row.array[first:end] = of_row.array[repeated.array[first:end]]
        of_row.give_back()
        repeated.give_back()
    repeated.path.unlink()


def _by_place(rows: Rows) -> bool:
    return not rows.counts or rows.rank(0) is None


def _records(rows: Rows, block: int, first: int, end: int) -> U64:
    """(rows, 4 to 6): content, row, 1 copy, check if there is one, rank if there is one."""
    more = [column for column in (rows.check(block), rows.rank(block)) if column is not None]
    places = np.arange(first, end, dtype=np.uint64)
    return np.column_stack([rows.content(block), places, np.ones(len(places), np.uint64), *more])


def _apart(records: U64, order: Places, starts: Places) -> tuple[Places, Places, int]:
    """The same order and groups, but that rows whose checks differ are not in one group; and how many groups fell apart."""
    check = records[order, _CHECK]
    odd = check != np.repeat(check[starts[:-1]], np.diff(starts))
    if not odd.any():
        return order, starts, 0
    group = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    within = np.lexsort((np.arange(len(order)), check, group))
    again = np.flatnonzero((group[within][1:] != group[within][:-1]) | (check[within][1:] != check[within][:-1])) + 1
    return order[within], np.concatenate([[0], again, [len(order)]]), len(np.unique(group[odd]))


def _smallest(order: Places, starts: Places, rank: U64) -> Places:
    """Of each group the record of the smallest rank, of several the first."""
    ordered = rank[order]
    least = np.repeat(np.minimum.reduceat(ordered, starts[:-1]), np.diff(starts))
    at_least = np.flatnonzero(ordered == least)
    return order[at_least[np.searchsorted(at_least, starts[:-1])]]
