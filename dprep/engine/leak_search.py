"""The search for leaks: from blocks of several groups to the twin that every text has in each of the others.

  1. rows with equal texts are one member; its mask says which groups hold it (`contents`)
  2. every set of shingles has keys by which it meets all that are like it: the rarest of its members (`kernels/rare_first`)
  3. members of different groups that share a key are compared by their whole sets (`kernels/crossings`)

Keys, sets and buckets are in files. Memory holds 20 bytes per different text, and per one that shares a key 6 more and 8 for
each group that others are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.engine.blocks import read_array, write_array
from dprep.engine.candidates import gather
from dprep.engine.contents import Contents, different, spans
from dprep.engine.leak_rows import Block, LeakRows, Shape, count_shingles, find_postings, measure, settled
from dprep.engine.pool import Pool, Task
from dprep.engine.spread import Kept, Spread, row_type, write
from dprep.kernels.crossings import best_partners, crossing_buckets
from dprep.kernels.rare_first import add_counters
from dprep.kernels.similarity import threshold as fraction
from dprep.store.commit import guarded

Progress = Callable[[str, int, int], None]

_COUNTINGS = 4
"""Tasks that count shingles; each writes up to 64 MB of counters."""
_KEYS = 16
"""About how many keys a member has."""
_BUCKETS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Searched:
    """The twins of all texts."""

    shape: Shape
    of_row: Kept
    """(rows,) the member of each row."""
    masks: npt.NDArray[np.uint64]
    """(members,) bit g: group g holds it."""
    slot: npt.NDArray[Any]
    """(members,) the place of those that were compared in `similarity`; 0 for others, too."""
    compared_ones: npt.NDArray[np.bool_]
    similarity: npt.NDArray[np.float32]
    """(groups, slots): to the most similar member found that the group holds; 0 where there is none."""
    partner: npt.NDArray[Any]
    """(groups, slots): that member."""
    pairs: int
    """How many were compared."""
    cut: int
    """How often there were too many to compare with."""

    def twins(self, members: npt.NDArray[Any], group: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
        """Whether `group` holds the very texts of `members`; and the similarity to their twins there, 1 for those, 0: none."""
        exact = (self.masks[members] >> np.uint64(group)) & np.uint64(1) == np.uint64(1)
        alike = np.where(self.compared_ones[members], self.similarity[group, self.slot[members]], np.float32(0))
        return exact, np.where(exact, np.float32(1), alike).astype(np.float32)


@dataclass(frozen=True)
class Wanted:
    """What counts as a near twin."""

    shingles: str
    """`auto`: by the texts."""
    ngram: int
    """0: by the texts."""
    least: float
    folded: bool = False
    """See `leak_rows.Shape`."""


def search(blocks: Sequence[Block], targets: int, wanted: Wanted, folder: Path, pool: Pool, progress: Progress) -> Searched:
    """The twins of the rows of `blocks` in the groups 0 to `targets` - 1, for groups of larger numbers.

    `folder` must last as long as the answer is asked.
    """
    profiles = [profile for _, profile in _told("measuring", [(measure, (block,)) for block in blocks], pool, progress)]
    return search_measured(blocks, np.sum(profiles, axis=0), targets, wanted, folder, pool, progress)


def search_measured(
    blocks: Sequence[Block],
    profile: npt.NDArray[np.int64],
    targets: int,
    wanted: Wanted,
    folder: Path,
    pool: Pool,
    progress: Progress,
) -> Searched:
    """`search` among blocks whose hashes are there; `profile` is that of all."""
    shape = settled(wanted.shingles, wanted.ngram, profile, folded=wanted.folded)
    _write_keys(blocks, shape, int(profile[0]), wanted.least, folder, pool, progress)
    rows = LeakRows(blocks, shape)
    contents = different(rows, folder)
    masks = _masks(rows, contents)
    candidate = _write_buckets(rows, contents, masks, folder)
    gather(rows, candidate, folder, pool)
    return _compared(contents, shape, masks, candidate, targets, fraction(wanted.least), folder, progress)


def search_equal(blocks: Sequence[Block], targets: int, folder: Path) -> Searched:
    """Exact twins alone, among blocks whose hashes are there."""
    rows = LeakRows(blocks, Shape(False, 0))
    contents = different(rows, folder)
    members = len(contents.row)
    none = np.zeros((targets, 1), np.float32), np.zeros((targets, 1), contents.row.dtype)
    nowhere = np.zeros(members, contents.row.dtype), np.zeros(members, np.bool_)
    return Searched(rows.shape, contents.of_row, _masks(rows, contents), *nowhere, *none, 0, 0)


def _told(what: str, tasks: Sequence[Task], pool: Pool, progress: Progress) -> Any:
    for done, found in enumerate(pool.run(tasks), 1):
        progress(what, done, len(tasks))
        yield found


def _write_keys(
    blocks: Sequence[Block], shape: Shape, tokens: int, least: float, folder: Path, pool: Pool, progress: Progress
) -> None:
    """Count how many rows hold each shingle, then write the keys of all blocks."""
    shares = [share for first in range(_COUNTINGS) if (share := blocks[first::_COUNTINGS])]
    paths = [str(folder / f"counts-{number}.npy") for number in range(len(shares))]
    tasks = [(count_shingles, (share, shape, tokens, path)) for share, path in zip(shares, paths, strict=True)]
    for _ in _told("counting", tasks, pool, progress):
        pass
    whole = read_array(paths[0])
    for path in paths[1:]:
        add_counters(whole, read_array(path))
        Path(path).unlink()
    write_array(Path(paths[0]), whole)
    del whole
    for _ in _told("indexing", [(find_postings, (block, shape, least, paths[0])) for block in blocks], pool, progress):
        pass


def _masks(rows: LeakRows, contents: Contents) -> npt.NDArray[np.uint64]:
    masks = np.zeros(len(contents.row), np.uint64)
    for block, first, end in spans(rows):
        np.bitwise_or.at(masks, contents.of_row.array[first:end], rows.blocks[block].masks())
        contents.of_row.give_back()
    return masks


def _write_buckets(rows: LeakRows, contents: Contents, masks: npt.NDArray[np.uint64], folder: Path) -> npt.NDArray[np.bool_]:
    """Write the members that share a key with one of another group, and where each bucket starts; which members are in any."""
    kind = row_type(sum(rows.counts))
    candidate = np.zeros(len(masks), np.bool_)
    with (
        guarded(folder / "buckets"),
        Spread(len(masks) * _KEYS, folder) as spread,
        (folder / "crossing.bin").open("wb") as found,
        (folder / "crossing-starts.bin").open("wb") as starts,
    ):
        for block, first, end in spans(rows):
            keys, of = rows.postings(block)
            local = of.astype(np.int64)
            local, keys = local[chosen := contents.stands.array[first:end][local]], keys[chosen]
            spread.add(np.column_stack([keys, contents.of_row.array[first:end][local].astype(np.uint64)]))
        before = 0
        write(starts, np.zeros(1, np.int64))
        for records in spread.parts():
            members, ends = crossing_buckets(records, np.argsort(records[:, 0]), masks)
            candidate[members] = True
            write(found, members.astype(kind))
            write(starts, ends + before)
            before += len(members)
    return candidate


def _compared(
    contents: Contents,
    shape: Shape,
    masks: npt.NDArray[np.uint64],
    candidate: npt.NDArray[np.bool_],
    targets: int,
    limit: tuple[float, float],
    folder: Path,
    progress: Progress,
) -> Searched:
    kind = contents.row.dtype
    slot, offsets = np.fromfile(folder / "slot.bin", kind), np.fromfile(folder / "offsets.bin", np.int64)
    members, starts = Kept(folder / "crossing.bin", kind), Kept(folder / "crossing-starts.bin", np.int64)
    sets = Kept(folder / "sets.u64", np.uint64)
    best = np.zeros((targets, max(1, len(offsets) - 1)), np.float32)
    partner, tries = np.zeros(best.shape, kind), np.zeros(best.shape[1], np.uint16)
    notes = np.zeros(2, np.int64)
    buckets = len(starts.array) - 1
    for first in range(0, buckets, _BUCKETS_AT_ONCE):
        here = starts.array[first : first + _BUCKETS_AT_ONCE + 1]
        some = members.array[here[0] : here[-1]]
        best_partners(some, here - here[0], masks, slot, offsets, sets.array, limit, best, partner, tries, notes)
        sets.give_back()
        members.give_back()
        progress("comparing", first // _BUCKETS_AT_ONCE + 1, -(-buckets // _BUCKETS_AT_ONCE))
    pairs, cut = map(int, notes)
    return Searched(shape, contents.of_row, masks, slot, candidate, best, partner, pairs, cut)
