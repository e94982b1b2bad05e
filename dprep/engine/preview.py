"""What a recipe does to a few rows, step by step, and about how long the whole run takes. Never reads a whole input."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from dprep.base import rowdiff
from dprep.base.columns import ColumnPath
from dprep.base.dedup import Dedup
from dprep.base.operator import Split
from dprep.base.problem import fail
from dprep.base.step import DROP_COLUMNS, Step
from dprep.engine.identity import row_hashes
from dprep.engine.local import TASK_CASTS
from dprep.engine.memory import Result, run_rows
from dprep.engine.resources import settle
from dprep.engine.sampling import Sample, SourceSample, first_rows, rows_of
from dprep.engine.shapes import check_shapes
from dprep.engine.showing import HIDDEN, change, shown
from dprep.engine.stages import cast, cut_stages, without_nulls
from dprep.engine.tally import masks
from dprep.engine.veil import Veil
from dprep.engine.warming import COMPILING, cold, warm
from dprep.engine.work import Progress, quiet
from dprep.plan.model import Plan

TIMED_ROWS = 2_000
TIMED_BYTES = 8 * 2**20
MARGIN = 60
"""Characters shown on either side of a change: a line of a terminal or two."""
Veiled = Callable[[pl.DataFrame], pl.DataFrame]
"""Makes rows fit to be shown."""
START_SECONDS = 0.5
"""What a run takes before its first row."""


@dataclass(frozen=True)
class StepView:
    """What one step did to the rows of the preview."""

    name: str
    op: str
    rows_in: int
    changed: int
    dropped: int
    added: int
    out: int
    parts: Mapping[str, int]
    lines: tuple[str, ...]
    """Row-diff."""


@dataclass(frozen=True)
class Estimate:
    """The whole run, from a sample. All numbers are about."""

    rows: int
    seconds: float
    workers: int
    version_bytes: int
    cache_bytes: int
    from_rows: int


@dataclass(frozen=True)
class Preview:
    rows: int
    sources: tuple[SourceSample, ...]
    steps: tuple[StepView, ...]
    estimate: Estimate | None
    """None where the size of a source cannot be known."""
    sees_all: tuple[str, ...]
    """Steps that decide over all rows and saw only these."""


def preview(plan: Plan, rows: int = 20, progress: Progress = quiet) -> Preview:
    """The first `rows` rows, shared among the sources, through every step. Raises Error."""
    started = time.perf_counter()
    sample = first_rows(plan, max(rows, TIMED_ROWS), TIMED_BYTES)
    reading = time.perf_counter() - started
    if not len(sample.rows):
        raise fail("no-rows", "no row could be read from the start of the sources", "`dprep check` lists the files it finds")
    few = _few(sample, rows)
    marks = cold(plan.steps)
    if marks:
        progress(COMPILING, 0, 1)
    views = _views(plan, few)
    if marks:  # left there: a run does not compile again, so the estimate is without it
        warm(marks)
        progress(COMPILING, 1, 1)
    return Preview(
        len(few),
        sample.sources,
        tuple(views),
        _estimate(plan, sample, reading),
        tuple(step.name for step in plan.steps if not step.local),
    )


def _few(sample: Sample, rows: int) -> pl.DataFrame:
    """The first rows of every source."""
    share = max(1, rows // max(1, len(sample.sources)))
    frames, start = [], 0
    for source in sample.sources:
        frames.append(sample.rows[start : start + min(share, source.rows)])
        start += source.rows
    return pl.concat(frames)


def _views(plan: Plan, rows: pl.DataFrame) -> list[StepView]:
    views = []
    texts = tuple(dict.fromkeys(ColumnPath.parse(path).column for path in plan.text_columns))
    check_shapes(plan, rows.schema)
    rows = _cast(plan, rows)
    read = without_nulls(rows, texts)
    veil = Veil(plan.steps)
    if len(read.dropped):
        lines = _gone(veil.over(read.dropped, 0))
        views.append(StepView("read", "read", len(rows), 0, len(read.dropped), 0, len(read.kept), {}, lines))
    rows = read.kept
    for place, step in enumerate(plan.steps):
        result = run_rows([step], rows)
        views.append(_view(step, rows, result, texts, partial(veil.over, place=place + 1)))
        rows = result.rows
    return views


def _cast(plan: Plan, rows: pl.DataFrame) -> pl.DataFrame:
    return cast(rows, [("label", TASK_CASTS[plan.task])] if plan.task in TASK_CASTS else [])


def _view(step: Step, before: pl.DataFrame, result: Result, texts: Sequence[str], veiled: Veiled) -> StepView:
    gone = result.dropped.get(step.name)
    old = {row["id"]: row for row in veiled(before).iter_rows(named=True)}
    lines: list[str] = []
    changed = added = 0
    for row in veiled(result.rows).iter_rows(named=True):
        if row["id"] not in old:
            added += 1
            parent = old.get(str(row.get("parent")))
            lines += _made(parent, row) if parent is not None else [rowdiff.line("+", shown(row, MARGIN))]
            continue
        told = _twinned(step.op, row, texts) if isinstance(step.op, Dedup) else _told(old[row["id"]], row, texts)
        changed += bool(told)
        lines += told[1:] if masks(step) else told
    lines += _gone(veiled(gone), old) if gone is not None else ()
    split = isinstance(step.op, Split) and "part" in result.rows.columns
    parts = dict(result.rows.get_column("part").drop_nulls().value_counts(sort=True).iter_rows()) if split else {}
    dropped = 0 if gone is None else len(gone)
    return StepView(step.name, step.op_name, len(before), changed, dropped, added, len(result.rows), parts, tuple(lines))


def _made(parent: Mapping[str, Any], row: Mapping[str, Any]) -> Sequence[str]:
    """A new row behind what it was made from; a copy alone."""
    lines = change({**parent, "id": row["id"]}, row, MARGIN)
    return [f" {lines[0][1:]}", *lines[1:]] if len(lines) > 1 else [rowdiff.line("+", shown(row, MARGIN))]


def _told(before: Mapping[str, Any], after: Mapping[str, Any], texts: Sequence[str]) -> Sequence[str]:
    """The change of a row; where it only got new columns, those beside the start of its text."""
    new = {n: v for n, v in after.items() if v is not None and before.get(n) is None and n not in HIDDEN}
    if not new or any(before.get(n) != after.get(n) for n in before if before.get(n) is not None):
        return change(before, after, MARGIN)
    row = {name: after.get(name) for name in texts[:1] if after.get(name) is not None}
    return [rowdiff.line("+", {**shown(row, MARGIN // 4), **shown(new, MARGIN)})]


def _twinned(op: Dedup, row: Mapping[str, Any], texts: Sequence[str]) -> Sequence[str]:
    """What is marked on a row that has twins, beside the start of its text; nothing on one that has none."""
    marks = {name: row[name] for name in op.makes() if row.get(name) is not None and name != "cluster"}
    if marks.get("cluster_size", 1) == 1:
        return ()
    text = {name: row.get(name) for name in texts[:1] if row.get(name) is not None}
    return [rowdiff.line("+", {**shown(text, MARGIN // 4), **marks})]


def _gone(gone: pl.DataFrame, known: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[str, ...]:
    lines = []
    for row in gone.iter_rows(named=True):
        measured, twin = row["measured"], row["twin"]
        told = [str(row["reason"]), measured if measured and measured != "{}" else ""]
        told.append(f"twin {(known or {}).get(twin, {}).get('origin', twin)}" if twin else "")
        kept = {name: value for name, value in row.items() if name not in DROP_COLUMNS}
        lines.append(rowdiff.line("-", shown(kept, MARGIN), " ".join(filter(None, told))))
    return tuple(lines)


def _estimate(plan: Plan, sample: Sample, reading: float) -> Estimate | None:
    """From the time that the sample takes beyond a tenth of it: what a run takes once does not count per row."""
    counts = [rows_of(planned, source) for planned, source in zip(plan.sources, sample.sources, strict=True)]
    total = sum(count or 0 for count in counts)
    sizes = [file.size for planned in plan.sources for file in planned.files]
    if None in counts:
        return None
    rows = _cast(plan, sample.rows)
    few = rows.gather_every(10)
    small, _ = _timed(plan, few)
    seconds, result = _timed(plan, rows)
    n = len(rows)
    each = max((seconds - small) / (n - len(few)), 0.1 * seconds / n) if n > len(few) else seconds / n
    workers = settle(None, None, sizes).workers
    version = _parquet_bytes(result.rows) + sum(_parquet_bytes(gone) for gone in result.dropped.values())
    cache = _arrow_bytes(rows) * (1 + len(cut_stages(plan.steps)))
    return Estimate(
        total,
        START_SECONDS + (each + reading / n) * total / workers,
        workers,
        round(version * total / n),
        round(cache * total / n),
        n,
    )


def _timed(plan: Plan, rows: pl.DataFrame) -> tuple[float, Result]:
    """Seconds for the steps and the writing of `rows`, and what they come to."""
    started = time.perf_counter()
    texts = tuple(ColumnPath.parse(path).column for path in plan.text_columns)
    result = run_rows(plan.steps, without_nulls(rows, texts).kept)
    _parquet_bytes(result.rows)
    row_hashes(result.rows)
    return time.perf_counter() - started, result


def _parquet_bytes(rows: pl.DataFrame) -> int:
    target = io.BytesIO()
    rows.write_parquet(target, compression="zstd", compression_level=1)
    return len(target.getvalue())


def _arrow_bytes(rows: pl.DataFrame) -> int:
    target = io.BytesIO()
    rows.write_ipc(target, compression="uncompressed")  # as checkpoints are, but on a disk with little room
    return len(target.getvalue())
