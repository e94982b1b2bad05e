"""A run asked again: scored on a version, or about new rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.store.commit import write_file
from dprep.train import contract, encoded, evaluation, preparing, row_files, rows, scores
from dprep.train.opened import Opened, open_run
from dprep.train.task import Example

if TYPE_CHECKING:
    from dprep.store.versions import Version
    from dprep.train.preparing import Watcher
    from dprep.train.runs import Run
    from dprep.train.task import Row


@dataclass(frozen=True)
class Predicted:
    """What `predict` did."""

    rows: int
    unusable: int
    """Rows that the model could not be asked about; their prediction is null."""
    rejected: int
    rejected_file: Path | None


def evaluate(run: Run, version: Version, part: str, store: Path, watcher: Watcher, device: str = "auto") -> dict[str, Any]:
    """The scores of a run on a part of a version; its own test rows, or those of another version of the same task.

    Raises Error (`train-mismatch` where labels, columns or template do not fit).
    """
    opened = open_run(run, store, device)
    agreed = contract.check(version, opened.settings, opened.task.name)
    agreed = contract.with_tokenizer(agreed, opened.task.tokenizer, opened.task.labels)
    if part not in version.parts:
        help = did_you_mean(part, version.parts) or f"its parts: {', '.join(version.parts)}"
        raise Error(Problem("no-such-part", f"`{version}` has no part `{part}`", help=help))
    found, _ = preparing.encode_part(version, part, opened.task, agreed, store, watcher)
    source = rows.of_task(version, part, opened.task, opened.settings.columns)
    path = run.predictions(part) if str(version) == run.told["dataset"] else _elsewhere(run, version, part)
    blocks = evaluation.said(opened.model, opened.task, found, source)
    evaluation.write_predictions(path, opened.task, _watched(blocks, f"asking {part}", len(found), watcher))
    return scores.score_file(opened.task.name, path, labels=opened.task.labels, seed=opened.settings.seed)


def _elsewhere(run: Run, version: Version, part: str) -> Path:
    manifest = version.manifest
    return run.folder / "predictions" / f"{manifest['dataset']}-{manifest['version']}-{part}.parquet"


def predict(run: Run, source: Path, target: Path, store: Path, watcher: Watcher, device: str = "auto") -> Predicted:
    """What a run says of the rows of a file, written beside them. Raises Error (`train-columns`, `train-file`)."""
    opened = open_run(run, store, device)
    rejected = row_files.Rejected()
    counted = {"unusable": 0}

    def blocks() -> Iterator[list[dict[str, Any]]]:
        done = 0
        for block in row_files.read(source, rejected):
            said = list(_said_of(opened, block, done, source))
            counted["unusable"] += sum(bool(each[evaluation.UNUSABLE]) for each in said)
            done += len(block)
            watcher.stage("asking", done, 0)
            yield [{**row, **_own(each)} for row, each in zip(block, said, strict=True)]

    written = row_files.write(target, blocks())
    file = target.with_name(f"{target.name}.rejected.jsonl") if rejected.lines else None
    if file is not None:
        import json

        write_file(file, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in rejected.lines))
    return Predicted(written, counted["unusable"], len(rejected.lines), file)


def _said_of(opened: Opened, block: Sequence[dict[str, Any]], first: int, source: Path) -> Iterator[dict[str, Any]]:
    columns = opened.settings.columns
    named: list[Row] = [{ours: row[theirs] for ours, theirs in _names(opened, row, columns) if theirs in row} for row in block]
    _needed(opened, named[0], block[0], source)
    examples = [each for each in opened.task.encode(named, 0) if isinstance(each, Example)]
    for said in evaluation.said(opened.model, opened.task, encoded.in_memory(opened.task, examples), [named]):
        yield from said


def _names(opened: Opened, row: dict[str, Any], columns: Any) -> list[tuple[str, str]]:
    wanted = dict.fromkeys([*opened.task.columns, *opened.task.optional])
    return [(name, columns.get(name, name)) for name in wanted] + [(name, name) for name in row if name not in wanted]


def _needed(opened: Opened, named: Row, row: dict[str, Any], source: Path) -> None:
    """Say which column is missing that the model reads. Raises Error (`train-columns`)."""
    missing = [name for name in opened.task.asks if name not in named]
    if missing:
        theirs = opened.settings.columns.get(missing[0], missing[0])
        help = did_you_mean(theirs, row) or f"it has {', '.join(f'`{name}`' for name in list(row)[:10])}"
        sentence = f"`{source.name}` has no column `{theirs}`, which the model reads"
        raise Error(Problem("train-columns", sentence, help=f"{help}; rename it in the file"))


def _own(said: dict[str, Any]) -> dict[str, Any]:
    """What the model said, without what the row had."""
    named = ("prediction", "confidence", "start", "nll", "tokens", "chosen", "rejected", "margin", "cut")
    return {name: said[name] for name in named if name in said} or {"prediction": None}


def _watched(blocks: Iterator[list[dict[str, Any]]], what: str, total: int, watcher: Watcher) -> Iterator[list[dict[str, Any]]]:
    done = 0
    for block in blocks:
        done += len(block)
        watcher.stage(what, min(done, total), total)
        yield block
