"""The comparing of candidates by their sets, and who stays. One task: the pairs that are joined already need no comparing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Dedup
from dprep.engine.spread import Kept, save, write
from dprep.kernels import pair_set
from dprep.kernels.pairs import (
    CAP,
    LEADERS,
    THOROUGH,
    best_of_groups,
    cluster_sizes,
    follow_leaders,
    greedy,
    join_buckets,
    join_whole_buckets,
    lead_to,
    matching_pairs,
    pick,
    point_at_best,
    unsettled,
)
from dprep.kernels.rest_pairs import join_rest
from dprep.kernels.similarity import METRICS, pair_similarities, threshold
from dprep.kernels.union import flatten
from dprep.store.commit import guarded

_BUCKETS_AT_ONCE = 50_000
_SETS_AT_ONCE = 32 * 2**20
"""Bytes of sets in memory at once. Mapped pages would be many times that: a fault brings 64 KiB of neighbours."""
_WHOLE = 192 * 2**20
"""Up to so many bytes the file of sets stays in memory: reading from it band after band took an eighth of a run."""
_GAP = 1 << 11
"""Numbers between two sets in a file that are rather read than jumped over: a jump costs as much as 16 KiB."""
_STRETCH_BITS = 19
"""Of the numbers that are read at once (4 MiB), gaps included."""
_GIANT = 4 * _SETS_AT_ONCE
"""Bytes of sets of one bucket above which a few of its members are in memory at a time."""
_MEMBERS_AT_ONCE = 1 << 17
"""Members of a giant bucket that are brought together."""
_LARGE_SET = 2**20
"""Bytes of a set of which a fault brings but a little too much."""


@dataclass(frozen=True)
class Rule:
    """Who are twins, of those that share a key."""

    least: float
    """The similarity from which two are."""
    metric: str = "jaccard"
    """How they are compared: one of `kernels.similarity.METRICS`, or `none`."""
    chain: bool = True
    """Twins of twins are one cluster; otherwise a row goes only if it is itself similar to one that stays."""
    thorough: bool = False
    """All pairs of large buckets are compared as well."""

    @classmethod
    def of(cls, op: Dedup) -> Rule:
        """What an operator says; it must be settled."""
        return cls(op.least(), op.metric(), op.chains(), op.thorough())

    @property
    def limit(self) -> Limit:
        """As kernels take it."""
        return METRICS.get(self.metric, 0), *threshold(self.least), THOROUGH if self.thorough else CAP


Limit = tuple[int, float, float, int]
"""Metric, numerator and denominator of the threshold, members of a bucket that are compared pair by pair."""


def compare(workdir: str, kind: str, bands: int, rule: Rule) -> dict[str, int]:
    """Task: from the files of `contents` and `candidates`, the member that stays for each, the size of its cluster, the
    similarity to it and who linked them, in files. Returns counts: `compared`, `joined`, `large_buckets`.
    """
    folder = Path(workdir)
    rank = np.fromfile(folder / "rank.bin", kind)
    gathered = _gathered(folder, kind, bands, len(rank), unseen=rule.metric == "none")
    if len(rank) != len(gathered.slot):
        raise ValueError(f"{len(rank)} ranks for {len(gathered.slot)} members")  # the kernels would read beyond the end
    notes: dict[str, int] = {}
    if rule.metric == "none":
        keeper = _unseen(rank, gathered, notes)
        save(folder / "alike.bin", np.where(keeper == np.arange(len(keeper)), 1, np.nan).astype(np.float32))
    elif rule.chain:
        link = Kept(folder / "link.bin", kind, len(rank))
        keeper = _joined(rank, gathered, rule.limit, link.array, notes)
        _measure(folder / "link-alike.bin", link.array, gathered, rule.limit[0])
        del link
    else:
        keeper = _unchained(rank, gathered, rule.limit, notes)
    del rank
    save(folder / "stays.bin", keeper)
    if rule.metric != "none":
        _measure(folder / "alike.bin", keeper, gathered, rule.limit[0])
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
            with self.brought(here) as (offsets, hashes):
                yield here, starts[first : end + 1] - starts[first], offsets, hashes
            first = end

    def apart(self, buckets: Buckets) -> tuple[Buckets, list[npt.NDArray[Any]]]:
        """The buckets whose sets can be in memory together, and the members of each of the others."""
        members, starts = buckets
        slots = self.slot[members].astype(np.int64)
        before = np.concatenate([[0], np.cumsum(8 * (self.offsets[slots + 1] - self.offsets[slots]))])[starts]
        giant = np.flatnonzero(np.diff(before) > _GIANT)
        if not len(giant):
            return buckets, []
        kept = np.repeat(~np.isin(np.arange(len(starts) - 1), giant), np.diff(starts))
        lengths = np.delete(np.diff(starts), giant)
        rest = members[kept], np.concatenate([[0], np.cumsum(lengths)])
        return rest, [members[starts[bucket] : starts[bucket + 1]] for bucket in giant]

    def in_order(self, members: npt.NDArray[Any], *, last: bool) -> npt.NDArray[Any]:
        """`members` by the smallest hash of their sets, or by the largest: similar sets likely share it."""
        keys = np.zeros(len(members), np.uint64)
        by_place = np.argsort(self.slot[members])
        for some in self.portions(members, by_place):
            with self.brought(members[some]) as (offsets, hashes):
                places = self.slot[members[some]].astype(np.int64)
                ends = offsets[places + 1] - 1 if last else offsets[places]
                held = offsets[places + 1] > offsets[places]
                keys[some[held]] = hashes[ends[held]]
        return members[np.lexsort((members, keys))]

    def portions(self, members: npt.NDArray[Any], order: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
        """`order`, which places `members`, in pieces whose sets may be in memory together: of one member at least."""
        slots = self.slot[members[order]].astype(np.int64)
        before = np.concatenate([[0], np.cumsum(8 * (self.offsets[slots + 1] - self.offsets[slots]))])
        first = 0
        while first < len(order):
            end = int(np.searchsorted(before, before[first] + _SETS_AT_ONCE, "right")) - 1
            end = min(max(end, first + 1), first + _MEMBERS_AT_ONCE)
            yield order[first:end]
            first = end

    @contextmanager
    def brought(self, members: npt.NDArray[Any]) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]]:
        """The sets of `members`, read. A few sets too large for that are looked at in the file: each is gone through whole,
        and its pages can be had back.
        """
        slots = np.unique(self.slot[members]).astype(np.int64)
        lengths = self.offsets[slots + 1] - self.offsets[slots]
        size = 8 * int(lengths.sum())
        if self.sets.array.nbytes <= _WHOLE:
            yield self.offsets, self.sets.array
            return
        if size > max(_GIANT, _LARGE_SET * len(slots)):
            yield self.offsets, self.sets.array
            self.sets.give_back()
            return
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
    """Fill hashes[offsets[i]:offsets[i + 1]] from places[i] on; `places` ascend. Small gaps are read through."""
    lengths = np.diff(offsets)
    far = places[1:] - places[:-1] - lengths[:-1] > _GAP
    breaks = np.flatnonzero(far | (places[1:] >> _STRETCH_BITS != places[:-1] >> _STRETCH_BITS)) + 1
    firsts, ends = np.concatenate([[0], breaks]), np.concatenate([breaks, [len(places)]])
    with path.open("rb", buffering=0) as file:
        for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
            start, size = int(places[first]), int(offsets[end] - offsets[first])
            span = int(places[end - 1] + lengths[end - 1]) - start
            file.seek(8 * start)
            if span == size:  # without gaps: to its place at once
                _read_whole(file, hashes[offsets[first] : offsets[end]])
                continue
            stretch = np.empty(span, np.uint64)
            _read_whole(file, stretch)
            pick(stretch, places[first:end] - start, offsets[first : end + 1], hashes)


def _read_whole(file: FileIO, numbers: npt.NDArray[np.uint64]) -> None:
    into, read = memoryview(numbers.view(np.uint8).data), 0
    while read < len(into):
        more = file.readinto(into[read:])
        if not more:
            raise EOFError(f"{file.name!r} is shorter than it was")
        read += more


def _gathered(workdir: Path, kind: str, bands: int, members: int, *, unseen: bool) -> _Gathered:
    names = [(workdir / f"members-{band:03d}.bin", workdir / f"starts-{band:03d}.bin") for band in range(bands)]
    buckets = [(Kept(members, kind), Kept(starts, np.int64)) for members, starts in names]
    if unseen:
        (workdir / "sets.u64").touch()
        return _Gathered(np.zeros(members, kind), np.zeros(1, np.int64), Kept(workdir / "sets.u64", np.uint64), buckets)
    slot, offsets = np.fromfile(workdir / "slot.bin", kind), np.fromfile(workdir / "offsets.bin", np.int64)
    return _Gathered(slot, offsets, Kept(workdir / "sets.u64", np.uint64), buckets)


def _unseen(rank: npt.NDArray[Any], gathered: _Gathered, notes: dict[str, int]) -> npt.NDArray[Any]:
    """The keeper of every member, all that share a key in one cluster."""
    parent = np.arange(len(gathered.slot), dtype=gathered.slot.dtype)
    joined = 0
    for members, starts in gathered.stretches():
        joined += join_whole_buckets(members, starts, parent)
    notes["compared"], notes["joined"], notes["large_buckets"] = 0, joined, 0
    flatten(parent)
    best = np.empty_like(parent)
    best_of_groups(parent, rank, best, np.ones(len(parent), np.bool_))
    point_at_best(parent, best)
    return parent


def _joined(
    rank: npt.NDArray[Any], gathered: _Gathered, limit: Limit, link: npt.NDArray[Any], notes: dict[str, int]
) -> npt.NDArray[Any]:
    """The keeper of every member, twins of twins in one cluster; into `link` the twin on the way to it."""
    parent = np.arange(len(gathered.slot), dtype=gathered.slot.dtype)
    link[:] = parent
    best = np.empty_like(parent)
    stays = np.ones(len(parent), np.bool_)
    counts = np.zeros(3, np.int64)  # compared, joined, large buckets
    turn, quiet = 0, 0
    while True:
        joined = counts[1]
        for buckets in gathered.stretches():
            open_ones = unsettled(*buckets, turn, parent, limit[3])
            small, giants = gathered.apart(open_ones)
            for giant in giants:
                _follow(gathered, giant[stays[giant]], turn, limit, parent, link, counts)
            for members, starts, offsets, hashes in gathered.with_sets(small):
                join_buckets(members, starts, stays, turn, gathered.slot, offsets, hashes, limit, parent, link, counts)
        if turn == 0:
            notes["large_buckets"] = int(counts[2])
        turn, quiet = turn + 1, quiet + 1 if counts[1] == joined else 0
        flatten(parent)
        best_of_groups(parent, rank, best, stays)
        # large buckets are sorted in two ways, turn about: both must have found nothing among those that stay
        if quiet == 2 or not counts[2]:
            break
    if limit[3] == THOROUGH and limit[0] == METRICS["jaccard"] and counts[2]:
        _join_rest(gathered, limit, parent, link, counts)
        flatten(parent)
        best_of_groups(parent, rank, best, stays)
    notes["compared"], notes["joined"] = int(counts[0]), int(counts[1])
    point_at_best(parent, best)
    lead_to(link, parent)
    return parent


def _join_rest(
    gathered: _Gathered, limit: Limit, parent: npt.NDArray[Any], link: npt.NDArray[Any], counts: npt.NDArray[np.int64]
) -> None:
    """Compare what leaders have left in the large buckets, pair by pair."""
    for members, starts in gathered.stretches():
        for bucket in np.flatnonzero(np.diff(starts) > limit[3]):
            here = members[starts[bucket] : starts[bucket + 1]]
            join_rest(here, gathered.slot, gathered.offsets, gathered.sets.array, limit, parent, link, counts)
            gathered.sets.give_back()


def _follow(
    gathered: _Gathered,
    members: npt.NDArray[Any],
    turn: int,
    limit: Limit,
    parent: npt.NDArray[Any],
    link: npt.NDArray[Any],
    counts: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Join the members of a giant bucket as `join_buckets` does those of a large one, some at a time.

    (pairs, 2): who was joined with whom.
    """
    ordered = gathered.in_order(members, last=turn % 2 == 1)
    leaders, led = np.zeros(LEADERS, np.int64), np.zeros(1, np.int64)
    counts[2] += 1
    found = []
    for places in gathered.portions(ordered, np.arange(len(ordered))):
        here = ordered[places]
        needed = np.concatenate([here, leaders[: min(int(led[0]), LEADERS)].astype(here.dtype)])
        with gathered.brought(needed) as (offsets, hashes):
            whom = follow_leaders(here, leaders, led, gathered.slot, offsets, hashes, limit, parent, link, counts)
        followed = np.flatnonzero(whom >= 0)
        found.append(np.sort(np.column_stack([whom[followed], here[followed].astype(np.int64)]), axis=1))
    return np.concatenate(found) if found else np.zeros((0, 2), np.int64)


def _unchained(rank: npt.NDArray[Any], gathered: _Gathered, limit: Limit, notes: dict[str, int]) -> npt.NDArray[Any]:
    """The keeper of every member, each similar to its keeper itself. Holds up to 50 bytes per similar pair; `rank` must tell
    any two members apart.
    """
    counts, known, slots = np.zeros(3, np.int64), np.zeros(1, np.int64), pair_set.empty()
    followed = [np.zeros((0, 2), np.int64)]
    for buckets in gathered.stretches():
        small, giants = gathered.apart(buckets)
        for giant in giants:
            apart = np.arange(len(gathered.slot), dtype=gathered.slot.dtype)
            followed.append(_follow(gathered, giant, 0, limit, apart, apart.copy(), counts))
        for members, starts, offsets, hashes in gathered.with_sets(small):
            slots = matching_pairs(members, starts, gathered.slot, offsets, hashes, limit, slots, known, counts)
    notes["compared"], notes["large_buckets"] = int(counts[0]), int(counts[2])
    pairs = np.concatenate([np.column_stack(pair_set.pairs_in(slots)), *followed])
    del slots
    notes["joined"] = len(pairs)
    before = rank[pairs[:, 0]] < rank[pairs[:, 1]]
    first, then = np.where(before, pairs[:, 0], pairs[:, 1]), np.where(before, pairs[:, 1], pairs[:, 0])
    order = np.lexsort((then, first))
    starts = np.searchsorted(first[order], np.arange(len(gathered.slot) + 1))
    keeper = greedy(np.argsort(rank, kind="stable"), starts, then[order])
    return np.asarray(keeper, gathered.slot.dtype)


def _measure(into: Path, other: npt.NDArray[Any], gathered: _Gathered, metric: int) -> None:
    """Write the similarity of every member to another one: other[member]."""
    with guarded(into), into.open("wb") as file:
        for first in range(0, len(other), _BUCKETS_AT_ONCE):
            theirs = other[first : first + _BUCKETS_AT_ONCE]
            alike = np.ones(len(theirs), np.float32)
            elsewhere = (first + np.flatnonzero(theirs != np.arange(first, first + len(theirs)))).astype(other.dtype)
            pairs = np.column_stack([elsewhere, other[elsewhere]]).ravel()
            for members, _, offsets, hashes in gathered.with_sets((pairs, np.arange(0, len(pairs) + 1, 2))):
                found = np.empty(len(members) // 2, np.float32)
                pair_similarities(metric, offsets, hashes, gathered.slot[members[::2]], gathered.slot[members[1::2]], found)
                alike[members[::2] - first] = found
            write(file, alike)
