"""`dprep merge`: an adapter and its base as one ordinary model, checked against the two."""

from __future__ import annotations

from pathlib import Path

import click

from dprep.cli import options
from dprep.cli.training_shown import watching

EXAMPLE = options.example("dprep merge support-v3-lora-1 --out ./support-model")


@click.command("merge", epilog=EXAMPLE)
@click.argument("run")
@options.store
@click.option("--out", type=options.FOLDER, required=True, help="A new folder for the model.")
def command(run: str, store: Path, out: Path) -> None:
    """Merge what RUN learnt into its base model, so that plain transformers loads it. Answers are compared before and after."""
    from dprep import api

    with watching(quiet=False) as watcher:
        difference = api.merge(run, out, store=store, watcher=watcher)
    click.echo(f"merged to {out}; answers differ by {difference:.1g} of the largest number at most")
