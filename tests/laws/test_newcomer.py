"""A newcomer writes one file: it is listed, documented, run and held to every law, and no other file is touched."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dprep.ops import local_names
from dprep.plan.page import page, summary
from tests.laws.laws import LAWS, Law, obey
from tests.laws.subject import Subject

ROOT = Path(__file__).resolve().parents[2]

OPERATOR = r'''"""Drop texts that shout.

Use it on comments and mails. Do not use it on headlines or product codes.

**Chinese.** Chinese has no capitals, so nothing is dropped.

```toml
op = "filter.shouting"
max_capitals = 0.5
```
```diff
  {"text": "Please help me"}
- {"text": "HELP ME NOW"}  # max_capitals
  {"text": "请帮帮我"}
```
"""

from typing import Annotated

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Filter
from dprep.base.text import Text


class Shouting(Filter):
    max_capitals: Annotated[float, Ge(0), Le(1)] = 0.3
    """Largest share of characters that may be capitals."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        letters = text.series.str.len_chars()
        capitals = text.series.str.count_matches(r"\p{Lu}")
        return {"capitals": (capitals / letters).fill_nan(0.0)}
'''

RECIPE = """[dataset]
name = "mail"
seed = 7
task = "text"
{ops}
[[source]]
path = "rows.jsonl"

[[step]]
op = "filter.shouting"
max_capitals = 0.4
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house, with one new file in it."""
    copy = tmp_path_factory.mktemp("house")
    unwanted = shutil.ignore_patterns("__pycache__")
    for folder in ("dprep", "tests/laws"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=unwanted)
    for file in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/models/stand_in.py"):
        (copy / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    (copy / "dprep/ops/filter/shouting.py").write_text(OPERATOR, encoding="utf-8")
    return copy


def _in(house: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    done = subprocess.run([sys.executable, *arguments], cwd=house, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def _dprep(house: Path, *arguments: str) -> str:
    return _in(house, "-c", "from dprep.cli.main import main; main()", *arguments)


def _rows(folder: Path, ops: str = "") -> Path:
    rows = ["Please help me", "HELP ME NOW", "请帮帮我", "ok"]
    (folder / "rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in rows), encoding="utf-8")
    recipe = folder / "mail.toml"
    recipe.write_text(RECIPE.format(ops=ops), encoding="utf-8")
    return recipe


def test_the_new_operator_is_listed_and_documented(house: Path) -> None:
    before = _hashes(house)

    listed, told = _dprep(house, "ops"), _dprep(house, "ops", "filter.shouting")
    _in(house, "-m", "dprep.docs")

    assert "shouting" in listed
    assert "Drop texts that shout" in listed
    assert "max_capitals" in told
    assert "Largest share of characters that may be capitals" in told
    assert "max_capitals" in (house / "docs/ops/filter.shouting.md").read_text(encoding="utf-8")
    assert "filter.shouting" in (house / "docs/recipe.schema.json").read_text(encoding="utf-8")
    assert before == _hashes(house)


def test_the_new_operator_runs(house: Path, tmp_path: Path) -> None:
    recipe = _rows(tmp_path)

    told = json.loads(_dprep(house, "run", str(recipe), "--store", str(tmp_path / "store"), "--json").splitlines()[-1])

    assert told["steps"][-1]["op"] == "filter.shouting"
    assert told["steps"][-1]["reasons"] == {"max_capitals": 1}
    assert told["rows"]["out"] == 3


def test_the_new_operator_is_held_to_every_law(house: Path) -> None:
    told = _in(house, "-m", "pytest", "-p", "no:cacheprovider", "tests/laws/test_laws.py", "-k", "filter.shouting")

    assert f"{len(LAWS)} passed" in told


def test_a_recipe_may_bring_its_own(house: Path, tmp_path: Path) -> None:
    (tmp_path / "ops/filter").mkdir(parents=True)
    (tmp_path / "ops/filter/shouting.py").write_text(OPERATOR, encoding="utf-8")
    recipe = _rows(tmp_path, 'ops = "ops/"')

    told = json.loads(_dprep(ROOT, "run", str(recipe), "--store", str(tmp_path / "store"), "--json").splitlines()[-1])

    assert told["steps"][-1]["reasons"] == {"max_capitals": 1}
    assert local_names(tmp_path / "ops") == ("filter.shouting",)
    assert summary("filter.shouting", tmp_path / "ops") == "Drop texts that shout."
    assert "Largest share of characters" in page("filter.shouting", tmp_path / "ops")


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_a_recipes_own_operator_obeys_the_laws(law: Law, tmp_path: Path) -> None:
    (tmp_path / "filter").mkdir()
    (tmp_path / "filter/shouting.py").write_text(OPERATOR, encoding="utf-8")

    obey(Subject("filter.shouting", tmp_path), law)


def _hashes(house: Path) -> dict[str, str]:
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in (house / "dprep").rglob("*.py")}
