"""`dprep why`: the life of one row."""

from __future__ import annotations

from pathlib import Path

import click

from dprep.cli import options
from dprep.cli.diff import coloured_line

EXAMPLE = options.example(
    "dprep why support@v3 mails.jsonl:120", "dprep why support 3f9a1c", "dprep why support@v3 3f9a1c --root /data"
)


@click.command("why", epilog=EXAMPLE)
@click.argument("version")
@click.argument("row")
@options.store
@options.root
@options.as_json
def command(version: str, row: str, store: Path, root: Path | None, as_json: bool) -> None:
    """Tell the life of ROW in VERSION: an id, the start of one, file:line as in the input, or the key of its source."""
    from dprep import api
    from dprep.engine.why import why

    life = why(api.open(version, store=store), row, root)
    if as_json:
        from dataclasses import asdict

        import orjson

        click.echo(orjson.dumps(asdict(life), default=str).decode())
        return
    for line in life.lines():
        click.echo(coloured_line(line) if line[:2] in {"- ", "+ "} else line)
