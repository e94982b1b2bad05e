"""How much of the machine a run takes. Changes speed and memory, never a result."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dprep.base.problem import Error, Problem
from dprep.engine.blocks import Sizes

SMALL = 8 * 2**20
"""Bytes of input below which starting worker processes costs more than it gives."""
OVERHEAD = 12
"""Peak memory of a task over the bytes of its block, as measured on JSON Lines with short rows."""
PROCESS = 300 * 2**20
"""Bytes that a process takes before it has read a row: interpreter, polars, pyarrow, numba."""


@dataclass(frozen=True)
class Resources:
    workers: int
    sizes: Sizes


def settle(workers: int | None, memory: str | None, files: Sequence[int]) -> Resources:
    """Workers (default: the cores this process may use) and block sizes that keep within `memory` ("4G", "1500M").

    `files`: bytes of each input file, -1 where unknown; a small input runs in this process alone.
    """
    count = workers if workers else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers is None and min(files, default=0) >= 0 and sum(files) < SMALL:
        count = 1
    sizes = _from_environment()
    if memory:
        share = (parse_bytes(memory) - PROCESS) / max(1, count) - PROCESS
        if share < 8 * 2**20:
            sentence = f"`--memory {memory}` is too little for {count} workers"
            raise Error(Problem("memory-too-small", sentence, help="use fewer --workers or more --memory"))
        sizes = Sizes(sizes.rows, min(sizes.bytes, int(share / OVERHEAD)), sizes.range_bytes)
    return Resources(count, sizes)


def _from_environment() -> Sizes:
    """DPREP_BLOCK_ROWS and DPREP_BLOCK_BYTES make blocks smaller, for tests and for very small machines."""
    default = Sizes()
    rows = int(os.environ.get("DPREP_BLOCK_ROWS", default.rows))
    size = int(os.environ.get("DPREP_BLOCK_BYTES", default.bytes))
    return Sizes(max(1, rows), max(1, size), max(1, int(os.environ.get("DPREP_RANGE_BYTES", default.range_bytes))))


def parse_bytes(text: str) -> int:
    """ "4G" -> 4 * 2**30. Raises Error for anything else than a number with an optional K, M, G or T."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not found:
        raise Error(Problem("bad-size", f"`{text}` is no amount of memory", help="write it as `4G` or `1500M`"))
    return int(float(found[1]) * 2 ** (10 * " KMGT".index(found[2].upper() or " ")))
