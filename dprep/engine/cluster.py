"""Clusters of twins, from hashes alone: no text is held, and nothing depends on blocks or on the order of rows.

  1. rows with equal content are one at once; the best of them goes on, as a member
  2. band by band, members with equal keys form a bucket; the buckets go to disk
  3. the sets of all members in buckets are gathered once, block by block, into one file
  4. band by band, the pairs in a bucket are compared by their sets and joined
  5. the best member of each cluster stays; every other row is compared with it

A bucket of more than `CAP` members would cost its square. There the members are sorted by a hash of their sets and each is
compared with a few before it (`kernels/pairs`): linear, counted in the notes, and done again among those that stay until
nothing joins, so that a second run finds no more.

Memory: content and rank as given (24 bytes a row), 16 for the answer, 24 while it runs; sets and buckets are files under
`workdir`.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.operator import Dedup, Sets
from dprep.base.text import Text
from dprep.kernels.jaccard import pair_similarities
from dprep.kernels.pairs import best_of_groups, bucket_members, collapse, greedy, join_buckets, matching_pairs
from dprep.kernels.union import flatten

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_BUCKETS_AT_ONCE = 200_000
"""After so many buckets the pages of the sets file are given back."""
_ROUNDING = 1e-12
"""A similarity of 4/5 is not below 0.8."""


@dataclass(frozen=True)
class Clusters:
    """Who stays for whom."""

    keeper: Places
    """(rows,) the row that stays for each row: itself when it stays."""
    size: npt.NDArray[np.int32]
    """(rows,) rows in its cluster; 1 when alone."""
    similarity: npt.NDArray[np.float32]
    """(rows,) true Jaccard similarity to the keeper; 1 for itself and for equal content."""
    notes: dict[str, Any]
    """Counts: `contents` (different ones), `candidates`, `compared`, `joined`, `large_buckets`."""


@dataclass(frozen=True)
class _Members:
    """The different contents, in the order of their hashes."""

    of_row: Places  # (rows,)
    row: Places  # (members,) the best row of each
    copies: Places  # (members,)
    rank: npt.NDArray[Any]  # (members,)


@dataclass(frozen=True)
class _Gathered:
    """Sets of candidates in a file; member m has set slot[m], or none (-1)."""

    slot: Places  # (members,)
    offsets: Places  # (candidates + 1,)
    hashes: U64
    pages: mmap.mmap | None

    def give_back(self) -> None:
        """Let the system drop the pages that were read; they come back from the file."""
        if self.pages is not None and hasattr(mmap, "MADV_DONTNEED"):
            self.pages.madvise(mmap.MADV_DONTNEED)


def cluster(
    content: U64,
    rank: npt.NDArray[Any],
    block_rows: Sequence[int],
    band_column: Callable[[int], U64],
    bands: int,
    sets_of: Callable[[int, Places], Sets],
    least: float,
    workdir: Path,
    chain: bool = True,
) -> Clusters:
    """Cluster rows by equal content, then by sets of a similarity of `least` or more among rows that share a band key.

    content (rows, 2); rank (rows,): the smallest stays, ties by content hash, of equal contents the first row; block_rows:
    rows of each block, in order; band_column(band) (rows,): keys; sets_of(block, local rows): their sets, asked for once per
    block. `chain`: twins of twins are one cluster; otherwise a row goes only if it is itself similar to one that stays.
    """
    members = _different(content, rank)
    notes = {"contents": len(members.row), "candidates": 0, "compared": 0, "joined": 0, "large_buckets": 0}
    keeper = np.arange(len(members.row))
    similarity = np.ones(len(keeper), np.float32)
    if bands and len(keeper) > 1:
        workdir.mkdir(parents=True, exist_ok=True)
        candidate = _write_buckets(members, band_column, bands, workdir)
        notes["candidates"] = int(candidate.sum())
        gathered = _gather(members, candidate, block_rows, sets_of, workdir / "sets.u64")
        find = _joined if chain else _unchained
        keeper = find(members.rank, gathered, bands, least - _ROUNDING, workdir, notes)
        _measure(keeper, gathered, similarity)
    size = np.bincount(keeper, weights=members.copies, minlength=len(keeper)).astype(np.int32)
    return Clusters(members.row[keeper][members.of_row], size[keeper][members.of_row], similarity[members.of_row], notes)


def _different(content: U64, rank: npt.NDArray[Any]) -> _Members:
    first = np.ascontiguousarray(content[:, 0])
    order = np.argsort(first)
    tied = first[order[1:]] == first[order[:-1]]
    if (content[order[1:][tied], 1] != content[order[:-1][tied], 1]).any():
        order = np.lexsort((content[:, 1], first))
    del first, tied
    of_row, best, copies = (np.empty(len(content), np.int64) for _ in range(3))
    found = collapse(order, content, rank, of_row, best, copies)
    row = best[:found].copy()
    return _Members(of_row, row, copies[:found].copy(), rank[row])


def _write_buckets(members: _Members, band_column: Callable[[int], U64], bands: int, workdir: Path) -> npt.NDArray[np.bool_]:
    """Write every band's buckets; which members are in any."""
    candidate = np.zeros(len(members.row), np.bool_)
    for band in range(bands):
        keys = band_column(band)[members.row]
        found, starts = bucket_members(np.argsort(keys), keys)
        candidate[found] = True
        np.save(workdir / f"members-{band:03d}.npy", found)
        np.save(workdir / f"starts-{band:03d}.npy", starts)
    return candidate


def _buckets(workdir: Path, bands: int) -> Iterator[tuple[Places, Places]]:
    """Members and starts of some buckets at a time, band by band."""
    for band in range(bands):
        members, starts = (np.load(workdir / f"{name}-{band:03d}.npy") for name in ("members", "starts"))
        for first in range(0, len(starts) - 1, _BUCKETS_AT_ONCE):
            yield members, starts[first : first + _BUCKETS_AT_ONCE + 1]


def _gather(
    members: _Members,
    candidate: npt.NDArray[np.bool_],
    block_rows: Sequence[int],
    sets_of: Callable[[int, Places], Sets],
    path: Path,
) -> _Gathered:
    chosen = np.flatnonzero(candidate)
    chosen = chosen[np.argsort(members.row[chosen])]
    rows = members.row[chosen]
    slot = np.full(len(members.row), -1, np.int64)
    slot[chosen] = np.arange(len(chosen))
    lengths = np.zeros(len(chosen) + 1, np.int64)
    ends = np.cumsum(np.asarray(block_rows, np.int64))
    with path.open("wb") as file:
        for block, end in enumerate(ends):
            first, stop = np.searchsorted(rows, [end - block_rows[block], end])
            if first < stop:
                sets = sets_of(block, rows[first:stop] - (end - block_rows[block]))
                lengths[first + 1 : stop + 1] = np.diff(sets.offsets)
                np.ascontiguousarray(sets.hashes).tofile(file)
    pages = _mapped(path)
    hashes = np.zeros(0, np.uint64) if pages is None else np.frombuffer(pages, np.uint64)
    return _Gathered(slot, np.cumsum(lengths), hashes, pages)


def _mapped(path: Path) -> mmap.mmap | None:
    if not path.stat().st_size:
        return None
    with path.open("r+b") as file:
        # private and writable: the kernels are compiled for writable arrays, and nobody writes
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def _joined(
    rank: npt.NDArray[Any], gathered: _Gathered, bands: int, least: float, workdir: Path, notes: dict[str, int]
) -> Places:
    """The keeper of every member, twins of twins in one cluster."""
    parent = np.arange(len(rank))
    stays = np.ones(len(rank), np.bool_)
    counts = np.zeros(3, np.int64)  # compared, joined, large buckets
    turn, quiet = 0, 0
    while True:
        joined = counts[1]
        for found, starts in _buckets(workdir, bands):
            join_buckets(found, starts, stays, turn, gathered.slot, gathered.offsets, gathered.hashes, least, parent, counts)
            gathered.give_back()
        if turn == 0:
            notes["large_buckets"] = int(counts[2])
        turn, quiet = turn + 1, quiet + 1 if counts[1] == joined else 0
        flatten(parent)
        keeper: Places = best_of_groups(parent, rank)
        # large buckets are sorted in two ways, turn about: both must have found nothing among those that stay
        if quiet == 2 or not counts[2]:
            notes["compared"], notes["joined"] = int(counts[0]), int(counts[1])
            return keeper
        stays = keeper == np.arange(len(rank))


def _unchained(
    rank: npt.NDArray[Any], gathered: _Gathered, bands: int, least: float, workdir: Path, notes: dict[str, int]
) -> Places:
    """The keeper of every member, each similar to its keeper itself. Holds 16 bytes per similar pair."""
    counts = np.zeros(3, np.int64)
    pairs = np.zeros((0, 2), np.int64)
    for found, starts in _buckets(workdir, bands):
        more = matching_pairs(found, starts, gathered.slot, gathered.offsets, gathered.hashes, least, counts)
        pairs = np.unique(np.concatenate([pairs, more]), axis=0)
        gathered.give_back()
    notes["compared"], notes["joined"], notes["large_buckets"] = int(counts[0]), len(pairs), int(counts[2])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    starts = np.searchsorted(both[:, 0], np.arange(len(rank) + 1))
    keeper: Places = greedy(np.argsort(rank, kind="stable"), starts, np.ascontiguousarray(both[:, 1]))
    return keeper


def _measure(keeper: Places, gathered: _Gathered, similarity: npt.NDArray[np.float32]) -> None:
    gone = np.flatnonzero(keeper != np.arange(len(keeper)))
    found = np.empty(len(gone), np.float32)
    pair_similarities(gathered.offsets, gathered.hashes, gathered.slot[gone], gathered.slot[keeper[gone]], found)
    similarity[gone] = found


def cluster_texts(
    op: Dedup, texts: pl.Series, rank: npt.NDArray[Any] | None = None, block_rows: int = 1000, chain: bool = True
) -> Clusters:
    """Cluster texts that are at hand, without an engine; `rank` defaults to their order."""
    blocks = [Text(texts[first : first + block_rows]) for first in range(0, len(texts), block_rows)]
    settled = op.resolved(np.sum([op.profile(block) for block in blocks], axis=0)) if blocks else op
    keys = [settled.keys(block) for block in blocks] or [np.zeros((0, 0), np.uint64)]
    content = np.concatenate([settled.content(block) for block in blocks] or [np.zeros((0, 2), np.uint64)])

    def band(number: int) -> U64:
        return np.concatenate([column[:, number] for column in keys])

    def sets(block: int, rows: Places) -> Sets:
        return settled.sets(Text(blocks[block].series.gather(rows)))

    order = np.arange(len(texts)) if rank is None else rank
    with tempfile.TemporaryDirectory() as folder:
        counts = [len(block) for block in blocks]
        return cluster(content, order, counts, band, keys[0].shape[1], sets, settled.least(), Path(folder), chain)
