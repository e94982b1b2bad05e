"""A run made one ordinary model, in a folder of its own: its adapter merged into the base, and the answers compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.problem import Error, Problem
from dprep.store.commit import guarded, remove, temporary_beside
from dprep.store.manifest import write_json
from dprep.train import merging, preparing
from dprep.train.computing import documents
from dprep.train.data import contract
from dprep.train.data.contract import Contract
from dprep.train.data.portions import ROWS, batch_of
from dprep.train.ledger.loss_ledger import Ledger
from dprep.train.loading import models
from dprep.train.methods import method_class
from dprep.train.opened import Opened, open_run
from dprep.train.telling import run_card

if TYPE_CHECKING:
    from dprep.store.versions import Version
    from dprep.train.runs import Run
    from dprep.train.task import Task
    from dprep.train.watcher import Watcher

COMPARED = 16
"""Held-out rows that both are asked about."""


def merge_run(run: Run, version: Version, out: Path, store: Path, watcher: Watcher) -> float:
    """Write the run's model, tokenizer, contract and card to the new folder `out`, where plain transformers loads it.

    Gives how far its answers on held-out rows, read back from the disk, are from those of base and adapter, relative to the
    largest number. Raises Error (`train-merge`) where the method does not merge, `out` is there, or answers change.
    """
    _demand_mergeable(run, out)
    opened = open_run(run, store, "cpu")
    batches = _held_out(opened, version, store, watcher)
    watcher.say(f"merging `{run.name}` into `{opened.base.name or 'its base'}`")
    method = method_class(opened.settings.method)(opened.settings)
    whole, difference = merging.merged(method, opened.model, batches)
    making = temporary_beside(out)
    try:
        _save(opened, version, whole, making)
        difference = max(difference, merging.check(whole, _read_back(opened.task, making), batches))
        with guarded(out):
            making.rename(out)
    finally:
        remove(making)
    return difference


def _demand_mergeable(run: Run, out: Path) -> None:
    method = method_class(run.told["method"])
    if not method.adapter:
        sentence = f"the run `{run.name}` is a whole model already: there is nothing to merge"
        raise _refused(sentence, f"copy its folder: `{run.model}`")
    if not method.merges:
        sentence = f"an adapter of method `{method.name}` does not become an ordinary model"
        raise _refused(sentence, "`dprep predict` uses it with its base; `dprep train --method lora` makes one that merges")
    if out.exists():
        raise _refused(f"`{out}` is there already", "name a new folder with `--out`")


def _refused(sentence: str, help: str) -> Error:
    return Error(Problem("train-merge", sentence, help=help))


def _held_out(opened: Opened, version: Version, store: Path, watcher: Watcher) -> list[dict[str, Any]]:
    """A batch of rows that were not learnt from, if there are some."""
    parts = opened.run.told["parts"]
    part = next(parts[use] for use in ("test", "validation", "train") if use in parts)
    agreed = contract.check(version, opened.settings, opened.task.name, part)
    agreed = contract.with_tokenizer(agreed, opened.task.tokenizer, opened.task.labels)
    found, _ = preparing.encode_part(version, part, opened.task, agreed, store, watcher)
    batch = batch_of(opened.task, found, range(min(COMPARED, len(found))))
    batch.pop(ROWS)
    return [_with_decoder(opened, batch)] if len(found) else []


def _with_decoder(opened: Opened, batch: dict[str, Any]) -> dict[str, Any]:
    """An encoder and decoder is asked what follows each beginning of the target."""
    if opened.run.told["kind"] != models.BOTH:
        return batch
    from dprep.train.tasks.language import IGNORE
    from dprep.train.tasks.seq2seq import shifted

    labels = documents.padded(batch["target_ids"], batch["target_lengths"], IGNORE)
    return {**batch, "decoder_input_ids": shifted(documents.inner(opened.model), labels)}


def _save(opened: Opened, version: Version, whole: Any, folder: Path) -> None:
    """All that a run keeps of a whole model."""
    agreed = contract.read_contract(opened.run.model)
    with guarded(folder):
        folder.mkdir(parents=True)
        whole.save_pretrained(str(folder), safe_serialization=True)
        opened.task.tokenizer.save_pretrained(str(folder))
    stops = opened.task.generation()
    if stops:
        write_json(folder / "generation_config.json", stops)
    if agreed is not None:
        contract.write_contract(folder, agreed)
        run_card.write_card(folder, _card(opened, version, agreed))


def _card(opened: Opened, version: Version, agreed: Contract) -> run_card.RunCard:
    """The card of the run, of a model that plain transformers loads."""
    run = opened.run
    prepared = preparing.Prepared(
        version=version,
        settings=opened.settings,
        contract=agreed,
        base=opened.base,
        kind=run.told["kind"],
        task=opened.task,
        parts={},
        ledger=Ledger.from_json(json.loads((run.folder / "ledger.json").read_bytes())),
        leaks=run.told["leaks"],
    )
    scores = json.loads((run.folder / "metrics.json").read_bytes())["parts"]
    return replace(run_card.card_of(run.folder, prepared, run.told["plan"], scores), loads_with="transformers")


def _read_back(task: Task, folder: Path) -> Any:
    """The model as anyone loads it."""
    kind = getattr(models.library(), task.auto_class())
    return kind.from_pretrained(str(folder), local_files_only=True, use_safetensors=True, dtype="float32").eval()
