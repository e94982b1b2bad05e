"""`dprep diff`: what became of the rows from one version to another."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dprep.cli import options
from dprep.cli.words import counted

if TYPE_CHECKING:
    from dprep.store.compare import Difference, Group

COLOURS = {"-": "red", "+": "green"}

EXAMPLE = options.example("dprep diff support@v1 support@v2", "dprep diff support@v1 support --sample 20 --json")


@click.command("diff", epilog=EXAMPLE)
@click.argument("a")
@click.argument("b")
@options.store
@click.option("--sample", type=click.IntRange(0, 10_000), default=5, show_default=True, help="Rows shown per step and reason.")
@options.as_json
def command(a: str, b: str, store: Path, sample: int, as_json: bool) -> None:
    """Show the rows added, removed and changed from version A to version B, by step and reason."""
    from dprep import api

    difference = api.diff(a, b, store=store, sample=sample)
    if as_json:
        from dataclasses import asdict

        import orjson

        click.echo(orjson.dumps(asdict(difference)).decode())
        return
    _head(difference)
    for fate, groups in groupby(difference.groups, key=lambda group: group.fate):
        click.echo(f"\n{click.style(fate, bold=True)}")
        for group in groups:
            _group(group)


def _head(difference: Difference) -> None:
    click.echo(f"{click.style(difference.a, bold=True)} -> {click.style(difference.b, bold=True)}")
    counts = [f"{counted(difference.rows(fate), 'row')} {fate}" for fate in ("removed", "added", "changed")]
    click.echo(", ".join([*counts, f"{difference.same:,} the same"]))
    for words, names in (("new columns", difference.columns_added), ("columns gone", difference.columns_removed)):
        if names:
            click.echo(f"{words}: {', '.join(names)}")
    if difference.columns:
        click.echo("changed columns: " + ", ".join(f"{name} {count:,}" for name, count in difference.columns.items()))
    if difference.recipe:
        click.echo("recipe:")
        for line in difference.recipe:
            click.echo(f"  {line}")


def _group(group: Group) -> None:
    what = ": ".join(filter(None, (group.step, group.reason)))
    click.echo(f"  {group.rows:,}  {what}")
    for text in group.samples:
        for line in text.splitlines():
            click.echo("    " + coloured_line(line))


def coloured_line(line: str) -> str:
    """A row-diff line in red or green, where the terminal has colours."""
    colour = COLOURS.get(line[:1])
    return click.style(line, fg=colour) if colour else line
