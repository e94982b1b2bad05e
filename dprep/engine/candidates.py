"""Who is worth comparing: members that share a band key, and their sets, in files. Bands and blocks are tasks for workers."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Sets
from dprep.engine.contents import Contents, Rows, spans
from dprep.engine.pool import Pool
from dprep.engine.spread import Kept, Spread, row_type, runs, save, write
from dprep.store.commit import guarded

_POSTINGS = 16
"""About how many further keys a member has."""


def find_candidates(rows: Rows, contents: Contents, workdir: Path, pool: Pool) -> npt.NDArray[np.bool_]:
    """Write every band's buckets; which members are in any."""
    bands = bands_of(rows)
    tasks = [(_bucket_band, (rows, str(workdir), len(contents.row), band)) for band in range(bands)]
    for _ in pool.run(tasks):
        pass
    candidate = np.zeros(len(contents.row), np.bool_)
    for band in range(bands):
        members = Kept(workdir / f"members-{band:03d}.bin", row_type(sum(rows.counts)))
        for first in range(0, len(members.array), 1 << 20):
            candidate[members.array[first : first + (1 << 20)]] = True
            members.give_back()
    return candidate


def bands_of(rows: Rows) -> int:
    """How many times members are put into buckets: once for each band, and once by the further keys."""
    return rows.bands + any(rows.postings(block) is not None for block in range(len(rows.counts)))


def _bucket_band(rows: Rows, workdir: str, members: int, band: int) -> None:
    """Task: members that share their key in `band`, bucket by bucket, each bucket ascending; and where the buckets start."""
    kind = row_type(sum(rows.counts))
    folder = Path(workdir)
    of_row, stands = Kept(folder / "member.bin", kind), Kept(folder / "stands.bin", np.bool_)
    with (
        guarded(folder / "buckets"),
        Spread(members if band < rows.bands else members * _POSTINGS, folder) as spread,
        (folder / f"members-{band:03d}.bin").open("wb") as found,
        (folder / f"starts-{band:03d}.bin").open("wb") as starts,
    ):
        for block, first, end in spans(rows):
            keys, local = _keyed(rows, block, band, stands.array[first:end])
            spread.add(np.column_stack([keys, of_row.array[first:end][local].astype(np.uint64)]))
            of_row.give_back()
            stands.give_back()
        before = 0
        write(starts, np.zeros(1, np.int64))
        for records in spread.parts():
            bucketed, ends = _buckets_of(records)
            write(found, bucketed.astype(kind))
            write(starts, ends + before)
            before += len(bucketed)


def _keyed(
    rows: Rows, block: int, band: int, stands: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """The keys of the rows of a block that stand for a member, and these rows."""
    if band < rows.bands:
        local = np.flatnonzero(stands)
        return rows.keys(block, band)[local], local
    postings = rows.postings(block)
    if postings is None:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    kept = stands[postings[1].astype(np.int64)]
    return postings[0][kept], postings[1][kept].astype(np.int64)


def _buckets_of(records: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Members of (key, member) records whose key is not alone, by key, then by number; where each bucket ends."""
    keys = np.ascontiguousarray(records[:, 0])
    order = np.argsort(keys)
    lengths = np.diff(runs(keys[order]))
    shared = order[np.repeat(lengths > 1, lengths)]
    lengths = lengths[lengths > 1]
    # bucket and member fit into 64 bits for as many rows as a machine can hold, and one sort of numbers is fast
    bits = np.uint64(int(records[:, 1].max(initial=0)).bit_length())
    bucket = np.repeat(np.arange(len(lengths), dtype=np.uint64), lengths)
    placed = np.sort(bucket << bits | records[shared, 1])
    return placed & ((np.uint64(1) << bits) - np.uint64(1)), np.cumsum(lengths)


def gather(rows: Rows, candidate: npt.NDArray[np.bool_], workdir: Path, pool: Pool) -> None:
    """Write the sets of all candidates, asked for once per block: member m has set slot[m], which is
    hashes[offsets[slot]:offsets[slot + 1]].
    """
    kind = row_type(sum(rows.counts))
    slot = np.zeros(len(candidate), kind)
    offsets = np.zeros(int(candidate.sum()) + 1, np.int64)
    save(workdir / "candidate.bin", candidate)
    tasks = [
        (_sets_of_block, (rows.only(block), str(workdir), block, first, end, np.dtype(kind).str))
        for block, first, end in spans(rows)
    ]
    count = 0
    with (workdir / "sets.u64").open("wb") as whole:
        for block, _ in pool.run(tasks):
            members, lengths = (
                np.fromfile(_piece(workdir, block, name), of) for name, of in (("members", kind), ("lengths", np.int64))
            )
            here = slice(count, count + len(members))
            slot[members] = np.arange(here.start, here.stop, dtype=kind)
            offsets[here.start + 1 : here.stop + 1] = offsets[count] + np.cumsum(lengths)
            count = here.stop
            with _piece(workdir, block, "hashes").open("rb") as piece:
                shutil.copyfileobj(piece, whole, 1 << 20)
            for name in _PIECES:
                _piece(workdir, block, name).unlink()
    save(workdir / "slot.bin", slot)
    save(workdir / "offsets.bin", offsets)


_PIECES = ("members", "lengths", "hashes")


def _piece(workdir: Path, block: int, name: str) -> Path:
    return workdir / f"sets-{block:06d}.{name}"


def _sets_of_block(one: Rows, workdir: str, block: int, first: int, end: int, kind: str) -> None:
    """Task: members, lengths and hashes of the sets of a block's candidates."""
    folder = Path(workdir)
    local = np.flatnonzero(Kept(folder / "stands.bin", np.bool_).array[first:end])
    members = Kept(folder / "member.bin", kind).array[first:end][local]
    wanted = Kept(folder / "candidate.bin", np.bool_).array[members]
    sets = one.sets(0, local[wanted]) if wanted.any() else Sets(np.zeros(1, np.int64), np.zeros(0, np.uint64))
    for name, array in zip(_PIECES, (members[wanted], np.diff(sets.offsets), sets.hashes), strict=True):
        save(_piece(folder, block, name), array)
