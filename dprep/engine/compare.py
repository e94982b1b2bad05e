"""The comparing of candidates by their sets, and who stays. One task: the pairs that are joined already need no comparing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.engine.spread import Kept, save
from dprep.kernels.jaccard import pair_similarities
from dprep.kernels.pairs import best_of_groups, cluster_sizes, greedy, join_buckets, matching_pairs, point_at_best
from dprep.kernels.union import flatten

_BUCKETS_AT_ONCE = 1000
"""Buckets compared before pages are given back. A set that is read brings 64 KiB of its neighbours into memory."""
_GIVE_BACK = 64 * 2**20
"""Bytes of sets below which their pages may stay."""
_MEASURED_AT_ONCE = 1000


def compare(workdir: str, kind: str, ranks: str, bands: int, least: float, chain: bool) -> dict[str, int]:
    """Task: from the files of `contents` and `candidates`, the member that stays for each, the size of its cluster and the
    similarity to it, in files. Returns counts: `compared`, `joined`, `large_buckets`.
    """
    folder = Path(workdir)
    gathered = _gathered(folder, kind, bands)
    rank = np.fromfile(folder / "rank.bin", ranks)
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


@dataclass(frozen=True)
class _Gathered:
    """The buckets and the sets of candidates, from their files."""

    slot: npt.NDArray[Any]
    """(members,) the place of the set of each candidate."""
    offsets: npt.NDArray[np.int64]
    """(candidates + 1,) where the sets begin in `sets`."""
    sets: Kept
    buckets: list[tuple[Kept, Kept]]
    """Per band: members, and where each bucket of them begins."""

    def stretches(self) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[np.int64]]]:
        """Members and starts of some buckets at a time, band by band."""
        for members, starts in self.buckets:
            for first in range(0, len(starts.array) - 1, _BUCKETS_AT_ONCE):
                here = starts.array[first : first + _BUCKETS_AT_ONCE + 1]
                yield members.array[here[0] : here[-1]], here - here[0]
                self.give_back()
            members.give_back()
            starts.give_back()

    def give_back(self) -> None:
        if self.sets.array.nbytes > _GIVE_BACK:
            self.sets.give_back()


def _gathered(workdir: Path, kind: str, bands: int) -> _Gathered:
    buckets = [
        (Kept(workdir / f"members-{b:03d}.bin", kind), Kept(workdir / f"starts-{b:03d}.bin", np.int64)) for b in range(bands)
    ]
    slot, offsets = np.fromfile(workdir / "slot.bin", kind), np.fromfile(workdir / "offsets.bin", np.int64)
    return _Gathered(slot, offsets, Kept(workdir / "sets.u64", np.uint64), buckets)


def _joined(rank: npt.NDArray[Any], gathered: _Gathered, least: float, notes: dict[str, int]) -> npt.NDArray[Any]:
    """The keeper of every member, twins of twins in one cluster."""
    parent = np.arange(len(gathered.slot), dtype=gathered.slot.dtype)
    best = np.empty_like(parent)
    stays = np.ones(len(parent), np.bool_)
    counts = np.zeros(3, np.int64)  # compared, joined, large buckets
    slot, offsets, hashes = gathered.slot, gathered.offsets, gathered.sets.array
    turn, quiet = 0, 0
    while True:
        joined = counts[1]
        for found, starts in gathered.stretches():
            join_buckets(found, starts, stays, turn, slot, offsets, hashes, least, parent, counts)
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
    for found, starts in gathered.stretches():
        more = matching_pairs(found, starts, gathered.slot, gathered.offsets, gathered.sets.array, least, counts)
        if len(more):
            pairs = np.unique(np.concatenate([pairs, more]), axis=0)
    notes["compared"], notes["joined"], notes["large_buckets"] = int(counts[0]), len(pairs), int(counts[2])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    starts = np.searchsorted(both[:, 0], np.arange(len(gathered.slot) + 1))
    keeper = greedy(np.argsort(rank, kind="stable"), starts, np.ascontiguousarray(both[:, 1]))
    return np.asarray(keeper, gathered.slot.dtype)


def _measured(keeper: npt.NDArray[Any], gathered: _Gathered) -> npt.NDArray[np.float32]:
    """Similarity of every member to its keeper."""
    alike = np.ones(len(keeper), np.float32)
    for first in range(0, len(keeper), _MEASURED_AT_ONCE):
        stays = keeper[first : first + _MEASURED_AT_ONCE]
        gone = np.flatnonzero(stays != np.arange(first, first + len(stays)))
        if len(gone):
            found = np.empty(len(gone), np.float32)
            sets = gathered.offsets, gathered.sets.array
            pair_similarities(*sets, gathered.slot[first + gone], gathered.slot[stays[gone]], found)
            alike[first + gone] = found
            gathered.give_back()
    return alike
