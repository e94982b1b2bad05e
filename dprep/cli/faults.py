"""Whatever goes wrong ends here: as problems on stderr and an exit code, never as a traceback.

0 done; 1 the run failed; 2 the recipe or the command is wrong; 130 stopped by Ctrl-C; 141 the reader of a pipe is gone.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import click

from dprep.base.problem import Error, Problem, in_order

STOPPED = 130
PIPE_CLOSED = 141
KEPT = {
    "run": "finished blocks are kept: the same command goes on from there",
    "train": "the same command goes on from the last checkpoint",
}
"""Command -> what is left of it when it is stopped."""


_READERS = {"ComputeError", "ArrowInvalid", "OSError"}
"""What polars and pyarrow raise over a table that is none."""


def exit_code_of(run: Callable[[], object], words: Sequence[str]) -> int:
    """Call `run` and show what goes wrong; `words` are the command as typed."""
    try:
        code = run()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except Error as error:
        show(error.problems)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as help:
        click.echo(help.format_message())
        return 2
    except click.ClickException as wrong:
        show([_usage(wrong)])
        return 2
    except (KeyboardInterrupt, click.Abort):
        return _stopped(words)
    except BrokenPipeError:
        return _pipe_closed()
    except SystemExit:  # click ends so when a pipe is closed, and after shell completion
        if "_DPREP_COMPLETE" in os.environ:
            raise
        return _pipe_closed()
    except Exception as fault:
        if isinstance(fault.__cause__ or fault.__context__, BrokenPipeError):
            return _pipe_closed()
        if (damaged := _damaged(fault)) is not None:
            show([damaged])
            return 1
        return _internal(fault, words)


def show(problems: Iterable[Problem]) -> None:
    """Problems on stderr, in colour where it is a terminal."""
    text = "\n\n".join(coloured(problem) for problem in in_order(problems))
    click.echo(text, err=True)


@contextmanager
def outside_the_store(cure: str) -> Iterator[None]:
    """Where a file goes that is not the store's, `--store` is no cure for a disk that cannot be written."""
    try:
        yield
    except Error as error:
        disk = {"disk-full", "store-not-writable"}
        problems = [replace(problem, help=cure) if problem.code in disk else problem for problem in error.problems]
        raise Error(problems, exit_code=error.exit_code) from error


def coloured(problem: Problem) -> str:
    """As rendered; colours are stripped by click where there is no terminal."""
    colour = "red" if problem.severity == "error" else "yellow"
    lines = problem.render().split("\n")
    head, colon, rest = lines[0].partition(": ")
    shown = [click.style(head, fg=colour, bold=True) + click.style(f"{colon}{rest}", bold=True)]
    for line in lines[1:]:
        gutter, bar, tail = line.partition(" | ")
        mark = tail.strip()
        if line.lstrip().startswith("-->"):
            shown.append(click.style(line, fg="blue"))
        elif bar and mark and set(mark.split(" ")[0]) <= {"^", "-"} and not gutter.strip():
            shown.append(gutter + bar + click.style(tail, fg=colour if "^" in mark else "blue", bold=True))
        elif line.lstrip().startswith("= help:"):
            before, _, cure = line.partition("= help:")
            shown.append(f"{before}{click.style('= help:', fg='cyan', bold=True)}{cure}")
        else:
            shown.append(line)
    return "\n".join(shown)


def _usage(wrong: click.ClickException) -> Problem:
    """What click says of a wrong command line, in our form."""
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context else "dprep"
    help = f"`{path} --help` shows what it takes"
    if isinstance(wrong, click.NoSuchOption):
        near = f"did you mean `{wrong.possibilities[0]}`?" if wrong.possibilities else help
        return Problem("unknown-option", f"`{path}` has no option `{wrong.option_name}`", help=near)
    if isinstance(wrong, click.MissingParameter) and wrong.param is not None:
        name = wrong.param.make_metavar(context) if context and isinstance(wrong.param, click.Argument) else wrong.param.opts[0]
        return Problem("missing-argument", f"`{path}` needs {name}", help=help)
    sentence = wrong.format_message().rstrip(".").replace("'", "`")
    return Problem("wrong-command", sentence[:1].lower() + sentence[1:], help=help)


def _stopped(words: Sequence[str]) -> int:
    kept = f"; {KEPT[words[0]]}" if words and words[0] in KEPT else ""
    click.echo(f"stopped{kept}", err=True)
    return STOPPED


def _pipe_closed() -> int:
    """The reader has seen enough; Python must not complain of it again when it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return PIPE_CLOSED


def _damaged(fault: Exception) -> Problem | None:
    """Tables are read when their rows are asked for, anywhere: what a reader says of bytes that are none comes up to here."""
    told = str(fault).strip().partition("\n")[0]
    if type(fault).__name__ not in _READERS or "parquet" not in told.lower():
        return None
    help = "a file of the version or the run was changed or cut: make it again with `--fresh`"
    return Problem("broken-version", f"a table cannot be read: {told[:200]}", help=help)


def _internal(fault: Exception, words: Sequence[str]) -> int:
    told = "".join(traceback.format_exception(fault))
    if os.environ.get("DPREP_DEBUG"):
        click.echo(told, err=True)
    with tempfile.NamedTemporaryFile("w", prefix="dprep-fault-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(f"dprep {' '.join(words)}\npython {sys.version}\n\n{told}")
    sentence = (
        f"internal fault: {type(fault).__name__}: {str(fault).strip().splitlines()[-1][:200] if str(fault).strip() else ''}"
    )
    cure = f"this is a fault of dprep, not yours: please report it with `{file.name}`"
    show([Problem("internal-fault", sentence.rstrip(": "), help=cure)])
    return 1
