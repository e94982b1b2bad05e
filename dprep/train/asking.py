"""A run asked again: scored on a version, or about new rows."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.store.versions import Version
from dprep.train import evaluation, new_rows, preparing
from dprep.train.data import contract, encoded, row_files, rows
from dprep.train.data.reference import with_reference
from dprep.train.opened import Opened, open_run, untouched
from dprep.train.scoring import scores
from dprep.train.task import Example
from dprep.train.watcher import Nobody, Watcher

if TYPE_CHECKING:
    from dprep.train.runs import Run
    from dprep.train.task import Row

SAID = ("prediction", "confidence", "start", "nll", "tokens", "chosen", "rejected", "margin", "cut")
"""What `predict` writes of what a model said."""
RENAMED = {"chosen": "chosen_score", "rejected": "rejected_score"}
"""Where the rows call their texts so."""


@dataclass(frozen=True)
class Predicted:
    """What `predict` did."""

    rows: int
    unusable: Mapping[str, int]
    """Rows that the model could not be asked about, by reason; their prediction is null."""
    rejected: int
    """Lines that could not be read."""
    rejected_file: Path | None


def evaluate(run: Run, version: Version, part: str, store: Path, watcher: Watcher, device: str = "auto") -> dict[str, Any]:
    """The scores of a run on a part of a version; its own test rows, or those of another version of the same task.

    What was said of each row is written to `predictions/` of the run. Raises Error (`train-part`, `train-columns`, and
    `train-mismatch` where labels, tokenizer or template do not fit).
    """
    part = run.told["parts"].get(part, part) if part not in version.parts else part
    opened = open_run(run, store, device)
    agreed = _agreed(opened, version, part)
    found, _ = preparing.encode_part(version, part, opened.task, agreed, store, watcher)
    if opened.task.compares:
        found = with_reference(opened.task, untouched(opened, store), found, opened.settings.device, watcher)
    source = rows.of_task(version, part, opened.task, opened.settings.columns)
    path = run.predictions(place_of(run, version, part))
    blocks = evaluation.said(opened.model, opened.task, found, source)
    evaluation.write_predictions(
        path, opened.task, evaluation.watched(blocks, f"asking {part}", agreed.rows[part], watcher.stage)
    )
    return scores.score_file(opened.task.name, path, labels=opened.task.labels, seed=opened.settings.seed)


def _agreed(opened: Opened, version: Version, part: str) -> contract.Contract:
    """What the version has for the run. A label of its own version that train lacks is a wrong answer, not another set."""
    has = contract.check(version, opened.settings, opened.task.name, part)
    agreed = contract.with_tokenizer(has, opened.task.tokenizer, opened.task.labels)
    model = contract.read_contract(opened.run.model)
    if model is not None:
        labels = agreed.labels if has.got == model.got else has.labels
        contract.demand_same(model, dataclasses.replace(agreed, labels=labels))
    return agreed


def place_of(run: Run, version: Version, part: str) -> str:
    """What the predictions on a part are called: as the run uses it, or `dataset-version-part` of another version."""
    if version.manifest["got"] == run.told["got"]:
        return next((use for use, name in run.told["parts"].items() if name == part), part)
    return f"{version.manifest['dataset'][:80]}-{version.manifest['version']}-{part[:80]}"


def predict(run: Run, source: Path, target: Path, store: Path, watcher: Watcher, device: str = "auto") -> Predicted:
    """What a run says of the rows of a file, written beside them. Models that answer in words write an answer.

    Raises Error (`no-such-file`, `train-file`, `train-columns`).
    """
    row_files.check(source, target)
    rejected = row_files.Rejected(target.with_name(f"{target.name}.rejected.jsonl"))
    try:
        blocks = row_files.read(source, rejected)
        asking = _Asking(open_run(run, store, device, generate=True), store, source, watcher)
        written = row_files.write(target, asking.answered(blocks))
    finally:
        rejected.close()
    return Predicted(written, dict(asking.unusable), rejected.count, rejected.path if rejected.count else None)


@dataclass(eq=False)
class _Asking:
    """Block by block, rows with what the model says of them."""

    opened: Opened
    store: Path
    source: Path
    watcher: Watcher
    unusable: Counter[str] = dataclasses.field(default_factory=Counter)
    taken: set[str] = dataclasses.field(default_factory=set)
    """Columns of the file: nothing that is said takes the place of one."""

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        return tuple(self.opened.run.told.get("reads") or self.opened.task.asks)

    @cached_property
    def before(self) -> Any:
        return untouched(self.opened, self.store)

    def answered(self, blocks: Iterator[list[dict[str, Any]]]) -> Iterator[list[dict[str, Any]]]:
        done = 0
        for number, block in enumerate(blocks):
            if not number:
                new_rows.demand(self.wanted, self.opened.settings.columns, block, self.source.name)
            self.taken.update(name for row in block for name in row)
            yield [{**row, **said} for row, said in zip(block, self._said(block), strict=True)]
            done += len(block)
            self.watcher.stage("asking", done, 0)

    def _said(self, block: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        task, columns = self.opened.task, self.opened.settings.columns
        named = [new_rows.as_asked(task, self.wanted, columns, row) for row in block]
        places = [place for place, each in enumerate(named) if not isinstance(each, str)]
        asked: list[Row] = [each for each in named if not isinstance(each, str)]
        found = list(task.encode(asked, 0))
        answers = dict(zip(places, self._answers(asked, [each for each in found if isinstance(each, Example)]), strict=True))
        self.unusable.update(each for each in named if isinstance(each, str))
        self.unusable.update(each.reason for each in found if not isinstance(each, Example))
        return [self._told(answers.get(place, {})) for place in range(len(block))]

    def _answers(self, asked: list[Row], examples: list[Example]) -> list[dict[str, Any]]:
        if not asked:
            return []
        task, model = self.opened.task, self.opened.model
        found = encoded.in_memory(task, examples)
        if task.compares:
            found = with_reference(task, self.before, found, self.opened.settings.device, Nobody())
        return [each for told in evaluation.said(model, task, found, [asked]) for each in told]

    def _told(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What the model said, without what the row had; `nll` of an answer that is not there says nothing."""
        empty = {"nll", "tokens"} if not said.get("tokens") and self.opened.task.name != "text" else set()
        told = {RENAMED.get(name, name): said[name] for name in SAID if name in said and name not in empty}
        if self.opened.task.name not in {"text", "preference"}:
            told.setdefault("prediction", None)
        return {f"model_{name}" if name in self.taken else name: value for name, value in told.items()}
