"""Behind the last step: save, open again and compare, score, and write the card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from dprep.base.problem import fail
from dprep.store.manifest import write_json
from dprep.train import evaluation, opened
from dprep.train.computing import documents
from dprep.train.data import contract
from dprep.train.data.portions import ROWS, batch_of
from dprep.train.scoring import scores
from dprep.train.telling import run_card

if TYPE_CHECKING:
    from dprep.train.job import Made
    from dprep.train.preparing import Prepared
    from dprep.train.runs import Run
    from dprep.train.task import Task
    from dprep.train.watcher import Watcher

TOLERANCE = 1e-4
"""How far what is opened again may be from what was saved, relative to the largest number."""
NO_LIMIT = 10**9
"""Tokenizers without a limit tell a number above that."""
COMPARED = 16
"""Rows that are asked before and after."""


def finish(prepared: Prepared, run: Run, made: Made, watcher: Watcher) -> dict[str, Any]:
    """The scores by part, behind saving the model and finding it unharmed. Raises Error (`train-round-trip`)."""
    watcher.stage("saving", 0, 1)
    model = made.model.eval()
    save(prepared, run, made, model)
    difference = round_trip(prepared, run, model)
    told = {use: _scored(prepared, run, model, use, watcher) for use in prepared.parts if use != "train"}
    run.write("metrics.json", {"parts": told, "round_trip": difference})
    run_card.write(run.folder, prepared, made.told, told)
    return told


def save(prepared: Prepared, run: Run, made: Made, model: Any) -> None:
    """The model, its tokenizer and template, what stops it, and what it was trained on."""
    made.method.save(model, run.model)
    _without_place(run.model / "adapter_config.json", prepared.base.name)
    tokenizer = prepared.task.tokenizer
    if tokenizer.model_max_length > NO_LIMIT:  # other programs cut by it
        tokenizer.model_max_length = prepared.task.limit
    tokenizer.save_pretrained(str(run.model))
    save_generation(prepared.task, run)
    contract.write_contract(run.model, prepared.contract)


def _without_place(file: Path, name: str) -> None:
    """An adapter names its base as cards do, not by the folder that it had on this machine."""
    if file.is_file():
        write_json(file, {**json.loads(file.read_bytes()), "base_model_name_or_path": name})


def save_generation(task: Task, run: Run) -> None:
    """What stops the model when it is served, where it answers in words."""
    said = task.generation()
    if said:
        run.write("model/generation_config.json", said)


def round_trip(prepared: Prepared, run: Run, model: Any) -> float:
    """The largest relative difference between what was trained and what is read back. Raises Error (`train-round-trip`)."""
    use = next(use for use in ("test", "validation", "train") if len(prepared.parts.get(use, ())))
    encoded = prepared.parts[use]
    batch = batch_of(prepared.task, encoded, range(min(COMPARED, len(encoded))))
    batch.pop(ROWS)
    again = opened.model_of(run, prepared.task, prepared.base, prepared.settings)
    difference = compared(prepared, model, again, batch)
    if not difference <= TOLERANCE:  # also where it is no number
        sentence = f"what was saved answers otherwise than what was trained: numbers differ by {difference:.2g} of the largest"
        raise fail(
            "train-round-trip", sentence, "this is a fault of the method or of a library, not of your data; please report it"
        )
    return difference


def compared(prepared: Prepared, one: Any, other: Any, batch: Mapping[str, Any]) -> float:
    """The largest difference between the numbers of two models, relative to the largest number."""
    with torch.inference_mode(), torch.compiler.set_stance("force_eager"):  # what is read back is not compiled
        pairs = zip(_numbers(prepared, one, batch), _numbers(prepared, other, batch), strict=True)
        return max(float((a - b).abs().max() / a.abs().max().clamp(min=1e-6)) for a, b in pairs)


def _numbers(prepared: Prepared, model: Any, batch: Mapping[str, Any]) -> list[torch.Tensor]:
    """What the head says of a batch; of a model that reads one text and writes another, the loss on what it should write."""
    own = evaluation.on(dict(batch), next(model.parameters()).device)
    model.eval()
    if prepared.kind == "encoder-decoder":
        return [prepared.task.loss(model, own).float().cpu()]
    said = documents.call(model, own)
    return [each.float().cpu() for each in said.values() if isinstance(each, torch.Tensor) and each.is_floating_point()]


def _scored(prepared: Prepared, run: Run, model: Any, use: str, watcher: Watcher) -> dict[str, Any]:
    path, total = run.predictions(use), prepared.version.manifest["rows"]["parts"][prepared.name_of(use)]
    blocks = evaluation.said(model, prepared.task, prepared.parts[use], prepared.rows(use))
    evaluation.write_predictions(path, prepared.task, evaluation.watched(blocks, f"asking {use}", total, watcher.stage))
    return scores.score_file(prepared.task.name, path, labels=prepared.task.labels, seed=prepared.settings.seed)
