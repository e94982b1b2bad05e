"""Turning the handle: Trainer's arguments from the settings, and going on from the last checkpoint that belongs to the run."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transformers

from dprep.base.problem import fail
from dprep.train.scoring import scores
from dprep.train.trainer import WEIGHTS, Job, Trainer

if TYPE_CHECKING:
    from dprep.train.runs import Run

NEVER = 10**9
"""Steps that no run reaches: when to save and evaluate is decided by the plan."""
_STATE = "trainer_state.json"


def train(model: Any, job: Job, run: Run) -> Any:
    """Train the model in place, from the last whole checkpoint of the run if there is one; it ends as the best one was."""
    _followed(job, run)
    trainer = Trainer(model, arguments(job, run), job)
    last = last_checkpoint(run.checkpoints)
    if last is None:
        trainer.train()
        return _ended(trainer, run)
    state: transformers.TrainerState = transformers.TrainerState.load_from_json(str(last / _STATE))
    if state.global_step < job.steps and not _stopped(last):
        trainer.start_at(state.global_step)
        trainer.train(resume_from_checkpoint=str(last))
    else:  # it broke off behind its last step
        trainer.hear_as(last)
        trainer.be_as(_best(run, state) if trainer.args.load_best_model_at_end else last)
    return _ended(trainer, run)


def _ended(trainer: Trainer, run: Run) -> Any:
    """The model, behind keeping what the process has heard: which checkpoints are still there is Trainer's affair."""
    if trainer.dynamics is not None:
        trainer.dynamics.save(run.checkpoints)
    return trainer.accelerator.unwrap_model(trainer.model)


def _best(run: Run, state: transformers.TrainerState) -> Path:
    """The best checkpoint, by its name: the path in a state is that of then, and stores are moved."""
    return run.checkpoints / f"checkpoint-{state.best_global_step or state.global_step}"


def _stopped(checkpoint: Path) -> bool:
    """Whether patience had come to its end."""
    kept = json.loads((checkpoint / _STATE).read_bytes()).get("stateful_callbacks") or {}
    return bool(kept.get("TrainerControl", {}).get("args", {}).get("should_training_stop"))


def _followed(job: Job, run: Run) -> None:
    """Trackers: their library is there, and what they write stays with the run. Raises Error (`missing-library`)."""
    for name in job.settings.report_to:
        if importlib.util.find_spec(name) is None:
            raise fail(
                "missing-library", f"`report_to` names `{name}`, which is not installed", f"`pip install {name}` provides it"
            )
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(run.folder / "tensorboard")


def arguments(job: Job, run: Run) -> transformers.Seq2SeqTrainingArguments:
    """What Hugging Face's Trainer is told. Batches, loss, optimiser and evaluation are ours; the rest follows this."""
    settings = job.settings
    best = settings.keep_best and job.evaluate is not None
    return transformers.Seq2SeqTrainingArguments(
        output_dir=str(run.checkpoints),
        run_name=run.name,
        max_steps=job.steps,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=settings.learning_rate,
        max_grad_norm=settings.max_grad_norm,
        bf16=settings.precision == "bf16",
        fp16=settings.precision == "fp16",
        use_cpu=settings.device == "cpu",
        seed=settings.seed,
        eval_strategy="steps" if job.evaluate is not None else "no",
        eval_steps=NEVER,
        save_strategy="steps",
        save_steps=NEVER,
        save_total_limit=settings.keep_checkpoints,
        load_best_model_at_end=best,
        metric_for_best_model=f"eval_{metric(job)}" if job.evaluate is not None else None,
        greater_is_better=scores.larger_is_better(metric(job)),
        restore_callback_states_from_checkpoint=True,  # how long patience has lasted
        logging_steps=max(1, min(50, job.steps // 50)),
        logging_nan_inf_filter=False,
        ignore_data_skip=True,
        remove_unused_columns=False,
        disable_tqdm=True,
        ddp_find_unused_parameters=False,
        report_to=list(settings.report_to) or "none",
        log_level="error",
    )


def metric(job: Job) -> str:
    """What the best checkpoint is chosen by."""
    return job.settings.metric or job.task.best


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end."""
    whole = [path for path in folder.glob("checkpoint-*") if (path / WEIGHTS).is_file() and _is_json(path / _STATE)]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _is_json(path: Path) -> bool:
    """Whether a file was written to its end: Trainer writes its state last, and in place."""
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except (OSError, ValueError):
        return False
