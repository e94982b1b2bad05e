"""From what was prepared to what the trainer works on: the plan of batches, the model with its method, the optimiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dprep.train import evaluation, together
from dprep.train.computing import documents
from dprep.train.computing.compiling import compile_layers
from dprep.train.computing.throughput import Meter
from dprep.train.data import batch_plan, contract
from dprep.train.data.batch_plan import Plan
from dprep.train.data.reference import with_reference
from dprep.train.loading import models
from dprep.train.methods import method_class
from dprep.train.optimizing import freezing, optimizers, parameter_groups, schedules
from dprep.train.scoring import scores
from dprep.train.trainer import Job

if TYPE_CHECKING:
    from dprep.train.method import Method
    from dprep.train.preparing import Prepared
    from dprep.train.runs import Run
    from dprep.train.watcher import Watcher


@dataclass(frozen=True, eq=False)
class Made:
    """A job and what can be told of it before step 1."""

    model: Any
    method: Method
    prepared: Prepared
    """With what the untouched model says, where the task asks it."""
    job: Job
    told: dict[str, Any]
    sentence: str


def make(prepared: Prepared, run: Run, watcher: Watcher) -> Made:
    """The job of a run. The same settings on the same version give the same first weights and the same batches."""
    settings, task = prepared.settings, prepared.task
    learnt = np.flatnonzero(prepared.train.supervised > 0)
    padded = prepared.kind == "encoder-decoder" or not (settings.packing and method_class(settings.method).packs)
    plan = Plan(prepared.train.sizes[learnt], settings, models.processes(), alike=padded)
    steps = settings.max_steps or max(1, round(settings.epochs * plan.steps_each))
    task.prepared(iter(prepared.train.take([int(place)])[0] for place in learnt))
    model, method = begin(prepared)
    asked = {use: with_reference(task, model, each, settings.device, watcher) for use, each in prepared.parts.items()}
    prepared = replace(prepared, parts=asked)
    model = method.apply(model, task, steps)
    held = freezing.freeze(model, settings)
    packs = documents.prepare(model, settings.packing and method.packs)
    if settings.compile:
        compile_layers(model)
    ends = every(settings.evaluate_every * plan.steps_each, steps)
    save_at = set(ends) | set(range(settings.checkpoint_every, steps, settings.checkpoint_every or steps))
    first = method.chosen_from(steps)
    job = Job(
        task=task,
        method=method,
        settings=settings,
        encoded=prepared.train,
        learnt=learnt,
        plan=plan,
        steps=steps,
        evaluate_at=frozenset([*(step for step in ends if step >= first), steps]),
        save_at=frozenset([*save_at, steps]),
        evaluate=_evaluate(prepared, run, watcher) if "validation" in prepared.parts else None,
        make_optimizer=lambda moving: optimizers.make(parameter_groups.parameter_groups(moving, settings), settings, moving),
        make_schedule=lambda optimizer, total: schedules.make(optimizer, settings, total),
        unfreezing=freezing.unfreezing(model, settings),
        meter=_meter(prepared, model, method, steps),
        told=_teller(run, watcher),
        ids=lambda places: prepared.ids("train", places),
        stamp=lambda folder: contract.write_contract(folder, prepared.contract),
    )
    told = {**_told(job, model, packs), "held_back": len(held)}
    return Made(documents.callable_with_work(model), method, prepared, job, told, _sentence(job, prepared, told))


def every(interval: float, steps: int) -> list[int]:
    """Steps before the last, at even distances of `interval`, which may be a fraction of a step more or less."""
    times = int(steps / max(interval, 1))
    return sorted({step for number in range(1, times + 1) if (step := round(number * max(interval, 1))) < steps})


def begin(prepared: Prepared) -> tuple[Any, Method]:
    """The model as it is before its method changes anything, and the method."""
    settings = prepared.settings
    models.seed(settings.seed)
    model = models.load_model(prepared.task, prepared.base, settings)
    if settings.activation_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    return model, method_class(settings.method)(settings)


def _evaluate(prepared: Prepared, run: Run, watcher: Watcher) -> Callable[[Any], dict[str, float]]:
    own = "" if together.leads() else f".{together.rank()}"
    path = run.predictions(f"validation{own}")

    def evaluate(model: Any) -> dict[str, float]:
        blocks = evaluation.said(model, prepared.task, prepared.parts["validation"], prepared.rows("validation"))
        total = prepared.version.manifest["rows"]["parts"][prepared.name_of("validation")]
        told_of = evaluation.watched(blocks, "asking validation", total, watcher.stage)
        evaluation.write_predictions(path, prepared.task, told_of)
        labels = prepared.task.labels
        told = scores.score_file(prepared.task.name, path, labels=labels, seed=prepared.settings.seed, resamples=0)
        return {name: each["value"] for name, each in told["metrics"].items() if each["value"] is not None}

    return evaluate


def _meter(prepared: Prepared, model: Any, method: Method, steps: int) -> Meter:
    sizes = prepared.train.sizes
    mean = float(sizes.mean()) if len(sizes) else 0.0
    return Meter(model, prepared.settings, mean, adapter=method.adapter, steps=steps)


def _teller(run: Run, watcher: Watcher) -> Callable[[Mapping[str, Any]], None]:
    def told(numbers: Mapping[str, Any]) -> None:
        watcher.step(numbers)
        if len(numbers) > 2 and together.leads():  # a line of the log; a step alone only moves the bar
            run.log(numbers)

    return told


def _told(job: Job, model: Any, packs: bool) -> dict[str, Any]:
    weights = list(model.named_parameters())
    moving = sum(weight.numel() for _, weight in weights if weight.requires_grad)
    total = sum(weight.numel() for _, weight in weights)
    return {
        "steps": job.steps,
        "portions": job.steps * job.settings.accumulate,
        "examples": len(job.learnt),
        "packed": packs,
        "why_not_packed": "" if packs else documents.why_not(model),
        "shares": _shares(job, packs),
        "weights": total,
        "weights_trained": moving,
        "share_trained": moving / max(1, total),
        "trained": [name for name, weight in weights if weight.requires_grad][:1000],
        "evaluate_at": sorted(job.evaluate_at),
    }


def _shares(job: Job, packs: bool) -> dict[str, float]:
    """How full portions are, and what share of places holds nothing: none where documents are packed."""
    found = batch_plan.shares(job.plan)
    return {"filled": found["filled"], "padding": 0.0 if packs else found["padding"], "padding_if_padded": found["padding"]}


def _sentence(job: Job, prepared: Prepared, told: Mapping[str, Any]) -> str:
    batch = f"{job.settings.batch_tokens:,} tokens" if job.settings.batch_tokens else f"{job.settings.batch_size} rows"
    times = f" x {job.settings.accumulate}" if job.settings.accumulate > 1 else ""
    how = "packed" if told["packed"] else "padded"
    moving = f"{told['weights_trained']:,} of {told['weights']:,} weights move ({100 * told['share_trained']:.2f} %)"
    steps = f"{job.steps:,} steps of {batch}{times}, {how}, {job.settings.precision} on {job.settings.device}"
    return f"{prepared.base.name or 'random weights'}, {job.settings.method}: {moving}; {steps}"
