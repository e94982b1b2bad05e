"""The engine over rows in hand: for tests of laws, previews and notebooks. The same stages and decisions as a run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from dprep.base.step import Step
from dprep.engine.blocks import read_frame, write_frame
from dprep.engine.decide import decide
from dprep.engine.pool import Pool
from dprep.engine.stages import Handle, Stage, cut_stages, left_behind, load, run_block
from dprep.engine.tally import masks
from dprep.store.ledger import Entry, Ledger


@dataclass(frozen=True)
class Result:
    """What became of the rows."""

    rows: pl.DataFrame
    dropped: dict[str, pl.DataFrame] = field(default_factory=dict)
    """Step name -> rows as they were + reason, measured, twin."""
    ledger: Ledger = field(default_factory=Ledger)


def run_rows(steps: Sequence[Step], rows: pl.DataFrame, block_rows: int = 50_000, workers: int = 1) -> Result:
    """`steps` over `rows` (columns `id`, `origin` and what the steps read), cut into blocks of `block_rows`."""
    with tempfile.TemporaryDirectory(prefix="dprep-") as folder, Pool(workers) as pool:
        return _run(steps, rows, block_rows, Path(folder), pool)


def _run(steps: Sequence[Step], rows: pl.DataFrame, block_rows: int, folder: Path, pool: Pool) -> Result:
    handles = []
    for number, start in enumerate(range(0, max(len(rows), 1), block_rows)):
        piece = rows[start : start + block_rows]
        handles.append(Handle(str(folder / f"in{number:06d}"), len(piece)))
        write_frame(Path(handles[-1].stem + ".arrow"), piece)
    verdicts: Sequence[str | None] = [None] * len(handles)
    gone: dict[str, list[pl.DataFrame]] = {}
    pages: dict[str, Entry] = {}
    after: Step | None = None
    for number, cut in enumerate(cut_stages(steps)):
        later = tuple(step for other in cut_stages(steps)[number + 1 :] for step in other.steps if masks(step))
        before = after if cut.before else None
        stage = Stage(str(folder / f"stage{number}"), before, cut.steps, cut.ends, cut.opens, masking=later)
        tasks = [(run_block, (stage, n, h, v)) for n, (h, v) in enumerate(zip(handles, verdicts, strict=True))]
        notes: dict[int, dict[str, Any]] = dict(pool.run(tasks))
        handles = [left_behind(stage, n, handles[n], verdicts[n], notes[n]["rows"]) for n in sorted(notes)]
        _collect(handles, notes, gone, pages)
        verdicts = [None] * len(handles)
        if cut.ends is not None:
            decision = decide(cut.ends, handles, folder / f"decided{number}", pool, lambda *_: None)
            after, verdicts = decision.step, decision.verdicts
    whole = pl.concat([load(handle) for handle in handles])
    return Result(whole, {name: pl.concat(frames) for name, frames in gone.items()}, Ledger(list(pages.values())))


def _collect(
    handles: Sequence[Handle], notes: dict[int, dict[str, Any]], gone: dict[str, list[pl.DataFrame]], pages: dict[str, Entry]
) -> None:
    for number, handle in enumerate(handles):
        for name in notes[number]["dropped"]:
            gone.setdefault(name, []).append(read_frame(handle.dropped(name)))
        for packed in notes[number]["ledger"]:
            page = Entry.unpack(packed)
            pages[page.name] = pages[page.name] + page if page.name in pages else page
