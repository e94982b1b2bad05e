"""`dprep compare`: which of two runs is better, and whether that is chance."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dprep.cli import options

EXAMPLE = options.example(
    "dprep compare support-v3-lora-1 support-v3-full-1", "dprep compare plain augmented --part validation --json"
)


@click.command("compare", epilog=EXAMPLE)
@click.argument("run")
@click.argument("other")
@options.store
@click.option("--part", default="test", show_default=True, help="The part whose rows are compared.")
@options.as_json
def command(run: str, other: str, store: Path, part: str, as_json: bool) -> None:
    """Compare RUN with OTHER on the rows that both were tested on: differences with intervals, a paired test, who changed."""
    from dprep import api
    from dprep.train.scoring.score_tables import comparison_as_text as as_text

    told = api.compare(run, other, part=part, store=store)
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else as_text(told).rstrip())
