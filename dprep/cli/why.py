"""`dprep why`: the life of one row, and what a run said of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dprep.base.problem import Error
from dprep.cli import options
from dprep.cli.diff import coloured_line

if TYPE_CHECKING:
    from dprep.engine.why import Life
    from dprep.train.telling.why_prediction import Said

EXAMPLE = options.example(
    "dprep why support@v3 mails.jsonl:120",
    "dprep why support 3f9a1c",
    "dprep why support@v3 3f9a1c --root /data",
    "dprep why support-v3-lora-1 3f9a1c",
)


@click.command("why", epilog=EXAMPLE)
@click.argument("version")
@click.argument("row")
@options.store
@options.root
@options.as_json
def command(version: str, row: str, store: Path, root: Path | None, as_json: bool) -> None:
    """Tell the life of ROW in VERSION: an id, the start of one, file:line as in the input, or the key of its source.

    VERSION may be a run of `dprep train`: then what the run said of the row comes first, and its life in the version that
    the run was trained on follows.
    """
    from dprep.train.runs import is_meant

    of_run = is_meant(store, version)
    said, life = _of_run(version, row, store, root) if of_run else (None, _of_version(version, row, store, root))
    if as_json:
        _as_json(said, life)
        return
    for line in [*(said.lines() if said else []), *([""] if said and life else []), *(life.lines() if life else [])]:
        click.echo(coloured_line(line) if line[:2] in {"- ", "+ "} else line)


def _of_version(version: str, row: str, store: Path, root: Path | None) -> Life:
    from dprep import api
    from dprep.engine.why import why

    return why(api.open(version, store=store), row, root)


def _of_run(name: str, row: str, store: Path, root: Path | None) -> tuple[Said, Life | None]:
    """What a run said, and the life of the row; None where the row is of another version that the run was asked about."""
    from dprep import api
    from dprep.engine.lookup import find_row
    from dprep.engine.why import why
    from dprep.train.runs import resolve
    from dprep.train.telling.why_prediction import why_prediction

    run = resolve(store, name)
    version = api.open(run.told["dataset"], store=store)
    try:
        id = find_row(version, row).id
    except Error as error:
        if error.problems[0].code != "no-such-row":
            raise
        return why_prediction(run.folder, row), None
    return why_prediction(run.folder, id), why(version, id, root)


def _as_json(said: Said | None, life: Life | None) -> None:
    from dataclasses import asdict

    import orjson

    told = asdict(life) if life else None
    found = {"prediction": asdict(said), "life": told} if said else told
    click.echo(orjson.dumps(found, default=str).decode())
