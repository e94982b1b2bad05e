"""sample.mix: sources come out in their proportions, repeated evenly and never more often than allowed."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.base.table import Table
from dprep.engine.memory import run_rows
from dprep.ops.sample.mix import Mix

NAMES = {2: "wiki", 3: "code", 4: "论坛", 5: "mail"}
sources = st.lists(st.sampled_from(list(NAMES)), min_size=1, max_size=60)


def chance(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, rows, dtype=np.uint64)


def table(groups: list[int], numbers: list[float] | None = None, luck: np.ndarray | None = None) -> Table:
    def look(which: int, wanted: Any, texts: Any) -> dict[int, str]:
        return {number: name for number, name in NAMES.items() if number in set(groups) and (number in wanted or name in texts)}

    return Table(
        luck=chance(len(groups)) if luck is None else luck,
        groups=(np.array(groups, np.uint64),),
        numbers=() if numbers is None else (np.array(numbers, np.float64),),
        look=look,
    )


def times(
    groups: list[int], numbers: list[float] | None = None, luck: np.ndarray | None = None, **parameters: Any
) -> np.ndarray:
    return Mix(**parameters).decide(table(groups, numbers, luck)).columns["times"]


def problem(groups: list[int], numbers: list[float] | None = None, **parameters: Any) -> Any:
    with pytest.raises(Error) as fault:
        times(groups, numbers, **parameters)
    (only,) = fault.value.problems
    return only


@settings(deadline=None)
@given(sources, st.integers(1, 300), st.lists(st.integers(0, 9), min_size=4, max_size=4), st.integers(0, 9))
def test_counts_are_the_shares_rounded_and_rows_are_repeated_evenly(
    groups: list[int], rows: int, weights: list[int], seed: int
) -> None:
    given_ = dict(zip(NAMES, weights, strict=True))
    there = sum(given_[group] for group in set(groups))
    assume(there > 0)

    got = times(
        groups,
        luck=chance(len(groups), seed),
        weights={NAMES[group]: weight for group, weight in given_.items()},
        rows=rows,
        max_epochs=1000,
        absent="report",
    )

    assert got.sum() == rows
    for group in set(groups):
        own = got[np.array(groups) == group]
        ideal = rows * given_[group] / there
        assert math.floor(ideal + 1e-9) <= own.sum() <= math.ceil(ideal - 1e-9)
        assert own.max() - own.min() <= 1


@settings(deadline=None)
@given(sources, st.lists(st.integers(1, 9), min_size=4, max_size=4))
def test_without_a_size_it_is_as_large_as_it_can_be_without_repeating(groups: list[int], weights: list[int]) -> None:
    given_ = dict(zip(NAMES, weights, strict=True))

    got = times(groups, weights={NAMES[group]: weight for group, weight in given_.items()}, absent="report")

    assert set(got.tolist()) <= {0, 1}
    rows = Counter(groups)
    whole = sum(given_[group] for group in rows)
    most = min(rows[group] * whole / given_[group] for group in rows)
    assert got.sum() == math.floor(most + 1e-9)
    left = [rows[group] - got[np.array(groups) == group].sum() for group in rows]
    assert min(left) <= 1, "no source is used up, so the mixture could be larger"


@pytest.mark.parametrize(
    ("temperature", "shares"),
    [
        (1, (0.9, 0.09, 0.01)),
        (2, (0.7034, 0.2224, 0.0741)),  # roots of 9000, 900 and 100: 94.87, 30 and 10
        (1 / 0.7, (0.8049, 0.1606, 0.0345)),  # 586.1, 116.9 and 25.1
        (1e6, (1 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_temperature_is_that_of_t5(temperature: float, shares: tuple[float, ...]) -> None:
    groups = [2] * 9000 + [3] * 900 + [4] * 100

    got = times(groups, temperature=temperature, rows=10_000, max_epochs=50)

    assert [got[np.array(groups) == group].sum() / 10_000 for group in (2, 3, 4)] == pytest.approx(shares, abs=3e-4)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([2, 3]), st.integers(1, 20)), min_size=2, max_size=50),
    st.integers(1, 2000),
    st.integers(0, 5),
)
def test_a_budget_is_met_from_below_by_less_than_a_row_of_each_source(
    rows: list[tuple[int, int]], budget: int, seed: int
) -> None:
    groups, numbers = [group for group, _ in rows], np.array([size for _, size in rows])
    assume(len(set(groups)) == 2)

    got = times(
        groups,
        numbers.tolist(),
        chance(len(rows), seed),
        weights={"wiki": 3, "code": 1},
        measure="tokens",
        budget=budget,
        max_epochs=10_000,
    )

    for group, share in ((2, 0.75), (3, 0.25)):
        own = np.array(groups) == group
        taken = (numbers * got)[own].sum()
        assert budget * share - 20 < taken <= budget * share + 1e-6
        assert got[own].max() - got[own].min() <= 1


def test_tokens_are_mixed_not_rows() -> None:
    rng = np.random.default_rng(3)
    groups = [2] * 500 + [3] * 2000
    numbers = [*rng.integers(200, 400, 500).tolist(), *rng.integers(1, 20, 2000).tolist()]

    got = times(groups, numbers, weights={"wiki": 1, "code": 1}, measure="tokens")

    taken = got * np.array(numbers)
    assert taken[500:].sum() == sum(numbers[500:]), "the smaller source is used up"
    assert sum(numbers[500:]) - 400 < taken[:500].sum() <= sum(numbers[500:])


def test_too_many_epochs_are_refused_by_name_and_the_help_gives_a_size_that_works() -> None:
    groups = [2] * 100 + [4] * 10

    told = problem(groups, weights={"wiki": 1, "论坛": 1}, rows=200)

    assert told.code == "too-many-epochs"
    assert "`论坛` 10.0 times" in told.sentence
    assert "wiki" not in told.sentence
    assert "at most 80 rows in all" in told.help
    assert times(groups, weights={"wiki": 1, "论坛": 1}, rows=80).sum() == 80
    assert problem(groups, weights={"wiki": 1, "论坛": 1}, rows=82).code == "too-many-epochs"


def test_the_limit_of_epochs_itself_is_allowed() -> None:
    assert times([2, 2, 3], weights={"wiki": 1, "code": 1}, rows=8, max_epochs=4).tolist() == [2, 2, 4]


def test_weights_for_sources_that_are_not_there_are_named() -> None:
    told = problem([2, 2, 4], weights={"wikl": 1, "论坛": 1, "news": 1}, rest=1, rows=3)

    assert told.code == "absent-values"
    assert "`news` and `wikl`" in told.sentence
    assert "`source`" in told.sentence


def test_a_misspelt_source_brings_the_likely_one_to_mind() -> None:
    assert "did you mean `wiki`?" in problem([2, 2, 4], weights={"wikl": 1, "论坛": 1}, rest=1, rows=3).help


def test_sources_without_a_weight_are_named_unless_rest_has_one() -> None:
    told = problem([2, 3, 5], weights={"wiki": 1}, rows=1)

    assert told.code == "unmapped-values"
    assert "`code` and `mail`" in told.sentence
    assert times([2, 3, 5], weights={"wiki": 1}, rest=0, rows=2).tolist() == [2, 0, 0]
    assert times([2, 3, 5], weights={"wiki": 2}, rest=1, rows=4).tolist() == [2, 1, 1]


@settings(deadline=None)
@given(sources, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(groups: list[int], shuffler) -> None:  # type: ignore[no-untyped-def]
    order = np.array(shuffler.sample(range(len(groups)), len(groups)))
    luck, own, sizes = chance(len(groups)), np.array(groups), np.arange(len(groups)) * 0.7 + 1

    for more in ({"rows": 50}, {"measure": "m", "budget": 90.0}, {}):
        told = sizes if "measure" in more else None
        whole = times(groups, told, luck, temperature=3, max_epochs=1e6, **more)  # type: ignore[arg-type]
        moved = times(
            own[order].tolist(), None if told is None else told[order], luck[order], temperature=3, max_epochs=1e6, **more
        )  # type: ignore[arg-type]
        assert moved.tolist() == whole[order].tolist()


def test_the_notes_say_rows_sizes_and_epochs_of_each_source() -> None:
    decided = Mix(weights={"wiki": 1, "code": 1}, measure="tokens", budget=24).decide(table([2, 2, 2, 3], [4, 4, 4, 3]))

    assert decided.notes["groups"] == [
        {"group": "wiki", "in": 3, "out": 3, "measured_in": 12.0, "measured_out": 12.0, "epochs": 1.0},
        {"group": "code", "in": 1, "out": 4, "measured_in": 3.0, "measured_out": 12.0, "epochs": 4.0},
    ]


def test_a_run_repeats_rows_as_copies_and_drops_what_is_over() -> None:
    rows = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(1, 9)],
            "origin": [f"a:{n}" for n in range(1, 9)],
            "text": [f"text {n}" for n in range(8)],
            "source": ["wiki"] * 5 + ["code", "论坛", None],
        }
    )
    op = Mix(weights={"wiki": 2, "code": 2, "论坛": 1}, rest=0, rows=5)

    result = run_rows([Step("mix", "sample.mix", op, ("text",))], rows, block_rows=3)

    assert dict(result.rows["source"].value_counts().iter_rows()) == {"wiki": 2, "code": 2, "论坛": 1}
    assert len(result.dropped["mix"]) == 4
    assert result.rows.filter(pl.col("copy") == 1).select("parent", "source").rows() == [(f"{6:032x}", "code")]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "nothing says the shares"),
        ({"weights": {"a": 1}, "temperature": 2}, "`weights` and `temperature` both say the shares"),
        ({"weights": {"a": 0}}, "`weights` are all 0"),
        ({"temperature": 2, "rest": 1}, "`rest` is a weight"),
        ({"temperature": 2, "budget": 5}, "`budget` needs `measure`"),
        ({"temperature": 2, "rows": 5, "measure": "tokens"}, "`rows` counts rows"),
    ],
)
def test_what_contradicts_itself_is_a_problem(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Error) as fault:
        Mix(**wrong)
    assert said in fault.value.problems[0].sentence


def test_no_rows_and_one_source_are_fine() -> None:
    assert times([], temperature=2).tolist() == []
    assert times([2, 2], temperature=2).tolist() == [1, 1]
    assert times([2, 2], temperature=2, rows=1).sum() == 1


def test_a_source_without_any_tokens_does_no_harm() -> None:
    got = times([2, 2, 3], [5, 5, 0], weights={"wiki": 1, "code": 1}, measure="tokens")

    assert got[:2].tolist() == [1, 1]


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_whole_epochs_repeat_rows_without_tokens_like_all_others(epochs: int) -> None:
    sizes = [0, 0.1, 0.2, 0.7, 0]

    got = times([2] * 5, sizes, temperature=1, measure="tokens", budget=sum(sizes) * epochs)

    assert got.tolist() == [epochs] * 5


def test_what_repeats_no_row_makes_no_columns() -> None:
    assert Mix(temperature=2).makes() == {}
    assert set(Mix(temperature=2, action="mark").makes()) == {"times"}
    assert set(Mix(temperature=2, rows=5).makes()) == {"parent", "made_by", "copy"}
    assert set(Mix(temperature=2, measure="m", budget=5).makes()) == {"parent", "made_by", "copy"}
