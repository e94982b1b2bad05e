"""Bad recipes, each with exactly what its author sees. The table is `bad_recipes.md`.

A recipe there that begins with a step stands below `HEAD`. `python tests/plan/test_bad_recipes.py` prints the table as the code
sees it now, for review.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import pytest

from dprep.base.problem import Error
from dprep.plan.check import check
from dprep.recipe.read import read_recipe

TABLE = Path(__file__).with_name("bad_recipes.md")
CASE = re.compile(r"^## (.+?)\n+````toml\n(.*?)````\n+````text\n(.*?)````\n", re.MULTILINE | re.DOTALL)
HEAD = """\
[dataset]
name = "mail"
seed = 7
task = "classification"

[[source]]
path = "mail.jsonl"

"""


def cases() -> list[tuple[str, str, str]]:
    return [(title, recipe, shown.rstrip("\n")) for title, recipe, shown in CASE.findall(TABLE.read_text(encoding="utf-8"))]


def seen(recipe: str) -> str:
    """What the author of a recipe sees."""
    text = HEAD + recipe if recipe.startswith("[[step]]") else recipe
    for loaded in [name for name in sys.modules if name.startswith("dprep_local_")]:
        del sys.modules[loaded]
    Path("recipe.toml").write_text(text, encoding="utf-8", newline="")
    try:
        _, problems = check(read_recipe(Path("recipe.toml")))
    except Error as fault:
        problems = list(fault.problems)
    return "\n\n".join(problem.render() for problem in problems)


def test_the_table_is_long() -> None:
    assert len(cases()) >= 40
    assert len({title for title, _, _ in cases()}) == len(cases())


@pytest.mark.parametrize(("recipe", "shown"), [pytest.param(r, s, id=t.replace(" ", "-")) for t, r, s in cases()])
def test_a_bad_recipe_shows_exactly_its_problem(recipe: str, shown: str, inputs: Path) -> None:
    assert seen(recipe) == shown


def test_a_good_recipe_shows_nothing(inputs: Path) -> None:
    assert seen('[[step]]\nop = "clean.whitespace"\n') == ""


if __name__ == "__main__":
    from conftest import FILES

    os.chdir(tempfile.mkdtemp())
    for name, text in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    for title, recipe, _ in cases():
        sys.stdout.write(f"## {title}\n\n````toml\n{recipe}````\n\n````text\n{seen(recipe)}\n````\n\n")
