"""New rows that say what another row says: which of them leave. Rows that were there before them always stay.

Of every row its content (128 bits, and 64 of another hash) and its id are told. Those of the new rows are held in memory: some
200 bytes for each while they are sorted. Those of the others are read past them, block by block.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.chance import id_words
from dprep.base.gate import GateAmongAll
from dprep.base.new_rows import with_before
from dprep.base.outcome import Outcome, Step, dropped
from dprep.base.text import Text
from dprep.engine.blocks import read_array, read_frame, write_array, write_frame
from dprep.kernels.newcomers import CONTENT, RECORD, mark_equal

U64 = npt.NDArray[np.uint64]


def emit_records(stem: Path, step: Step, op: GateAmongAll, rows: pl.DataFrame) -> None:
    """What is told of a block: the records of the new rows that are judged, and those of all other rows."""
    new = step.chosen(rows)
    for name, some in (("new", rows.filter(new)), ("others", rows.filter(~new))):
        write_array(stem.with_suffix(f".{name}.npy"), _records(op, step.text(some)))


def _records(op: GateAmongAll, text: Text) -> U64:
    return np.column_stack([op.content(text), op.check(text), id_words(text.rows.get_column("id"))]).astype(np.uint64)


def judge_newcomers(told: Sequence[str], verdicts: Sequence[str]) -> dict[str, Any]:
    """Write the verdict of every block: which of its new rows leave, and the row that each is equal to."""
    counts = [len(read_array(f"{stem}.new.npy", mapped=True)) for stem in told]
    rows = np.empty((sum(counts), RECORD), np.uint64)
    for stem, stop in zip(told, np.cumsum(counts).tolist(), strict=True):
        piece = read_array(f"{stem}.new.npy")
        rows[stop - len(piece) : stop] = piece
    # ids come last: of equal new rows the one with the smallest id stays, whatever the order of rows and blocks
    order = np.lexsort(rows.T[::-1])
    rows = rows[order]
    first = np.ones(len(rows), np.bool_)
    first[1:] = (rows[1:, :CONTENT] != rows[:-1, :CONTENT]).any(axis=1)
    contents = rows[first]
    taken, named = np.zeros(len(contents), np.bool_), contents[:, CONTENT:].copy()
    for stem in told:
        mark_equal(contents, read_array(f"{stem}.others.npy", mapped=True), taken, named)
    group = np.cumsum(first) - 1
    drop, twin = np.empty(len(rows), np.bool_), np.empty((len(rows), 2), np.uint64)
    drop[order], twin[order] = taken[group] | ~first, named[group]
    start = 0
    for count, verdict in zip(counts, verdicts, strict=True):
        here = slice(start, start + count)
        text = twin[here].astype(">u8").tobytes().hex()
        ids = pl.Series([text[i : i + 32] for i in range(0, len(text), 32)], dtype=pl.String)
        write_frame(Path(verdict), pl.DataFrame({"drop": pl.Series(drop[here], dtype=pl.Boolean), "twin": ids}))
        start = here.stop
    return {"identical": int(drop.sum())}


def without_identical(step: Step, op: GateAmongAll, rows: pl.DataFrame, verdict: Path) -> Outcome:
    """The rows of a block that stay; a new row that says what its parent says names that one."""
    new, told = step.chosen(rows), read_frame(verdict)
    places = new.arg_true().gather(told.get_column("drop").arg_true())
    mask = pl.repeat(False, len(rows), dtype=pl.Boolean, eager=True).scatter(places, True)
    leaving = with_before(step, rows, new).filter(mask)
    known = leaving.get_column("__before").is_not_null()
    before, after = Text(leaving.get_column("__before").fill_null("")), step.text(leaving)
    same = pl.Series((op.content(before) == op.content(after)).all(axis=1), dtype=pl.Boolean) & known
    twin = leaving.get_column("parent").zip_with(same, told.filter("drop").get_column("twin"))
    reason = pl.repeat(f"gate.{op.reason}", len(leaving), dtype=pl.String, eager=True)
    gone = dropped(leaving.drop("__before"), reason).with_columns(twin=twin)
    return Outcome(rows.filter(~mask), gone)
