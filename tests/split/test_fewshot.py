"""split.fewshot: k rows of every class, the small sets in the large ones, no two of a unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.ops.split.fewshot import Fewshot
from tests.split.tables import shuffled, table


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 15)), min_size=1, max_size=120),
    st.integers(0, 99),
    st.randoms(use_true_random=False),
)
def test_sets_are_as_asked(rows: list[tuple[int, int]], seed: int, shuffler) -> None:  # type: ignore[no-untyped-def]
    stratum, unit = np.array(rows, np.uint64).T
    op = Fewshot(k=(2, 5), seeds=3, unit=("customer",), short="take")
    given_rows = table(len(rows), stratum, unit, seed=seed)

    columns = op.decide(given_rows).columns

    for number in (1, 2, 3):
        few, many = columns[f"fewshot_2_{number}"], columns[f"fewshot_5_{number}"]
        assert not (few & ~many).any()
        assert not many[stratum == 1].any()  # 1: no value
        for k, chosen in ((2, few), (5, many)):
            assert all((stratum[chosen] == value).sum() <= k for value in range(2, 6))
            units = unit[chosen & (unit != 0)].tolist()
            assert len(units) == len(set(units))
        # nothing is left that could still be chosen
        for row in np.flatnonzero(~many & (stratum != 1)):
            full = (stratum[many] == stratum[row]).sum() == 5
            assert full or unit[row] in set(unit[many].tolist()) - {0}
    order = np.array(shuffler.sample(range(len(rows)), len(rows)))
    again = op.decide(shuffled(given_rows, order)).columns
    assert all(again[name].tolist() == columns[name][order].tolist() for name in columns)


def test_large_classes_give_k_each_and_seeds_differ() -> None:
    stratum = np.random.default_rng(0).integers(2, 5, 60_000)

    columns = Fewshot(k=(10,), seeds=(4, 9)).decide(table(60_000, stratum)).columns

    assert list(columns) == ["part", "fewshot_10_4", "fewshot_10_9"]
    for name in ("fewshot_10_4", "fewshot_10_9"):
        assert np.bincount(stratum[columns[name]])[2:].tolist() == [10, 10, 10]
    assert not (columns["fewshot_10_4"] & columns["fewshot_10_9"]).any()


def test_a_class_that_is_mostly_one_unit_is_searched_to_its_end() -> None:
    rows = 50_000
    unit = np.ones(rows)
    unit[-12:] = 0  # of 50,000 rows 13 are of different units

    columns = Fewshot(k=(13,), seeds=1, unit=("customer",)).decide(table(rows, np.full(rows, 2), unit)).columns

    assert columns["fewshot_13_1"].sum() == 13
    assert columns["fewshot_13_1"][-12:].all()


def test_a_class_with_too_few_rows_is_named_with_what_is_missing() -> None:
    with pytest.raises(Error) as caught:
        Fewshot(k=(2, 5, 20)).decide(table(107, [2] * 100 + [3] * 7))

    assert [problem.code for problem in caught.value.problems] == ["too-few-rows"]
    assert caught.value.problems[0].sentence == ("class `class 3` has 7 rows to choose from, and `k` asks for 20: 13 missing")


def test_twins_make_rows_too_few() -> None:
    with pytest.raises(Error) as caught:
        Fewshot(k=(3,), unit=("twins",)).decide(table(10, [2] * 10, [1] * 5 + [2] * 5))

    assert "has 2 rows of different units to choose from" in caught.value.problems[0].sentence


def test_rare_classes_choose_first() -> None:
    # the one row of class 3 shares its unit with a row of class 2, which has others
    stratum, unit = [3] + [2] * 9, [1, 1, *range(2, 10)]

    columns = Fewshot(k=(1,), seeds=50, unit=("customer",)).decide(table(10, stratum, unit)).columns

    assert all(columns[f"fewshot_1_{seed}"][0] for seed in range(1, 51))


def test_short_classes_are_counted() -> None:
    decided = Fewshot(k=(2, 5), seeds=1, short="take").decide(table(13, [2] * 10 + [3] * 3))

    assert decided.notes == {"classes": 2, "short": {"5": 1}}
    assert decided.columns["fewshot_5_1"].sum() == 8


def test_no_rows_are_fine() -> None:
    columns = Fewshot(k=(10,)).decide(table(0, [])).columns

    assert len(columns) == 6
    assert all(len(each) == 0 for each in columns.values())
