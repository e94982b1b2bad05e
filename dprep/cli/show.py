"""`dprep show`: rows of a version, for people or as JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dprep.cli import options
from dprep.cli.words import counted

if TYPE_CHECKING:
    from rich.text import Text

    from dprep.report.looking.browsing import Rows

EXAMPLE = options.example(
    "dprep show support@v3 --part test",
    "dprep show support@v3 --where \"label = 'refund' AND lang = 'zh'\" --sample 20",
    "dprep show support@v3 --dropped length --columns text,reason,measured",
    "dprep show support@v3 --first 1000 --json > rows.jsonl",
)
ANY = "any step"
TEXT = 600
"""Characters of a text that are shown."""
LINES = 8
"""Lines of it."""
FACT = 60
"""Characters of any other column."""


@click.command("show", epilog=EXAMPLE)
@click.argument("version")
@click.option("--part", default="", help="Rows of this part. [default: of all parts]")
@click.option("--where", default="", metavar="SQL", help="Rows that fit a condition on their columns.")
@click.option("--first", type=click.IntRange(1), metavar="N", help="The first N of them.  [default: 10]")
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help="N of them, drawn by the recipe's seed: the same every time."
)
@click.option("--columns", default="", metavar="A,B", help="Only these columns. [default: all]")
@click.option(
    "--dropped",
    is_flag=False,
    flag_value=ANY,
    metavar="[STEP]",
    help="Rows that were dropped, by STEP or by any step, with the reason and what was measured.",
)
@options.store
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON per row, texts in full.")
def command(
    version: str,
    part: str,
    where: str,
    first: int | None,
    sample: int | None,
    columns: str,
    dropped: str | None,
    store: Path,
    as_json: bool,
) -> None:
    """Print rows of VERSION."""
    if first is not None and sample is not None:
        raise click.UsageError("`--first` and `--sample` are two ways to choose: name one of them")
    from dprep import api

    found = api.show(
        version,
        part=part,
        where=where,
        first=first or 10,
        sample=sample,
        columns=[name.strip() for name in columns.split(",") if name.strip()],
        dropped=dropped is not None,
        step="" if dropped in {None, ANY} else str(dropped),
        store=store,
    )
    if as_json:
        _as_json(found)
    else:
        _for_people(found, sampled=sample is not None, dropped=dropped is not None)


def _as_json(found: Rows) -> None:
    import orjson

    for row in found.rows:
        click.echo(orjson.dumps(row, default=str).decode())


def _for_people(found: Rows, *, sampled: bool, dropped: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    console, number = Console(highlight=False), len(found.rows)
    which = "a sample of " if sampled and number < found.fits else "the first " if number < found.fits else ""
    fit = f"{found.fits:,} that fit, of {counted(found.of, 'row')}" if found.fits != found.of else counted(found.of, "row")
    told = f"{which}{number:,} of {fit}" if number < found.fits else fit
    console.print(f"{found.version}: {told}{' dropped' if dropped else ''}", markup=False, soft_wrap=True)
    for row in found.rows:
        console.print()
        console.print(_head(row, found.texts), soft_wrap=False)
        for text in _texts(row, found.texts):
            for line in text.wrap(console, console.width - 4):
                console.print(Text("    ").append_text(line), soft_wrap=True)


def _head(row: dict[str, Any], texts: tuple[str, ...]) -> Text:
    """The id, then what is short; empty columns are left out."""
    from rich.text import Text

    from dprep.report.renderers.plain import inline

    head = Text(str(row.get("id") or "")[:8], style="bold")
    for name, value in row.items():
        if name != "id" and name not in texts and value not in (None, "", []):
            head.append(" · " if head else "", style="dim")
            head.append(f"{inline(name, FACT)} ", style="dim")
            head.append(_short(value))
    return head


def _short(value: Any) -> str:
    """A value of a column that is not the text, on one line."""
    from dprep.report.renderers.plain import inline

    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | dict):
        import orjson

        return inline(orjson.dumps(value, default=str).decode(), FACT)
    return inline(str(value), FACT)


def _texts(row: dict[str, Any], texts: tuple[str, ...]) -> list[Text]:
    """The texts of a row, those of a chat turn by turn; where there are several, each with its name."""
    from rich.text import Text

    shown = []
    for name in texts:
        for title, text in _pieces(name, row[name]):
            titled = f"{title}: " if title and (len(texts) > 1 or title != name) else ""
            shown.append(Text.assemble((titled, "dim"), _cut(text) if text.strip() else ("(empty)", "dim")))
    return shown


def _pieces(name: str, value: Any) -> list[tuple[str, str]]:
    """A text as (title, text); a chat is one per turn, a list of words is one text."""
    from dprep.report.renderers.plain import inline

    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [(inline(str(turn.get("role") or name), FACT), str(turn.get("content") or "")) for turn in value[:20]]
    if isinstance(value, list):
        return [(name, " ".join(str(each) for each in value[:500]))]
    return [(name, "" if value is None else str(value))]


def _cut(text: str) -> str:
    """Its first lines, each harmless."""
    from dprep.base.rowdiff import escaped

    lines = text[:TEXT].replace("\r\n", "\n").split("\n")
    shown = "\n".join(escaped(line.replace("\t", " ")) for line in lines[:LINES])
    more = len(text) > TEXT or len(lines) > LINES
    return f"{shown} … ({len(text):,} characters)" if more else shown
