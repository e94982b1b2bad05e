"""`dprep check`: everything that is wrong with a recipe, before any data is touched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dprep.base.problem import Error, Place, Problem
from dprep.cli import faults, options
from dprep.cli.words import counted

if TYPE_CHECKING:
    from dprep.store.versions import Version

EXAMPLE = options.example("dprep check recipe.toml", "dprep check recipe.toml --root /data --set step.length.min_words=3")


@click.command("check", epilog=EXAMPLE)
@options.recipe
@options.store
@options.root
@options.overrides
@options.as_json
def command(recipe: Path, store: Path, root: Path | None, overrides: tuple[str, ...], as_json: bool) -> int:
    """Say everything that is wrong with RECIPE. Reads names of columns, no rows."""
    from dprep import api

    steps = files = 0
    base = None
    try:
        plan, problems = api.plan(recipe, root=root, set=overrides, store=store)
        steps, files = len(plan.steps), sum(len(planned.files) for planned in plan.sources)
        base = plan.extends
        code = 0
    except Error as error:
        problems, code = list(error.problems), error.exit_code
    if as_json:
        import json

        told = {"problems": [as_data(p) for p in problems], "steps": steps, "files": files}
        told |= {"extends": {"version": str(base), "got": base.manifest["got"], "rows": _rows(base)}} if base else {}
        click.echo(json.dumps(told, ensure_ascii=False))
        return code
    if problems:
        faults.show(problems)
    size = f"{counted(steps, 'step')}, {counted(files, 'file')}"
    size += f", behind the {counted(_rows(base), 'row')} of {base}" if base else ""
    click.echo(f"{_verdict(problems)}; {size}" if not code else _verdict(problems), err=bool(code))
    return code


def _rows(base: Version) -> int:
    rows: int = base.manifest["rows"]["out"]
    return rows


def _verdict(problems: Sequence[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    advice = len(problems) - errors
    told = [counted(errors, "problem")] if errors else ["no problems"]
    return ", ".join([*told, counted(advice, "warning")] if advice else told)


def as_data(problem: Problem) -> dict[str, object]:
    """A problem for programs."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "sentence": problem.sentence,
        "help": problem.help,
        "place": _place(problem.place),
        "notes": [{"sentence": words, "place": _place(place)} for words, place in problem.notes],
    }


def _place(place: Place | None) -> dict[str, object] | None:
    return {"file": place.file, "line": place.line, "column": place.column, "length": place.length} if place else None
