"""Rows of several labels, and classes by bins: label counts even, totals exact, units whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.ops.split.folds import Folds
from dprep.ops.split.stratified import Stratified
from tests.split.tables import shuffled, table

THEIRS = {0: (0.3227, 0.8000), 1: (0.3600, 7.6000), 2: (0.3027, 4.2000)}
"""Of `wide(seed)` in five folds: mean and worst difference of a label's rows from a fifth, by MultilabelStratifiedKFold of
iterative-stratification 0.1.9 with shuffle=True and random_state=seed."""
THEIR_PAIRS = {0: 0.7648, 1: 0.7703, 2: 0.7813}
"""The mean difference of pairs of labels from a fifth, there."""


def wide(seed: int, rows: int = 4000, labels: int = 60) -> np.ndarray:
    """Rows with some of 60 labels: frequent ones, rare ones, and two that come together."""
    rng = np.random.default_rng(seed)
    chances = 1.0 / np.arange(2, labels + 2) ** 1.1
    found = rng.random((rows, labels)) < chances
    found[:, 1] |= found[:, 0] & (rng.random(rows) < 0.7)
    return np.asarray(found)


def lists(found: np.ndarray) -> list[list[int]]:
    return [(np.flatnonzero(row) + 2).tolist() for row in found]


def off(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(parts, labels) rows away from the shares, of labels that occur."""
    total = counts.sum(axis=0)
    return np.asarray(abs(counts - total * shares[:, None])[:, total > 0])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_folds_are_at_least_as_even_as_another_implementation(seed: int) -> None:
    found = wide(seed)

    fold = Folds(labels="topics").decide(table(len(found), labels=lists(found), seed=seed)).columns["fold"]

    away = off(np.array([found[fold == k].sum(axis=0) for k in range(5)]), np.full(5, 0.2))
    assert away.mean() <= THEIRS[seed][0] + 0.005
    assert away.max() <= THEIRS[seed][1] + 1e-9
    assert np.bincount(fold).tolist() == [800] * 5


def test_pairs_are_more_even_when_asked_for() -> None:
    found = wide(0)
    first, second = np.triu_indices(60, 1)

    fold = Folds(labels="topics", pairs=True).decide(table(len(found), labels=lists(found))).columns["fold"]

    together = [(found[fold == k].T.astype(int) @ found[fold == k].astype(int))[first, second] for k in range(5)]
    assert off(np.array(together), np.full(5, 0.2)).mean() < 0.8 * THEIR_PAIRS[0]


label_lists = st.lists(st.lists(st.integers(2, 12), max_size=5), min_size=1, max_size=120)


@settings(deadline=None, max_examples=60)
@given(label_lists, st.booleans(), st.integers(0, 99))
def test_part_totals_are_exact_and_labels_within_their_slack_or_told(labels: list[list[int]], pairs: bool, seed: int) -> None:
    decided = Stratified(labels="topics", pairs=pairs).decide(table(len(labels), labels=labels, seed=seed))

    part, shares = decided.columns["part"], np.array([0.8, 0.1, 0.1])
    counts = np.bincount(part, minlength=3)
    assert (abs(counts - len(labels) * shares) < 1).all()
    beyond = 0
    for label in range(2, 13):
        has = np.array([label in each for each in labels])
        away = abs(np.bincount(part[has], minlength=3) - has.sum() * shares).max()
        beyond += bool(away > max(1.0, 0.005 * has.sum()) + 1e-6)
    assert decided.notes["classes_beyond"] == beyond


@settings(deadline=None, max_examples=40)
@given(label_lists, st.integers(0, 99), st.randoms(use_true_random=False))
def test_units_stay_whole_and_the_order_of_rows_does_not_matter(  # type: ignore[no-untyped-def]
    labels: list[list[int]], seed: int, shuffler
) -> None:
    rng = np.random.default_rng(seed)
    rows = table(len(labels), unit=rng.integers(0, 9, len(labels)), labels=labels, seed=seed)
    op = Stratified(labels="topics", unit=("customer",))

    part = op.decide(rows).columns["part"]

    for value in set(rows.links[:, 0].tolist()) - {0}:
        assert len(set(part[rows.links[:, 0] == value].tolist())) == 1
    order = np.array(shuffler.sample(range(len(labels)), len(labels)))
    assert op.decide(shuffled(rows, order)).columns["part"].tolist() == part[order].tolist()


def test_a_label_named_twice_counts_once() -> None:
    once, twice = ([[2]] * 10 + [[3]] * 30, [[2, 2]] * 10 + [[3]] * 30)

    one, other = (Stratified(labels="topics").decide(table(40, labels=each)) for each in (once, twice))

    assert one.columns["part"].tolist() == other.columns["part"].tolist()


def test_a_stratum_beside_labels_is_spread_too() -> None:
    rng = np.random.default_rng(4)
    labels = [rng.choice(np.arange(2, 9), rng.integers(0, 4), replace=False).tolist() for _ in range(2000)]
    stratum = rng.integers(2, 6, 2000)

    part = Stratified(labels="topics", stratum=("source",)).decide(table(2000, stratum, labels=labels)).columns["part"]

    for value in range(2, 6):
        counts = np.bincount(part[stratum == value], minlength=3)
        assert abs(counts - counts.sum() * np.array([0.8, 0.1, 0.1])).max() <= max(1.0, 0.005 * counts.sum())


def test_a_label_with_too_few_rows_is_named() -> None:
    with pytest.raises(Error) as caught:
        Stratified(labels="topics", min_rows=1).decide(table(50, labels=[[2]] * 48 + [[2, 3]] * 2))

    assert "class `label 3` has 2 rows" in caught.value.problems[0].sentence
    assert "1 row missing" in caught.value.problems[0].sentence


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.integers(-5, 5), st.floats(-1e9, 1e9), st.just(float("nan"))), min_size=1, max_size=200))
def test_bins_are_classes(numbers: list[float]) -> None:
    values = np.array([*numbers, 1.0], np.float64)

    part = Stratified(bins={"price": 4}).decide(table(len(values), numbers=values)).columns["part"]

    # as pandas.qcut would cut them, were they all different; rows without a number are a class of their own
    there = np.sort(values[~np.isnan(values)])
    edges = [there[len(there) * k // 4] for k in (1, 2, 3)] if len(there) else []
    bins = [-1 if np.isnan(x) else sum(x >= edge for edge in sorted(set(edges))) for x in values]
    for value in set(bins):
        inside = part[np.array(bins) == value]
        counts = np.bincount(inside, minlength=3)
        assert (abs(counts - len(inside) * np.array([0.8, 0.1, 0.1])) < 1).all()


def test_bins_of_a_column_without_numbers_are_a_problem() -> None:
    with pytest.raises(Error) as caught:
        Stratified(bins={"price": 4}).decide(table(3, numbers=np.full(3, np.nan)))

    assert caught.value.problems[0].code == "no-measure"


def test_bins_cross_with_the_stratum() -> None:
    rng = np.random.default_rng(0)
    stratum, price = rng.integers(2, 4, 4000), rng.lognormal(size=4000)

    part = (
        Stratified(stratum=("label", "price"), bins={"price": 10}).decide(table(4000, stratum, numbers=price)).columns["part"]
    )

    tenth = np.searchsorted(np.quantile(price, np.arange(1, 10) / 10), price)
    for value in (2, 3):
        for k in range(10):
            counts = np.bincount(part[(stratum == value) & (tenth == k)], minlength=3)
            assert abs(counts - counts.sum() * np.array([0.8, 0.1, 0.1])).max() <= 2.5  # a row at an edge of numpy's
