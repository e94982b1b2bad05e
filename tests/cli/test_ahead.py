"""Workers that start before the plan is made: only where they are likely wanted, and a wrong guess harms nobody."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dprep.cli import ahead
from dprep.cli.ahead import workers_ahead
from dprep.cli.main import cli
from dprep.engine import pool

RECIPE = """
[dataset]
name = "pages"
seed = 1
task = "text"

[[source]]
path = "in/*.jsonl"

[[step]]
op = "clean.whitespace"
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ahead, "SMALL", 1000)
    monkeypatch.delenv("DPREP_ROOT", raising=False)
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.jsonl").write_text("x" * 500)
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


def started(recipe: Path, root: Path | None = None, **how: Any) -> bool:
    options = {"workers": 2, "limit": None, "memory": None, "fresh": False, "store": recipe.parent / "store", **how}
    with workers_ahead(recipe, root, options) as begun:
        return begun is not None


def answered(recipe: Path, seconds: int) -> None:
    """A version, made so long after the recipe was written."""
    made = recipe.parent / "store" / "datasets" / "pages" / "v1" / "manifest.json"
    made.parent.mkdir(parents=True)
    made.write_text("{}")
    changed = recipe.stat().st_mtime
    os.utime(made, (changed + seconds, changed + seconds))


def test_a_large_input_starts_workers_that_answer_and_end(recipe: Path) -> None:
    options = {"workers": 2, "limit": None, "memory": None, "fresh": False, "store": recipe.parent / "store"}
    with workers_ahead(recipe, None, options) as begun:
        assert begun is not None
        assert dict(begun.run([(abs, (-1,)), (abs, (-2,)), (abs, (-3,))])) == {0: 1, 1: 2, 2: 3}
        processes = [worker.process for worker in begun._workers]
        assert [process.poll() for process in processes] == [None, None]
    assert None not in [process.poll() for process in processes]


@pytest.mark.parametrize("how", [{"workers": 1}, {"limit": 10}, {"memory": "4G"}], ids=str)
def test_a_run_with_other_needs_starts_its_own(recipe: Path, how: dict[str, Any]) -> None:
    assert not started(recipe, **how)


def test_a_small_input_starts_none(recipe: Path) -> None:
    (recipe.parent / "in" / "b.jsonl").write_text("x" * 499)

    assert not started(recipe)


def test_paths_start_at_the_root(
    recipe: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    assert not started(recipe, root=elsewhere)
    monkeypatch.setenv("DPREP_ROOT", str(elsewhere))
    assert not started(recipe)
    assert started(recipe, root=recipe.parent)


def test_an_answer_younger_than_the_recipe_starts_none_unless_all_is_made_anew(recipe: Path) -> None:
    answered(recipe, 10)

    assert not started(recipe)
    assert started(recipe, fresh=True)


def test_a_recipe_changed_since_its_version_starts_workers(recipe: Path) -> None:
    answered(recipe, -10)

    assert started(recipe)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[dataset",
        "source = 3",
        RECIPE.replace("in/*", "../**/\\u0000"),
        RECIPE.replace('"in/*.jsonl"', "7"),
        RECIPE + "\u00e9 =",
    ],
    ids=["empty", "no TOML", "no table", "a path with NUL", "a number for a path", "half a line"],
)
def test_a_wrong_recipe_starts_none_and_raises_nothing(recipe: Path, text: str) -> None:
    recipe.write_text(text)

    assert not started(recipe)


def test_a_run_takes_the_workers_that_were_started_ahead(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        rows = "".join(json.dumps({"text": f"{name}  {number}"}) + "\n" for number in range(50))
        (recipe.parent / "in" / f"{name}.jsonl").write_text(rows)
    begun: list[bool] = []
    real = pool._start
    monkeypatch.setattr(pool, "_start", lambda *given, ready: (begun.append(ready), real(*given, ready=ready))[1])
    said = []
    for small in (1000, 10**9):
        monkeypatch.setattr(ahead, "SMALL", small)
        given = [str(recipe), "--store", str(recipe.parent / f"store-{small}"), "--workers", "2", "--json"]
        said.append(json.loads(CliRunner().invoke(cli, ["run", *given]).stdout.splitlines()[-1]))

    assert begun == [True, True]  # one block of a small input needs none
    assert said[0]["got"] == said[1]["got"]
    assert said[0]["rows"]["out"] == 100


def test_no_recipe_starts_none(tmp_path: Path) -> None:
    assert not started(tmp_path / "none.toml")
