"""`dprep init`: a commented recipe for a data file."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

import click

from dprep.base.problem import Error, Problem
from dprep.cli import faults, options

EXAMPLE = options.example("dprep init mails.csv -o recipe.toml", "dprep init 'pages/**/*.html' | less")


@click.command("init", epilog=EXAMPLE)
@click.argument("file")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the recipe here. [default: stdout]")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(file: str, out: Path | None, force: bool) -> None:
    """Write a commented recipe for FILE (or a folder, or a glob): format, columns, task and language are guessed."""
    from dprep.ops import names
    from dprep.plan.draft import draft
    from dprep.plan.guess import guess

    if file == "-":
        raise Error(Problem("wrong-command", "`dprep init` cannot look at standard input", help="save it to a file first"))
    if out is not None and out.exists() and not force:
        raise Error(
            Problem("file-exists", f"`{out}` is there already", help="name another with `-o`, or write over it with `--force`")
        )
    recipe = draft(guess(file, Path.cwd()), _from(file, out), file, names())
    if out is None:
        click.echo(recipe, nl=False)
        return
    from dprep.store.commit import write_file

    with faults.outside_the_store("name another file with `-o`, on a disk with room that this user may write"):
        write_file(out, recipe)
    click.echo(f"wrote {out}\n")
    for number, line in enumerate(("check", "preview", "run")):
        click.echo(f"{'next' if not number else '':<6}dprep {line} {quote(str(out))}")


def _from(file: str, out: Path | None) -> str:
    """The path as the recipe must give it: relative to the recipe's folder."""
    if "://" in file:
        return file
    folder = out.absolute().parent if out is not None else Path.cwd()
    there = Path(os.path.normpath(Path.cwd() / file))
    if os.path.isabs(file) and not there.is_relative_to(folder):
        return file
    return Path(os.path.relpath(there, folder)).as_posix()
