"""`dprep runs`: what was trained."""

from __future__ import annotations

import json
from pathlib import Path

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
        told = [{"run": run.name, "whole": run.whole, **(run.told if run.whole else {})} for run in found]
        click.echo(json.dumps(told, ensure_ascii=False))
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
        scores = told["metrics"].get("test") or told["metrics"].get("validation") or {}
        shown = ", ".join(f"{name} {value:.4g}" for name, value in list(scores.items())[:3] if value is not None)
        click.echo(f"{run.name:<{width}}  {told['dataset']}  {told['method']}  {told['model']}  {shown}")
