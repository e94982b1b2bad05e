"""A run opened again: its task and its model, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from dprep.train import contract, documents, models, start
from dprep.train.methods import method_class
from dprep.train.models import Base
from dprep.train.table import read_settings
from dprep.train.tasks import task_class

if TYPE_CHECKING:
    from dprep.train.runs import Run
    from dprep.train.settings import Settings
    from dprep.train.start import Start
    from dprep.train.task import Task


@dataclass(frozen=True, eq=False)
class Opened:
    """What a run came to, in memory."""

    run: Run
    settings: Settings
    task: Task
    begun: Start
    model: Any


def open_run(run: Run, store: Path, device: str = "auto") -> Opened:
    """The task and model of a whole run. Raises Error (`train-model`, `train-mismatch`)."""
    settings = settings_of(run, device)
    base = base_of(run, settings, store)
    begun = start.again(run.model, base, settings)
    task = task_class(run.told["task"])(settings, begun.tokenizer, run.told["labels"], run.told["limit"])
    task.facts = dict(run.told["facts"])
    return Opened(run, settings, task, begun, model_of(run, task, begun, settings))


def base_of(run: Run, settings: Settings, store: Path) -> Base:
    """The base model of a run; for a run whose model is whole, that model. Raises Error (`train-mismatch`)."""
    if not method_class(settings.method).adapter:
        return models.resolve(str(run.model), store)
    base = start.start(settings, store).base
    contract.same_base(run.asked["base"], base)
    return base


def settings_of(run: Run, device: str = "auto") -> Settings:
    """The settings of a run, for the device of this machine."""
    told = {name: value for name, value in run.told["settings"].items() if name not in {"options", "device", "precision"}}
    told["method"] = {"name": run.told["settings"]["method"], **run.told["settings"]["options"]}
    told = {name: value for name, value in told.items() if value not in ("", {}, [])}
    return start.settled(read_settings({**told, "device": device}))


def model_of(run: Run, task: Task, begun: Start, settings: Settings) -> Any:
    """The trained model of a run, in eval mode on its device."""
    method = method_class(settings.method)(settings)
    torch.manual_seed(settings.seed)
    if method.adapter:
        model = method.load(start.model_of(begun, task, settings, method.quantization()), run.model, task)
    else:
        whole = Base(run.model, run.name, "", "")
        model = models.load_model(task, whole, settings, start.weights(settings, task))
    model = model.to(settings.device).eval()
    documents.prepare(model, settings.packing and method.packs)
    return documents.callable_with_work(model)
