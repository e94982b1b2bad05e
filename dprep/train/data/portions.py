"""The batches of a run in order, from any point on: a pure function of (lengths, seed), so resuming is index arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from dprep.train.data.batch_plan import chance

if TYPE_CHECKING:
    from dprep.train.data.batch_plan import Plan
    from dprep.train.data.encoded import Encoded
    from dprep.train.task import Batch, Task

ROWS = "rows"
"""Of a batch: places of the rows that its documents come from, on the CPU."""
SEEN = "seen"
"""Of a portion of a run: (epoch from 0, places of its examples among those that are learnt)."""


def batch_of(task: Task, encoded: Encoded, places: Any, luck: Any = None) -> Batch:
    """The flat batch of some examples, + `rows`."""
    examples = encoded.take(places)
    return {**task.collate(examples, luck), ROWS: [example["row"] for example in examples]}


class Portions(Dataset[Any]):
    """Portion number -> its batch. learnt: places of the examples that the plan is over."""

    def __init__(self, task: Task, encoded: Encoded, learnt: npt.NDArray[np.int64], plan: Plan) -> None:
        self.task, self.encoded, self.learnt, self.plan = task, encoded, learnt, plan

    def __getitem__(self, number: int) -> Batch:
        epoch, places = self.plan.at(number)
        batch = batch_of(self.task, self.encoded, self.learnt[places], chance(self.plan.seed, epoch, number))
        return {**batch, SEEN: (epoch, places)}


class From(Sampler[int]):
    """Portions `start`, `start + every` … below `end`: those of one device. Its length is that of the whole run."""

    def __init__(self, start: int, end: int, every: int, rank: int) -> None:
        self.start, self.end, self.every, self.rank = start, end, every, rank

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start + self.rank, self.end, self.every))

    def __len__(self) -> int:
        return self.end // self.every


def loader(portions: Portions, order: From) -> DataLoader[Any]:
    """One batch at a time. It draws on a generator of its own, so that it never moves the model's chance."""
    return DataLoader(portions, batch_size=None, sampler=order, num_workers=0, generator=torch.Generator())
