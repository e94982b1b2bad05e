"""`--set` changes one value, and problems about it point at what was typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dprep.recipe.model import Recipe
from dprep.recipe.read import recipe_from_text

TEXT = """
[dataset]
name = "mail"
seed = 7

[[source]]
name = "in.box"
path = "mail/*.jsonl"

[[source]]
path = "more.csv"

[[step]]
op = "dedup.minhash"
threshold = 0.8

[[step]]
op = "split.stratified"
ratios = { train = 8, test = 2 }

[[step]]
op = "dedup.minhash"
"""


def _read(*overrides: str) -> Recipe:
    return recipe_from_text(TEXT, "recipe.toml", Path.cwd(), Path.cwd(), overrides)


def test_a_step_is_reached_by_its_name() -> None:
    recipe = _read("step.minhash.threshold=0.7", "step.minhash-2.threshold = 0.6")

    assert [recipe.steps[i].params["threshold"] for i in (0, 2)] == [0.7, 0.6]


def test_nested_values_are_reached_and_made() -> None:
    recipe = _read("step.stratified.ratios.train=9", "step.stratified.twins.threshold=0.9")

    assert recipe.steps[1].params == {"ratios": {"train": 9, "test": 2}, "twins": {"threshold": 0.9}}


def test_sources_are_reached_by_name_or_number() -> None:
    recipe = _read("source.in.box.path=a b.jsonl", "source.2.path=['x.csv', 'y.csv']")

    assert [source.path for source in recipe.sources] == [("a b.jsonl",), ("x.csv", "y.csv")]


@pytest.mark.parametrize(
    ("value", "seen"), [("9", 9), ("'9'", "9"), ("nine", "nine"), ("[1, 2", "[1, 2"), ("", ""), ("a=b", "a=b")]
)
def test_a_value_is_toml_or_else_a_string(value: str, seen: object) -> None:
    recipe = _read(f"step.minhash.threshold={value}")

    assert recipe.steps[0].params["threshold"] == seen


def test_train_settings_are_changed_untouched() -> None:
    recipe = _read("train.model=tiny", "train.lora.rank=8")

    assert recipe.train == {"model": "tiny", "lora": {"rank": 8}}


@pytest.mark.parametrize(
    ("override", "shown"),
    [
        (
            "step.minhsh.threshold=1",
            "error[bad-override]: no step is called `minhsh`\n"
            " --> --set\n"
            "  |\n"
            "  | step.minhsh.threshold=1\n"
            "  | ^^^^^^^^^^^^^^^^^^^^^\n"
            "  |\n"
            "  = help: did you mean `minhash`?",
        ),
        (
            "dataset.seed=-1",
            "error[wrong-type]: `seed` must be a whole number from 0 to 2^63 - 1, found `-1`\n"
            " --> --set\n"
            "  |\n"
            "  | dataset.seed=-1\n"
            "  | ^^^^^^^^^^^^^^^",
        ),
        (
            "threshold",
            "error[bad-override]: `--set threshold` names no key and value\n"
            "  = help: write `--set step.NAME.parameter=value`, `--set dataset.seed=9` or `--set source.1.path=…`",
        ),
        (
            "step.minhash.threshold.low=1",
            "error[bad-override]: `step.minhash.threshold.low` is not a table's key\n"
            " --> --set\n"
            "  |\n"
            "  | step.minhash.threshold.low=1\n"
            "  | ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
            "  |\n"
            "  = help: write `--set step.NAME.parameter=value`, `--set dataset.seed=9` or `--set source.1.path=…`",
        ),
    ],
)
def test_problems_of_an_override_show_what_was_typed(override: str, shown: str) -> None:
    assert [problem.render() for problem in _read(override).problems] == [shown]
