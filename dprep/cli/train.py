"""`dprep train`: from a version to a model, with its scores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dprep.base.problem import Error, Problem
from dprep.cli import faults, options
from dprep.cli.progress import bars
from dprep.cli.training_shown import watching

if TYPE_CHECKING:
    from dprep.train.training import Trained

EXAMPLE = options.example(
    "dprep train recipe.toml",
    "dprep train support@v3 --model ./my-encoder --method lora --set epochs=5",
    "dprep train recipe.toml --set train.method.rank=16 --name wide",
    "dprep train --methods",
)
_KEYS = ("model", "method", "epochs", "batch_size", "learning_rate", "seed", "device")
"""Options that are keys of `[train]`."""


def _methods(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from dprep.train.methods import listed

        for name, sentence in listed():
            click.echo(f"{name:<14}{sentence}")
        ctx.exit()


def _keys(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from dprep.train.telling.pages import keys

        for line in keys():
            click.echo(line)
        ctx.exit()


@click.command("train", epilog=EXAMPLE)
@click.argument("what")
@options.store
@options.root
@click.option("--model", help="A folder, a hub id, package:NAME or run:NAME.")
@click.option("--method", help="full, lora …; --methods lists them.")
@click.option("--epochs", type=float, help="How often the rows are gone through.")
@click.option("--batch-size", type=int, help="Rows of a batch.")
@click.option("--learning-rate", type=float, help="The highest rate of the schedule.")
@click.option("--seed", type=int, help="Of weights that are new, of the order of rows, of dropout.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), help="What it runs on.")
@click.option("--set", "overrides", metavar="KEY=VALUE", multiple=True, help="Any key of [train], such as train.epochs=5.")
@click.option("--name", default="", help="What the run is called. [default: dataset, version, method, number]")
@click.option("--fresh", is_flag=True, help="Train anew, even if the same run is there or broke off.")
@click.option("--methods", is_flag=True, is_eager=True, expose_value=False, callback=_methods, help="List the methods.")
@click.option("--keys", is_flag=True, is_eager=True, expose_value=False, callback=_keys, help="List the keys of [train].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line of stdout.")
@click.option("--quiet", is_flag=True, help="Show problems only.")
def command(
    what: str,
    store: Path,
    root: Path | None,
    overrides: tuple[str, ...],
    name: str,
    fresh: bool,
    as_json: bool,
    quiet: bool,
    **keys: Any,
) -> None:
    """Fine-tune a model on WHAT: a recipe, whose version is made or found first, or a version such as support@v3.

    The table [train] of the recipe says how; a version keeps its recipe. A run that broke off goes on from its last
    checkpoint.
    """
    from dprep import api

    asked = (*(f"train.{key}={_toml(keys[key])}" for key in _KEYS if keys.get(key) is not None), *map(_full, overrides))
    with bars(quiet=quiet) as progress:
        version, settings = api.training_of(what, store=store, root=root, set=asked, progress=progress)
    from dprep.train.together import leads
    from dprep.train.training import train

    with watching(quiet=quiet or as_json) as watcher:
        trained = train(version, settings, store, watcher, name=name, fresh=fresh)
    if not leads():
        return
    missed = api.page_of_run(trained.run, store=store)
    if missed is not None:
        faults.show([missed])
    if as_json:
        click.echo(json.dumps(summary(trained), ensure_ascii=False))
    elif not quiet:
        show(trained, store)


def _full(text: str) -> str:
    """`epochs=5` means `train.epochs=5`."""
    key = text.partition("=")[0].strip()
    if key.partition(".")[0] in {"dataset", "source", "step", "train"}:
        return text
    if not key:
        raise Error(Problem("bad-override", f"`--set {text}` names no key and value", help="write `--set train.epochs=5`"))
    return f"train.{text}"


def _toml(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else str(value)


def summary(trained: Trained) -> dict[str, Any]:
    """What `--json` prints."""
    told = trained.run.told
    return {"run": trained.run.name, "path": str(trained.run.folder), "cached": trained.cached, **told}


def show(trained: Trained, store: Path) -> None:
    """The scores, the run and the next commands, on stdout."""
    from shlex import quote

    from dprep.cli.words import seconds_in_words
    from dprep.train.scoring.score_tables import as_text

    run, told = trained.run, trained.run.told
    parts: Mapping[str, Any] = json.loads((run.folder / "metrics.json").read_bytes())["parts"]
    for part, scores in parts.items():
        click.echo(f"{part}: {as_text(scores)}")
    made = "as before: nothing has changed" if trained.cached else f"made in {seconds_in_words(told['clock']['seconds'])}"
    at = "" if store == Path("store") else f" --store {quote(str(store))}"
    name = quote(run.name)
    for title, value in [("run", f"{run.name}, {made}"), ("folder", str(run.folder)), ("model", str(run.model))]:
        click.echo(f"{title:<10}{value}")
    click.echo()
    lines = [
        f"dprep report {name} --open{at}",
        f"dprep predict {name} FILE{at}",
        f"dprep evaluate {name}{at}",
        f"dprep compare {name} OTHER_RUN{at}",
    ]
    for number, line in enumerate(lines):
        click.echo(f"{'next' if not number else '':<10}{line}")
