"""Intervals hold what they promise, and tests are as the books have them."""

from __future__ import annotations

import numpy as np
import pytest

from dprep.train.scoring.intervals import CHUNK, Pair, Sums, interval, mcnemar, paired, resampled_counts, swapped_counts


def test_intervals_hold_the_truth_about_ninety_five_times_in_a_hundred() -> None:
    chance = np.random.default_rng(0)
    held, trials = 0, 400
    for trial in range(trials):
        sums = Sums(200, trial, 300)
        sums.add((chance.random((200, 1)) < 0.7).astype(float))
        low, high = interval(sums.finish()[1][:, 0] / 200)
        held += low <= 0.7 <= high
    # a percentile interval of 200 rows, judged on 400 of them: 95 % give or take 3 standard errors, and a little under
    assert 0.90 <= held / trials <= 0.985


def test_portions_make_no_difference() -> None:
    rows = np.random.default_rng(1).normal(size=(3 * CHUNK + 11, 2))
    whole, parts = Sums(len(rows), 9, 40), Sums(len(rows), 9, 40)
    whole.add(rows)
    for first in range(0, len(rows), 100):
        parts.add(rows[first : first + 100])
    for one, other in zip(whole.finish(), parts.finish(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_resample_has_as_many_rows_as_there_are() -> None:
    sums = Sums(5000, 3, 100)
    sums.add(np.stack([np.ones(5000), np.arange(5000)], 1))
    _, resampled = sums.finish()
    assert (resampled[:, 0] == 5000).all()
    # the mean of a resample varies as that of 5,000 draws: 1443 / sqrt(5000) = 20.4
    assert 15 < np.std(resampled[:, 1] / 5000) < 27


def test_columns_that_come_later_are_nought_before() -> None:
    sums = Sums(CHUNK + 5, 3, 10)
    sums.add(np.ones((CHUNK, 1)))
    sums.add(np.ones((5, 3)))
    total, resampled = sums.finish()
    assert total.tolist() == [CHUNK + 5, 5, 5]
    assert (resampled[:, 0] == CHUNK + 5).all()
    assert (resampled[:, 1] == resampled[:, 2]).all()


def test_rows_that_did_not_come_are_noticed() -> None:
    sums = Sums(3, 0, 10)
    sums.add(np.ones((2, 1)))
    with pytest.raises(ValueError, match="1 rows did not come"):
        sums.finish()


@pytest.mark.parametrize("counts", [[1] * 50, [500, 300, 200]])
def test_cells_are_drawn_as_rows_are(counts: list[int]) -> None:
    held = np.asarray(counts)
    drawn = np.concatenate(list(resampled_counts(held, 5, 2000)))
    rows = held.sum()
    assert (drawn.sum(1) == rows).all()
    share = held / rows
    np.testing.assert_allclose(drawn.mean(0), held, rtol=0.1)
    np.testing.assert_allclose(drawn.var(0), rows * share * (1 - share), rtol=0.2)


@pytest.mark.parametrize("counts", [[1] * 50, [500, 300, 200]])
def test_half_the_rows_change_sides(counts: list[int]) -> None:
    held = np.asarray(counts)
    swapped = np.concatenate(list(swapped_counts(held, 5, 2000)))
    np.testing.assert_allclose(swapped.mean(0), held / 2, rtol=0.1)
    np.testing.assert_allclose(swapped.var(0), held / 4, rtol=0.2)


@pytest.mark.parametrize(("worse", "better"), [(0, 0), (3, 3), (1, 9), (20, 45), (400, 500), (0, 2000)])
def test_mcnemar_is_scipys_binomial_test(worse: int, better: int) -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy says what is right")
    expected = stats.binomtest(worse, worse + better).pvalue if worse + better else 1.0
    assert mcnemar(worse, better) == pytest.approx(expected, rel=1e-9)


def pair_of(a: np.ndarray, b: np.ndarray) -> Pair:
    one, two = a[:, None].astype(float), b[:, None].astype(float)
    return Pair(
        counts=np.ones(len(a), np.int64),
        differs=a != b,
        sums_a=lambda weights, picked: weights @ one[picked],
        sums_b=lambda weights, picked: weights @ two[picked],
        metrics=lambda sums: {"mean": sums[:, 0] / len(a)},
        width=1,
    )


def test_permutations_agree_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy says what is right")
    chance = np.random.default_rng(4)
    a = chance.normal(size=60)
    b = a + chance.normal(0.25, 1, 60)
    found = paired(pair_of(a, b), 3, 500)["mean"]
    expected = stats.permutation_test(
        (a, b), lambda x, y, axis: (y - x).mean(axis), permutation_type="samples", n_resamples=20_000, rng=1
    ).pvalue
    assert found.p == pytest.approx(expected, abs=0.02)
    assert found.b - found.a == pytest.approx(float((b - a).mean()))
    assert found.low < found.b - found.a < found.high


def test_no_difference_is_seldom_called_one() -> None:
    chance = np.random.default_rng(6)
    seldom = [paired(pair_of(*(chance.random((2, 80)) < 0.6)), trial, 1, flips=200)["mean"].p < 0.05 for trial in range(300)]
    assert sum(seldom) / 300 < 0.08


def test_equal_answers_are_no_difference() -> None:
    same = np.arange(10.0)
    found = paired(pair_of(same, same), 0, 50)["mean"]
    assert (found.low, found.high, found.p) == (0.0, 0.0, 1.0)
