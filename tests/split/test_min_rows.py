"""Fewest rows per class and part, and what becomes of classes that are too small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dprep.base.problem import Error
from dprep.ops.split.folds import Folds
from dprep.ops.split.stratified import Stratified
from tests.split.tables import table


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(3, 40), min_size=1, max_size=20), st.integers(1, 4), st.integers(0, 99))
def test_every_class_has_its_least_or_is_a_problem(sizes: list[int], least: int, seed: int) -> None:
    stratum = np.repeat(np.arange(len(sizes)) + 2, sizes)
    op = Stratified(stratum=("label",), min_rows=least)

    if min(sizes) < 3 * least:
        with pytest.raises(Error) as caught:
            op.decide(table(len(stratum), stratum, seed=seed))
        smallest = int(np.argmin(sizes))
        problem = caught.value.problems[0]
        assert problem.code == "too-few-rows"
        assert f"class `class {smallest + 2}` has {sizes[smallest]:,} rows" in problem.sentence
        missing = 3 * least - sizes[smallest]
        assert f"{missing} row{'s' * (missing != 1)} missing" in problem.sentence
        return
    part = op.decide(table(len(stratum), stratum, seed=seed)).columns["part"]
    counts = np.array([np.bincount(part[stratum == value], minlength=3) for value in set(stratum.tolist())])
    assert counts.min() >= least
    # what is above the least is still in proportion: nobody takes a row more than needed from train
    for row, size in zip(counts, (int((stratum == v).sum()) for v in set(stratum.tolist())), strict=True):
        assert row[1:].max() <= max(least, np.ceil(size * 0.1))


def test_one_row_of_every_class_for_train() -> None:
    stratum = [2] * 100 + [3, 4, 5, 6, 7, 8, 9]

    part = Stratified(stratum=("label",), min_rows={"train": 1}).decide(table(107, stratum)).columns["part"]

    assert part[100:].tolist() == [0] * 7


def test_a_class_of_one_row_falls_by_the_ratios() -> None:
    stratum = np.arange(1000) + 2

    part = Stratified(stratum=("label",)).decide(table(1000, stratum)).columns["part"]

    assert np.bincount(part).tolist() == [800, 100, 100]


def test_units_that_leave_a_part_without_rows_are_a_problem() -> None:
    rows = table(120, [2] * 20 + [3] * 100, [1] * 10 + [2] * 10 + [0] * 100)

    with pytest.raises(Error) as caught:
        Stratified(stratum=("label",), unit=("customer",), min_rows=1).decide(rows)

    sentence = caught.value.problems[0].sentence
    assert "class `class 2` gets 0 rows" in sentence
    assert "1 row missing; its 20 rows fall into 2 units" in sentence


def test_units_are_placed_so_that_every_part_has_its_least() -> None:
    rows = table(240, [2] * 40 + [3] * 200, [1] * 20 + [2] * 12 + [3] * 8 + [0] * 200)

    part = Stratified(stratum=("label",), unit=("customer",), min_rows=1).decide(rows).columns["part"]

    assert np.bincount(part[:40], minlength=3).min() == 8


def test_rows_without_a_class_are_asked_for_nothing() -> None:
    part = Stratified(stratum=("label",), min_rows=2).decide(table(21, [1] + [2] * 20)).columns["part"]

    assert np.bincount(part[1:], minlength=3).min() >= 2


def test_only_the_worst_classes_are_named() -> None:
    with pytest.raises(Error) as caught:
        Folds(stratum=("label",), min_rows=1).decide(table(30, np.repeat(np.arange(10) + 2, 3)))

    assert len(caught.value.problems) == 5
    assert "there are 5 more such classes" in caught.value.problems[0].help


def test_a_part_that_is_none_is_refused() -> None:
    with pytest.raises((Error, ValidationError), match="validation"):
        Stratified(ratios={"train": 1.0, "test": 1.0}, min_rows={"validation": 1})
