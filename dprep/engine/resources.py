"""How much of the machine a run takes. Changes speed and memory, never a result."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dprep.base.problem import Error, Problem
from dprep.engine.blocks import Sizes
from dprep.engine.pool import SMALL, Pool, cores
from dprep.models import devices

ALONE = 600 * 2**20
"""Peak bytes of a run in one process, as `benchmarks/spine.py memory` measures it, with a margin."""
PARENT = 380 * 2**20
WORKER = 440 * 2**20
"""The same for a run with workers: the process that leads it, and each worker."""


ROOM = 20
"""Bytes of free disk per byte of input above which checkpoints are not compressed: two of them, of input packed ten to one."""


@dataclass(frozen=True)
class Resources:
    workers: int
    sizes: Sizes


def settle(workers: int | None, memory: str | None, files: Sequence[int], free: int | None = None) -> Resources:
    """Workers: those asked for, else the cores this process may use, as many as `memory` ("4G", "1500M") has room for.

    `files`: bytes of each input file, -1 where unknown; a small input runs in this process alone. `free`: bytes that the disk
    of the store has left, by which checkpoints are compressed or not.
    """
    room = _room(memory) if memory else None
    if workers is not None and room is not None and workers > room:
        sentence = f"`--memory {memory}` is too little for {workers} workers"
        raise Error(
            Problem("memory-too-small", sentence, help=f"there is room for {room}: use fewer --workers or more --memory")
        )
    count = workers or cores()
    if workers is None and min(files, default=0) >= 0 and sum(files) < SMALL:
        count = 1
    packed = free is not None and (min(files, default=0) < 0 or sum(files) * ROOM > free)
    return Resources(count if room is None else min(count, room), replace(_from_environment(), packed=packed))


def model_pool(ops_folder: Path | None = None) -> Pool:
    """One process per device: this one, with all its threads, unless there are several GPUs."""
    settings = [{devices.VISIBLE: device} for device in devices.gpus()]
    return Pool(len(settings), settings, ops_folder) if len(settings) > 1 else Pool(1)


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
