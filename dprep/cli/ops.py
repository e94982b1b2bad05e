"""`dprep ops`: the catalogue, or the page of one operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dprep.base.problem import Error, Problem
from dprep.cli import options
from dprep.cli.fit import setting

EXAMPLE = options.example(
    "dprep ops", "dprep ops filter.length", "dprep ops dedup.minhash --set threshold=0.7", "dprep ops --recipe recipe.toml"
)


@click.command("ops", epilog=EXAMPLE)
@click.argument("name", required=False)
@click.option("--recipe", type=click.Path(path_type=Path), help="Also the operators that this recipe brings along.")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="A parameter for the page's figure.")
@options.as_json
def command(name: str | None, recipe: Path | None, settings: tuple[str, ...], as_json: bool) -> None:
    """List the operators by family, or show the page of NAME."""
    folder = _folder(recipe)
    if name is None:
        _list(folder, as_json)
    else:
        _page(name, folder, dict(map(setting, settings)), as_json)


def _folder(recipe: Path | None) -> Path | None:
    if recipe is None:
        return None
    from dprep.recipe.read import read_recipe

    read = read_recipe(recipe)
    if read.is_unclear("dataset", "ops"):
        raise Error(read.problems)
    return read.dataset.ops


def _list(folder: Path | None, as_json: bool) -> None:
    from dprep.plan.operators import known

    told = {name: _summary(name, folder) for name in dict.fromkeys(known(folder))}
    if as_json:
        import json

        click.echo(json.dumps(told, ensure_ascii=False))
        return
    width = max(map(len, told))
    family = ""
    for name in sorted(told, key=_place):
        if name.partition(".")[0] != family:
            click.echo("", nl=bool(family))
            family = name.partition(".")[0]
        click.echo(f"{click.style(name, bold=True)}{' ' * (width - len(name))}  {told[name]}")
    click.echo("\n`dprep ops NAME` shows parameters, examples and sources")


def _summary(name: str, folder: Path | None) -> str:
    """What the operator does; that it cannot be used is no reason to hide the others."""
    from dprep.plan.operators import operator_class
    from dprep.plan.page import summary

    found = operator_class(name, folder)
    return f"cannot be used: `dprep ops {name}` says why" if isinstance(found, Problem) else summary(name, folder)


def _place(name: str) -> tuple[int, str]:
    """The order in which families are usually met in a recipe."""
    from dprep.ops import FAMILIES

    family = name.partition(".")[0]
    return (FAMILIES.index(family) if family in FAMILIES else len(FAMILIES), name)


def _page(name: str, folder: Path | None, settings: dict[str, Any], as_json: bool) -> None:
    from dprep.plan.operators import operator_class
    from dprep.plan.page import drawn_with, page

    found = operator_class(name, folder)
    if isinstance(found, Problem):
        raise Error(found)
    if as_json:
        import json

        click.echo(json.dumps(found.model_json_schema(), ensure_ascii=False))
        return
    text = page(name, folder, drawn_with(found, name, settings) if settings else None)
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        click.echo(text, nl=False)
