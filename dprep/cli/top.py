"""`dprep top`: what stands out in a version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.cli import options
from dprep.cli.words import counted

if TYPE_CHECKING:
    from rich.console import Console

    from dprep.report.blocks import Cell, Column
    from dprep.report.looking.extremes import Cluster, Label, Reason, Top, Worst

EXAMPLE = options.example(
    "dprep top support@v3", "dprep top support@v3 clusters --most 50", "dprep top support@v3 labels rows --json"
)
KINDS = ("clusters", "rows", "labels", "reasons")
LINE = 80
"""Characters of a text that are shown."""
OVERVIEW = 5
"""Lines of each where nothing in particular is asked for."""


@click.command("top", epilog=EXAMPLE)
@click.argument("version")
@click.argument("kinds", nargs=-1, metavar="[clusters | rows | labels | reasons]...")
@click.option(
    "--most", type=click.IntRange(1, 10_000), metavar="N", help="Lines of each. [default: 10, in an overview of all 5]"
)
@options.store
@options.as_json
def command(version: str, kinds: tuple[str, ...], most: int | None, store: Path, as_json: bool) -> None:
    """Show what stands out in VERSION: the largest clusters of duplicates, the worst rows, the rarest labels, and the most
    frequent reasons for which rows of each source were dropped.

    The worst rows are those that the recipe itself measured so: kept rows nearest to a bound that dropped others, the lowest
    lang_score, the highest perplexity; and the shortest and longest texts.
    """
    from dprep import api

    for kind in kinds:
        if kind not in KINDS:
            help = did_you_mean(kind, KINDS) or f"there are {', '.join(f'`{name}`' for name in KINDS)}"
            raise Error(Problem("unknown-kind", f"`dprep top` knows no `{kind}`", help=help))
    found = api.top(version, kinds or KINDS, most=most or (10 if kinds else OVERVIEW), store=store)
    if as_json:
        from dataclasses import asdict

        import orjson

        told = {name: value for name, value in asdict(found).items() if value is not None}
        click.echo(orjson.dumps(told).decode())
        return
    _print(found)


def _print(found: Top) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if found.clusters is not None:
        _clusters(console, found, found.clusters)
    if found.rows is not None:
        _rows(console, found.rows)
    if found.labels is not None:
        _labels(console, found, found.labels)
    if found.reasons is not None:
        _reasons(console, found, found.reasons)


def _title(console: Console, title: str, shown: int, of: int, none: str) -> None:
    told = none if not of else f"{shown:,} of {of:,}" if shown < of else f"{of:,}"
    console.print(f"{title}: {told}", style="bold", markup=False)


def _clusters(console: Console, found: Top, clusters: Sequence[Cluster]) -> None:
    _title(console, "largest clusters of duplicates", len(clusters), found.counts["clusters"], "no row had a twin")
    head = [("rows", "number"), ("by", "text"), ("alike", "text"), ("stayed", "code"), ("text", "text")]
    lines: list[tuple[Cell, ...]] = []
    for one in clusters:
        low, high = one.likeness or (None, None)
        alike = "" if low is None else f"{low:.2f}" if low == high else f"{low:.2f}–{high:.2f}"
        lines.append((one.size, one.step, alike, one.kept.id[:8], _line(one.kept.text) or "(not in the version)"))
    _table(console, head, lines)


def _rows(console: Console, worst: Sequence[Worst]) -> None:
    for one in worst:
        if one.by == "bound":
            limit = "" if one.limit is None else f" = {one.limit:g}"
            told = f"`{one.step}` kept, nearest to {one.measure}{limit}, which alone would drop {counted(one.beyond, 'row')}"
        elif one.measure == "characters":
            told = f"the {'longest' if one.by == 'highest' else 'shortest'} texts"
        else:
            told = f"the {one.by} {one.measure}"
        console.print(f"worst rows: {told}", style="bold", markup=False)
        measure, parted = one.measure.removeprefix("min_").removeprefix("max_"), any(row.part for row in one.rows)
        head = [(measure, "number"), ("row", "code"), *([("part", "text")] if parted else []), ("text", "text")]
        parts = [(row.part,) if parted else () for row in one.rows]
        lines = [(row.value, row.id[:8], *part, _line(row.text)) for row, part in zip(one.rows, parts, strict=True)]
        _table(console, head, lines)


def _labels(console: Console, found: Top, labels: Sequence[Label]) -> None:
    _title(console, "rarest labels", len(labels), found.counts["labels"], "the rows have no labels")
    parts = list(labels[0].parts) if labels else []
    head = [("label", "text"), ("rows", "number"), *((part, "number") for part in parts)]
    _table(console, head, [(one.label, one.rows, *(one.parts[part] for part in parts)) for one in labels])


def _reasons(console: Console, found: Top, reasons: Sequence[Reason]) -> None:
    _title(console, "most frequent reasons by source", len(reasons), found.counts["reasons"], "no row was dropped")
    head = [("source", "text"), ("step", "text"), ("reason", "text"), ("rows", "number"), ("of its rows", "share")]
    _table(
        console, head, [(one.source, one.step, one.reason, one.rows, one.rows / one.of if one.of else None) for one in reasons]
    )


def _line(text: str) -> str:
    """A text without its line ends, cut."""
    line = " ".join(text.split())
    return line if len(line) <= LINE else f"{line[:LINE]}…"


def _table(console: Console, head: Sequence[tuple[str, str]], lines: Sequence[tuple[Cell, ...]]) -> None:
    from dprep.report.blocks import Column, Table
    from dprep.report.renderers.terminal import table

    if lines:
        columns: list[Column] = [Column(title, kind) for title, kind in head]  # type: ignore[arg-type]
        console.print(table(Table("", tuple(columns), tuple(lines))))
    console.print()
