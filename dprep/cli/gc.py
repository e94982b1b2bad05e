"""`dprep gc`: free what can be made again."""

from __future__ import annotations

from pathlib import Path

import click

from dprep.cli import options
from dprep.cli.words import bytes_in_words

EXAMPLE = options.example("dprep gc --dry-run", "dprep gc --keep 2G")


@click.command("gc", epilog=EXAMPLE)
@options.store
@click.option("--keep", metavar="SIZE", default="10G", show_default=True, help="How much of the cache may stay.")
@click.option("--dry-run", is_flag=True, help="Say what would go, remove nothing.")
def command(store: Path, keep: str, dry_run: bool) -> None:
    """Free the least recently used caches, trials and what killed runs left behind. Versions stay."""
    from dprep.engine.resources import parse_bytes
    from dprep.store.gc import gc

    collected = gc(store, keep_bytes=parse_bytes(keep), dry_run=dry_run)
    for item in collected.garbage:
        click.echo(f"{item.kind:<12}{bytes_in_words(item.bytes):>10}  {item.path}")
    freed = "would be freed" if dry_run else "freed"
    click.echo(f"{bytes_in_words(collected.bytes)} {freed}; the cache holds {bytes_in_words(collected.cache_bytes)}")
