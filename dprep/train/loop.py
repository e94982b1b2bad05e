"""Turning the handle: Trainer's arguments from the settings, and going on from the last checkpoint that belongs to the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transformers

from dprep.train.trainer import WEIGHTS, Job, Trainer

if TYPE_CHECKING:
    from dprep.train.runs import Run

NEVER = 10**9
"""Steps that no run reaches: when to save and evaluate is decided by the plan."""
_STATE = "trainer_state.json"


def train(model: Any, job: Job, run: Run) -> Any:
    """Train the model in place, from the last whole checkpoint of the run if there is one; it ends as the best one was."""
    trainer = Trainer(model, arguments(job, run), job)
    last = last_checkpoint(run.checkpoints)
    if last is not None:
        trainer.start_at(json.loads((last / _STATE).read_bytes())["global_step"])
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    return trainer.accelerator.unwrap_model(trainer.model)


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
        metric_for_best_model=f"eval_{metric(job)}" if best else None,
        greater_is_better=job.task.larger_is_better if best else None,
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
    whole = [path for path in folder.glob("checkpoint-*") if (path / _STATE).is_file() and (path / WEIGHTS).is_file()]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
