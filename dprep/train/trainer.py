"""Hugging Face's Trainer with our own batches, loss, checkpoints and evaluation; the rest of it as it is.

batches      a plan that is a pure function of (lengths, seed, epoch); all epochs are one run of portions, so that resuming at
             step n is starting at portion n x accumulate
loss         the sum over a step's items, divided once by their number in all portions on all devices: accumulation and several
             devices give what one large batch gives
checkpoints  the weights that move, and nothing else: safetensors
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
import transformers
from transformers import Seq2SeqTrainer, TrainerCallback

from dprep.store.commit import guarded
from dprep.train.computing.confidence import HEARD
from dprep.train.computing.throughput import Meter
from dprep.train.data.portions import ROWS, SEEN, From, Portions, loader
from dprep.train.dynamics import Dynamics, epochs_of
from dprep.train.evaluation import on
from dprep.train.faults import NotANumber

if TYPE_CHECKING:
    from dprep.train.data.batch_plan import Plan
    from dprep.train.data.encoded import Encoded
    from dprep.train.method import Method
    from dprep.train.optimizing.freezing import Unfreezing
    from dprep.train.settings import Settings
    from dprep.train.task import Batch, Task

WEIGHTS = "trained.safetensors"
"""The weights that move, in a checkpoint."""
STATE = "method.safetensors"
"""What a method needs to go on besides."""
LOOK = 10
"""Steps between looks at losses on a GPU: each look waits for it."""
Scores = Mapping[str, float]
Evaluate = Callable[[Any], Scores]
"""From a model in eval mode to the metrics of the validation part."""
Told = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Job:
    """All that the trainer works on."""

    task: Task
    method: Method
    settings: Settings
    encoded: Encoded
    learnt: npt.NDArray[np.int64]
    """Places of the examples that something is learnt from: the plan is over these."""
    plan: Plan
    steps: int
    evaluate_at: frozenset[int]
    """Steps behind which the validation part is scored."""
    save_at: frozenset[int]
    """Steps behind which there is a checkpoint."""
    evaluate: Evaluate | None
    make_optimizer: Callable[[Any], torch.optim.Optimizer]
    make_schedule: Callable[[torch.optim.Optimizer, int], Any]
    unfreezing: Unfreezing | None
    meter: Meter
    told: Told
    """Gets every line of the log."""
    ids: Callable[[Sequence[int]], Sequence[str]]
    """From places of rows to their ids."""
    stamp: Callable[[Path], None]
    """Writes into a checkpoint what it belongs to."""


class Trainer(Seq2SeqTrainer):
    """One run of a job."""

    def __init__(self, model: Any, arguments: transformers.Seq2SeqTrainingArguments, job: Job) -> None:
        self.job = job
        self._looked: list[tuple[torch.Tensor, list[int]]] = []
        self._portion = 0
        self._tokens = (0, 0, 0)
        epochs = epochs_of(job.steps, job.plan.steps_each)
        self.dynamics = Dynamics(len(job.learnt), epochs) if job.settings.dynamics else None
        nothing: Any = []  # the validation part is read by `job.evaluate`
        super().__init__(model=model, args=arguments, eval_dataset=nothing, callbacks=[_Flow(self), *_patience(job)])
        self.model: Any
        self.model_accepts_loss_kwargs = True  # the loss is divided by the items of a whole step, here
        self.remove_callback(transformers.trainer_callback.PrinterCallback)

    # batches

    def get_train_dataloader(self) -> Any:
        """Portions from where the run stands; their order knows nothing of how often it was stopped."""
        job, world = self.job, self.args.world_size
        portions = Portions(job.task, job.encoded, job.learnt, job.plan)
        each = job.settings.accumulate * world
        return loader(portions, From(self._portion * each, job.steps * each, world, self.args.process_index))

    def start_at(self, step: int) -> None:
        """Begin behind `step` optimiser steps."""
        self._portion = step

    def num_examples(self, dataloader: Any) -> int:
        return len(self.job.encoded)

    def get_batch_samples(self, epoch_iterator: Iterator[Batch], num_batches: int, device: Any) -> tuple[list[Batch], Any]:
        """The portions of a step, and their items on all devices."""
        batches = [batch for _, batch in zip(range(num_batches), epoch_iterator, strict=False)]
        items = torch.tensor(sum(self.job.task.items(batch) for batch in batches), device=device)
        if self.args.world_size > 1:
            items = self.accelerator.gather(items).sum()
        self._weigh(batches)
        return batches, items.clamp(min=1)

    def count(self, seconds: float) -> None:
        """Tell the meter how long the step took that was just done."""
        self.job.meter.step(*self._tokens, seconds)

    def _weigh(self, batches: list[Batch]) -> None:
        tokens = sum(int(batch["input_ids"].numel()) for batch in batches)
        padded = sum(int(batch["lengths"].max()) * len(batch["lengths"]) for batch in batches if len(batch["lengths"]))
        self._tokens = (tokens, sum(self.job.task.items(batch) for batch in batches), padded)

    def _prepare_inputs(self, inputs: Batch) -> Batch:
        return on(inputs, self.args.device)

    # loss

    def training_step(self, model: Any, inputs: Batch, num_items_in_batch: Any = None) -> torch.Tensor:
        loss: torch.Tensor = super().training_step(model, inputs, num_items_in_batch)
        if self.job.unfreezing is not None:  # layers that are still frozen get no gradient, and so no step
            self.job.unfreezing.drop(self.state.global_step / self.job.plan.steps_each)
        return loss

    def compute_loss(
        self, model: Any, inputs: Batch, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        rows, (epoch, places) = inputs.pop(ROWS), inputs.pop(SEEN)
        dynamics = self.dynamics if self.dynamics is not None and self.dynamics.wants(epoch) else None
        if dynamics is not None:
            inputs[HEARD] = []
        total = model(work=lambda inner: self.job.task.loss(inner, inputs))
        if dynamics is not None:
            for heard in inputs.pop(HEARD):
                dynamics.add(epoch, places, heard)
        loss = total * self.args.world_size / num_items_in_batch
        penalty = self.job.method.penalty(self.accelerator.unwrap_model(model))
        if penalty is not None:
            loss = loss + penalty / self.current_gradient_accumulation_steps
        self._looked.append((loss.detach(), rows))
        return torch.as_tensor(loss)

    def look(self, *, now: bool = False) -> None:
        """Stop where a loss is no number. Raises NotANumber, which names the rows."""
        if not self._looked or (len(self._looked) < LOOK and not now and self.args.device.type == "cuda"):
            return
        finite = torch.isfinite(torch.stack([loss for loss, _ in self._looked])).tolist()
        seen, self._looked = self._looked, []
        if self.dynamics is not None:
            self.dynamics.settle()
        if not all(finite):
            loss, rows = seen[finite.index(False)]
            raise NotANumber(self.job.ids(rows), self.state.global_step, float(loss))
        if now and not _finite(self.model):  # a loss that was a number made weights that are none
            raise NotANumber(self.job.ids(seen[-1][1]), self.state.global_step)

    # optimiser

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        if self.optimizer is None:
            self.optimizer = self.job.make_optimizer(self.model if model is None else model)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> Any:
        if self.lr_scheduler is None:
            self.lr_scheduler = self.job.make_schedule(optimizer or self.create_optimizer(), num_training_steps)
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def floating_point_ops(self, inputs: Any) -> int:
        return 0

    # evaluation

    def evaluate(self, *_args: Any, **_more: Any) -> dict[str, float]:
        """The metrics of the validation part, each behind `eval_`."""
        if self.job.evaluate is None:
            return {}
        self.model.eval()
        metrics = {f"eval_{name}": value for name, value in self.job.evaluate(self.model).items()}
        best = str(self.args.metric_for_best_model)
        self.log({name: metrics[name] for name in sorted(metrics, key=lambda name: name != best)})  # the one that decides first
        if self.args.metric_for_best_model:  # undefined (a correlation with what does not vary): no checkpoint is worse
            metrics.setdefault(self.args.metric_for_best_model, -math.inf if self.args.greater_is_better else math.inf)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    # checkpoints

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        if not self.args.should_save:
            return
        folder = Path(output_dir or str(self.args.output_dir))
        with guarded(folder):
            folder.mkdir(parents=True, exist_ok=True)
            model = self.accelerator.unwrap_model(self.model)
            safetensors.torch.save_file(moving(model), str(folder / WEIGHTS))
            state = {name: each.detach().contiguous() for name, each in self.job.method.state(model).items()}
            safetensors.torch.save_file(state, str(folder / STATE))
        self.job.stamp(folder)

    def _save_rng_state(self, output_dir: str) -> None:
        """What each process keeps for itself: its chance, and what it has heard."""
        super()._save_rng_state(output_dir)
        if self.dynamics is not None:
            self.dynamics.save(Path(output_dir))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        self.be_as(Path(resume_from_checkpoint))
        self.hear_as(Path(resume_from_checkpoint))

    def hear_as(self, folder: Path) -> None:
        """Have heard what was heard when a checkpoint was made."""
        if self.dynamics is not None:
            self.dynamics.load(folder)

    def _load_best_model(self) -> None:
        self.be_as(Path(str(self.state.best_model_checkpoint)))

    def be_as(self, folder: Path) -> None:
        """Let the model be as it was in a checkpoint."""
        own = self.accelerator.unwrap_model(self.model)
        load_moving(own, folder)
        self.job.method.restore(own, safetensors.torch.load_file(str(folder / STATE)))


class _Flow(TrainerCallback):
    """When to evaluate, save, log and look; what a method does behind a step."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self.job = trainer, trainer.job
        self.began = time.perf_counter()

    def on_step_begin(self, *_args: Any, **_more: Any) -> None:
        self.began = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> Any:
        job, step = self.job, state.global_step
        self.trainer.look(now=step in job.save_at or step in job.evaluate_at or step >= job.steps)
        self.trainer.count(time.perf_counter() - self.began)
        job.method.after_step(self.trainer.accelerator.unwrap_model(more["model"]), step)
        job.told({"step": step, "steps": job.steps})
        control.should_evaluate = job.evaluate is not None and step in job.evaluate_at
        control.should_save = step in job.save_at or control.should_evaluate
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_more: Any) -> None:
        logs = logs or {}
        logs.pop("epoch", None)
        epoch, _ = self.job.plan.at(max(0, state.global_step * self.job.settings.accumulate * args.world_size - 1))
        numbers = {name: value for name, value in logs.items() if isinstance(value, int | float) and math.isfinite(value)}
        self.job.told(
            {"step": state.global_step, "steps": self.job.steps, "epoch": epoch + 1, **numbers, **self.job.meter.numbers()}
        )


def _patience(job: Job) -> list[TrainerCallback]:
    patience = job.settings.patience
    return [transformers.EarlyStoppingCallback(patience)] if patience and job.evaluate is not None else []


def moving(model: Any) -> dict[str, torch.Tensor]:
    """The weights that are trained, by name; tied ones once."""
    return {name: weight.detach().contiguous() for name, weight in model.named_parameters() if weight.requires_grad}


def _finite(model: Any) -> bool:
    """Whether all weights that are trained are numbers."""
    return all(bool(weight.detach().isfinite().all()) for weight in model.parameters() if weight.requires_grad)


def load_moving(model: Any, folder: Path) -> None:
    """Put what `moving` gave into a model of the same make."""
    saved = safetensors.torch.load_file(str(folder / WEIGHTS))
    weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    if saved.keys() != weights.keys():
        raise RuntimeError(f"checkpoint and model differ in {sorted(saved.keys() ^ weights.keys())[:5]}")
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(saved[name])
