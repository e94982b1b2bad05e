"""What the tests of tasks with heads share: a model for a task, fifteen lines of training, and what it then says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dprep.train.task import Example, Task, Unusable
from tests.train.plain_loop import losses
from tests.train.tiny import tiny_model


def encoded(task: Task, rows: Sequence[Mapping[str, Any]]) -> list[Example | Unusable]:
    return list(task.encode(rows, 0))


def as_batched(examples: Sequence[Example | Unusable]) -> list[dict[str, Any]]:
    """Examples as a task gets them back from the file where they are kept."""
    usable = [each for each in examples if isinstance(each, Example)]
    keys = {(tuple(sorted(each.ids)), tuple(sorted(each.numbers))) for each in usable}
    assert len(keys) <= 1, "all examples have the same runs and numbers: they are columns of one table"
    return [
        {"row": each.row, **{name: np.array(run, np.int64) for name, run in each.ids.items()}, **each.numbers}
        for each in usable
    ]


def model_for(task: Task, folder: Path, type: str = "bert", **config: Any) -> Any:
    """A tiny model with a new head, as the task wants it."""
    tiny_model(folder, type, task.tokenizer, **config)
    return loaded(task, folder)


def loaded(task: Task | None, folder: Path, auto: str = "") -> Any:
    """What stands in a folder, with the configuration of a task; without a task as it stands."""
    import torch
    import transformers

    torch.set_num_threads(1)
    torch.manual_seed(3)
    settings = transformers.AutoConfig.from_pretrained(folder)
    settings.update(task.config() if task else {})
    return getattr(transformers, task.auto_class() if task else auto).from_pretrained(folder, config=settings).eval()


def trained(task: Task, model: Any, rows: Sequence[Mapping[str, Any]], steps: int = 40, rate: float = 5e-3) -> list[float]:
    """Train on all rows at once; the mean loss before each step."""
    return losses(task, model, task.collate(as_batched(encoded(task, rows))), steps, rate)


def said(task: Task, model: Any, rows: Sequence[Mapping[str, Any]], at_once: int = 3) -> list[dict[str, Any]]:
    """A prediction for each row, from small batches."""
    import torch

    examples = as_batched(encoded(task, rows))
    told: dict[int, list[dict[str, Any]]] = {}
    with torch.no_grad():
        for start in range(0, len(examples), at_once):
            some = examples[start : start + at_once]
            for example, each in zip(some, task.predict(model, task.collate(some)), strict=True):
                told.setdefault(example["row"], []).append(each)
    return [task.join(row, told.get(place, [])) for place, row in enumerate(rows)]
