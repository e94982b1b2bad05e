"""`dprep evaluate`: the scores of a run, on its own test rows or on those of another version."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dprep.cli import options
from dprep.cli.training_shown import watching

EXAMPLE = options.example(
    "dprep evaluate support-v3-lora-1", "dprep evaluate support-v3-lora-1 --on support@v4 --part validation --json"
)


@click.command("evaluate", epilog=EXAMPLE)
@click.argument("run")
@options.store
@click.option("--on", "version", help="A version, such as support@v4. [default: that of the run]")
@click.option("--part", default="", help="[default: the test part of the run]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", help="What it runs on.")
@options.as_json
def command(run: str, store: Path, version: str | None, part: str, device: str, as_json: bool) -> None:
    """Score RUN on a part of a version, with 95 % intervals."""
    from dprep import api
    from dprep.train.scoring.score_tables import as_text

    with watching(quiet=as_json) as watcher:
        scores = api.evaluate(run, on=version or "", part=part, store=store, device=device, watcher=watcher)
    click.echo(json.dumps(scores, ensure_ascii=False) if as_json else as_text(scores).rstrip())
