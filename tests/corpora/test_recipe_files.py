"""The recipes that come with dprep are whole: they say what they do, carry licences, and fit the data they are made for."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "recipes").glob("*.toml"))
REAL = [recipe for recipe in RECIPES if "--root FOLDER" in recipe.read_text("utf-8")]
SHARED = Path(os.environ.get("DPREP_SHARED") or ROOT.parent / "shared")


def content(recipe: Path) -> dict[str, Any]:
    return tomllib.loads(recipe.read_text("utf-8"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_recipe_begins_with_its_schema_and_how_to_run_it(recipe: Path) -> None:
    first, *rest = recipe.read_text("utf-8").splitlines()
    comment = "\n".join(rest[:3])

    assert first == "#:schema ../docs/recipe.schema.json"
    assert rest[0].startswith("# ")
    assert f"dprep run recipes/{recipe.name}" in comment


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_recipe_names_seed_task_description_and_every_licence(recipe: Path) -> None:
    said = content(recipe)

    assert {"name", "seed", "task", "license", "description"} <= set(said["dataset"])
    assert all(source.get("license") for source in said["source"])


def test_quickstart_uses_most_operators_in_a_sensible_order() -> None:
    ops = [step["op"] for step in content(ROOT / "recipes" / "quickstart.toml")["step"]]
    families = [op.partition(".")[0] for op in ops]

    assert len(set(ops)) >= 8
    assert max(at for at, family in enumerate(families) if family == "clean") < families.index("dedup")
    assert families.index("dedup") < families.index("split") < families.index("augment")


def test_recipes_cover_many_tasks() -> None:
    tasks = {content(recipe)["dataset"]["task"] for recipe in RECIPES}

    assert {"classification", "text", "completion", "seq2seq", "tagging", "qa"} <= tasks


@pytest.mark.parametrize("recipe", REAL, ids=lambda recipe: recipe.stem)
def test_files_that_a_recipe_reads_are_in_the_shared_corpora(recipe: Path) -> None:
    corpora = SHARED / "corpora"
    if not corpora.is_dir():
        pytest.skip("the shared corpora are not beside the repository (set DPREP_SHARED)")

    for source in content(recipe)["source"]:
        paths = [source["path"]] if isinstance(source["path"], str) else source["path"]
        assert all(list(corpora.glob(path)) for path in paths)
