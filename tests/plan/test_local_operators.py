"""Operators of a recipe's own that cannot be used: `dprep ops NAME` and `dprep run` say where, in the operator's own file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dprep.cli.main import cli

RECIPE = """\
[dataset]
name = "mail"
task = "text"
ops = "ops"

[[source]]
path = "mail.jsonl"
"""
SEEN = {
    "broken": (
        "error[broken-operator]: the file of `filter.broken` cannot be imported: SyntaxError: invalid syntax\n"
        " --> ops/filter/broken.py:1:5\n  |\n1 | def (:\n  |     ^\n  |\n  = help: mend the operator's file\n"
    ),
    "empty": (
        "error[broken-operator]: the file of `filter.empty` defines no operator\n"
        " --> ops/filter/empty.py\n  = help: it must define one class\n"
    ),
    "raising": (
        "error[broken-operator]: the file of `filter.raising` cannot be imported: KeyError: 'least'\n"
        " --> ops/filter/raising.py:3:1\n  |\n3 | LEAST = LIMITS['least']\n  | ^^^^^^^^^^^^^^^^^^^^^^^\n  |\n"
        "  = help: mend the operator's file\n"
    ),
    "leaving": (
        "error[broken-operator]: the file of `filter.leaving` cannot be imported: SystemExit: 3\n"
        " --> ops/filter/leaving.py:3:1\n  |\n3 | sys.exit(3)\n  | ^^^^^^^^^^^\n  |\n  = help: mend the operator's file\n"
    ),
    "refusing": (
        "error[broken-operator]: the file of `filter.refusing` cannot be used: RuntimeError: not today\n"
        " --> ops/filter/refusing.py:9:9\n  |\n9 |         raise RuntimeError('not today. Nor tomorrow')\n"
        "  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  |\n  = help: mend the operator's file\n"
    ),
    "bare": (
        "error[broken-operator]: the file of `filter.bare` defines `Bare`, which lacks `measure`\n"
        " --> ops/filter/bare.py\n  = help: `measure` is what the operator does\n"
    ),
}
ABSTRACT = """\
from abc import abstractmethod

from dprep.base.operator import Filter


class Abstract(Filter):
    def measure(self, text):
        return {}

    @abstractmethod
    def more(self):
        ...
"""


def _dprep(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.mark.parametrize("name", SEEN)
def test_its_page_is_a_problem_that_shows_the_line(name: str, inputs: Path) -> None:
    Path("recipe.toml").write_text(RECIPE, encoding="utf-8")

    result = _dprep("ops", f"filter.{name}", "--recipe", "recipe.toml")

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", SEEN[name])


@pytest.mark.parametrize("command", ["check", "run", "preview"])
@pytest.mark.parametrize("name", [*SEEN, "abstract"])
def test_a_recipe_that_names_it_is_refused_twice_alike(name: str, command: str, inputs: Path) -> None:
    Path("ops/filter/abstract.py").write_text(ABSTRACT, encoding="utf-8")
    Path("recipe.toml").write_text(f'{RECIPE}\n[[step]]\nop = "filter.{name}"\n', encoding="utf-8")

    first, second = _dprep(command, "recipe.toml"), _dprep(command, "recipe.toml")

    assert first.exit_code == 2
    assert first.stderr.startswith(f"error[broken-operator]: the file of `filter.{name}` ")
    assert f"ops/filter/{name}.py" in first.stderr
    assert "recipe.toml:10:6" in first.stderr
    assert (second.exit_code, second.stderr) == (first.exit_code, first.stderr)


def test_the_catalogue_lists_it_beside_the_others(inputs: Path) -> None:
    Path("recipe.toml").write_text(RECIPE, encoding="utf-8")

    result = _dprep("ops", "--recipe", "recipe.toml")

    assert result.exit_code == 0, result.stderr
    assert "cannot be used: `dprep ops filter.broken` says why" in result.stdout
    assert "filter.length" in result.stdout


def test_a_recipe_with_other_mistakes_still_shows_its_operators(inputs: Path) -> None:
    Path("recipe.toml").write_text(RECIPE + 'colour = "red"\n', encoding="utf-8")

    assert "filter.counted" in _dprep("ops", "--recipe", "recipe.toml").stdout


def test_a_folder_of_operators_that_is_not_there_is_told(inputs: Path) -> None:
    Path("recipe.toml").write_text(RECIPE.replace('"ops"', '"opps"'), encoding="utf-8")

    result = _dprep("ops", "--recipe", "recipe.toml")

    assert result.exit_code == 2
    assert result.stderr.startswith("error[no-such-folder]: there is no folder `opps`")
