"""The simplest loop there can be: what a task needs to learn, without the trainer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dprep.train.task import Batch, Example, Task


def examples(task: Task, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The examples of rows as `collate` gets them. Unusable rows are a mistake of the test."""
    found = list(task.encode(rows, 0))
    assert all(isinstance(each, Example) for each in found), found
    return [{"row": each.row, **each.ids, **each.numbers} for each in found if isinstance(each, Example)]


def batch_of(task: Task, rows: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
    return task.collate(examples(task, rows), chance)


def losses(task: Task, model: Any, batch: Batch, steps: int, rate: float) -> list[float]:
    """The mean loss before each of so many steps on one batch."""
    import torch

    learner = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=rate)
    seen = []
    for _ in range(steps):
        loss = task.loss(model, batch) / task.items(batch)
        learner.zero_grad()
        loss.backward()
        learner.step()
        seen.append(float(loss.detach()))
    return seen


def learn(task: Task, model: Any, batch: Batch, steps: int = 30, rate: float = 1e-2) -> tuple[float, float]:
    """The mean loss before and after so many steps on one batch."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(5)
    seen = losses(task, model, batch, steps, rate)
    return seen[0], seen[-1]
