"""split.column: the parts are those that a column says; what it says beside them is a problem that names it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.engine.memory import run_rows
from dprep.ops.split.column import Column


def parts(said: list[Any], block_rows: int = 2, **parameters: Any) -> list[str]:
    rows = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(1, len(said) + 1)],
            "origin": [f"rows.jsonl:{n}" for n in range(1, len(said) + 1)],
            "text": ["text"] * len(said),
            "split": said,
        },
        strict=False,
    )
    step = Step("column", "split.column", Column(**parameters), ("text",))
    return run_rows([step], rows, block_rows).rows["part"].to_list()


def test_usual_names_are_known() -> None:
    assert parts(["train", "val", "dev", "valid", "validation", "test", "training", "testing"]) == [
        *("train", "validation", "validation", "validation", "validation", "test", "train", "test")
    ]


def test_listed_values_say_the_part() -> None:
    got = parts(["训练集", "T", "测试集", "T"], values={"train": ["训练集", "T"], "test": ["测试集"]})

    assert got == ["train", "train", "test", "train"]


@pytest.mark.parametrize(("said", "listed"), [([1, 2], [1]), (["1", "2"], [1]), ([1, 2], ["1"]), ([True, False], [True])])
def test_numbers_and_booleans_are_listed_as_they_are_written(said: list[Any], listed: list[Any]) -> None:
    assert parts(said, values={"train": listed}, rest="test") == ["train", "test"]


def test_rest_takes_other_values_and_none() -> None:
    assert parts(["train", "odd", None], rest="validation") == ["train", "validation", "validation"]
    assert parts(["train", "odd"], rest="spare") == ["train", "spare"]
    assert Column(rest="spare").parts() == ("train", "validation", "test", "spare")


def test_letters_count() -> None:
    with pytest.raises(Error):
        parts(["Train"])


def test_unmapped_values_are_named_with_their_rows_those_of_most_rows_first() -> None:
    with pytest.raises(Error) as fault:
        parts(["train", "odd", "even", "odd", "odd", None, None])

    (problem,) = fault.value.problems
    assert problem.code == "unmapped-values"
    assert "the part of 6 rows" in problem.sentence
    assert "`odd` (3 rows), `no value` (2 rows), `even` (1 rows)" in problem.sentence


def test_of_many_and_long_values_a_few_are_named_in_short() -> None:
    with pytest.raises(Error) as fault:
        parts([f"{n} " + "x" * 5000 for n in range(300)], block_rows=50)

    (problem,) = fault.value.problems
    assert "and 290 other values" in problem.sentence
    assert len(problem.sentence) < 1500


def test_a_value_stands_for_one_part() -> None:
    with pytest.raises(Error) as fault:
        Column(values={"train": ["a", 1], "test": ["1"]})
    assert "`values` lists `1` twice" in fault.value.problems[0].sentence


def test_no_rows_are_fine() -> None:
    assert parts([]) == []
