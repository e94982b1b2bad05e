"""What the report of a training run is made from: the files in its folder, and its version where that is still there.

The clock of a run is in its log and in `run.json`; nothing else here tells of time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from dprep.base.problem import Error, fail
from dprep.report.reading.found import Found
from dprep.store.versions import resolve

WHOLE = "run.json"
JUDGED = ("test", "validation")
"""Parts that a run is judged by: the first that was asked."""
FALLS = frozenset(
    ("perplexity", "nll", "bits_per_character", "bits_per_byte", "mse", "rmse", "mae", "ece", "brier", "hamming_loss")
)
"""Metrics of which less is better."""
SHARES = ("accuracy", "precision", "recall", "f1", "exact_match", "bleu", "chrf", "rouge", "hamming", "ece", "brier")
"""What names of metrics that lie between 0 and 1 hold."""


@dataclass(frozen=True)
class Other:
    """The run that this one is compared with. told: what the comparison found, the other being its `a`."""

    folder: Path
    told: Mapping[str, Any]


@dataclass(frozen=True)
class FoundRun:
    """A whole run. `told`, `asked`, `plan`, `ledger`, `scores` (by part) as in its files."""

    folder: Path
    told: Mapping[str, Any]
    asked: Mapping[str, Any]
    plan: Mapping[str, Any]
    ledger: Mapping[str, Any]
    scores: Mapping[str, Mapping[str, Any]]
    round_trip: float | None
    version: Found | None
    """None where it is gone, or has other rows by now."""
    against: Other | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Of the `[train]` table, by key; empty where nobody has told."""

    @classmethod
    def of(
        cls, folder: Path, store: Path | None = None, against: Other | None = None, defaults: Mapping[str, Any] | None = None
    ) -> FoundRun:
        """store: where its version is looked for (default: the one that the run lies in). Raises Error (`broken-run`)."""
        told = _read(folder / WHOLE)
        metrics = _read(folder / "metrics.json", "parts")
        return cls(
            folder=folder,
            told=told,
            asked=_read(folder / "asked.json"),
            plan=_read(folder / "plan.json"),
            ledger=_read(folder / "ledger.json"),
            scores=metrics["parts"],
            round_trip=metrics.get("round_trip"),
            version=_version(store or folder.absolute().parents[1], told),
            against=against,
            defaults=defaults or {},
        )

    @property
    def name(self) -> str:
        """Of the run."""
        return self.folder.absolute().name

    @property
    def task(self) -> str:
        """Of the dataset."""
        return str(self.told["task"])

    @property
    def settings(self) -> Mapping[str, Any]:
        """The `[train]` table as the run had it."""
        settings: Mapping[str, Any] = self.told["settings"]
        return settings

    @property
    def judged(self) -> str:
        """What the part is for that the run is judged by; empty where none was held out."""
        return next((part for part in JUDGED if part in self.scores), "")

    @cached_property
    def metric(self) -> str:
        """The score that the best checkpoint was chosen by, or would have been."""
        asked = str(self.settings.get("metric") or "")
        usual = BEST.get(self.task, "")
        known = self.scores.get(self.judged, {}).get("metrics", {})
        return next((name for name in (asked, usual, *known) if name in known), "")

    @cached_property
    def log(self) -> tuple[Mapping[str, Any], ...]:
        """The lines of the log in the order of steps. What was done again behind a kill counts as it was done last."""
        last: dict[tuple[int, str], Mapping[str, Any]] = {}
        for line in _lines(self.folder / "log.jsonl"):
            last[(int(line.get("step", 0)), _kind(line))] = line
        return tuple(last[key] for key in sorted(last))

    def logged(self, kind: str) -> list[Mapping[str, Any]]:
        """The lines of one kind: `learnt`, `scored` or `ended`."""
        return [line for line in self.log if _kind(line) == kind]

    def predictions(self, use: str) -> pl.LazyFrame | None:
        """What was said of the rows of a part; None where that was not kept."""
        return predictions(self.folder, use)

    @property
    def dynamics(self) -> Path | None:
        """How the rows of train were learnt; None where that was not kept."""
        path = self.folder / "dynamics.parquet"
        return path if path.is_file() else None

    def told_text(self, text: str) -> str:
        """The text of a row as it is read: the tokens of tagging stand in one line."""
        return text.replace("\n", " ") if self.task == "tagging" else text

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Paths of the columns that the model reads and answers with, as the version calls them."""
        from dprep.plan.tasks import TASKS

        theirs = dict(self.settings.get("columns") or {})
        paths = (path.partition(".") for path in TASKS[self.task].texts)
        return tuple(f"{theirs.get(column, column)}{dot}{rest}" for column, dot, rest in paths)


BEST = {
    "classification": "f1_macro",
    "regression": "rmse",
    "tagging": "span_f1",
    "qa": "f1",
    "seq2seq": "chrf",
    "text": "perplexity",
    "chat": "perplexity",
    "completion": "perplexity",
    "preference": "accuracy",
}
"""Task -> the score that the best checkpoint is chosen by where nothing else is asked."""


def larger_is_better(metric: str) -> bool:
    """Whether more of a score is better."""
    return metric not in FALLS


def is_share(metric: str) -> bool:
    """Whether a score lies between 0 and 1."""
    return any(word in metric for word in SHARES)


def predictions(folder: Path, use: str) -> pl.LazyFrame | None:
    """What the run in a folder said of the rows of a part; None where that was not kept."""
    path = predictions_file(folder, use)
    return pl.scan_parquet(path, glob=False) if path is not None else None


def predictions_file(folder: Path, use: str) -> Path | None:
    """Where that is kept; None where it was not."""
    path = folder / "predictions" / f"{use}.parquet"
    return path if path.is_file() else None


def _kind(line: Mapping[str, Any]) -> str:
    if "train_runtime" in line:
        return "ended"
    return "scored" if any(name.startswith("eval_") for name in line) else "learnt"


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = path.read_text("utf-8")
    except OSError:
        return
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:  # a line that a kill has torn
            continue
        if isinstance(found, Mapping):
            yield found


def _read(path: Path, *needed: str) -> dict[str, Any]:
    """Raises Error (`broken-run`)."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        sentence = f"`{path.name}` of the run `{path.parent.name}` cannot be read: {fault}"
        raise fail("broken-run", sentence, "train it again with `--fresh`") from None
    told = found if isinstance(found, dict) else {}
    if missing := next((key for key in needed if key not in told), None):
        sentence = f"`{path.name}` of the run `{path.parent.name}` lacks `{missing}`"
        raise fail("broken-run", sentence, "train it again with `--fresh`")
    return told


def _version(store: Path, told: Mapping[str, Any]) -> Found | None:
    """The version that the run learnt from, if it is still there with the same rows."""
    try:
        version = resolve(store, str(told["dataset"]))
        if version.manifest["got"] != told["got"]:
            return None
        return Found.of(version.folder, version.manifest)
    except (Error, OSError, ValueError):
        return None
