"""Several processes that train one model, as `torchrun` starts them: who writes, and who waits for whom.

All prepare and train; the first writes run folder, checkpoints and scores. With one process nothing here does anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from dprep.train.machine import processes

PATIENCE = timedelta(hours=6)
"""How long processes wait for the first, which reads and encodes alone."""


def rank() -> int:
    """The place of this process among those that train together, from 0."""
    return int(os.environ.get("RANK") or 0)


def leads() -> bool:
    """Whether this process writes what all have made."""
    return rank() == 0


def meet(device: str) -> None:
    """Find the other processes, if there are any."""
    if processes() == 1:
        return
    import torch
    from torch import distributed

    if not distributed.is_initialized():
        if device == "cuda":
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK") or 0))
        distributed.init_process_group("nccl" if device == "cuda" else "gloo", timeout=PATIENCE)


def wait() -> None:
    """Until all processes are here."""
    if processes() > 1:
        from torch import distributed

        distributed.barrier()


@contextmanager
def first() -> Iterator[None]:
    """The first process does what is inside alone; the others do it then, and find what it has kept."""
    if not leads():
        wait()
    yield
    if leads():
        wait()
