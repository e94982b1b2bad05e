"""How much of the machine a run takes. Changes speed and memory, never a result."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dprep.base.problem import Error, Problem
from dprep.engine.blocks import Sizes
from dprep.engine.pool import Pool
from dprep.models import devices

SMALL = 8 * 2**20
"""Bytes of input below which starting worker processes costs more than it gives."""
ALONE = 600 * 2**20
"""Peak bytes of a run in one process, as `benchmarks/spine.py memory` measures it, with a margin."""
PARENT = 380 * 2**20
WORKER = 440 * 2**20
"""The same for a run with workers: the process that leads it, and each worker."""


@dataclass(frozen=True)
class Resources:
    workers: int
    sizes: Sizes


def settle(workers: int | None, memory: str | None, files: Sequence[int]) -> Resources:
    """Workers: those asked for, else the cores this process may use, as many as `memory` ("4G", "1500M") has room for.

    `files`: bytes of each input file, -1 where unknown; a small input runs in this process alone.
    """
    room = _room(memory) if memory else None
    if workers is not None and room is not None and workers > room:
        sentence = f"`--memory {memory}` is too little for {workers} workers"
        raise Error(
            Problem("memory-too-small", sentence, help=f"there is room for {room}: use fewer --workers or more --memory")
        )
    count = workers or _cores()
    if workers is None and min(files, default=0) >= 0 and sum(files) < SMALL:
        count = 1
    return Resources(count if room is None else min(count, room), _from_environment())


def model_pool(ops_folder: Path | None = None) -> Pool:
    """One process per device: this one, with all its threads, unless there are several GPUs."""
    settings = [{devices.VISIBLE: device} for device in devices.gpus()]
    return Pool(len(settings), settings, ops_folder) if len(settings) > 1 else Pool(1)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _room(memory: str) -> int:
    """How many workers a run within `memory` may have. Raises Error where there is room for none."""
    size = parse_bytes(memory)
    if size < ALONE:
        sentence = f"`--memory {memory}` is too little for a run"
        raise Error(Problem("memory-too-small", sentence, help=f"the least is {ALONE // 2**20}M"))
    return max(1, (size - PARENT) // WORKER)


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
