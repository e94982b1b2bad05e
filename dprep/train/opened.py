"""A run opened again: its task and its model, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.train.computing import documents
from dprep.train.data import contract
from dprep.train.loading import models
from dprep.train.methods import method_class
from dprep.train.table import read_settings
from dprep.train.tasks import task_class

if TYPE_CHECKING:
    from dprep.train.loading.bases import Base
    from dprep.train.runs import Run
    from dprep.train.settings import Settings
    from dprep.train.task import Task


@dataclass(frozen=True, eq=False)
class Opened:
    """What a run came to, in memory."""

    run: Run
    settings: Settings
    task: Task
    base: Base
    model: Any


def open_run(run: Run, store: Path, device: str = "auto", *, generate: bool = False) -> Opened:
    """The task and model of a whole run. generate: answers in words, where the task has some.

    Raises Error (`train-model`, `train-mismatch`).
    """
    settings = settings_of(run, device)
    settings = replace(settings, generate=settings.generate or generate)
    base = _begun_with(run, settings, store) if method_class(settings.method).adapter else models.folder(run.model)
    tokenizer = models.load_tokenizer_folder(run.model)
    task = task_class(run.told["task"])(settings, tokenizer, run.told["labels"], run.told["limit"])
    task.facts = dict(run.told["facts"])
    return Opened(run, settings, task, base, model_of(run, task, base, settings))


def untouched(opened: Opened, store: Path) -> Any:
    """The model as it was before anything was learnt. Raises Error (`train-model`, `train-mismatch`)."""
    model = models.load_model(opened.task, _begun_with(opened.run, opened.settings, store), opened.settings)
    return model.to(opened.settings.device).eval()


def _begun_with(run: Run, settings: Settings, store: Path) -> Base:
    """The base model of a run, if it is still what it was."""
    base = models.resolve(settings, store)
    contract.same_base(run.asked["base"], base)
    return base


def settings_of(run: Run, device: str = "auto") -> Settings:
    """The settings of a run, for the device of this machine."""
    told = {name: value for name, value in run.told["settings"].items() if name not in {"options", "device", "precision"}}
    told["method"] = {"name": run.told["settings"]["method"], **run.told["settings"]["options"]}
    told = {name: value for name, value in told.items() if value not in ("", {}, [])}
    if told["batch_tokens"]:
        del told["batch_size"]  # its default is told too, and both do not go together
    return models.settled(read_settings({**told, "device": device}))


def model_of(run: Run, task: Task, base: Base, settings: Settings) -> Any:
    """The trained model of a run, in eval mode on its device."""
    method = method_class(settings.method)(settings)
    models.seed(settings.seed)
    model = models.load_model(task, base if method.adapter else models.folder(run.model), settings)
    model = method.load(model, run.model, task) if method.adapter else model
    model = model.to(settings.device).eval()
    documents.prepare(model, settings.packing and method.packs)
    return documents.callable_with_work(model)
