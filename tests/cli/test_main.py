"""The command line as a whole: help, typos, exit codes, and whatever may go wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import polars
import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner, Result

from dprep.base.problem import Error, Place, Problem
from dprep.cli import faults
from dprep.cli.main import COMMANDS, cli
from tests.engine.small import inbox

PYTHON = [sys.executable, "-m", "dprep"]


def call(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_an_example_that_calls_the_command(name: str) -> None:
    shown = call(name, "--help")
    assert shown.exit_code == 0
    assert re.search(rf"\n  Example:\n\n(    dprep {name}.*\n)+$", shown.stdout), shown.stdout
    assert import_module(f"dprep.cli.{name}").command.name == name


def test_the_list_of_commands_fits_a_terminal() -> None:
    shown = call("--help").stdout
    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert max(map(len, shown.splitlines())) <= 80
    assert shown == call("-h").stdout


def test_help_imports_no_library_but_click() -> None:
    heavy = ("polars", "pydantic", "numba", "rich", "pyarrow", "numpy", "orjson")
    code = (
        "import sys\nfrom dprep.cli.main import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"


def test_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert call("--version").stdout == f"dprep {version('dprep')}\n"


WRONG = (
    ("rnu", "unknown-command", "there is no command `rnu`", "did you mean `run`?"),
    ("xyzzy", "unknown-command", "there is no command `xyzzy`", "`dprep --help` lists the commands"),
    ("run --wrokers 2", "unknown-option", "`dprep run` has no option `--wrokers`", "did you mean `--workers`?"),
    ("run --zzz", "unknown-option", "`dprep run` has no option `--zzz`", "`dprep run --help` shows what it takes"),
    ("run", "missing-argument", "`dprep run` needs RECIPE", "`dprep run --help` shows what it takes"),
    ("export a b", "missing-argument", "`dprep export` needs --format", "`dprep export --help` shows what it takes"),
    (
        "run r.toml --workers 0",
        "wrong-command",
        "invalid value for `--workers`: 0 is not in the range 1<=x<=1024",
        "`dprep run --help` shows what it takes",
    ),
    ("gc --keep lots --store .", "bad-size", "`lots` is no amount of memory", "write it as `4G` or `1500M`"),
    ("explain missing-colum", "unknown-code", "no problem has the code `missing-colum`", "did you mean `missing-column`?"),
    ("ops length", "unknown-operator", "there is no operator `length`", "did you mean `filter.length`?"),
    ("init -", "wrong-command", "`dprep init` cannot look at standard input", "save it to a file first"),
)


@pytest.mark.parametrize(("words", "code", "sentence", "help"), WRONG, ids=[words for words, *_ in WRONG])
def test_a_wrong_command_is_a_problem_with_its_cure(words: str, code: str, sentence: str, help: str) -> None:
    result = call(*words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error[{code}]: {sentence}\n  = help: {help}\n"


def test_a_missing_recipe_is_exit_code_2_and_a_failed_run_1(tmp_path: Path) -> None:
    missing = call("run", tmp_path / "nothing.toml")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert missing.stderr.startswith("error[no-such-file]: there is no recipe")
    recipe = inbox(tmp_path / "project")
    (tmp_path / "project" / "mails" / "mail.jsonl").write_text("{broken\n" * 200)
    failed = call("run", recipe, "--store", tmp_path / "store")
    assert failed.exit_code == 1
    assert "error[too-many-rejected]" in failed.stderr


def failing(monkeypatch: pytest.MonkeyPatch, fault: Callable[[], BaseException]) -> Result:
    """`dprep versions` where the store's code raises."""

    def fail(*_: Any) -> Any:
        raise fault()

    monkeypatch.setattr("dprep.store.versions.datasets", fail)
    return call("versions")


def test_an_internal_fault_is_one_problem_and_a_file_with_the_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = failing(monkeypatch, lambda: ZeroDivisionError("seven\nlines"))
    (file,) = tmp_path.glob("dprep-fault-*.txt")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "error[internal-fault]: internal fault: ZeroDivisionError: lines\n"
        f"  = help: this is a fault of dprep, not yours: please report it with `{file}`\n"
    )
    assert "Traceback" in file.read_text()
    assert file.read_text().startswith("dprep versions\n")


@pytest.mark.parametrize("engine", ["polars", "pyarrow"])
def test_a_damaged_table_is_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: str) -> None:
    table = tmp_path / "table.parquet"
    table.write_text("garbage of many letters")

    def read() -> Exception:
        try:
            polars.scan_parquet(table).collect() if engine == "polars" else parquet.read_table(table)
        except Exception as fault:
            return fault
        raise AssertionError("it was read")

    result = failing(monkeypatch, read)

    assert result.exit_code == 1
    assert result.stderr.startswith("error[broken-version]: a table cannot be read: ")
    assert "--fresh" in result.stderr


def test_a_traceback_is_shown_when_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("DPREP_DEBUG", "1")
    assert "Traceback" in failing(monkeypatch, lambda: ZeroDivisionError()).stderr


def test_every_problem_of_an_error_is_shown_and_its_exit_code_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    two = [Problem("b", "later", Place("f", 2, 1, 1, "x")), Problem("a", "first", Place("f", 1, 1, 1, "y"), "mend it")]
    result = failing(monkeypatch, lambda: Error(two, 1))
    assert result.exit_code == 1
    assert [line for line in result.stderr.splitlines() if line.startswith("error")] == ["error[a]: first", "error[b]: later"]


def test_ctrl_c_in_a_run_says_that_it_can_go_on(tmp_path: Path) -> None:
    recipe = inbox(tmp_path)
    recipe.write_text(recipe.read_text().replace('path = "mails/mail.jsonl"', 'path = "-"\nformat = "jsonl"'))
    process = subprocess.Popen(
        [*PYTHON, "run", str(recipe), "--store", str(tmp_path / "store")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "store" / "cache" / "stdin").exists() and time.monotonic() < deadline:
        time.sleep(0.05)  # it waits for its input now
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "stopped; finished blocks are kept: the same command goes on from there"


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run([*PYTHON, "ops"], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_colours_change_nothing_but_colours() -> None:
    place = Place("recipe.toml", 12, 7, 4, 'op = "a" # | not a bar')
    problem = Problem("code", "a sentence: with `a` colon", place, "do that", (("here", place),), "warning")
    assert click.unstyle(faults.coloured(problem)) == problem.render()
    assert "\x1b[33m" in faults.coloured(problem)


def test_the_shell_completes_commands_and_options() -> None:
    def completed(words: str, at: int) -> str:
        asked = {"_DPREP_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        ran = subprocess.run([*PYTHON], env={**os.environ, **asked}, capture_output=True, text=True)
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout

    assert completed("dprep ver", 1) == "plain,versions\n"
    assert "plain,--workers\n" in completed("dprep run --w", 2)
