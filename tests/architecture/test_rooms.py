"""The drawing of the house is a test: which way imports go, how big things may grow, what is documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dprep.ops import FAMILIES, find, names

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "dprep").rglob("*.py"))
LONGEST_MODULE = 450  # lines
LONGEST_FUNCTION = 60  # lines without the docstring


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_imports_go_down_only() -> None:
    done = _python("import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_has_no_exceptions() -> None:
    text = (ROOT / "pyproject.toml").read_text()

    assert "exhaustive = true" in text
    assert "ignore_imports" not in text
    assert "exhaustive_ignores" not in text


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "--help"]], ids=" ".join)
def test_help_is_quick_because_it_imports_nothing_heavy(arguments: list[str]) -> None:
    done = _python(
        f"import sys\nsys.argv = ['dprep', *{arguments}]\nfrom dprep.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'polars', 'pydantic', 'numba', 'pyarrow', 'numpy', 'scipy', 'selectolax', 'fsspec'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )

    assert done.stdout.splitlines()[-1] == "heavy: []", done.stdout + done.stderr
    assert "Usage" in done.stdout


@pytest.mark.parametrize("room", ["base.problem", "base.rowdiff", "recipe.read"])
def test_reading_a_recipe_imports_nothing_heavy(room: str) -> None:
    done = _python(
        f"import sys, dprep.{room}\nprint(sorted({{'polars', 'pydantic', 'numba', 'pyarrow', 'numpy'}} & set(sys.modules)))"
    )

    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_outgrows_a_screen(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert text.count("\n") < LONGEST_MODULE
    assert {name: lines for name, lines in _functions(ast.parse(text)) if lines > LONGEST_FUNCTION} == {}


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            told = ast.get_docstring(node) is not None
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - told * ((first.end_lineno or 0) - first.lineno + 1)


@pytest.mark.parametrize(
    "file", [file for file in MODULES if file.read_text().strip()], ids=lambda file: str(file.relative_to(ROOT))
)
def test_every_module_says_what_it_is(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", names())
def test_every_parameter_is_documented(name: str) -> None:
    undocumented = [field for field, about in find(name).model_fields.items() if not about.description]

    assert undocumented == []


@pytest.mark.parametrize("name", names())
def test_an_operator_stands_alone_in_the_folder_of_its_family(name: str) -> None:
    cls = find(name)

    assert cls.family == name.partition(".")[0] in FAMILIES
    assert (
        len(cls.__mro__) - cls.__mro__.index(next(c for c in cls.__mro__ if c.__name__ == "Operator")) == 3
    )  # Operator, BaseModel, object
    assert cls.__mro__[1].__module__.startswith("dprep.base."), "nobody inherits from an operator"


def test_no_machine_paths_and_nothing_unfinished() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [
        ROOT / name for name in listed.stdout.split("\0") if name.endswith((".py", ".md", ".toml", ".txt", "Makefile", "/run"))
    ]
    marks = re.compile("/" + r"work/|/" + r"root/|\bTO" + r"DO\b|\bFIX" + r"ME\b|\bX" + r"XX\b")
    found = [
        f"{file.relative_to(ROOT)}: {mark}"
        for file in files
        if file.is_file() and "corpora" not in file.relative_to(ROOT).parts
        for mark in marks.findall(file.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []
