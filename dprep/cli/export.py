"""`dprep export`: a version in the format of another tool."""

from __future__ import annotations

from pathlib import Path

import click

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.cli import faults, options
from dprep.cli.words import bytes_in_words

EXAMPLE = options.example(
    "dprep export support@v3 out --format jsonl",
    "dprep export support@v3 out --format llama-factory --part train",
)


@click.command("export", epilog=EXAMPLE)
@click.argument("version")
@click.argument("folder", type=options.FOLDER)
@click.option(
    "--format", "format_", metavar="FORMAT", required=True, help="jsonl, csv, parquet, hf, llama-factory, axolotl or trl."
)
@click.option("--part", "parts", metavar="PART", multiple=True, help="Only this part; may be given again.")
@options.store
def command(version: str, folder: Path, format_: str, parts: tuple[str, ...], store: Path) -> None:
    """Write VERSION into the new or empty FOLDER."""
    from dprep import api
    from dprep.store.exports import FORMATS, export

    if format_ not in FORMATS:
        help = did_you_mean(format_, FORMATS) or f"there are {', '.join(f'`{name}`' for name in FORMATS)}"
        raise Error(Problem("unknown-format", f"`{format_}` is no format to export to", help=help))
    with faults.outside_the_store("name another FOLDER, on a disk with room that this user may write"):
        written = export(api.open(version, store=store), folder, format_, parts or None)
    for path in written:
        click.echo(f"{path}  {bytes_in_words(path.stat().st_size)}")
