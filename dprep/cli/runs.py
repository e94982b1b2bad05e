"""`dprep runs`: what was trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from dprep.cli import options

EXAMPLE = options.example("dprep runs", "dprep runs --json")


@click.command("runs", epilog=EXAMPLE)
@options.store
@options.as_json
def command(store: Path, as_json: bool) -> None:
    """List the runs in the store, with the metric that each was chosen by."""
    from dprep.train.runs import list_runs

    found = list_runs(store, broken=True)
    if as_json:
        every = [{"run": run.name, "whole": run.whole, **(run.told if run.whole else {})} for run in found]
        click.echo(json.dumps(every, ensure_ascii=False))
        return
    if not found:
        click.echo(f"no runs in {store}; `dprep train` makes one")
        return
    width = max(len(run.name) for run in found)
    for run in found:
        if not run.whole:
            click.echo(f"{run.name:<{width}}  broke off; the same `dprep train` goes on with it")
            continue
        told = run.told
        shown = "  ".join(filter(None, (told["dataset"], told["method"], told["model"] or "from scratch", _score(told))))
        click.echo(f"{run.name:<{width}}  {shown}")


def _score(told: Mapping[str, Any]) -> str:
    """The metric that the run was chosen by, on the rows that nothing was chosen on if there are some."""
    from dprep.train.scoring.scores import best

    name = told["settings"].get("metric") or best(told["task"])
    for part in ("test", "validation"):
        value = told["metrics"].get(part, {}).get(name)
        if value is not None:
            return f"{name} {value:.4g} on {part}"
    return ""
