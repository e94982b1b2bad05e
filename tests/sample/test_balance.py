"""sample.balance: every class has exactly the rows that it should have, its own rows as evenly as can be."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.step import Step
from dprep.base.table import NO_VALUE, Table
from dprep.engine.memory import run_rows
from dprep.ops.sample.balance import Balance

classes = st.lists(st.integers(2, 7), min_size=1, max_size=60)


def chance(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, rows, dtype=np.uint64)


def times(labels: list[int], luck: np.ndarray | None = None, made: list[bool] | None = None, **parameters: Any) -> np.ndarray:
    groups = [np.array(labels, np.uint64)]
    if made is not None:
        groups.append(np.where(np.array(made), np.uint64(77), np.uint64(NO_VALUE)))
        parameters["originals"] = ("variant",)
    table = Table(luck=chance(len(labels)) if luck is None else luck, groups=tuple(groups))
    return Balance(**parameters).decide(table).columns["times"]


def per_class(labels: list[int], got: np.ndarray) -> dict[int, int]:
    return {label: int(got[np.array(labels) == label].sum()) for label in set(labels)}


@settings(deadline=None)
@given(
    classes,
    st.sampled_from(["smallest", "largest", "median", 1, 5, 40]),
    st.sampled_from(["up", "down", "both"]),
    st.integers(0, 9),
)
def test_every_class_has_the_rows_that_it_should_have(labels: list[int], to: str | int, mode: str, seed: int) -> None:
    got = times(labels, chance(len(labels), seed), to=to, mode=mode)

    sizes = sorted(Counter(labels).values())
    middle = (sizes[(len(sizes) - 1) // 2] + sizes[len(sizes) // 2]) // 2
    target = {"smallest": sizes[0], "largest": sizes[-1], "median": middle}.get(to, to)  # type: ignore[call-overload]
    for label, rows in Counter(labels).items():
        expected = {"up": max(rows, target), "down": min(rows, target), "both": target}[mode]
        own = got[np.array(labels) == label]
        assert own.sum() == expected
        assert own.max() - own.min() <= 1, "one row is repeated more often than another"


@settings(deadline=None)
@given(classes, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(labels: list[int], shuffler) -> None:  # type: ignore[no-untyped-def]
    order = np.array(shuffler.sample(range(len(labels)), len(labels)))
    luck, own, made = chance(len(labels)), np.array(labels), np.arange(len(labels)) % 3 == 0

    whole = times(labels, luck, made.tolist(), to=7)

    assert times(own[order], luck[order], made[order].tolist(), to=7).tolist() == whole[order].tolist()


def test_the_luckiest_rows_stay_or_come_once_more() -> None:
    luck = np.array([5, 1, 9, 3], np.uint64)

    assert times([2, 2, 2, 2], luck, to=2).tolist() == [0, 1, 0, 1]
    assert times([2, 2, 2, 2], luck, to=10).tolist() == [2, 3, 2, 3]


def test_rows_without_a_class_all_stay_once() -> None:
    labels = [NO_VALUE] * 5 + [2] * 4 + [3]

    for mode in ("up", "down", "both"):
        assert times(labels, to=3, mode=mode)[:5].tolist() == [1] * 5
    assert per_class(labels, times(labels, to="largest")) == {NO_VALUE: 5, 2: 4, 3: 4}


def test_most_limits_how_often_a_row_comes_out_and_the_notes_say_what_is_missing() -> None:
    labels = [2] * 20 + [3] * 3 + [4] * 12
    table = Table(luck=chance(35), groups=(np.array(labels, np.uint64),))

    decided = Balance(to="largest", most=4).decide(table)

    assert per_class(labels, decided.columns["times"]) == {2: 20, 3: 12, 4: 20}
    assert decided.columns["times"].max() == 4
    assert decided.notes["short"] == {f"{3:016x}": 8}


def test_only_originals_are_repeated_while_all_rows_count() -> None:
    labels = [2] * 10 + [3] * 5
    made = [False] * 10 + [True, True, True, False, False]

    got = times(labels, made=made, to=10, mode="up")

    assert got[10:13].tolist() == [1, 1, 1]
    assert sorted(got[13:].tolist()) == [3, 4]
    assert got.sum() == 20


def test_rows_that_were_made_are_dropped_before_originals() -> None:
    made = [True, False, True, False, True]

    assert times([2] * 5, made=made, to=2).tolist() == [0, 1, 0, 1, 0]


def test_a_class_without_originals_is_not_repeated() -> None:
    assert times([2, 2, 3], made=[False, False, True], to=2).tolist() == [1, 1, 1]


def test_a_single_row_may_be_repeated_a_million_times() -> None:
    got = times([2, 3], to=1_000_000)

    assert got.tolist() == [1_000_000, 1_000_000]
    assert got.dtype == np.int32


def test_no_rows_and_one_class_are_fine() -> None:
    assert times([], to="largest").tolist() == []
    assert times([], to=5).tolist() == []
    assert times([2, 2], to="smallest").tolist() == [1, 1]
    assert times([NO_VALUE] * 2, to="smallest").tolist() == [1, 1]


def rows_of(labels: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(1, len(labels) + 1)],
            "origin": [f"a:{n}" for n in range(1, len(labels) + 1)],
            "text": [f"text {n}" for n in range(len(labels))],
            "label": labels,
        }
    )


def test_copies_are_children_that_say_whose_they_are() -> None:
    rows = rows_of(["a", "b", "a", "a", "投诉"])
    out = run_rows([Step("even", "sample.balance", Balance(to=3, mode="up"), ("text",))], rows, block_rows=2).rows

    assert dict(out["label"].value_counts().iter_rows()) == {"a": 3, "b": 3, "投诉": 3}
    copies = out.filter(pl.col("copy").is_not_null())
    assert copies["made_by"].to_list() == ["even"] * 4
    assert copies["copy"].to_list() == [1, 2, 1, 2]
    assert copies.join(rows, left_on="parent", right_on="id").select(pl.col("text") == pl.col("text_right")).to_series().all()
    assert out["id"].n_unique() == 9


def test_marking_keeps_every_row_and_says_how_often() -> None:
    rows = rows_of(["a", "b", "a", "a", None])
    step = Step("even", "sample.balance", Balance(to=2, action="mark"), ("text",))
    out = run_rows([step], rows, block_rows=2).rows

    assert out.drop("times").equals(rows)
    assert out["times"].to_list()[1] == 2
    assert sorted(out["times"].to_list()) == [0, 1, 1, 1, 2]


def test_the_notes_say_rows_and_epochs_of_each_class() -> None:
    table = Table(
        luck=chance(5),
        groups=(np.array([8, 8, 8, 8, 6], np.uint64),),
        look=lambda which, numbers, texts: {number: {8: "spam", 6: "ham"}[number] for number in numbers},
    )

    assert Balance(to=2).decide(table).notes["groups"] == [
        {"group": "spam", "in": 4, "out": 2, "epochs": 0.5},
        {"group": "ham", "in": 1, "out": 2, "epochs": 2.0},
    ]


def test_what_repeats_no_row_makes_no_columns() -> None:
    rows = rows_of(["a", "b", "a", "a"])
    out = run_rows([Step("even", "sample.balance", Balance(to="smallest", mode="down"), ("text",))], rows, block_rows=2)

    assert out.rows.columns == rows.columns
    assert sorted(out.rows["label"].to_list()) == ["a", "b"]
    assert set(Balance(to=2).makes()) == {"parent", "made_by", "copy"}
    assert set(Balance(to=2, mode="down", action="mark").makes()) == {"times"}
