"""What a block tells of its spans: a record per span that may be a repeat, and which are repeats whatever the others say.

Records are (key, key, place) or, where all of a row count as one, (key, key, place, row); places and rows count from the
block's first. A key that a stretch of the block holds many times leaves but a few.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup_spans import DedupSpans
from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine.blocks import write_array
from dprep.engine.span_texts import FlatTexts, flat_texts
from dprep.engine.spread import write
from dprep.kernels.repeat_sites import settle_sites
from dprep.store.commit import guarded, remove, replace, temporary_beside

U64 = npt.NDArray[np.uint64]


def emit_spans(stem: Path, step: Step, op: DedupSpans, rows: pl.DataFrame) -> None:
    """Of the rows of a block that `step` acts on: the anchors, or at once the spans."""
    flat = flat_texts(step, rows)
    stem.parent.mkdir(parents=True, exist_ok=True)  # a stage without steps of its own has written nothing yet
    if not op.screened():
        write_sites(stem, op, flat, len(rows), None)
        return
    with _whole(stem.with_suffix(".anchors.u64")) as file:
        for anchors in op.anchors(Text(flat.texts)):
            write(file, anchors.hashes)


def write_sites(stem: Path, op: DedupSpans, flat: FlatTexts, rows: int, screen: U64 | None) -> None:
    """Records to `<stem>.sites.u64`, runs of sure repeats to `<stem>.sure.i64`, counts to `<stem>.spans.npy`."""
    seen = 0
    with _whole(stem.with_suffix(".sites.u64")) as sites_file, _whole(stem.with_suffix(".sure.i64")) as sure_file:
        for sites in op.sites(Text(flat.texts), screen):
            seen = sites.seen
            zones = flat.rows[sites.texts] if op.by_document() else sites.places
            recorded, sure = settle_sites(
                sites.keys, zones, op.apart(), op.least(), keep_first=op.keep == "first", by_document=op.by_document()
            )
            columns = [sites.keys[recorded], sites.places[recorded].astype(np.uint64)]
            columns += [zones[recorded].astype(np.uint64)] if op.by_document() else []
            write(sites_file, np.column_stack(columns))
            write(sure_file, _runs(sites.places[sure]))
    write_array(stem.with_suffix(".spans.npy"), np.array([seen, rows], np.int64))


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which is at `path` when it is whole: another run may be reading what it has written there."""
    temporary = temporary_beside(path)
    try:
        with guarded(path), temporary.open("wb") as file:
            yield file
        replace(temporary, path)
    finally:
        remove(temporary)


def _runs(places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(runs, 2): first and last + 1 of consecutive numbers."""
    if not len(places):
        return np.zeros((0, 2), np.int64)
    breaks = np.flatnonzero(np.diff(places) != 1) + 1
    return np.column_stack([places[np.concatenate([[0], breaks])], places[np.concatenate([breaks - 1, [len(places) - 1]])] + 1])
