"""`dprep run`: make a version, say where every row went and what to type next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dprep.base.problem import Problem
from dprep.base.rowdiff import escaped
from dprep.cli import faults, options
from dprep.cli.progress import bars
from dprep.cli.words import counted, seconds_in_words

if TYPE_CHECKING:
    from dprep.engine.run import Ran

EXAMPLE = options.example(
    "dprep run recipe.toml",
    "dprep run recipe.toml --limit 1000 --until length",
    "dprep run recipe.toml --set dataset.seed=8 --json | tail -1",
)
MANY_PARTS = 20
"""Shown; more are hardly parts of a data set."""


@click.command("run", epilog=EXAMPLE)
@options.recipe
@options.store
@options.root
@click.option("--workers", type=click.IntRange(1, 1024), help="Worker processes. [default: the cores; 1 for small inputs]")
@click.option("--memory", metavar="SIZE", help="Ceiling for all processes together, such as 4G.")
@click.option("--limit", type=click.IntRange(1), help="Read so many rows only: a trial without a number.")
@click.option("--until", metavar="STEP", help="Stop after this step: a trial without a number.")
@click.option("--fresh", is_flag=True, help="Use nothing that earlier runs have kept.")
@options.overrides
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line of stdout.")
@click.option("--quiet", is_flag=True, help="Show problems only.")
def command(recipe: Path, root: Path | None, overrides: tuple[str, ...], as_json: bool, quiet: bool, **how: Any) -> None:
    """Make the version that RECIPE asks for, or find it if nothing has changed."""
    from dprep.cli.ahead import workers_ahead

    with workers_ahead(recipe, root, how) as ahead:
        from dprep import api
        from dprep.engine.run import Request, run_plan
        from dprep.engine.work import quiet as untold
        from dprep.report.writing import report_of_run

        plan, advice = api.plan(recipe, root=root, set=overrides, store=how["store"])
        if advice and not quiet:
            faults.show(advice)
        with bars(quiet=quiet) as progress:
            ran = run_plan(plan, Request(**how), report_of_run, progress or untold, ahead)
    if (as_json or quiet) and (untold_faults := [*_broke_off(ran), *_no_page(ran)]):
        faults.show(untold_faults)
    if as_json:
        import orjson

        click.echo(orjson.dumps(ran.summary()).decode())
    elif not quiet:
        show(ran, how["store"])


def show(ran: Ran, store: Path) -> None:
    """The funnel, the version and the next commands, on stdout."""
    from rich.console import Console

    from dprep.report.renderers.text import funnel

    Console(soft_wrap=False).print(funnel(ran.manifest, ran.ledger))
    click.echo()
    for name, value in _facts(ran):
        click.echo(f"{name:<10}{value}")
    for fault in ran.faults:
        click.echo(f"{'broke off':<10}{escaped(fault)}; the rows before that are in")
    click.echo()
    for number, line in enumerate(_next(ran, store)):
        click.echo(f"{'next' if not number else '':<10}{line}")


def _broke_off(ran: Ran) -> list[Problem]:
    """What the funnel would tell in a line."""
    help = "fetch or make the file again, then run again; the rows before that are in"
    return [Problem("broke-off", fault, help=help, severity="warning") for fault in ran.faults]


def _no_page(ran: Ran) -> list[Problem]:
    """That the version has no report.html, and why."""
    fault = ran.manifest["clock"].get("report")
    told, help = f"the report could not be made ({fault})", "a fault of dprep, not of the data: the version itself is whole"
    return [Problem("no-report", told, help=help, severity="warning")] if fault else []


def _facts(ran: Ran) -> list[tuple[str, str]]:
    manifest, rows = ran.manifest, ran.manifest["rows"]
    trial = manifest["version"] == "trial"
    name = f"{manifest['dataset']}, a trial" if trial else f"{manifest['dataset']}@{manifest['version']}"
    found = _found(ran)
    parts = ", ".join([f"{part} {count:,}" for part, count in rows["parts"].items()][:MANY_PARTS])
    more = len(rows["parts"]) - MANY_PARTS
    parts += f" and {counted(more, 'more part')}" if more > 0 else ""
    facts = [("version", f"{name}{found}"), ("rows", f"{rows['out']:,} ({parts})"), ("folder", str(ran.folder))]
    if base := manifest.get("extends"):
        facts.insert(1, ("extends", f"{base['dataset']}@{base['version']}, whose {base['rows']:,} rows come first"))
    if more > 0 and not any(step["op"].startswith("split.") for step in manifest["steps"]):
        keep = 'if that column means something else, read it under another name: `columns = { file_part = "part" }`'
        facts.append(("parts", f"{len(rows['parts']):,}, from a column `part` of the files; {keep}"))
    if fault := manifest["clock"].get("report"):
        facts.append(("report", f"could not be made ({escaped(fault)}): a fault of dprep, not of the data"))
    elif (ran.folder / "report.html").exists():
        facts.append(("report", str(ran.folder / "report.html")))
    if rows["rejected"]:
        files = sorted(str(path) for path in (ran.folder / "rejected").glob("*.jsonl"))
        facts.append(("rejected", f"{counted(rows['rejected'], 'record')}, see {', '.join(files)}"))
    return facts


def _found(ran: Ran) -> str:
    if ran.again:
        return ", made again: every row as before, so there is no new number"
    return (
        ", as before: nothing has changed" if ran.cached else f", made in {seconds_in_words(ran.manifest['clock']['seconds'])}"
    )


def _next(ran: Ran, store: Path) -> Sequence[str]:
    """What one would type after this run."""
    from shlex import quote

    manifest = ran.manifest
    at = "" if store == Path("store") else f" --store {quote(str(store))}"
    if manifest["version"] == "trial":
        return [f"dprep why {quote(str(ran.folder))} ROW", "dprep run without --limit and --until makes a version"]
    name = f"{manifest['dataset']}@{manifest['version']}"
    lines = [f"dprep report {name} --open{at}", f"dprep why {name} ROW{at}", f"dprep export {name} FOLDER --format jsonl{at}"]
    number = int(manifest["version"].removeprefix("v"))
    return [*lines, f"dprep diff {manifest['dataset']}@v{number - 1} {name}{at}"] if number > 1 else lines
