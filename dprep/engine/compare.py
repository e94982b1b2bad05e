"""The comparing of candidates by their sets, and who stays. One task: the pairs that are joined already need no comparing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.engine.spread import Kept, save
from dprep.kernels.jaccard import pair_similarities
from dprep.kernels.pairs import best_of_groups, cluster_sizes, greedy, join_buckets, matching_pairs, point_at_best, unsettled
from dprep.kernels.union import flatten

_BUCKETS_AT_ONCE = 50_000
_SETS_AT_ONCE = 32 * 2**20
"""Bytes of sets in memory at once. Mapped pages would be many times that: a fault brings 64 KiB of neighbours."""


def compare(workdir: str, kind: str, ranks: str, bands: int, least: float, chain: bool) -> dict[str, int]:
    """Task: from the files of `contents` and `candidates`, the member that stays for each, the size of its cluster and the
    similarity to it, in files. Returns counts: `compared`, `joined`, `large_buckets`.
    """
    folder = Path(workdir)
    gathered = _gathered(folder, kind, bands)
    rank = np.fromfile(folder / "rank.bin", ranks)
    if len(rank) != len(gathered.slot):
        raise ValueError(f"{len(rank)} ranks for {len(gathered.slot)} members")  # the kernels would read beyond the end
    notes: dict[str, int] = {}
    keeper = (_joined if chain else _unchained)(rank, gathered, least, notes)
    del rank
    save(folder / "stays.bin", keeper)
    save(folder / "alike.bin", _measured(keeper, gathered))
    del gathered
    sizes = np.zeros_like(keeper)
    cluster_sizes(keeper, np.fromfile(folder / "copies.bin", kind), sizes)
    save(folder / "sizes.bin", sizes)
    return notes


Buckets = tuple[npt.NDArray[Any], npt.NDArray[np.int64]]
"""Members, and where each bucket of them begins; at last their number."""


@dataclass(frozen=True)
class _Gathered:
    """The buckets and the sets of candidates, in their files."""

    slot: npt.NDArray[Any]
    """(members,) the place of the set of each candidate."""
    offsets: npt.NDArray[np.int64]
    """(candidates + 1,) where the sets begin in the file."""
    sets: Kept
    buckets: list[tuple[Kept, Kept]]
    """Members and starts per band."""

    def stretches(self) -> Iterator[Buckets]:
        """Some buckets at a time, band by band."""
        for members, starts in self.buckets:
            for first in range(0, len(starts.array) - 1, _BUCKETS_AT_ONCE):
                here = starts.array[first : first + _BUCKETS_AT_ONCE + 1]
                yield members.array[here[0] : here[-1]], here - here[0]
                members.give_back()
            starts.give_back()

    def with_sets(self, buckets: Buckets) -> Iterator[tuple[*Buckets, npt.NDArray[np.int64], npt.NDArray[np.uint64]]]:
        """`buckets`, as many at a time as their sets may take memory, with offsets and hashes: `slot` counts in these then."""
        members, starts = buckets
        slots = self.slot[members].astype(np.int64)
        before = np.concatenate([[0], np.cumsum(8 * (self.offsets[slots + 1] - self.offsets[slots]))])[starts]
        first = 0
        while first < len(starts) - 1:
            end = max(first + 1, int(np.searchsorted(before, before[first] + _SETS_AT_ONCE, "right")) - 1)
            here = members[starts[first] : starts[end]]
            with self._brought(here, int(before[end] - before[first])) as (offsets, hashes):
                yield here, starts[first : end + 1] - starts[first], offsets, hashes
            first = end

    @contextmanager
    def _brought(self, members: npt.NDArray[Any], size: int) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]]:
        """The sets of `members`, read; those of a giant bucket stay in the file."""
        if size > 4 * _SETS_AT_ONCE or self.sets.array.nbytes <= _SETS_AT_ONCE:
            yield self.offsets, self.sets.array
            self.sets.give_back()
            return
        slots = np.unique(self.slot[members]).astype(np.int64)
        lengths = self.offsets[slots + 1] - self.offsets[slots]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        hashes = np.empty(int(offsets[-1]), np.uint64)
        _read_sets(self.sets.path, self.offsets[slots], offsets, hashes)
        theirs = self.slot[members]
        self.slot[members] = np.searchsorted(slots, theirs)
        try:
            yield offsets, hashes
        finally:
            self.slot[members] = theirs


def _read_sets(
    path: Path, places: npt.NDArray[np.int64], offsets: npt.NDArray[np.int64], hashes: npt.NDArray[np.uint64]
) -> None:
    """Fill hashes[offsets[i]:offsets[i + 1]] from places[i] on; neighbours are read at once."""
    breaks = np.flatnonzero(places[1:] != places[:-1] + np.diff(offsets)[:-1]) + 1
    firsts = np.concatenate([[0], breaks])
    ends = np.concatenate([breaks, [len(places)]])
    spans = zip((8 * places[firsts]).tolist(), (8 * offsets[firsts]).tolist(), (8 * offsets[ends]).tolist(), strict=True)
    into = memoryview(hashes.view(np.uint8).data)
    with path.open("rb", buffering=0) as file:
        for place, first, end in spans:
            file.seek(place)
            while first < end:
                read = file.readinto(into[first:end])
                if not read:
                    raise EOFError(f"{path.name} is shorter than it was")
                first += read


def _gathered(workdir: Path, kind: str, bands: int) -> _Gathered:
    names = [(workdir / f"members-{band:03d}.bin", workdir / f"starts-{band:03d}.bin") for band in range(bands)]
    buckets = [(Kept(members, kind), Kept(starts, np.int64)) for members, starts in names]
    slot, offsets = np.fromfile(workdir / "slot.bin", kind), np.fromfile(workdir / "offsets.bin", np.int64)
    return _Gathered(slot, offsets, Kept(workdir / "sets.u64", np.uint64), buckets)


def _joined(rank: npt.NDArray[Any], gathered: _Gathered, least: float, notes: dict[str, int]) -> npt.NDArray[Any]:
    """The keeper of every member, twins of twins in one cluster."""
    parent = np.arange(len(gathered.slot), dtype=gathered.slot.dtype)
    best = np.empty_like(parent)
    stays = np.ones(len(parent), np.bool_)
    counts = np.zeros(3, np.int64)  # compared, joined, large buckets
    turn, quiet = 0, 0
    while True:
        joined = counts[1]
        for buckets in gathered.stretches():
            open_ones = unsettled(*buckets, stays, turn, parent)
            for members, starts, offsets, hashes in gathered.with_sets(open_ones):
                join_buckets(members, starts, stays, turn, gathered.slot, offsets, hashes, least, parent, counts)
        if turn == 0:
            notes["large_buckets"] = int(counts[2])
        turn, quiet = turn + 1, quiet + 1 if counts[1] == joined else 0
        flatten(parent)
        best_of_groups(parent, rank, best, stays)
        # large buckets are sorted in two ways, turn about: both must have found nothing among those that stay
        if quiet == 2 or not counts[2]:
            notes["compared"], notes["joined"] = int(counts[0]), int(counts[1])
            point_at_best(parent, best)
            return parent


def _unchained(rank: npt.NDArray[Any], gathered: _Gathered, least: float, notes: dict[str, int]) -> npt.NDArray[Any]:
    """The keeper of every member, each similar to its keeper itself. Holds 16 bytes per similar pair."""
    counts = np.zeros(3, np.int64)
    pairs = np.zeros((0, 2), np.int64)
    for buckets in gathered.stretches():
        for members, starts, offsets, hashes in gathered.with_sets(buckets):
            more = matching_pairs(members, starts, gathered.slot, offsets, hashes, least, counts)
            pairs = np.unique(np.concatenate([pairs, more]), axis=0) if len(more) else pairs
    notes["compared"], notes["joined"], notes["large_buckets"] = int(counts[0]), len(pairs), int(counts[2])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    starts = np.searchsorted(both[:, 0], np.arange(len(gathered.slot) + 1))
    keeper = greedy(np.argsort(rank, kind="stable"), starts, np.ascontiguousarray(both[:, 1]))
    return np.asarray(keeper, gathered.slot.dtype)


def _measured(keeper: npt.NDArray[Any], gathered: _Gathered) -> npt.NDArray[np.float32]:
    """Similarity of every member to its keeper."""
    alike = np.ones(len(keeper), np.float32)
    for first in range(0, len(keeper), _BUCKETS_AT_ONCE):
        stays = keeper[first : first + _BUCKETS_AT_ONCE]
        gone = (first + np.flatnonzero(stays != np.arange(first, first + len(stays)))).astype(keeper.dtype)
        pairs = np.column_stack([gone, keeper[gone]]).ravel()
        for members, _, offsets, hashes in gathered.with_sets((pairs, np.arange(0, len(pairs) + 1, 2))):
            found = np.empty(len(members) // 2, np.float32)
            pair_similarities(offsets, hashes, gathered.slot[members[::2]], gathered.slot[members[1::2]], found)
            alike[members[::2]] = found
    return alike
