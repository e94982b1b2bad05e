"""Clusters of twins, from hashes alone: no text is held, and nothing depends on blocks or on the order of rows.

  1. rows with equal content are one at once; the best of them goes on, as a member (`contents`)
  2. band by band, members with equal keys form a bucket; the buckets go to disk (`candidates`)
  3. the sets of all members in buckets are gathered once, block by block, into one file
  4. band by band, the pairs in a bucket are compared by their sets and joined
  5. the best member of each cluster stays; every other row is compared with it

Steps 2 and 3 are tasks for the workers, a band and a block each. A bucket of more than `CAP` members would cost its square.
There the members are sorted by a hash of their sets and each is compared with a few before it (`kernels/pairs`): linear,
counted in the notes, and done again among those that stay until nothing joins, so that a second run finds no more. An operator
that is `thorough` has all pairs of a bucket compared up to `THOROUGH` members.

Memory, counted from the arrays: 8 bytes per different content for equal rows alone; 25 while sets are compared, besides up to
192 MiB of the sets. The rest is in files under `workdir`, of which a stretch at a time is in memory; parts as large as a 64th
of all rows are sorted at once. Processes hold more than the arrays: see benchmarks/results/dedup-memory.txt.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup import Dedup, Sets
from dprep.base.text import Text
from dprep.engine.candidates import bands_of, find_candidates, gather
from dprep.engine.compare import Rule, compare
from dprep.engine.contents import Rows, different
from dprep.engine.pool import Pool
from dprep.engine.spread import Kept

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_NOTHING = np.zeros(0, np.uint32)


@dataclass(frozen=True)
class Found:
    """Who stays for whom, by rows."""

    keeper: Places
    """(rows,) the row that stays for each row: itself when it stays."""
    size: npt.NDArray[np.int64]
    """(rows,) rows in its cluster; 1 when alone."""
    similarity: npt.NDArray[np.float32]
    """(rows,) similarity to the keeper; 1 for itself and for equal content, NaN where nothing was compared."""
    link: Places
    """(rows,) the next twin on the way to the keeper."""
    link_similarity: npt.NDArray[np.float32]
    notes: dict[str, Any]
    """Of the whole: counts of `contents` (different ones), `candidates`, `compared`, `joined`, `large_buckets`."""


@dataclass(frozen=True)
class Clusters:
    """Who stays for whom, by members."""

    of_row: Kept
    """(rows,) the member of each row."""
    row: npt.NDArray[Any]
    """(members,) the row that stands for it."""
    stays: npt.NDArray[Any] | None
    """(members,) the member that stays for it; None: each for itself."""
    sizes: npt.NDArray[Any]
    """(members,) rows in the cluster that the member stays for."""
    alike: npt.NDArray[np.float32] | None
    """(members,) similarity to the member that stays; None: 1."""
    notes: dict[str, Any]
    link: npt.NDArray[Any] | None = None
    """(members,) the next on the way to the one that stays; None: that is it."""
    link_alike: npt.NDArray[np.float32] | None = None

    def of(self, first: int, end: int) -> Found:
        """What is found of rows first <= row < end."""
        member = self.of_row.array[first:end]
        stays = member if self.stays is None else self.stays[member]
        alike = np.ones(len(member), np.float32) if self.alike is None else self.alike[member]
        keeper, size = self.row[stays].astype(np.int64), self.sizes[stays].astype(np.int64)
        link, link_alike = keeper, alike
        if self.link is not None and self.link_alike is not None:
            link, link_alike = self.row[self.link[member]].astype(np.int64), self.link_alike[member]
        found = Found(keeper, size, alike, link, link_alike, self.notes)
        self.of_row.give_back()
        return found

    def all(self) -> Found:
        """What is found of all rows, where there is memory for it."""
        return self.of(0, len(self.of_row.array))


def cluster(rows: Rows, rule: Rule, workdir: Path, pool: Pool) -> Clusters:
    """Cluster rows by equal content, then by what `rule` says of rows that share a key. `workdir` must be empty and must last
    as long as the answer is asked.
    """
    contents = different(rows, workdir)
    notes = {"contents": len(contents.row), "candidates": 0, "compared": 0, "joined": 0, "large_buckets": 0}
    bands = bands_of(rows)
    if contents.collisions:
        notes["collisions"] = contents.collisions
    if not bands or len(contents.row) < 2:
        return Clusters(contents.of_row, contents.row, None, contents.copies, None, notes)
    kind = contents.row.dtype
    contents.save(workdir)
    contents = replace(contents, copies=_NOTHING, rank=_NOTHING)  # they are on disk now
    candidate = find_candidates(rows, contents, workdir, pool)
    notes["candidates"] = int(candidate.sum())
    if rule.metric != "none":
        gather(rows, candidate, workdir, pool)
    del candidate
    for _, counted in pool.run([(compare, (str(workdir), kind.str, bands, rule))]):
        notes.update(counted)
    stays, sizes = (np.fromfile(workdir / f"{name}.bin", kind) for name in ("stays", "sizes"))
    found = Clusters(contents.of_row, contents.row, stays, sizes, np.fromfile(workdir / "alike.bin", np.float32), notes)
    if not rule.chain or rule.metric == "none":
        return found
    link = np.fromfile(workdir / "link.bin", kind)
    return replace(found, link=link, link_alike=np.fromfile(workdir / "link-alike.bin", np.float32))


@dataclass(frozen=True)
class TextRows:
    """Rows whose texts are at hand."""

    op: Dedup
    """Settled."""
    blocks: Sequence[Text]
    ranks: Sequence[U64] | None
    bands: int

    @property
    def counts(self) -> Sequence[int]:
        return [len(block) for block in self.blocks]

    def content(self, block: int) -> U64:
        return self.op.content(self.blocks[block])

    def check(self, block: int) -> U64 | None:
        return self.op.check(self.blocks[block])

    def rank(self, block: int) -> U64 | None:
        return None if self.ranks is None else self.ranks[block]

    def keys(self, block: int, band: int) -> U64:
        return self.blocks[block].once(self.op.keys)[:, band]

    def postings(self, block: int) -> U64 | None:
        found = self.blocks[block].once(self.op.postings)
        return None if found is None else np.stack([found.keys, found.rows.astype(np.uint64)])

    def sets(self, block: int, local: Places) -> Sets:
        return self.op.sets(Text(self.blocks[block].series.gather(local)))

    def only(self, block: int) -> Rows:
        return TextRows(self.op, self.blocks[block : block + 1], self.ranks and self.ranks[block : block + 1], self.bands)


def cluster_texts(op: Dedup, texts: pl.Series, rank: npt.NDArray[Any] | None = None, block_rows: int = 1000) -> Found:
    """Cluster texts that are at hand, without an engine; `rank` defaults to their order."""
    starts = range(0, len(texts), block_rows)
    blocks = [Text(texts[first : first + block_rows]) for first in starts]
    settled = op.resolved(np.sum([op.profile(block) for block in blocks], axis=0)) if blocks else op
    ranks = None if rank is None else [rank[first : first + block_rows].astype(np.uint64) for first in starts]
    bands = settled.keys(blocks[0]).shape[1] if blocks else 0
    with tempfile.TemporaryDirectory() as folder, Pool(1) as pool:
        return cluster(TextRows(settled, blocks, ranks, bands), Rule.of(settled), Path(folder), pool).all()
