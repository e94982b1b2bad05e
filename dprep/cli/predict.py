"""`dprep predict`: rows in, the same rows with what a model says of them out."""

from __future__ import annotations

from pathlib import Path

import click

from dprep.cli import options
from dprep.cli.training_shown import watching
from dprep.cli.words import counted

EXAMPLE = options.example(
    "dprep predict support-v3-lora-1 new.jsonl -o labelled.jsonl", "dprep predict support-v3-lora-1 new.csv -o labelled.parquet"
)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("predict", epilog=EXAMPLE)
@click.argument("run")
@click.argument("rows", type=FILE)
@options.store
@click.option("-o", "--out", type=FILE, help="JSON lines or Parquet. [default: ROWS.predicted.jsonl]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", help="What it runs on.")
def command(run: str, rows: Path, store: Path, out: Path | None, device: str) -> None:
    """Ask RUN about every row of the file ROWS (JSON lines, CSV, TSV or Parquet), batch by batch."""
    from dprep import api

    target = out or rows.with_name(f"{rows.stem}.predicted.jsonl")
    with watching(quiet=False) as watcher:
        told = api.predict(run, rows, target, store=store, device=device, watcher=watcher)
    click.echo(f"{counted(told.rows, 'row')} to {target}")
    if told.unusable:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(told.unusable.items()))
        click.echo(f"{counted(sum(told.unusable.values()), 'row')} could not be asked about: {reasons}")
    if told.rejected:
        click.echo(f"{counted(told.rejected, 'line')} could not be read, see {told.rejected_file}")
