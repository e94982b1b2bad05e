"""`dprep versions`: what the store holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.cli import options
from dprep.cli.words import bytes_in_words

if TYPE_CHECKING:
    from dprep.store.versions import Version

EXAMPLE = options.example("dprep versions", "dprep versions support-intents --json")


@click.command("versions", epilog=EXAMPLE)
@click.argument("name", required=False)
@options.store
@options.as_json
def command(name: str | None, store: Path, as_json: bool) -> None:
    """List the versions of the dataset NAME, or all versions, oldest first."""
    from dprep.store.versions import datasets, list_versions

    known = datasets(store)
    if name is not None and name not in known:
        help = did_you_mean(name, known) or (
            f"it holds {', '.join(known[:10])}" if known else "`dprep run RECIPE` makes a version"
        )
        raise Error(Problem("no-such-dataset", f"the store `{store}` holds no dataset `{name}`", help=help))
    found = [_told(version) for version in list_versions(store, name)]
    if as_json:
        import json

        click.echo(json.dumps(found, ensure_ascii=False))
    elif not found:
        click.echo(f"the store `{store}` holds no versions yet; `dprep run RECIPE` makes one")
    else:
        _table(found)


def _told(version: Version) -> dict[str, Any]:
    m = version.manifest
    return {
        "version": str(version),
        "rows": m["rows"]["out"],
        "parts": m["rows"]["parts"],
        "bytes": sum(file["bytes"] for file in m["files"]),
        "made": m["clock"].get("started", ""),
        **({"extends": f"{m['extends']['dataset']}@{m['extends']['version']}"} if "extends" in m else {}),
        "got": m["got"],
        "asked": m["asked"],
        "path": str(version.folder),
    }


def _table(found: list[dict[str, Any]]) -> None:
    head = ("version", "rows", "parts", "size", "made (UTC)", "got")
    lines = [
        (
            each["version"],
            f"{each['rows']:,}",
            ", ".join(f"{part} {count:,}" for part, count in each["parts"].items()),
            bytes_in_words(each["bytes"]),
            each["made"][:16].replace("T", " "),
            each["got"][:12],
        )
        for each in found
    ]
    widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
    click.echo(click.style(_line(head, widths), bold=True))
    for line in lines:
        click.echo(_line(line, widths))


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    """Numbers stand right, words left."""
    pairs = enumerate(zip(cells, widths, strict=True))
    return "  ".join(cell.rjust(width) if place in {1, 3} else cell.ljust(width) for place, (cell, width) in pairs).rstrip()
