"""Global steps: what is decided once over all rows, from a few numbers per row, and told to every block as its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.operator import Dedup, Sets, Split
from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine.blocks import read_array, read_json, write_frame, write_json
from dprep.engine.cluster import cluster
from dprep.engine.pool import Pool
from dprep.engine.stages import Handle, load
from dprep.engine.verdicts import emit_keys

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Decision:
    """A global step, decided."""

    step: Step
    """With every `auto` of its operator settled."""
    verdicts: tuple[str, ...]
    """One file per block."""
    notes: dict[str, Any]


def decide(step: Step, blocks: Sequence[Handle], folder: Path, pool: Pool, progress: Progress) -> Decision:
    """The verdict of `step` over `blocks`, kept in `folder`; a decision that is there is not made again."""
    verdicts = tuple(str(folder / f"v{number:06d}.arrow") for number in range(len(blocks)))
    side = folder / "decided.json"
    resolved = _resolved(step, blocks) if isinstance(step.op, Dedup) else step
    if side.exists():
        return Decision(resolved, verdicts, read_json(side))
    progress(step.name, 0, 1)
    if isinstance(resolved.op, Split):
        notes = _split(resolved.op, blocks, verdicts)
    else:
        notes = _dedup(resolved, blocks, verdicts, folder, pool)
    write_json(side, notes)
    progress(step.name, 1, 1)
    return Decision(resolved, verdicts, notes)


def _resolved(step: Step, blocks: Sequence[Handle]) -> Step:
    assert isinstance(step.op, Dedup)
    profiles = [read_array(block.stem + ".profile.npy") for block in blocks]
    if not profiles or not len(profiles[0]):
        return step
    return replace(step, op=step.op.resolved(np.sum(profiles, axis=0)))


def _split(op: Split, blocks: Sequence[Handle], verdicts: Sequence[str]) -> dict[str, Any]:
    tables = [read_array(block.stem + ".split.npy") for block in blocks]
    if not tables:
        return {}
    whole = np.concatenate(tables, axis=1)
    parts = op.assign(whole[0], whole[1], np.ascontiguousarray(whole[2:].T))
    start = 0
    for table, verdict in zip(tables, verdicts, strict=True):
        stop = start + table.shape[1]
        write_frame(Path(verdict), pl.DataFrame({"part": pl.Series(parts[start:stop], dtype=pl.UInt8)}))
        start = stop
    return {}


def _dedup(step: Step, blocks: Sequence[Handle], verdicts: Sequence[str], folder: Path, pool: Pool) -> dict[str, Any]:
    op = step.op
    assert isinstance(op, Dedup)
    for _ in pool.run([(keys_of_block, (block, step, op)) for block in blocks]):
        pass
    if not blocks:
        return {}
    content = np.concatenate([read_array(block.stem + ".content.npy") for block in blocks])
    counts = [len(read_array(block.stem + ".content.npy", mapped=True)) for block in blocks]
    bands = read_array(blocks[0].stem + ".keys.npy", mapped=True).shape[0]

    def band(number: int) -> npt.NDArray[np.uint64]:
        return np.concatenate([read_array(block.stem + ".keys.npy", mapped=True)[number] for block in blocks])

    def sets(block: int, local: npt.NDArray[np.int64]) -> Sets:
        rows = load(blocks[block])
        chosen = rows.filter(step.chosen(rows))[np.asarray(local).tolist()]
        return op.sets(Text(step.text(chosen).series, chosen))

    rank = np.concatenate([read_array(block.stem + ".rank.npy") for block in blocks])
    if op.keep == "first":
        rank = np.arange(len(content), dtype=np.uint64)
    found = cluster(content, rank, counts, band, bands, sets, op.least(), folder / "work")
    del content, rank
    ids = np.concatenate([read_array(block.stem + ".id.npy") for block in blocks])
    start = 0
    for count, verdict in zip(counts, verdicts, strict=True):
        rows = slice(start, start + count)
        write_frame(Path(verdict), _told(ids, found.keeper[rows], found.size[rows], found.similarity[rows], start))
        start += count
    return dict(found.notes)


def keys_of_block(block: Handle, step: Step, op: Dedup) -> None:
    """Task: the keys of a block for an operator that was resolved after its stage."""
    if not Path(block.stem + ".keys.npy").exists():
        rows = load(block)
        emit_keys(Path(block.stem), step, op, rows.filter(step.chosen(rows)))


def _told(ids: np.ndarray, keeper: np.ndarray, size: np.ndarray, similarity: np.ndarray, start: int) -> pl.DataFrame:
    text = ids[keeper].astype(">u8").tobytes().hex()
    return pl.DataFrame(
        {
            "drop": pl.Series(keeper != np.arange(start, start + len(keeper)), dtype=pl.Boolean),
            "keeper": pl.Series([text[i : i + 32] for i in range(0, len(text), 32)], dtype=pl.String),
            "size": pl.Series(size, dtype=pl.Int64),
            # the shortest decimal of the float32: 0.8, not 0.800000011920929
            "similarity": pl.Series([float(str(x)) for x in similarity], dtype=pl.Float64),
        }
    )
