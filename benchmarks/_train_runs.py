"""Runs of `dprep train` for the benchmarks: made once, found again, and read into a line of a table."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DPREP_SHARED") or ROOT.parent / "shared")
CORPORA = SHARED / "corpora"
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
"""Threads that wait sleep: on a machine with other work they would take its time and their own."""
LIBRARIES = ("dprep", "torch", "transformers", "peft", "numpy")
CHOSEN = {"classification": ("accuracy", "f1_macro"), "tagging": ("span_f1", "span_precision", "span_recall")}
"""The scores of a task that stand in the table, the first first."""


@dataclass(frozen=True)
class Planned:
    """A run to be: which recipe, what is changed of its `[train]`, what the run is called."""

    set: str
    recipe: Path
    way: str
    """What the line is called: `full`, `lora` …"""
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.recipe.stem}-{self.way}".replace("_", "-").replace(" ", "-")


def dprep(*words: str | Path) -> str:
    """The last line that the command prints; its own words and an end of this program where it fails."""
    command = [sys.executable, "-m", "dprep", *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=QUIET, check=False)
    if done.returncode:
        raise SystemExit(f"dprep {' '.join(map(str, words))} ended with {done.returncode}\n{done.stdout}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def version_of(recipe: Path, store: Path) -> dict[str, Any]:
    """The version of a recipe, made or found: what `dprep run --json` says."""
    told: dict[str, Any] = json.loads(dprep("run", recipe, "--root", CORPORA, "--store", store, "--json"))
    return told


def trained(planned: Planned, store: Path, *, quick: bool = False) -> dict[str, Any]:
    """The run, made or found, as a line of results. A run that is whole is opened, not made again.

    quick: a few steps only, to see that it runs.
    """
    if quick:
        planned = replace(planned, way=f"{planned.way} quick", changes={**planned.changes, "max_steps": 8})
    folder = store / "runs" / planned.name
    if not (folder / "run.json").exists():
        changes = [word for key, value in planned.changes.items() for word in ("--set", f"train.{key}={_toml(value)}")]
        told = ("--root", CORPORA, "--store", store, "--name", planned.name, "--quiet")
        dprep("train", planned.recipe, *told, *changes)
    return line(planned, folder)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


def line(planned: Planned, folder: Path) -> dict[str, Any]:
    """What a run's folder says, for the table and the JSON file."""
    told = json.loads((folder / "run.json").read_bytes())
    scores = json.loads((folder / "metrics.json").read_bytes())["parts"]["test"]
    log = [json.loads(each) for each in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    speeds = [each["tokens_per_second"] for each in log if each.get("tokens_per_second") and "loss" in each]
    names = CHOSEN[told["task"]]
    return {
        "set": planned.set, "way": planned.way, "run": planned.name, "dataset": told["dataset"], "got": told["got"],
        "model": told["model"], "method": told["method"], "weights": told["plan"]["weights"],
        "weights_trained": told["plan"]["weights_trained"], "share_trained": told["plan"]["share_trained"],
        "epochs": told["settings"]["epochs"], "steps": told["plan"]["steps"], "examples": told["plan"]["examples"],
        "learning_rate": told["settings"]["learning_rate"], "batch_size": told["settings"]["batch_size"],
        "seconds": told["clock"]["seconds"], "tokens_per_second": statistics.median(speeds) if speeds else None,
        "test_rows": scores["rows"],
        "leaks": told["leaks"], "metrics": {name: scores["metrics"][name] for name in names},
    }  # fmt: skip


def machine() -> str:
    """What the figures were taken on."""
    made = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    return f"{platform.machine()}, {os.cpu_count()} cores; python {platform.python_version()}, {made}"


def interval(score: Mapping[str, Any]) -> str:
    """`92.4 (91.4 to 93.3)`, in points."""
    return f"{100 * score['value']:.1f} ({100 * score['low']:.1f} to {100 * score['high']:.1f})"


def table(head: list[str], rows: list[list[str]], right: Collection[int] = ()) -> list[str]:
    """A Markdown table, its columns even; `right`: the columns that stand to the right."""
    widths = [max(len(each[place]) for each in [head, *rows]) for place in range(len(head))]
    ruler = ["-" * (width - 1) + ":" if place in right else "-" * width for place, width in enumerate(widths)]
    lines = []
    for each in [head, ruler, *rows]:
        cells = [
            text.rjust(width) if n in right else text.ljust(width)
            for n, (text, width) in enumerate(zip(each, widths, strict=True))
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
