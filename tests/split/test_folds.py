"""split.folds: every row in one fold, folds alike, units whole."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.ops.split.folds import Folds
from tests.split.tables import shuffled, table


@settings(deadline=None, max_examples=80)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(2, 12), st.integers(0, 99))
def test_every_fold_has_its_share_of_every_class(sizes: list[int], k: int, seed: int) -> None:
    stratum = np.repeat(np.arange(len(sizes)) + 2, sizes)

    decided = Folds(k=k, stratum=("label",)).decide(table(len(stratum), stratum, seed=seed))

    fold = decided.columns["fold"]
    assert fold.dtype == np.int32
    assert set(fold.tolist()) <= set(range(k))
    for value, size in enumerate(sizes, start=2):
        assert np.ptp(np.bincount(fold[stratum == value], minlength=k)) <= (0 if size % k == 0 else 1)
    assert np.ptp(np.bincount(fold, minlength=k)) <= 1
    assert decided.columns["part"].tolist() == [0] * len(stratum)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(2, 4), st.integers(0, 12)), min_size=1, max_size=80),
    st.integers(0, 99),
    st.randoms(use_true_random=False),
)
def test_units_are_in_one_fold_in_whatever_order_rows_come(rows: list[tuple[int, int]], seed: int, shuffler) -> None:  # type: ignore[no-untyped-def]
    stratum, unit = np.array(rows, np.uint64).T
    given_rows, op = table(len(rows), stratum, unit, seed=seed), Folds(k=3, stratum=("label",), unit=("customer",))

    fold = op.decide(given_rows).columns["fold"]

    for value in set(unit.tolist()) - {0}:
        assert len(set(fold[unit == value].tolist())) == 1
    order = np.array(shuffler.sample(range(len(rows)), len(rows)))
    assert op.decide(shuffled(given_rows, order)).columns["fold"].tolist() == fold[order].tolist()


def test_folds_are_a_column_and_all_rows_are_for_training() -> None:
    op = Folds()

    assert op.parts() == ("train",)
    assert list(op.makes()) == ["part", "fold"]
    assert op.decide(table(0)).columns["fold"].tolist() == []


def test_twins_are_read_as_clusters() -> None:
    op = Folds(stratum=("label",), unit=("customer", "twins"), bins={"price": 5}, labels="topics")

    assert set(op.reads()) == {"label", "customer", "cluster", "price", "topics"}
