"""`dprep train`: a version, settings, and out comes a model with its scores, or a problem before anything is trained."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as parquet

from dprep.store import layout
from dprep.store.commit import remove
from dprep.train import dynamics, finishing, preparing, runs, together
from dprep.train.fault_context import told
from dprep.train.loading import models
from dprep.train.methods import method_class
from dprep.train.preparing import Prepared
from dprep.train.watcher import Nobody, Watcher

if TYPE_CHECKING:
    from dprep.store.versions import Version
    from dprep.train.job import Made
    from dprep.train.runs import Run
    from dprep.train.settings import Settings

IDLE = (
    "report_to", "dynamics", "checkpoint_every", "keep_checkpoints", "eval_batch_tokens", "device", "precision", "model",
    "tokenizer", "template",
)  # fmt: skip
"""Settings that do not change what comes out, or that are told otherwise: files by their hash, the device as it was."""
LIBRARIES = ("torch", "transformers", "peft", "tokenizers", "accelerate", "numpy")


@dataclass(frozen=True)
class Trained:
    """A whole run."""

    run: Run
    cached: bool
    """It was there before: nothing has changed since."""


def train(
    version: Version, settings: Settings, store: Path, watcher: Watcher | None = None, *, name: str = "", fresh: bool = False
) -> Trained:
    """Fine-tune a model on a version, or find the run that did, or go on with one that broke off. Raises Error.

    name: what the run is called (default: dataset, version, method, number); fresh: train anew.
    """
    watcher = watcher or Nobody()
    began = time.time()
    settings = _settled(settings)
    together.meet(settings.device)
    watcher = watcher if together.leads() else Nobody()
    with together.first():
        prepared = preparing.prepare(version, settings, store, watcher)
    stem = f"{version.manifest['dataset'][:60]}-{version.manifest['version']}-{settings.method}"
    with together.first():
        run = runs.begin(store, stem, name, _asked(prepared), fresh=fresh and together.leads())
    if run.whole:
        return Trained(run, cached=True)
    try:
        with _held(run), told(prepared, run):
            _carry_out(prepared, run, watcher, began)
    except BlockingIOError:
        raise runs.busy(run) from None
    return Trained(run, cached=False)


def _held(run: Run) -> AbstractContextManager[None]:
    """Nobody else trains this run meanwhile; processes that train together share it."""
    return layout.locked(run.folder / ".lock", wait=False) if together.leads() else nullcontext()


def _settled(settings: Settings) -> Settings:
    """The settings with what the method and the machine decide."""
    rate = settings.learning_rate or method_class(settings.method).learning_rate
    return models.settled(replace(settings, learning_rate=rate))


def _asked(prepared: Prepared) -> dict[str, Any]:
    settings = {name: value for name, value in prepared.settings.asked().items() if name not in IDLE}
    machine = {"device": prepared.settings.device, "precision": prepared.settings.precision, "processes": models.processes()}
    asked = {"settings": settings, **machine, "version": prepared.contract.got, "base": prepared.base.hash}
    asked |= {"words": prepared.contract.tokenizer, "template": prepared.contract.template}
    return {
        **asked,
        "identity": runs.identity({**asked, "dprep": importlib.metadata.version("dprep")}),
        "task": prepared.task.name,
        "labels": list(prepared.task.labels),
        "contract": prepared.contract.to_json(),
        "model": prepared.base.name,
    }


def _carry_out(prepared: Prepared, run: Run, watcher: Watcher, began: float) -> None:
    from dprep.train import job, loop

    if together.leads():
        run.write("ledger.json", prepared.ledger.to_json())
    watcher.say(prepared.ledger.as_text())
    for problem in prepared.warnings:
        watcher.warn(problem)
    made = job.make(prepared, run, watcher)
    if together.leads():
        run.write("plan.json", made.told)
    watcher.say(made.sentence)
    model = loop.train(made.model, made.job, run)
    together.wait()  # until each has kept what it has heard
    if together.leads():
        done = {**made.told, "steps_done": runs.steps_done(run)}
        _finish(prepared, run, replace(made, model=model, told=done), watcher, began)
    together.wait()


def _finish(prepared: Prepared, run: Run, made: Made, watcher: Watcher, began: float) -> None:
    scores = finishing.finish(made.prepared, run, made, watcher)
    epochs = dynamics.epochs_of(made.job.steps, made.job.plan.steps_each)
    dynamics.write(run.folder / dynamics.NAME, run.checkpoints, prepared, made.job.learnt, epochs)
    run.write(runs.WHOLE, _told(prepared, made.told, scores, began), durable=True)
    remove(run.checkpoints)


def _told(prepared: Prepared, plan: Mapping[str, Any], scores: Mapping[str, Any], began: float) -> dict[str, Any]:
    """What `run.json` says; all that is a clock's stands in `clock`."""
    metrics = {part: {name: each["value"] for name, each in told["metrics"].items()} for part, told in scores.items()}
    return {
        "format": 1,
        "dataset": str(prepared.version),
        "got": prepared.contract.got,
        "task": prepared.task.name,
        "labels": list(prepared.task.labels),
        "facts": prepared.task.facts,
        "method": prepared.settings.method,
        "model": prepared.base.name,
        "kind": prepared.kind,
        "limit": prepared.task.limit,
        "settings": prepared.settings.asked(),
        "contract": prepared.contract.to_json(),
        "leaks": dict(prepared.leaks),
        "reads": list(_read(prepared)),
        "parts": {use: prepared.name_of(use) for use in prepared.parts},
        "plan": dict(plan),
        "metrics": metrics,
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES if _installed(name)},
        "dprep": importlib.metadata.version("dprep"),
        "clock": {"made": datetime.now(UTC).isoformat(timespec="seconds"), "seconds": round(time.time() - began, 1)},
    }


def _read(prepared: Prepared) -> Iterator[str]:
    """The columns that the model has learnt to read: a second text only where the version has one."""
    yield from prepared.task.asks
    first = next((path for path in prepared.version.data_files(prepared.settings.train)), None)
    named = prepared.settings.columns.get("text_pair", "text_pair")
    if "text_pair" in prepared.task.optional and first is not None and named in parquet.read_schema(first).names:
        yield "text_pair"


def _installed(name: str) -> bool:
    try:
        return bool(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False
