"""Global steps: what is decided once over all rows, from a few numbers per row, and told to every block as its verdict."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup import Conflict, Dedup, Sets
from dprep.base.dedup_spans import DedupSpans
from dprep.base.gate import GateAmongAll
from dprep.base.leaks import Leaks
from dprep.base.mixing import Mixing
from dprep.base.operator import Split
from dprep.base.sample import Sample
from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine.blocks import read_array, read_json, write_frame, write_json
from dprep.engine.cluster import Clusters, Found, cluster
from dprep.engine.compare import Rule
from dprep.engine.conflicts import conflicts
from dprep.engine.contents import Rows
from dprep.engine.leak_check import decide_leaks
from dprep.engine.mixtures import failing, make_pool
from dprep.engine.newcomers import judge_newcomers
from dprep.engine.pool import Pool
from dprep.engine.rare_keys import either, make_keys
from dprep.engine.span_cuts import decide_spans
from dprep.engine.spread import U64, Kept, write
from dprep.engine.stages import Handle, load
from dprep.engine.tables import decision_frame, gathered
from dprep.engine.verdicts import keys_name, keys_path
from dprep.store.commit import guarded, remove

Progress = Callable[[str, int, int], None]

_IDS_AT_ONCE = 1000
"""Ids looked up before pages are given back: each may bring 64 KiB of its neighbours into memory."""


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
    readings = _readings(step, blocks) if isinstance(step.op, Dedup) else (step,)
    resolved = readings[0]
    if side.exists():
        return Decision(resolved, verdicts, read_json(side))
    progress(step.name, 0, 1)
    if isinstance(resolved.op, (Split, Sample)):
        notes = _from_table(resolved, resolved.op, blocks, verdicts)
    elif isinstance(resolved.op, Mixing):
        notes = _mixed(resolved, resolved.op, blocks, verdicts, folder)
    elif isinstance(resolved.op, GateAmongAll):
        notes = judge_newcomers([block.told for block in blocks], verdicts)
    elif isinstance(resolved.op, Leaks):
        notes = decide_leaks(resolved, resolved.op, blocks, verdicts, folder, pool)
    elif isinstance(resolved.op, Conflict):
        notes = conflicts(resolved.op, blocks, verdicts)
    elif isinstance(resolved.op, DedupSpans):
        notes = decide_spans(resolved, resolved.op, blocks, verdicts, folder, pool)
    else:
        notes = _dedup(readings, blocks, verdicts, folder, pool)
    write_json(side, notes)
    progress(step.name, 1, 1)
    return Decision(resolved, verdicts, notes)


def _readings(step: Step, blocks: Sequence[Handle]) -> tuple[Step, ...]:
    """The step with every `auto` of its operator settled; then what else the rows may mean by it."""
    assert isinstance(step.op, Dedup)
    whole = np.zeros(0, np.int64)
    for block in blocks:  # one at a time: some are a megabyte
        profile = read_array(block.told + ".profile.npy")
        whole = profile + whole if len(whole) else profile
    return tuple(replace(step, op=op) for op in step.op.readings(whole)) if len(whole) else (step,)


def _from_table(step: Step, op: Split | Sample, blocks: Sequence[Handle], verdicts: Sequence[str]) -> dict[str, Any]:
    if not blocks:
        return {}

    def chosen() -> Iterator[pl.DataFrame]:
        for block in blocks:
            rows = load(block)
            yield rows.filter(step.chosen(rows))

    table, counts = gathered(step, op.asks(), [block.told for block in blocks], chosen)
    decided = op.decide(table)
    start = 0
    for count, verdict in zip(counts, verdicts, strict=True):
        write_frame(Path(verdict), decision_frame(step, dict(decided.columns), start, count))
        start += count
    return dict(decided.notes)


def _mixed(step: Step, op: Mixing, blocks: Sequence[Handle], verdicts: Sequence[str], folder: Path) -> dict[str, Any]:
    if not blocks:
        return {}
    # a folder of its own: another run may be deciding the same, or be reading what it has decided
    pool = folder / f"pool-{uuid.uuid4().hex[:12]}"
    try:
        with guarded(pool / "rows.arrow"), failing(step):
            notes = make_pool(op, [block.told for block in blocks], pool)
    except BaseException:
        remove(pool)
        raise
    for verdict in verdicts:
        write_frame(Path(verdict), pl.DataFrame({"pool": [pool.name]}))
    return notes


@dataclass(frozen=True)
class BlockRows:
    """Rows of blocks on disk, as clusters are made from them."""

    step: Step
    blocks: Sequence[Handle]
    counts: Sequence[int]
    bands: int
    name: str
    """Of their keys."""

    def _path(self, block: int, array: str) -> Path:
        return keys_path(self.blocks[block].told, self.name, array)

    def content(self, block: int) -> U64:
        return read_array(self._path(block, "content"))

    def check(self, block: int) -> U64 | None:
        path = self._path(block, "check")
        return read_array(path) if path.exists() else None

    def rank(self, block: int) -> U64 | None:
        assert isinstance(self.step.op, Dedup)
        return None if self.step.op.keep == "first" else read_array(self._path(block, "rank"))

    def keys(self, block: int, band: int) -> U64:
        return np.array(read_array(self._path(block, "keys"), mapped=True)[band])

    def postings(self, block: int) -> U64 | None:
        path = self._path(block, "posts")
        return read_array(path) if path.exists() else None

    def sets(self, block: int, local: npt.NDArray[np.int64]) -> Sets:
        assert isinstance(self.step.op, Dedup)
        rows = load(self.blocks[block])
        chosen = rows.filter(self.step.chosen(rows))[local.tolist()]
        return self.step.op.sets(Text(self.step.text(chosen).series, chosen))

    def only(self, block: int) -> Rows:
        return BlockRows(self.step, self.blocks[block : block + 1], self.counts[block : block + 1], self.bands, self.name)


def _dedup(
    readings: Sequence[Step], blocks: Sequence[Handle], verdicts: Sequence[str], folder: Path, pool: Pool
) -> dict[str, Any]:
    op = readings[0].op
    assert isinstance(op, Dedup)
    if not blocks:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    counts: list[int] = []
    with ExitStack() as stack:
        found = []
        for step in readings:
            # a folder of its own: another run may be deciding the same
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix="work-")))
            rows = _keyed_rows(step, blocks, work, pool)
            assert isinstance(step.op, Dedup)
            found.append(cluster(rows, Rule.of(step.op), work, pool))
            counts = list(rows.counts)
        whole = either(found)
        _write_verdicts(whole, op.least(), blocks, counts, verdicts, work / "ids.u64")
    also = [step.op.settled() for step in readings[1:] if isinstance(step.op, Dedup)]
    return {**op.settled(), **({"also": also} if also else {}), **whole.notes}


def _keyed_rows(step: Step, blocks: Sequence[Handle], work: Path, pool: Pool) -> BlockRows:
    """The rows of all blocks, whose keys have been made."""
    assert isinstance(step.op, Dedup)
    make_keys(step, step.op, blocks, work, pool)
    name = keys_name(step.op)
    counts = [len(read_array(keys_path(block.told, name, "content"), mapped=True)) for block in blocks]
    bands = read_array(keys_path(blocks[0].told, name, "keys"), mapped=True).shape[0]
    return BlockRows(step, blocks, counts, bands, name)


def _write_verdicts(
    found: Clusters, least: float, blocks: Sequence[Handle], counts: Sequence[int], verdicts: Sequence[str], path: Path
) -> None:
    with path.open("wb") as file:
        for block in blocks:
            write(file, read_array(block.told + ".id.npy"))
    ids = Kept(path, np.uint64)
    start = 0
    for count, verdict in zip(counts, verdicts, strict=True):
        write_frame(Path(verdict), _told(ids, found.of(start, start + count), least, start))
        start += count


def _told(ids: Kept, found: Found, least: float, start: int) -> pl.DataFrame:
    whole = ids.array.reshape(-1, 2)
    own = np.arange(start, start + len(found.keeper))
    drop = found.keeper != own
    # a row that is a twin of the one that stays needs no other to link them
    linked = np.flatnonzero(drop & (found.similarity < np.float32(least)) & (found.link != found.keeper) & (found.link != own))
    frame = {
        "drop": pl.Series(drop, dtype=pl.Boolean),
        "keeper": _ids(ids, whole, own, found.keeper),
        "size": pl.Series(found.size, dtype=pl.Int64),
        "similarity": _decimals(found.similarity),
    }
    if len(linked):
        at = pl.Series(linked)
        names, alike = _ids(ids, whole, own[linked], found.link[linked]), _decimals(found.link_similarity[linked])
        empty = pl.DataFrame(
            {"link": pl.Series([None], dtype=pl.String), "link_similarity": pl.Series([None], dtype=pl.Float64)}
        )
        for name, values in (("link", names), ("link_similarity", alike)):
            frame[name] = empty.get_column(name).new_from_index(0, len(own)).scatter(at, values)
    return pl.DataFrame(frame)


def _ids(ids: Kept, whole: U64, own: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> pl.Series:
    """The ids of the rows `wanted`, most of which are rows `own` at the same place."""
    found = whole[own[0] : own[-1] + 1][own - own[0]] if len(own) else np.zeros((0, 2), np.uint64)
    elsewhere = np.flatnonzero(wanted != own)
    for first in range(0, len(elsewhere), _IDS_AT_ONCE):
        some = elsewhere[first : first + _IDS_AT_ONCE]
        found[some] = whole[wanted[some]]
        ids.give_back()
    text = found.astype(">u8").tobytes().hex()
    return pl.Series([text[i : i + 32] for i in range(0, len(text), 32)], dtype=pl.String)


def _decimals(similarity: npt.NDArray[np.float32]) -> pl.Series:
    """The shortest decimals of float32: 0.8, not 0.800000011920929. NaN: it was not measured."""
    alike, place = np.unique(similarity, return_inverse=True)
    decimals = pl.Series(np.array([float(str(x)) for x in alike], np.float64)[place], dtype=pl.Float64)
    return decimals.fill_nan(None)
