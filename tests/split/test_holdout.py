"""split.holdout: whole groups go to a part, by name or by chance, each with the same chance."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.base.table import NO_VALUE, Table
from dprep.engine.memory import run_rows
from dprep.ops.split.holdout import Holdout

groups_of_rows = st.lists(st.integers(2, 14), min_size=1, max_size=60)


def chance(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, rows, dtype=np.uint64)


def drawn(op: Holdout, groups: list[int], seed: int = 0) -> np.ndarray:
    table = Table(luck=chance(len(groups), seed), groups=(np.array(groups, np.uint64),))
    return np.array(op.parts())[op.decide(table).columns["part"]]


def run(values: list[Any], block_rows: int = 2, **parameters: Any) -> list[str]:
    rows = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(1, len(values) + 1)],
            "origin": [f"rows.jsonl:{n}" for n in range(1, len(values) + 1)],
            "text": ["text"] * len(values),
            "source": values,
            "lang": ["en", "zh"] * (len(values) // 2) + ["en"] * (len(values) % 2),
        }
    )
    step = Step("holdout", "split.holdout", Holdout(**parameters), ("text",))
    return run_rows([step], rows, block_rows).rows["part"].to_list()


def test_named_groups_go_where_they_are_named() -> None:
    got = run(["a", "b", "a", "百科", None], by=["source"], hold={"test": ["b"], "validation": ["百科"]})

    assert got == ["train", "test", "train", "validation", "train"]


def test_several_columns_are_one_name() -> None:
    got = run(["a", "a", "a", "a"], by=["source", "lang"], hold={"test": ["a, zh"]})

    assert got == ["train", "test", "train", "test"]


def test_a_name_that_no_row_has_is_a_problem_unless_it_may_be_absent() -> None:
    with pytest.raises(Error) as fault:
        run(["forum", "wiki"], by=["source"], hold={"test": ["fourm", "wiki"]})
    (problem,) = fault.value.problems
    assert problem.code == "absent-values"
    assert "`hold` names `fourm`, and no row says so in `source`" in problem.sentence

    assert run(["forum", "wiki"], by=["source"], hold={"test": ["fourm", "wiki"]}, absent="report") == ["train", "test"]


@settings(deadline=None)
@given(groups_of_rows, st.integers(0, 50))
def test_as_many_whole_groups_as_asked(groups: list[int], seed: int) -> None:
    there = len(set(groups))
    asked = {"validation": 1, "test": 2}
    op = Holdout(by=["source"], groups=asked)
    if there < 3:
        with pytest.raises(Error) as fault:
            drawn(op, groups, seed)
        assert fault.value.problems[0].code == "too-few-groups"
        assert f"asks for 3 groups, and the rows have {there}" in fault.value.problems[0].sentence
        return

    got = drawn(op, groups, seed)

    parts_of = {group: {got[row] for row, own in enumerate(groups) if own == group} for group in set(groups)}
    assert all(len(parts) == 1 for parts in parts_of.values()), "a group is torn"
    counts = Counter(next(iter(parts)) for parts in parts_of.values())
    assert counts == +Counter({"train": there - 3, "validation": 1, "test": 2})


@settings(deadline=None)
@given(groups_of_rows, st.integers(0, 50), st.sampled_from([(8, 1, 1), (1, 1), (5, 3, 2, 1)]))
def test_ratios_count_groups_rounded_up_or_down(groups: list[int], seed: int, ratios: tuple[int, ...]) -> None:
    got = drawn(Holdout(by=["source"], ratios={f"p{n}": ratio for n, ratio in enumerate(ratios)}), groups, seed)

    part_of = dict(zip(groups, got, strict=True))
    counts = Counter(part_of.values())
    for n, ratio in enumerate(ratios):
        ideal = len(part_of) * ratio / sum(ratios)
        assert math.floor(ideal) <= counts[f"p{n}"] <= math.ceil(ideal)
    assert all(part_of[group] == part for group, part in zip(groups, got, strict=True))


@settings(deadline=None)
@given(groups_of_rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(groups: list[int], shuffler) -> None:  # type: ignore[no-untyped-def]
    op = Holdout(by=["source"], ratios={"train": 2, "test": 1})
    order = np.array(shuffler.sample(range(len(groups)), len(groups)))
    luck, own = chance(len(groups)), np.array(groups, np.uint64)

    whole = op.decide(Table(luck=luck, groups=(own,))).columns["part"]
    moved = op.decide(Table(luck=luck[order], groups=(own[order],))).columns["part"]

    assert moved.tolist() == whole[order].tolist()


def test_every_group_has_the_same_chance_whatever_its_size() -> None:
    groups = [2] * 60 + [3] * 20 + [4] * 5 + [5]
    op = Holdout(by=["source"], groups={"test": 1})
    times = 2000

    picked = Counter(groups[int(np.flatnonzero(drawn(op, groups, seed) == "test")[0])] for seed in range(times))

    # 4 standard deviations of a count with p = 1/4
    assert all(abs(picked[group] - times / 4) < 4 * math.sqrt(times * 3 / 16) for group in (2, 3, 4, 5))


def test_rows_that_say_nothing_are_no_group() -> None:
    groups = [NO_VALUE, 7, NO_VALUE]

    for seed in range(20):
        got = drawn(Holdout(by=["source"], groups={"test": 1}), groups, seed)
        assert got.tolist() == ["train", "test", "train"]


def test_the_notes_count_and_name_what_is_held_out() -> None:
    op = Holdout(by=["source"], groups={"test": 1})
    table = Table(
        luck=chance(3), groups=(np.array([5, 5, 9], np.uint64),), look=lambda which, numbers, texts: dict.fromkeys(numbers, "x")
    )

    notes = op.decide(table).notes

    assert sum(notes["rows"].values()) == 3
    assert notes["groups"] == {"train": 1, "test": 1}
    assert notes["held_out"] == {"test": ["x"]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "nothing says what is held out"),
        ({"hold": {"test": ["a"]}, "groups": {"test": 1}}, "`hold` and `groups` both say"),
        ({"hold": {"test": ["a"], "validation": ["a"]}}, "`hold` lists `a` twice"),
    ],
)
def test_what_contradicts_itself_is_a_problem(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Error) as fault:
        Holdout(by=["source"], **wrong)
    assert said in fault.value.problems[0].sentence


def test_no_rows_are_fine() -> None:
    for given_ in ({"groups": {"test": 1}}, {"ratios": {"train": 1, "test": 1}}, {"hold": {"test": ["a"]}}):
        assert drawn(Holdout(by=["source"], **given_), []).tolist() == []
