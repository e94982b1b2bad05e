"""`dprep preview`: what each step does to a few rows, and about how long the whole run takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dprep.base.rowdiff import escaped
from dprep.cli import faults, options
from dprep.cli.diff import coloured_line
from dprep.cli.progress import bars
from dprep.cli.words import bytes_in_words, counted, seconds_in_words

if TYPE_CHECKING:
    from dprep.engine.preview import Estimate, Preview, StepView

EXAMPLE = options.example("dprep preview recipe.toml", "dprep preview recipe.toml --rows 100 --set step.length.min_words=3")


@click.command("preview", epilog=EXAMPLE)
@options.recipe
@click.option("--rows", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Rows, shared among the sources.")
@options.store
@options.root
@options.overrides
def command(recipe: Path, rows: int, store: Path, root: Path | None, overrides: tuple[str, ...]) -> None:
    """Show what each step of RECIPE does to the first rows, and estimate the whole run. Writes nothing."""
    from dprep import api
    from dprep.engine.preview import preview
    from dprep.engine.work import quiet as untold

    plan, advice = api.plan(recipe, root=root, set=overrides, store=store)
    if advice:
        faults.show(advice)
    with bars(quiet=False) as progress:
        seen = preview(plan, rows, progress or untold)
    _sources(seen)
    for step in seen.steps:
        _step(step)
    _end(seen)


def _sources(seen: Preview) -> None:
    click.echo(f"the first {counted(seen.rows, 'row')}")
    for number, source in enumerate(seen.sources, 1):
        more = f" and {len(source.files) - 1} more" if len(source.files) > 1 else ""
        if source.files:
            click.echo(f"  {source.name or number}: from {escaped(source.files[0])}{more}")
        for file, line, wrong in source.rejected[:3]:
            click.echo(f"    rejected {escaped(file)}:{line}: {escaped(wrong)}")
        if len(source.rejected) > 3:
            click.echo(f"    and {counted(len(source.rejected) - 3, 'more rejected record')}")


def _step(step: StepView) -> None:
    counts = (("changed", step.changed), ("dropped", step.dropped), ("added", step.added))
    told = [f"{name} {count:,}" for name, count in counts if count]
    told += [f"{part} {count:,}" for part, count in step.parts.items()]
    name = click.style(step.name, bold=True)
    click.echo(f"\n{name} ({step.op}): {', '.join(told) or 'no change'}; {step.rows_in:,} in, {step.out:,} out")
    for line in step.lines:
        click.echo(f"  {coloured_line(line)}")


def _end(seen: Preview) -> None:
    click.echo()
    if seen.sees_all:
        click.echo(f"{', '.join(seen.sees_all)}: decided over all rows in a run, here over these")
    if seen.estimate is None:
        click.echo("the size of the input cannot be told, so there is no estimate of the whole run")
    else:
        click.echo(_estimate(seen.estimate))


def _estimate(about: Estimate) -> str:
    workers = counted(about.workers, "worker")
    return (
        f"the whole run: about {counted(about.rows, 'row')}, {seconds_in_words(about.seconds)} with {workers}, "
        f"{bytes_in_words(about.version_bytes)} for the version, {bytes_in_words(about.cache_bytes)} of cache "
        f"(estimated from {counted(about.from_rows, 'row')})"
    )
