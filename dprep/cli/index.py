"""`dprep index`: index rows or test questions, as an artifact that later rows are compared with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dprep.base.problem import Error, Problem
from dprep.cli import options
from dprep.cli.fit import setting, spelled
from dprep.cli.progress import bars
from dprep.cli.words import counted, seconds_in_words

if TYPE_CHECKING:
    from dprep.fit.learning import Learnt

EXAMPLE = options.example(
    "dprep index",
    "dprep index pages --of pages@v1",
    "dprep index pages --of old/*.jsonl.zst --set threshold=0.7 --set columns=['body']",
    "dprep index benchmarks --kind benchmark --of 'tests/*.jsonl'",
    "dprep index --kind benchmark",
)


@click.command("index", epilog=EXAMPLE)
@click.argument("name", required=False)
@click.argument("more", nargs=-1, metavar="[FILES]...")
@click.option(
    "--of", "of", metavar="ROWS", multiple=True, help="A version such as pages@v1, a recipe, or files; may be given again."
)
@click.option("--kind", help="rows (usual), for dedup.against; benchmark, for dedup.decontaminate; datasketch.")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="A parameter of the kind, such as threshold=0.7.")
@options.store
@options.as_json
@click.option("--quiet", is_flag=True, help="Show problems only.")
def command(
    name: str | None,
    more: tuple[str, ...],
    of: tuple[str, ...],
    kind: str | None,
    settings: tuple[str, ...],
    store: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Index rows, so that later ones can be compared with them without reading them again. NAME is what the index is called.

    Without a NAME: the page of the kind, or the kinds and what the store holds. A recipe names the index where a parameter
    takes it: index = "pages@v1".
    """
    if name is None and not of:
        _about(kind, store)
        return
    if name is None or not of:
        help = "write `dprep index pages --of pages@v1`"
        raise Error(Problem("missing-parameter", f"an index needs {'a name' if name is None else 'rows: `--of`'}", help=help))
    from dprep import api

    parameters = {**dict(setting(text) for text in settings), "of": (*of, *more)}
    with bars(quiet=quiet) as progress:
        made = api.index(name, kind=kind or "rows", store=store, progress=progress, **parameters)
    if as_json:
        click.echo(json.dumps(made.summary(), ensure_ascii=False))
    elif not quiet:
        _show(made)


def _about(kind: str | None, store: Path) -> None:
    """The page of a kind; or the kinds, and the indexes that are there."""
    from dprep.fit.index_kinds import INDEXES, index_page
    from dprep.store.artifacts import list_artifacts

    if kind is not None:
        click.echo(index_page(kind).rstrip())
        return
    for each, sentence in INDEXES.items():
        click.echo(f"{click.style(f'{each:<12}', bold=True)} {sentence}")
    click.echo("\n`dprep index --kind KIND` shows the page of one, with its parameters\n")
    for artifact in list_artifacts(store):
        if artifact.kind in INDEXES:
            click.echo(f"{artifact!s:<24} {artifact.kind:<12} {artifact.got[:12]}  {artifact.folder}")


def _show(made: Learnt) -> None:
    """What was indexed, from what, and how a recipe names it."""
    artifact = made.artifact
    told, clock = artifact.manifest, artifact.manifest["clock"]
    reused = f", {counted(clock['segments_reused'], 'segment')} as before" if clock.get("segments_reused") else ""
    how = ", as before: nothing has changed" if made.cached else f", made in {seconds_in_words(clock['seconds'])}{reused}"
    facts = [
        ("index", f"{artifact}{how}"),
        ("kind", artifact.kind),
        ("of", ", ".join(told["made_from"]["of"])),
        *((key, spelled(value)) for key, value in told["details"].items()),
        ("hash", artifact.got[:12]),
        ("folder", str(artifact.folder)),
        ("in recipes", f'"{artifact}", or pinned to its content: "{artifact}#{artifact.got[:12]}"'),
    ]
    width = max(len(key) for key, _ in facts) + 2
    for key, value in facts:
        click.echo(f"{key.replace('_', ' '):<{width}}{value}")
