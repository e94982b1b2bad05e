"""split.stratified: exact counts, whole units, no dependence on the order of rows."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dprep.base.table import Table
from dprep.ops.split.stratified import Stratified

RATIOS = [
    {"train": 8, "validation": 1, "test": 1},
    {"train": 1, "test": 1},
    {"a": 0.7, "b": 0.15, "c": 0.1, "d": 0.05},
    {"train": 98, "test": 2},
    {"x": 1 / 3, "y": 1 / 3, "z": 1 / 3},
]
strata_rows = st.lists(st.integers(1, 60), min_size=1, max_size=40)


def chance(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, rows, dtype=np.uint64)


def assigned(op: Stratified, luck: np.ndarray, stratum: np.ndarray, links: np.ndarray) -> np.ndarray:
    """The part of every row, as a number."""
    asks = op.asks()
    return np.asarray(op.decide(Table(luck, (stratum,) if asks.groups else (), links)).columns["part"])


def no_links(rows: int) -> np.ndarray:
    return np.zeros((rows, 0), np.uint64)


def within_rounding(count: int, ideal: float) -> bool:
    return math.floor(ideal + 1e-6) <= count <= math.ceil(ideal - 1e-6)


@settings(deadline=None, max_examples=200)
@given(strata_rows, st.sampled_from(RATIOS), st.integers(0, 99))
def test_every_stratum_and_every_part_gets_its_share_rounded(sizes: list[int], ratios: dict[str, float], seed: int) -> None:
    stratum = np.repeat(np.arange(len(sizes), dtype=np.uint64) * 977, sizes)
    op = Stratified(ratios=ratios, stratum=("label",))

    part = assigned(op, chance(len(stratum), seed), stratum, no_links(len(stratum)))

    shares = [w / sum(ratios.values()) for w in ratios.values()]
    cells, totals = Counter(zip(stratum.tolist(), part.tolist(), strict=True)), Counter(part.tolist())
    for s, size in enumerate(sizes):
        assert all(within_rounding(cells[s * 977, j], size * share) for j, share in enumerate(shares))
    assert all(within_rounding(totals[j], len(stratum) * share) for j, share in enumerate(shares))


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=80),
    st.integers(0, 99),
    st.randoms(use_true_random=False),
)
def test_units_are_never_torn_and_the_order_of_rows_does_not_matter(
    rows: list[tuple[int, int, int]], seed: int, shuffler
) -> None:  # type: ignore[no-untyped-def]
    table = np.array(rows, dtype=np.uint64)
    luck, op = chance(len(rows), seed), Stratified(stratum=("label",))

    part = assigned(op, luck, table[:, 0], table[:, 1:])

    for column in (1, 2):
        for value in set(table[:, column].tolist()) - {0}:
            assert len(set(part[table[:, column] == value].tolist())) == 1
    order = np.array(shuffler.sample(range(len(rows)), len(rows)))
    again = assigned(op, luck[order], table[order, 0], table[order, 1:])
    assert again.tolist() == part[order].tolist()


def test_single_rows_make_up_for_units() -> None:
    rng = np.random.default_rng(5)
    stratum = rng.integers(0, 20, 20_000).astype(np.uint64)
    unit = np.where(rng.random(20_000) < 0.5, rng.integers(1, 2000, 20_000), 0).astype(np.uint64)[:, None]

    part = assigned(Stratified(stratum=("label",)), chance(20_000), stratum, unit)

    for s in range(20):
        size = int((stratum == s).sum())
        counts = np.bincount(part[stratum == s], minlength=3)
        assert abs(counts - size * np.array([0.8, 0.1, 0.1])).max() <= 1


def test_without_single_rows_classes_stay_within_half_a_point() -> None:
    rng = np.random.default_rng(6)
    stratum = rng.integers(0, 8, 40_000).astype(np.uint64)
    unit = rng.integers(1, 9_000, 40_000).astype(np.uint64)[:, None]

    part = assigned(Stratified(stratum=("label",)), chance(40_000), stratum, unit)

    for s in range(8):
        counts = np.bincount(part[stratum == s], minlength=3)
        assert abs(counts / counts.sum() - [0.8, 0.1, 0.1]).max() <= 0.005


def test_a_unit_larger_than_a_part_goes_to_the_part_with_room() -> None:
    unit = np.array([1] * 70 + [2] * 15 + [3] * 15, dtype=np.uint64)[:, None]

    part = assigned(Stratified(ratios={"train": 70, "validation": 15, "test": 15}), chance(100), np.zeros(100, np.uint64), unit)

    assert np.bincount(part).tolist() == [70, 15, 15]
    assert set(part[:70].tolist()) == {0}


def test_links_chain_through_columns() -> None:
    links = np.array([[1, 0], [1, 7], [0, 7], [2, 0], [0, 0], [2, 9]], dtype=np.uint64)

    for seed in range(20):
        part = assigned(Stratified(ratios={"a": 1, "b": 1}), chance(6, seed), np.zeros(6, np.uint64), links)
        assert part[0] == part[1] == part[2]
        assert part[3] == part[5]
        assert set(part.tolist()) == {0, 1}


def test_luck_decides_which_rows_but_not_how_many() -> None:
    a, b = (assigned(Stratified(), chance(1000, seed), np.zeros(1000, np.uint64), no_links(1000)) for seed in (1, 2))

    assert np.bincount(a).tolist() == np.bincount(b).tolist() == [800, 100, 100]
    assert (a != b).any()


def test_no_rows_are_fine() -> None:
    assert assigned(Stratified(), chance(0), np.zeros(0, np.uint64), np.zeros((0, 2), np.uint64)).tolist() == []


def test_twins_are_read_as_clusters() -> None:
    op = Stratified(stratum=("label",), unit=("customer", "twins"))

    assert op.reads() == ("label", "customer", "cluster")
    assert op.parts() == ("train", "validation", "test")


@pytest.mark.parametrize(
    "ratios",
    [{}, {"train": 1}, {"train": 1, "test": 0}, {"train": 1, "test": -1}, {"train": 1, "../x": 1}, {"a": 1, "b": float("nan")}],
)
def test_impossible_ratios_are_refused(ratios: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Stratified(ratios=ratios)
