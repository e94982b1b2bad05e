"""`dprep report`: where the rows of a version went."""

from __future__ import annotations

from pathlib import Path

import click

from dprep.cli import faults, options

EXAMPLE = options.example(
    "dprep report support --text", "dprep report support@v3 --open", "dprep report support@v3 --out report.html"
)


@click.command("report", epilog=EXAMPLE)
@click.argument("version")
@options.store
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a copy of the page here.")
@click.option("--text", is_flag=True, help="Print the funnel instead.")
@click.option("--open", "open_it", is_flag=True, help="Open the page in the browser.")
def command(version: str, store: Path, out: Path | None, text: bool, open_it: bool) -> None:
    """Show the report of VERSION: what every step did to the rows, why, with samples."""
    from dprep import api

    found = api.open(version, store=store)
    if text:
        from rich.console import Console

        from dprep.report.text import funnel

        Console().print(funnel(found.manifest, found.ledger))
        return
    page = found.folder / "report.html"
    if not page.exists():  # a version that was made elsewhere may come without
        from dprep.report.html import write_report

        write_report(found.folder)
    if out is not None:
        from dprep.store.commit import write_file

        with faults.outside_the_store("name another file with `--out`, on a disk with room that this user may write"):
            write_file(out, page.read_bytes())
        page = out
    click.echo(str(page))
    if open_it and click.launch(page.resolve().as_uri()):
        click.echo("no browser could be opened; open the file above", err=True)
