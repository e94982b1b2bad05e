"""Keys made in the light of all rows: the rarest members of each set, by which any two that are alike meet. And clusters by
more than one reading of `auto`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dprep.base.dedup import Dedup
from dprep.base.step import Step
from dprep.engine.blocks import read_array, write_array
from dprep.engine.cluster import Clusters
from dprep.engine.pool import Pool, Task
from dprep.engine.stages import Handle, load
from dprep.engine.verdicts import emit_keys, keys_name, keys_path
from dprep.kernels.pairs import best_of_groups, cluster_sizes, point_at_best
from dprep.kernels.rare_first import add_counters, count_members, counters
from dprep.kernels.union import flatten, join_all

_COUNTINGS = 4
"""Tasks that count members; each writes up to 64 MB of counters."""
_MEMBER_BYTES = 4
"""About how many bytes of text there are for each member of a set."""


def make_keys(step: Step, op: Dedup, blocks: Sequence[Handle], folder: Path, pool: Pool) -> None:
    """Write the keys of all blocks for `op`, which is settled. `folder` is empty, for files on the way."""
    name = keys_name(op)
    missing = [block for block in blocks if not keys_path(block.told, name, "keys").exists()]
    counts = _counted(step, op, blocks, folder, pool) if op.rare() and missing else ""
    tasks: list[Task] = [(keys_of_block, (block, step, op, counts)) for block in missing]
    for _ in pool.run(tasks):
        pass


def keys_of_block(block: Handle, step: Step, op: Dedup, counts: str) -> None:
    """Task: the keys of a block. counts: the file that says how many sets hold each member, where keys are made by that."""
    rows = load(block)
    emit_keys(Path(block.told), step, op, rows.filter(step.chosen(rows)), read_array(counts, mapped=True) if counts else None)


def _counted(step: Step, op: Dedup, blocks: Sequence[Handle], folder: Path, pool: Pool) -> str:
    """The file of how many sets hold each member."""
    members = sum(int(read_array(block.stem + ".size.npy").sum(dtype=np.int64)) for block in blocks) // _MEMBER_BYTES
    shares = [share for first in range(_COUNTINGS) if (share := list(blocks[first::_COUNTINGS]))]
    paths = [str(folder / f"counts-{number}.npy") for number in range(len(shares))]
    tasks: list[Task] = [(_count, (share, step, op, members, path)) for share, path in zip(shares, paths, strict=True)]
    for _ in pool.run(tasks):
        pass
    whole = read_array(paths[0])
    for path in paths[1:]:
        add_counters(whole, read_array(path))
        Path(path).unlink()
    write_array(Path(paths[0]), whole)
    return paths[0]


def _count(blocks: Sequence[Handle], step: Step, op: Dedup, members: int, into: str) -> None:
    """Task: write how many sets of these blocks hold each member."""
    counts = counters(members)
    for block in blocks:
        rows = load(block)
        count_members(op.sets(step.text(rows.filter(step.chosen(rows)))).hashes, counts)
    write_array(Path(into), counts)


def either(found: Sequence[Clusters]) -> Clusters:
    """Clusters of the same rows by several readings as one: who is joined by any is joined.

    The first row of a cluster stays. Where the two were not compared, their similarity is NaN.
    """
    first = found[0]
    if len(found) == 1:
        return first
    members = np.arange(len(first.row), dtype=first.row.dtype)
    parent = members.copy()
    for each in found:
        if each.stays is not None:
            join_all(parent, members, each.stays)
    flatten(parent)
    best = np.empty_like(parent)
    best_of_groups(parent, first.row, best, np.ones(len(parent), np.bool_))
    point_at_best(parent, best)
    alike = np.where(parent == members, 1, np.nan).astype(np.float32)
    for each in found:
        own = members if each.stays is None else each.stays
        theirs = np.ones(len(parent), np.float32) if each.alike is None else each.alike
        alike = np.where(own == parent, np.fmax(alike, theirs), alike)
    sizes = np.zeros_like(parent)
    cluster_sizes(parent, np.bincount(first.of_row.array, minlength=len(parent)).astype(parent.dtype), sizes)
    return replace(first, stays=parent, sizes=sizes, alike=alike, link=None, link_alike=None)
