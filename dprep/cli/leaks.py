"""`dprep leaks`: rows that more than one part of a version holds, or a benchmark as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dprep.cli import options
from dprep.cli.progress import bars
from dprep.cli.words import counted

if TYPE_CHECKING:
    from dprep.engine.leaks import Crossing, Leaks, Row

EXAMPLE = options.example(
    "dprep leaks support@v3",
    "dprep leaks support --against 'benchmarks/*.jsonl' --threshold 0.7",
    "dprep leaks support --against benchmarks@v1 --columns prompt",
    "dprep leaks support --json --show 0 || echo 'test rows are in train'",
)
_WIDTH = 160
"""Characters of a text that are shown."""


@click.command("leaks", epilog=EXAMPLE)
@click.argument("version")
@click.option(
    "--against",
    metavar="FILES",
    multiple=True,
    help="Files of test sets, such as 'tests/*.jsonl', or an index of them, such as benchmarks@v1; may be repeated.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.8,
    show_default=True,
    help="Jaccard similarity of the shingles from which two rows are near twins.",
)
@click.option(
    "--shingles",
    type=click.Choice(["auto", "words", "characters"]),
    default="auto",
    show_default=True,
    help="What texts are compared by: sets of runs of words, or of characters.",
)
@click.option("--ngram", type=click.IntRange(0, 64), default=0, help="Words or characters in a run. [default: by the texts]")
@click.option("--show", type=click.IntRange(0, 10_000), default=5, show_default=True, help="Twins shown of each two parts.")
@click.option(
    "--columns", metavar="NAMES", default="", help="Columns of VERSION that are compared, such as prompt. [default: its texts]"
)
@options.store
@options.as_json
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(
    version: str,
    against: tuple[str, ...],
    threshold: float,
    shingles: str,
    ngram: int,
    show: int,
    columns: str,
    store: Path,
    as_json: bool,
    quiet: bool,
) -> int:
    """Count the rows of each part of VERSION that have a twin in another part, or in a benchmark.

    Every part is compared with train, and with those before it; every file of --against with every part. An exact twin has the
    same text; a near twin the same shingles but for a fifth, or what --threshold says. Compared are letters, digits and
    underscores, without case. No pair is left to chance.

    Without --shingles: runs of 2 characters where over 30 % of the letters are Chinese or Japanese, else single words where the
    middle row has less than 20 words, else 3 words in a row.

    An index is compared by the shingles that it was made with, which are without accents; it holds names and no texts, and
    equal texts once.

    Of a file, the version's text columns are compared, or else those it has of question, prompt, text and the like. A
    question is no twin of a row that also has the answer: --columns prompt compares without it. Nor of a longer text that
    holds it: dedup.decontaminate finds those.

    The exit code is 1 if any row has a twin, 0 if none has, 2 if the command is wrong.
    """
    from dprep import api

    with bars(quiet=quiet) as progress:
        found = api.leaks(
            version,
            against=against,
            threshold=threshold,
            shingles=shingles,
            ngram=ngram,
            show=show,
            columns=[name.strip() for name in columns.split(",") if name.strip()],
            store=store,
            progress=progress,
        )
    if as_json:
        import orjson

        click.echo(orjson.dumps(found.summary()).decode())
    else:
        for line in _lines(found):
            click.echo(line)
    return int(found.leaking > 0)


def _lines(found: Leaks) -> Iterator[str]:
    yield f"{click.style(found.version, bold=True)}: {_rows(found)}"
    if not found.crossings:
        yield "one part: nothing to compare"
        return
    runs = found.shingles if found.ngram > 1 else found.shingles.removesuffix("s")
    yield f"twins share {found.threshold:g} of their runs of {found.ngram} {runs}"
    yield ""
    yield from _table(found.crossings)
    for crossing in found.crossings:
        if crossing.examples:
            yield f"\n{click.style(f'{_shown(crossing.part)} in {_shown(crossing.against)}', bold=True)}"
            for one in crossing.examples:
                yield f"  {_similarity(one.similarity)}  {_row(one.row)}"
                yield f"         {_row(one.twin)}"
    if not found.leaking:
        yield "\nno row has a twin elsewhere"
    if found.asking and len(found.columns) > 1:
        yield f"\n{_asking(found)}"
    if found.cut:
        yield f"\nnote: {counted(found.cut, 'time')} a text had too many candidates to compare all: there may be more twins"


def _asking(found: Leaks) -> str:
    """That questions were compared with more than questions, and how to ask otherwise."""
    first, *others = (_shown(name) for name in found.asking)
    them = f"{first} and {counted(len(others), 'other')}" if others else first
    ours = " and ".join(_shown(name) for name in found.columns)
    return (
        f"note: questions of {them} were compared with {ours} together; --columns {found.columns[0]} compares with that alone"
    )


def _rows(found: Leaks) -> str:
    parts = ", ".join(f"{_shown(part)} {rows:,}" for part, rows in found.parts.items())
    files = f"; {counted(len(found.benchmarks), 'benchmark')} with {counted(sum(found.benchmarks.values()), 'row')}"
    return f"{counted(sum(found.parts.values()), 'row')} ({parts}){files if found.benchmarks else ''}"


def _table(crossings: tuple[Crossing, ...]) -> Iterator[str]:
    lines = [("part", "in", "rows", "exact twin", "near twin", "share")]
    for one in crossings:
        counts = (f"{one.rows:,}", f"{one.exact:,}", f"{one.near:,}", f"{100 * one.share:.2f} %")
        lines.append((_shown(one.part), _shown(one.against), *counts))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for part, against, *numbers in lines:
        told = "  ".join(number.rjust(width) for number, width in zip(numbers, widths[2:], strict=True))
        yield f"{part:<{widths[0]}}  {against:<{widths[1]}}  {told}"


def _similarity(value: float) -> str:
    """Three decimals, cut: only twins of equal shingles show 1."""
    return f"{int(value * 1000 + 1e-6) / 1000:.3f}"


def _row(row: Row) -> str:
    text = row.text if len(row.text) <= _WIDTH else row.text[: _WIDTH - 1] + "…"
    where = _shown(row.origin) if row.id == row.origin else f"{_shown(row.id)[:12]} {_shown(row.origin)}"
    return f"{where}  {_quoted(text)}" if text else where


def _quoted(text: str) -> str:
    import json

    return _shown(json.dumps(text, ensure_ascii=False))


def _shown(text: str) -> str:
    from dprep.base.rowdiff import escaped

    return escaped(text)
