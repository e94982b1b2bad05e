"""The command line: a table of commands, each in a file of its own that is imported when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.cli import faults

COMMANDS = {
    "run": "Make the version that a recipe asks for, or find it.",
    "preview": "Show what each step does to a few rows.",
    "check": "Say all that is wrong with a recipe, without reading its data.",
    "ops": "List the operators, or show the page of one.",
    "explain": "Explain the code of a problem.",
    "init": "Write a commented recipe for a data file.",
    "fit": "Learn a tokenizer, a model, a table or a list that recipes name.",
    "index": "Index rows or test questions, to compare later rows with them.",
    "versions": "List the versions in the store.",
    "show": "Print rows of a version.",
    "top": "Show what stands out in a version: clusters, worst rows, rare labels.",
    "diff": "Show the rows added, removed and changed between two versions.",
    "why": "Tell the life of one row, step by step.",
    "leaks": "Count the rows that several parts of a version hold, or a benchmark as well.",
    "train": "Fine-tune a model on a version, and score it.",
    "evaluate": "Score a run on its test rows, or on those of another version.",
    "predict": "Ask a run about the rows of a file.",
    "compare": "Say which of two runs is better, and whether that is chance.",
    "merge": "Make an adapter and its base one ordinary model.",
    "runs": "List what was trained.",
    "export": "Write a version in the format of another tool.",
    "report": "Show the report of a version or of a run.",
    "doctor": "Say what is installed, what is missing and how to get it.",
    "gc": "Free the space of what can be made again. Versions stay.",
}
"""Command -> what its line in `dprep --help` says. The order is that of a working day."""

EXAMPLE = "Example:\n\n\b\n  dprep init mails.csv -o recipe.toml\n  dprep check recipe.toml\n  dprep run recipe.toml"


class Commands(click.Group):
    """Looks commands up by file name, so that `dprep --help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"dprep.cli.{cmd_name}").command
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            help = did_you_mean(name, COMMANDS) or "`dprep --help` lists the commands"
            raise Error(Problem("unknown-command", f"there is no command `{name}`", help=help))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Run the command line; whatever goes wrong ends as a problem and an exit code."""
        words = list(sys.argv[1:] if args is None else args)
        settings = {**extra, "standalone_mode": False}
        sys.exit(faults.exit_code_of(lambda: super(Commands, self).main(words, *more, **settings), words))


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"dprep {version('dprep')}")
        ctx.exit()


@click.group("dprep", cls=Commands, epilog=EXAMPLE, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version of dprep."
)
def cli() -> None:
    """Text in, training data out: one recipe, a versioned dataset, and the reason for every row that is not in it."""


def main() -> None:
    """The entry point `dprep`."""
    cli.main(prog_name="dprep")
