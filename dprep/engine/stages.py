"""Stages: consecutive row-local steps over one block. A stage ends at a step that must see all rows, where steps that run a
model begin or end, or at the version.

opening -> [the last global step's verdict] -> local steps -> kept rows, dropped rows, ledger, what the next decision needs
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.mixing import Mixing
from dprep.base.step import Outcome, Shared, Step, dropped, run_step
from dprep.engine.answering import remembering
from dprep.engine.blocks import read_frame, read_json, write_array, write_frame, write_json
from dprep.engine.characters import characters
from dprep.engine.reading import Opening, open_spooled
from dprep.engine.tally import Veiled, entry
from dprep.engine.veil import Veil
from dprep.engine.verdicts import apply_verdict, emit
from dprep.store.ledger import Entry

READ = Step("read", "read", op=None)  # type: ignore[arg-type]
"""The pseudo-step that stands for reading in the books: rows without text leave here with reason `null`."""


@dataclass(frozen=True)
class Stage:
    """Local steps between two global ones."""

    folder: str
    after: Step | None
    """The global step whose verdict is applied first."""
    steps: tuple[Step, ...]
    ends: Step | None
    """The global step that follows, if one does."""
    opens: bool = True
    """The first stage opens what was read."""
    required: tuple[str, ...] = ()
    """Columns whose null drops the row when it is read."""
    casts: tuple[tuple[str, str], ...] = ()
    masking: tuple[Step, ...] = ()
    """Steps of later stages that mask: samples of this stage are masked by them already."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Steps whose answers are remembered -> the folder of their answers."""
    asks: str = ""
    """What is asked by the step that ends it, as a name for files."""
    packed: bool = False
    """Whether its checkpoints are compressed."""
    texts: tuple[str, ...] = ("text",)
    """Paths of the task's texts, whose characters are counted."""

    @property
    def names(self) -> list[str]:
        """Of its pages in the books."""
        opened = self.after or (READ if self.opens else None)
        return [step.name for step in (opened, *self.steps) if step]

    @property
    def title(self) -> str:
        """What the progress display calls it: its step, or its first and last."""
        names = [step.name for step in self.steps] or self.names
        return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)} steps)"


@dataclass(frozen=True)
class Cut:
    """Where a stage begins and ends."""

    before: Step | None
    """The global step before it; None: it is the first, or goes on where another stage ended."""
    steps: tuple[Step, ...]
    ends: Step | None
    opens: bool

    @property
    def model(self) -> bool:
        """True: one process per device runs it, not every worker."""
        return any(step.op.model for step in self.steps)


def cut_stages(steps: Sequence[Step]) -> list[Cut]:
    """Stages between global steps, cut again where steps that run a model meet others."""
    cuts: list[Cut] = []
    before: Step | None = None
    local: list[Step] = []
    for step in steps:
        if not step.local:
            cuts.append(Cut(before, tuple(local), step, not cuts))
            before, local = step, []
        elif local and step.op.model != local[0].op.model:
            cuts.append(Cut(before, tuple(local), None, not cuts))
            before, local = None, [step]
        else:
            local.append(step)
    return [*cuts, Cut(before, tuple(local), None, not cuts)]


@dataclass(frozen=True)
class Handle:
    """A block at the end of a stage."""

    stem: str
    """Of the arrays that the stage has written beside it."""
    rows: int
    kept: str = ""
    """The file that holds the rows; by default `<stem>.arrow`."""
    pending: tuple[tuple[Step, str], ...] = ()
    """Verdicts still to be applied to it: a stage without local steps makes no copy of the rows."""

    asks: str = ""
    """Which decision follows: what the block tells it lies beside the block under this name, for several may be asked."""

    @property
    def path(self) -> str:
        return self.kept or f"{self.stem}.arrow"

    @property
    def told(self) -> str:
        """The stem of the arrays that tell the next decision of its rows."""
        return f"{self.stem}-{self.asks}" if self.asks else self.stem

    def dropped(self, step: str) -> str:
        """The file of the rows that left at `step`, if any did."""
        return f"{self.stem}.dropped-{step}.arrow"


def load(handle: Handle) -> pl.DataFrame:
    """The rows of a block as its stage left them."""
    rows = read_frame(handle.path)
    for step, verdict in handle.pending:
        rows = apply_verdict(step, rows, Path(verdict)).kept
    return rows


def left_behind(stage: Stage, number: int, opening: Opening | Handle, verdict: str | None, rows: int) -> Handle:
    """Where the rows of a block are after `run_block`."""
    stem = str(block_stem(stage, number))
    if not _copies(stage):
        assert isinstance(opening, Handle)
        assert stage.after is not None
        assert verdict is not None
        return Handle(stem, rows, opening.path, (*opening.pending, (stage.after, verdict)), stage.asks)
    return Handle(stem, rows, asks=stage.asks)


def _copies(stage: Stage) -> bool:
    # new rows of mixtures are dear: they are made once, not whenever a later decision loads the block
    return bool(stage.steps) or stage.after is None or isinstance(stage.after.op, Mixing)


def block_stem(stage: Stage, number: int) -> Path:
    """Where a stage keeps a block: this plus `.arrow` (rows), `.json` (done), `.npy` files for the next decision."""
    return Path(stage.folder) / f"b{number:06d}"


def run_block(stage: Stage, number: int, opening: Opening | Handle, verdict: str | None) -> dict[str, Any]:
    """Task: one block through one stage. A finished block is not made again."""
    stem = block_stem(stage, number)
    side = stem.with_suffix(".json")
    if side.exists():
        found: dict[str, Any] = read_json(side)
        _tell(stage, left_behind(stage, number, opening, verdict, found["rows"]), None)
        return found
    veil = Veil((*stage.steps, *stage.masking))
    rows, entries, gone = _opened(stage, opening, verdict, partial(veil.over, place=0))
    shared = Shared(remembering(stage.answers))
    came = _left(entries, rows, stage.texts)
    for place, step in enumerate(stage.steps):
        veiled = partial(veil.over, place=place + 1)
        rows, gone[step.name], page = _through(step, rows, shared, veiled, stage.texts, came)
        came = _left([page], rows, stage.texts)
        entries.append(page)
    if _copies(stage):
        write_frame(stem.with_suffix(".arrow"), rows, packed=stage.packed)
    leavers = {name: frame for name, frame in gone.items() if len(frame)}
    for name, frame in leavers.items():
        write_frame(Path(Handle(str(stem), 0).dropped(name)), frame, packed=stage.packed)
    started = time.perf_counter()
    _tell(stage, Handle(str(stem), len(rows), asks=stage.asks), rows)
    told = time.perf_counter() - started
    write_array(stem.with_suffix(".size.npy"), row_sizes(rows))
    pages = [page.pack() for page in entries]
    note = {"rows": len(rows), "dropped": {n: len(f) for n, f in leavers.items()}, "ledger": pages, "told": told}
    write_json(side, note)
    return note


def _tell(stage: Stage, handle: Handle, rows: pl.DataFrame | None) -> None:
    """Write what the next decision needs to know of a block, if it is not there; `rows` are loaded where they are not given."""
    if stage.ends is None:
        return
    marker = Path(f"{handle.told}.told")
    if not marker.exists():
        emit(Path(handle.told), stage.ends, load(handle) if rows is None else rows)
        write_json(marker, {})


def row_sizes(rows: pl.DataFrame) -> npt.NDArray[np.uint32]:
    """Bytes of text in each row: what shards and row groups are cut by."""
    size = pl.lit(0, dtype=pl.UInt64)
    for name, dtype in rows.schema.items():
        if dtype == pl.String:
            size = size + pl.col(name).str.len_bytes().fill_null(0)
        elif dtype.is_nested():
            size = size + pl.struct(name).struct.json_encode().str.len_bytes().fill_null(0)
    return rows.with_columns(__size=size).get_column("__size").clip(0, 2**32 - 1).cast(pl.UInt32).to_numpy()


def _left(entries: Sequence[Entry], rows: pl.DataFrame, texts: Sequence[str]) -> int:
    """Characters that the last of the steps left; counted where none has been taken."""
    return entries[-1].characters.out if entries and entries[-1].characters else characters(rows, texts)


def _through(
    step: Step, rows: pl.DataFrame, shared: Shared, veiled: Veiled, texts: Sequence[str], came: int
) -> tuple[pl.DataFrame, pl.DataFrame, Entry]:
    started = time.perf_counter()
    outcome = run_step(step, rows, shared)
    seconds = time.perf_counter() - started
    return outcome.kept, outcome.dropped, entry(step, rows, outcome, seconds, veiled, texts, came)


def _opened(
    stage: Stage, opening: Opening | Handle, verdict: str | None, veiled: Veiled
) -> tuple[pl.DataFrame, list[Entry], dict[str, pl.DataFrame]]:
    started = time.perf_counter()
    if stage.after is None and not stage.opens:
        assert isinstance(opening, Handle)
        return load(opening), [], {}
    if stage.after is None:
        read = open_spooled(opening) if isinstance(opening, Opening) else load(opening)
        rows, step = cast(read, stage.casts), READ
        outcome = without_nulls(rows, stage.required)
    else:
        assert isinstance(opening, Handle)
        assert verdict is not None
        rows, step = load(opening), stage.after
        outcome = apply_verdict(step, rows, Path(verdict))
    seconds = time.perf_counter() - started
    page = entry(step, rows, outcome, seconds, veiled, stage.texts, characters(rows, stage.texts))
    return outcome.kept, [page], {step.name: outcome.dropped}


def cast(rows: pl.DataFrame, casts: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Columns that the task wants in one type, whatever the file had: labels as text, targets as numbers."""
    wanted = {"string": pl.String, "float": pl.Float64}
    if "part" in rows.columns and rows.schema["part"].is_nested():  # no part is called so: told when it is written
        rows = rows.with_columns(pl.struct("part").struct.json_encode().alias("part"))
    return rows.with_columns(
        pl.col(name).cast(wanted[to]) for name, to in casts if name in rows.columns and not rows.schema[name].is_nested()
    )


def without_nulls(rows: pl.DataFrame, required: Sequence[str]) -> Outcome:
    """Rows that lack a text leave with reason `null`."""
    missing = pl.any_horizontal(pl.col(name).is_null() for name in required) if required else pl.lit(False)
    mask = rows.with_columns(__missing=missing).get_column("__missing")
    leaving = rows.filter(mask)
    return Outcome(rows.filter(~mask), dropped(leaving, pl.repeat("null", len(leaving), dtype=pl.String, eager=True)))
