"""`dprep runs`: what was trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dprep.base.problem import Error
from dprep.cli import options

if TYPE_CHECKING:
    from dprep.train.runs import Run

EXAMPLE = options.example("dprep runs", "dprep runs --json")


@click.command("runs", epilog=EXAMPLE)
@options.store
@options.as_json
def command(store: Path, as_json: bool) -> None:
    """List the runs in the store, with the metric that each was chosen by."""
    from dprep.train.runs import list_runs

    found = list_runs(store, broken=True)
    if as_json:
        click.echo(json.dumps([_told(run) for run in found], ensure_ascii=False))
        return
    if not found:
        click.echo(f"no runs in {store}; `dprep train` makes one")
        return
    width = max(len(run.name) for run in found)
    for run in found:
        click.echo(f"{run.name:<{width}}  {_line(run)}")


def _told(run: Run) -> dict[str, Any]:
    """For programs; one damaged run does not hide the others."""
    try:
        return {"run": run.name, "whole": run.whole, **(run.told if run.whole else {})}
    except Error as error:
        return {"run": run.name, "whole": False, "problem": error.problems[0].sentence}


def _line(run: Run) -> str:
    if not run.whole:
        return "broke off; the same `dprep train` goes on with it"
    try:
        told = run.told
        return "  ".join(filter(None, (told["dataset"], told["method"], told["model"] or "from scratch", _score(told))))
    except (Error, KeyError):
        return "damaged: its run.json cannot be read; train again with `--fresh`"


def _score(told: Mapping[str, Any]) -> str:
    """The metric that the run was chosen by, on the rows that nothing was chosen on if there are some."""
    from dprep.train.scoring.scores import best

    name = told["settings"].get("metric") or best(told["task"])
    for part in ("test", "validation"):
        value = told["metrics"].get(part, {}).get(name)
        if value is not None:
            return f"{name} {value:.4g} on {part}"
    return ""
