"""Options that several commands share, each said once."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, file_okay=False)

store = click.option(
    "--store", type=FOLDER, default=Path("store"), show_default=True, help="Folder that holds versions and caches."
)
root = click.option(
    "--root", type=FOLDER, help="Where relative source paths start. [default: DPREP_ROOT, else the recipe's folder]"
)
overrides = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change one value of the recipe, such as step.length.min_words=3.",
)
recipe = click.argument("recipe", type=click.Path(path_type=Path))
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def example(*lines: str) -> str:
    """The end of a help page."""
    return "\n".join(["Example:", "", "\b", *(f"  {line}" for line in lines)])
