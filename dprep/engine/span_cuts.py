"""Spans that stand elsewhere too: lines, paragraphs, passages. Decided from hashes alone; no text is held.

  1. for passages: anchors met twice make a screen (`kernels.windows`), and blocks look only where it lets them
  2. every block tells a record per span that may be a repeat (`span_sites`); they go to disk by key
  3. part by part, equal keys are groups; of each the first occurrence stays, or none
  4. every block cuts its repeats, and those that overlap as one

Steps 2 and 4 are tasks for the workers, a block each. A part takes a 64th of the records, of 24 or 32 bytes each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup_spans import DedupSpans
from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine.blocks import read_array, write_array, write_frame
from dprep.engine.pool import Pool
from dprep.engine.span_sites import write_sites
from dprep.engine.span_texts import FlatTexts, flat_texts
from dprep.engine.spread import Spread, runs, write
from dprep.engine.stages import Handle, load
from dprep.kernels.repeat_sites import settle_sites
from dprep.kernels.windows import screen_of
from dprep.store.commit import guarded

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_AT_ONCE = 1 << 18
"""Records that are read from a file at once."""


def decide_spans(
    step: Step, op: DedupSpans, blocks: Sequence[Handle], verdicts: Sequence[str], folder: Path, pool: Pool
) -> dict[str, Any]:
    """Write what every block is to cut to its file in `verdicts`; how many spans were compared."""
    folder.mkdir(parents=True, exist_ok=True)
    # a folder of its own: another run may be deciding the same
    with tempfile.TemporaryDirectory(dir=folder, prefix="work-") as work:
        stems = [Path(block.told) for block in blocks]
        if op.screened():
            screen = _screen(stems, Path(work))
            stems = [Path(work) / f"b{number:06d}" for number in range(len(blocks))]
            _done(pool, [(_screened_sites, (b, step, op, s, screen)) for b, s in zip(blocks, stems, strict=True)])
        counts = np.array([read_array(stem.with_suffix(".spans.npy")) for stem in stems], np.int64).reshape(-1, 2)
        cuts = [Path(work) / f"cut{number:06d}.u32" for number in range(len(blocks))]
        _repeats(op, stems, counts, cuts, Path(work))
        _done(pool, [(_verdict, (*each, step, op)) for each in zip(blocks, stems, cuts, verdicts, strict=True)])
    return {"spans": int(counts[:, 0].sum())}


def _screened_sites(block: Handle, step: Step, op: DedupSpans, stem: Path, screen: Path) -> None:
    """Task: the spans of a block whose anchors were met twice."""
    rows = _chosen(block, step)
    write_sites(stem, op, flat_texts(step, rows), len(rows), read_array(screen, mapped=True))


def _chosen(block: Handle, step: Step) -> pl.DataFrame:
    """The rows of a block that `step` acts on."""
    rows = load(block)
    return rows.filter(step.chosen(rows))


def _done(pool: Pool, tasks: list[Any]) -> None:
    for _ in pool.run(tasks):
        pass


def _stretches(path: Path, width: int) -> Iterator[U64]:
    """The records of a file, (records, width) a stretch at a time."""
    with path.open("rb") as file:
        while True:
            found = np.fromfile(file, np.uint64, _AT_ONCE * width)
            if not len(found):
                return
            yield found.reshape(-1, width)


def _screen(stems: Sequence[Path], work: Path) -> Path:
    """The screen of the anchors that were met twice, in a file."""
    paths = [stem.with_suffix(".anchors.u64") for stem in stems]
    twice = [np.zeros(0, np.uint64)]
    with Spread(sum(path.stat().st_size for path in paths) // 8, work) as spread:
        for path in paths:
            for stretch in _stretches(path, 1):
                spread.add(stretch)
        for part in spread.parts():
            hashes = np.sort(part[:, 0])
            starts = runs(hashes)
            twice.append(hashes[starts[:-1][np.diff(starts) > 1]])
    target = work / "screen.npy"
    write_array(target, screen_of(np.concatenate(twice)))
    return target


def _repeats(op: DedupSpans, stems: Sequence[Path], counts: Places, cuts: Sequence[Path], work: Path) -> None:
    """Append to the file of each block in `cuts` the places of the spans that are to go."""
    width = 4 if op.by_document() else 3
    paths = [stem.with_suffix(".sites.u64") for stem in stems]
    bases = np.concatenate([np.zeros((1, 2), np.int64), np.cumsum(counts, axis=0)])
    for path in cuts:
        path.touch()
    with Spread(sum(path.stat().st_size for path in paths) // (8 * width), work) as spread:
        for path, base in zip(paths, bases[:-1].astype(np.uint64), strict=True):
            for records in _stretches(path, width):
                records[:, 2:] += base[: width - 2]
                spread.add(records)
        for records in spread.parts():
            _hand_out(_repeated(op, records), bases[:, 0], cuts)


def _repeated(op: DedupSpans, records: U64) -> Places:
    """The places of those records that are to go, ascending."""
    keys, zones = np.ascontiguousarray(records[:, :2]), records[:, -1].astype(np.int64)
    asked = {"keep_first": op.keep == "first", "by_document": op.by_document()}
    _, goes = settle_sites(keys, zones, op.apart(), op.least(), **asked)
    places: Places = records[goes, 2].astype(np.int64)  # in a part records are in the order of their places
    return places


def _hand_out(places: Places, bases: Places, cuts: Sequence[Path]) -> None:
    ends = np.searchsorted(places, bases)
    for number, path in enumerate(cuts):
        own = places[ends[number] : ends[number + 1]]
        if len(own):
            with guarded(path), path.open("ab") as file:
                write(file, (own - bases[number]).astype(np.uint32))


def _verdict(block: Handle, stem: Path, cut: Path, verdict: str, step: Step, op: DedupSpans) -> None:
    """Task: write where the texts of a block are to be cut."""
    seen = int(read_array(stem.with_suffix(".spans.npy"))[0])
    repeated = np.zeros(seen, np.bool_)
    repeated[np.fromfile(cut, np.uint32)] = True
    for first, end in np.fromfile(stem.with_suffix(".sure.i64"), np.int64).reshape(-1, 2):
        repeated[first:end] = True
    found = pl.DataFrame(schema={"text": pl.Int64, "start": pl.Int64, "end": pl.Int64})
    if repeated.any():
        flat = flat_texts(step, _chosen(block, step))
        if op.by_document():
            _spread_in_rows(op, flat, repeated)
        told = op.spans(Text(flat.texts), repeated)
        found = pl.DataFrame({"text": told.texts, "start": told.starts, "end": told.ends})
    write_frame(Path(verdict), found)


def _spread_in_rows(op: DedupSpans, flat: FlatTexts, repeated: npt.NDArray[np.bool_]) -> None:
    """What goes in one place of a row goes in all of its places: only one of them was told of."""
    pieces = [(sites.places, _in_row(sites.keys, flat.rows[sites.texts])) for sites in op.sites(Text(flat.texts), None)]
    gone = np.unique(np.concatenate([keys[repeated[places]] for places, keys in pieces]))
    for places, keys in pieces:
        repeated[places[np.isin(keys, gone)]] = True


def _in_row(keys: U64, rows: Places) -> U64:
    """A hash of key and row."""
    mixed = (keys[:, 0] ^ (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)) * np.uint64(
        0xD6E8FEB86659FD93
    )
    return mixed ^ keys[:, 1]
