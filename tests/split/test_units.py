"""Units in splits: as near to the shares as whole units can come, and the bounds that are told are true."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.kernels.packing import least_over
from dprep.ops.split._bounds import least_off
from dprep.ops.split.stratified import Stratified
from tests.split.tables import table

RATIOS = [{"train": 8.0, "test": 2.0}, {"train": 8.0, "validation": 1.0, "test": 1.0}, {"a": 1.0, "b": 1.0, "c": 1.0}]


def best_off(sizes: list[int], singles: int, wanted: np.ndarray) -> float:
    """The smallest worst difference over all placements of the units, single rows being divisible: by trying them all."""
    best = np.inf
    for places in itertools.product(range(len(wanted)), repeat=len(sizes)):
        held = np.bincount(places, weights=sizes, minlength=len(wanted)) if sizes else np.zeros(len(wanted))
        lacking = np.sort(wanted - held)[::-1]
        water = max((lacking[: k + 1].sum() - singles) / (k + 1) for k in range(len(wanted)))
        best = min(best, max(water, float((held - wanted).max())))
    return best


def rows_of(sizes: list[int], singles: int) -> np.ndarray:
    return np.concatenate([np.repeat(np.arange(1, len(sizes) + 1), sizes), np.zeros(singles)]).astype(np.uint64)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(2, 60), max_size=5), st.integers(0, 12), st.sampled_from(RATIOS), st.integers(0, 99))
def test_no_placement_of_a_few_units_is_better(sizes: list[int], singles: int, ratios: dict[str, float], seed: int) -> None:
    unit, wanted = rows_of(sizes, singles), np.array(list(ratios.values()))
    wanted *= len(unit) / wanted.sum()

    decided = Stratified(ratios=ratios, unit=("customer",)).decide(table(len(unit), unit=unit, seed=seed))

    if not len(unit):
        return
    best, slack = best_off(sizes, singles, wanted), max(1.0, 0.005 * len(unit))
    got = abs(np.bincount(decided.columns["part"], minlength=len(wanted)) - wanted).max()
    assert got < max(best, slack) + 1  # single rows are whole
    for told in decided.notes["beyond"]:
        assert told["at_least"] <= best + 1e-3
        assert told["off"] >= told["at_least"]
        if singles == 0:
            assert abs(told["at_least"] - best) < 1e-3


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 40), max_size=4), st.integers(0, 2), st.integers(2, 4), st.integers(0, 10_000))
def test_bounds_are_never_above_what_can_be_had(sizes: list[int], singles: int, parts: int, seed: int) -> None:
    weights = np.random.default_rng(seed).random(parts) + 0.05
    wanted = weights * ((sum(sizes) + singles) / weights.sum())

    bound = least_off(np.array(sizes, np.int64), singles, wanted, 1e9)

    assert bound <= best_off([*sizes, *[1] * singles], 0, wanted) + 1e-9
    if parts <= 3:
        assert bound >= best_off(sizes, singles, wanted) - 1e-9


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(2, 4), st.integers(0, 10_000))
def test_large_units_are_packed_as_well_as_can_be(sizes: list[int], parts: int, seed: int) -> None:
    wanted = np.random.default_rng(seed).random(parts) * 60
    falling = np.sort(sizes)[::-1].astype(np.int64)

    tried = [
        float((np.bincount(places, weights=falling, minlength=parts) - wanted).max())
        for places in itertools.product(range(parts), repeat=len(sizes))
    ]

    assert abs(least_over(falling, wanted, 1e9, 10**6) - max(0.0, min(tried))) < 1e-9


def test_a_few_steps_prove_nothing() -> None:
    assert least_over(np.arange(20, 0, -1), np.full(4, 40.0), 1e9, 10) == -1.0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(2, 4), st.integers(0, 9)), min_size=1, max_size=150), st.integers(0, 99))
def test_what_is_told_is_what_was_done(rows: list[tuple[int, int]], seed: int) -> None:
    stratum, unit = np.array(rows, np.uint64).T
    op = Stratified(stratum=("label",), unit=("customer",))

    decided = op.decide(table(len(rows), stratum, unit, seed=seed))

    part, notes = decided.columns["part"], decided.notes
    counts = {name: int((part == place).sum()) for place, name in enumerate(op.parts())}
    assert {name: told["rows"] for name, told in notes["parts"].items()} == counts
    assert sum(counts.values()) == len(rows)
    off = {value: offs(part[stratum == value]) for value in set(stratum.tolist())}
    beyond = {f"class {v}" for v, x in off.items() if x > max(1.0, 0.005 * (stratum == v).sum()) + 1e-6}
    assert {told["class"] for told in notes["beyond"]} == beyond
    assert abs(notes["off"]["rows"] - max(off.values())) < 1e-3
    sizes = np.bincount(unit.astype(int), minlength=10)[1:]
    assert notes["units"] == {
        "count": int((sizes > 1).sum()),
        "rows": int(sizes[sizes > 1].sum()),
        "largest": int(sizes[sizes > 1].max(initial=0)),
    }


def offs(part: np.ndarray) -> float:
    return float(abs(np.bincount(part, minlength=3) - len(part) * np.array([0.8, 0.1, 0.1])).max())


def test_a_class_that_is_one_unit_is_told_with_what_it_forces() -> None:
    decided = Stratified(stratum=("label",), unit=("customer",)).decide(table(140, [2] * 40 + [3] * 100, [7] * 40 + [0] * 100))

    told: dict[str, Any] = decided.notes["beyond"][0]
    assert told["class"] == "class 2"
    assert told["parts"]["train"] == {"rows": 40, "asked": 32.0}
    assert (told["off"], told["at_least"], told["largest_unit"]) == (8.0, 8.0, 40)
    assert decided.notes["every_way_tried"]


def test_a_class_out_of_reach_is_told_beside_thousands_of_units() -> None:
    units = [7] * 40 + np.repeat(np.arange(8, 3008), 2).tolist()
    decided = Stratified(stratum=("label",), unit=("customer",)).decide(table(6040, [2] * 40 + [3] * 6000, units))

    assert [told["class"] for told in decided.notes["beyond"]] == ["class 2"]
    assert "every_way_tried" not in decided.notes


def test_the_search_mends_what_the_greedy_leaves() -> None:
    sizes = [31, 27, 23, 19, 17, 13, 11, 7, 5, 3, 44]
    decided = Stratified(ratios={"a": 1, "b": 1}, unit=("customer",)).decide(table(200, unit=rows_of(sizes, 0)))

    assert np.bincount(decided.columns["part"]).tolist() == [100, 100]


def test_many_classes_with_units_only_stay_within_half_a_point_or_a_row() -> None:
    rng = np.random.default_rng(8)
    stratum, unit = rng.integers(2, 52, 30_000), rng.integers(1, 9_000, 30_000)

    decided = Stratified(stratum=("label",), unit=("customer",)).decide(table(30_000, stratum, unit))

    assert decided.notes["classes_beyond"] == 0


def test_a_class_is_told_from_half_a_point_on() -> None:
    for first, told in ((510, [10.0]), (505, [])):  # 1,000 rows in two units: 5 rows are half a point
        unit = np.repeat([1, 2], [first, 1000 - first]).astype(np.uint64)
        decided = Stratified(ratios={"a": 1, "b": 1}, unit=("customer",)).decide(table(1000, unit=unit))
        assert [each["off"] for each in decided.notes["beyond"]] == told
