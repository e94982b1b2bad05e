"""Rows with equal contents that contradict each other: which of them stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup import Conflict
from dprep.engine.blocks import read_array, write_frame
from dprep.engine.stages import Handle
from dprep.kernels.jit import njit

U64 = npt.NDArray[np.uint64]

_WORDS = 5
"""Numbers of a row: two of its content, its vote, two of its id."""


def conflicts(op: Conflict, blocks: Sequence[Handle], verdicts: Sequence[str]) -> dict[str, Any]:
    """Write the verdict of every block: rows that must go, each with an opponent. 48 bytes for each row of the data."""
    counts = [len(read_array(block.told + ".votes.npy", mapped=True)) for block in blocks]
    rows = np.empty((sum(counts), _WORDS), np.uint64)
    start = 0
    for block, count in zip(blocks, counts, strict=True):
        for name, first, width in (("content", 0, 2), ("votes", 2, 1), ("id", 3, 2)):
            array = read_array(f"{block.told}.{name}.npy")
            rows[start : start + count, first : first + width] = array.reshape(count, width)
        start += count
    # ids come last, so that neither the order of rows nor of blocks decides who is named as an opponent
    order = np.lexsort(rows.T[::-1])
    opponent = np.full(len(rows), -1, np.int64)
    size = np.ones(len(rows), np.int64)
    groups = _judge(rows, order, op.majority(), op.action == "mark", opponent, size)
    start = 0
    for count, verdict in zip(counts, verdicts, strict=True):
        write_frame(Path(verdict), _told(rows, opponent[start : start + count], size[start : start + count], start))
        start += count
    return {"conflicts": int(groups)}


@njit(cache=True, nogil=True)
def _run(rows, order, i, words):  # type: ignore[no-untyped-def]
    """The place after the last row that has the first `words` numbers of the row at place i."""
    j = i + 1
    while j < len(order):
        for word in range(words):
            if rows[order[j], word] != rows[order[i], word]:
                return j
        j += 1
    return j


@njit(cache=True, nogil=True)
def _judge(rows, order, majority, mark, opponent, size):  # type: ignore[no-untyped-def]
    """Name an opponent for every row that must go; the number of contents that rows contradict each other about.

    mark: all rows about one content name the same row instead.
    """
    contradicted, i = 0, 0
    while i < len(order):
        end = _run(rows, order, i, 2)
        first = i
        while first < end and rows[order[first], 2] == 0:  # rows that say nothing come first
            first += 1
        second = _run(rows, order, first, 3) if first < end else end
        if second < end:
            contradicted += 1
            vote = first
            while vote < end:
                after = _run(rows, order, vote, 3)
                stays = majority and 2 * (after - vote) > end - first
                for place in range(vote, after):
                    size[order[place]] = end - first
                    if mark:
                        opponent[order[place]] = order[first]
                    elif not stays:
                        opponent[order[place]] = order[second] if vote == first else order[first]
                vote = after
        i = end
    return contradicted


def _told(rows: U64, opponent: npt.NDArray[np.int64], size: npt.NDArray[np.int64], start: int) -> pl.DataFrame:
    """The verdict on the rows of one block, which start at row `start`."""
    drop = opponent >= 0
    named = np.where(drop, opponent, np.arange(start, start + len(opponent)))
    text = rows[named, 3:].astype(">u8").tobytes().hex()
    return pl.DataFrame(
        {
            "drop": pl.Series(drop, dtype=pl.Boolean),
            "keeper": pl.Series([text[i : i + 32] for i in range(0, len(text), 32)], dtype=pl.String),
            "size": pl.Series(size, dtype=pl.Int64),
            "similarity": pl.repeat(1.0, len(drop), dtype=pl.Float64, eager=True),
        }
    )
