"""What the untouched model says of examples, for tasks that compare with it (DPO): asked once, before anything is learnt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from dprep.train import evaluation
from dprep.train.data.portions import ROWS, batch_of

if TYPE_CHECKING:
    from dprep.train.data.encoded import Encoded
    from dprep.train.task import Task
    from dprep.train.watcher import Watcher


def with_reference(task: Task, model: Any, encoded: Encoded, device: str, watcher: Watcher) -> Encoded:
    """The examples with the numbers that `task.reference` gives; as they are where the task compares with nothing.

    model: as it was before training, or with an adapter that can be switched off.
    """
    if not task.compares or not len(encoded):
        return encoded
    model.to(device).eval()
    found: dict[str, npt.NDArray[np.float64]] = {}
    with torch.no_grad():
        for places in _batches(encoded, task.settings.eval_batch_tokens):
            batch = batch_of(task, encoded, places)
            batch.pop(ROWS)
            for name, values in task.reference(model, evaluation.on(batch, device)).items():
                found.setdefault(name, np.zeros(len(encoded)))[places] = values.double().cpu().numpy()
            watcher.stage("asking the reference", int(places[-1]) + 1, len(encoded))
    for name, numbers in found.items():
        encoded = encoded.with_numbers(name, numbers)
    return encoded


def _batches(encoded: Encoded, tokens: int) -> Iterator[npt.NDArray[np.int64]]:
    """Examples in their order, about so many tokens at once."""
    which = np.cumsum(encoded.sizes) // max(1, tokens)
    starts = np.flatnonzero(np.diff(which, prepend=-1))
    yield from np.split(np.arange(len(encoded)), starts[1:])
