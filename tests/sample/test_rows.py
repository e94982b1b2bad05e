"""sample.rows: counts are exact, strata keep their proportions, budgets hold."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.base.table import Table
from dprep.engine.memory import run_rows
from dprep.ops.sample.rows import Rows

strata = st.lists(st.integers(0, 5), max_size=60)
sizes = st.lists(st.integers(0, 30), min_size=1, max_size=50)


def chance(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, rows, dtype=np.uint64)


def times(op: Rows, groups: list[int], numbers: list[float] | None = None, luck: np.ndarray | None = None) -> np.ndarray:
    luck = chance(len(groups)) if luck is None else luck
    told = () if numbers is None else (np.array(numbers, np.float64),)
    return op.decide(Table(luck=luck, groups=(np.array(groups, np.uint64) + np.uint64(1),), numbers=told)).columns["times"]


@settings(deadline=None)
@given(strata, st.integers(0, 80), st.integers(0, 9))
def test_n_rows_come_out_and_every_stratum_gets_its_share_rounded(groups: list[int], n: int, seed: int) -> None:
    got = times(Rows(n=n, stratum=("label",)), groups, luck=chance(len(groups), seed))

    assert set(got.tolist()) <= {0, 1}
    assert got.sum() == min(n, len(groups))
    for group, rows in Counter(groups).items():
        ideal = Fraction(min(n, len(groups)) * rows, len(groups))
        assert math.floor(ideal) <= got[np.array(groups) == group].sum() <= math.ceil(ideal)


@pytest.mark.parametrize(
    ("rows", "share", "kept"), [(10, 0.25, 3), (10, 0.24, 2), (3, 1.0, 3), (1, 0.4, 0), (1, 0.5, 1), (0, 0.5, 0)]
)
def test_a_share_is_rounded_to_a_whole_row(rows: int, share: float, kept: int) -> None:
    assert times(Rows(share=share), [0] * rows).sum() == kept


def test_the_largest_remainders_get_the_leftover_rows() -> None:
    groups = [0] * 53 + [1] * 24 + [2] * 23

    got = times(Rows(n=25, stratum=("label",)), groups)

    # 13.25, 6.0 and 5.75
    assert [got[np.array(groups) == group].sum() for group in range(3)] == [13, 6, 6]


def test_a_larger_sample_keeps_what_a_smaller_one_has_taken() -> None:
    small, large = (times(Rows(n=n), [0] * 500) for n in (50, 200))

    assert (large[small == 1] == 1).all()


def test_every_row_is_drawn_equally_often() -> None:
    drawn = sum(times(Rows(n=5), [0] * 20, luck=chance(20, seed)) for seed in range(2000))

    # 4 deviations of a count with p = 1/4
    assert abs(drawn - 500).max() < 4 * math.sqrt(2000 * 3 / 16)


@settings(deadline=None)
@given(strata, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(groups: list[int], shuffler) -> None:  # type: ignore[no-untyped-def]
    order = np.array(shuffler.sample(range(len(groups)), len(groups)), np.int64)
    luck, own, numbers = chance(len(groups)), np.array(groups), np.arange(len(groups)) * 1.7
    for op, told in ((Rows(share=0.5, stratum=("a",)), None), (Rows(budget=60, measure="m", stratum=("a",)), numbers)):
        whole = times(op, groups, told, luck)
        moved = times(op, own[order], None if told is None else told[order], luck[order])
        assert moved.tolist() == whole[order].tolist()


@settings(deadline=None)
@given(sizes, st.integers(1, 400), st.integers(0, 9))
def test_a_budget_takes_rows_in_turn_until_one_does_not_fit(numbers: list[int], budget: int, seed: int) -> None:
    luck = chance(len(numbers), seed)

    got = times(Rows(budget=budget, measure="m"), [0] * len(numbers), numbers, luck)

    expected, left = [0] * len(numbers), budget
    whole = sum(numbers) <= budget
    for row in np.argsort(luck).tolist():
        if whole or numbers[row] <= left:
            expected[row], left = 1, left - numbers[row]
        elif numbers[row] <= budget:
            break
    assert got.tolist() == expected
    assert sum(np.array(numbers)[got == 1]) <= budget


def test_each_stratum_gets_its_part_of_the_budget() -> None:
    rng = np.random.default_rng(1)
    groups, numbers = rng.integers(0, 4, 4000), rng.integers(1, 100, 4000)

    got = times(Rows(budget=20_000, measure="m", stratum=("a",)), groups.tolist(), numbers.tolist())

    for group in range(4):
        asked = 20_000 * numbers[groups == group].sum() / numbers.sum()
        taken = numbers[(groups == group) & (got == 1)].sum()
        assert asked - 100 < taken <= asked


def test_a_budget_that_all_rows_fit_takes_all() -> None:
    numbers = [0.1] * 30  # whose sum is not 3 in float64

    assert times(Rows(budget=sum(numbers), measure="m", stratum=("a",)), [0, 1, 2] * 10, numbers).sum() == 30


@pytest.mark.parametrize("bad", [float("nan"), -1.0, float("inf")])
def test_rows_without_a_number_are_a_problem(bad: float) -> None:
    with pytest.raises(Error) as fault:
        times(Rows(budget=5, measure="tokens"), [0, 0, 0], [1, bad, 2])
    assert fault.value.problems[0].code == "no-measure"
    assert "1 of 3 rows have no number of 0 or more in `tokens`" in fault.value.problems[0].sentence


def test_the_notes_say_rows_and_epochs_of_each_stratum() -> None:
    table = Table(
        luck=chance(6),
        groups=(np.array([9, 9, 9, 9, 5, 5], np.uint64),),
        look=lambda which, numbers, texts: {5: "zh", 9: "en"},
    )

    assert Rows(n=3, stratum=("lang",)).decide(table).notes == {
        "groups": [{"group": "en", "in": 4, "out": 2, "epochs": 0.5}, {"group": "zh", "in": 2, "out": 1, "epochs": 0.5}]
    }


def test_rows_that_are_not_drawn_leave_by_their_door() -> None:
    rows = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(1, 11)],
            "origin": [f"a:{n}" for n in range(1, 11)],
            "text": [f"text {n}" for n in range(10)],
        }
    )
    result = run_rows([Step("rows", "sample.rows", Rows(n=4), ("text",))], rows, block_rows=3)

    assert len(result.rows) == 4
    assert result.dropped["rows"]["reason"].to_list() == ["not_sampled"] * 6
    assert result.rows.columns == rows.columns


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "nothing says how much is kept"),
        ({"n": 3, "share": 0.5}, "`n` and `share` both say how much is kept"),
        ({"budget": 5}, "`budget` needs `measure`"),
        ({"n": 3, "measure": "tokens"}, "`measure` counts for a `budget` only"),
    ],
)
def test_what_contradicts_itself_is_a_problem(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(Error) as fault:
        Rows(**wrong)
    assert said in fault.value.problems[0].sentence
