"""The scores of the benchmarks of deduplication, against scikit-learn's."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks._scores import pair_scores, scores

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=40)


@given(ROWS)
def test_scores_are_those_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    truth, found = zip(*rows, strict=True)

    got = scores(pl.Series(truth), pl.Series(found))

    (_, only_found), (only_true, both) = metrics.cluster.pair_confusion_matrix(truth, found) // 2
    assert got.ari == pytest.approx(metrics.adjusted_rand_score(truth, found))
    assert (got.true, got.found) == (both + only_true, both + only_found)
    assert got.precision * got.found == pytest.approx(both if got.found else 0)
    assert got.recall * got.true == pytest.approx(both if got.true else 0)


def test_rows_of_no_group_do_not_count_and_rows_of_no_cluster_are_alone() -> None:
    got = scores(pl.Series(["a", "a", "b", None, "b"]), pl.Series([1, 1, None, 1, None]))

    assert (got.true, got.found, got.precision, got.recall) == (2, 1, 1.0, 0.5)


def test_labelled_pairs_are_scored_alone() -> None:
    got = pair_scores(pl.Series([True, True, False, False]), pl.Series([True, False, True, False]))

    assert (got.precision, got.recall, got.f1) == (0.5, 0.5, 0.5)
