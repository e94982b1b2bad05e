"""Effect sizes from counts equal those that others compute from the values themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats

from dprep.report.reading import effects
from dprep.report.say import Say

COUNTS = some.integers(1, 12).flatmap(
    lambda places: some.tuples(*[some.lists(some.integers(0, 30), min_size=places, max_size=places).filter(any)] * 2)
)


def values(counts: list[int]) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


@given(COUNTS)
@settings(max_examples=60, deadline=None)
def test_cliffs_delta_is_the_same_from_values_in_any_order(both: tuple[list[int], list[int]]) -> None:
    a, b = (np.random.default_rng(1).permutation(values(counts)) * 1.5 for counts in both)
    assert effects.cliffs_delta_of_values(a, b) == pytest.approx(effects.cliffs_delta(*both))
    assert effects.cliffs_delta_of_values(a, b[:0]) == effects.cliffs_delta_of_values(a[:0], b) == 0.0


@given(COUNTS)
@settings(max_examples=60, deadline=None)
def test_cliffs_delta_is_what_all_pairs_say(both: tuple[list[int], list[int]]) -> None:
    a, b = map(values, both)
    pairs = np.sign(a[:, None] - b[None, :])
    assert effects.cliffs_delta(*both) == pytest.approx(pairs.mean())
    assert effects.cliffs_delta(*both) == -effects.cliffs_delta(*reversed(both))


@given(COUNTS)
@settings(max_examples=60, deadline=None)
def test_kolmogorov_smirnov_is_that_of_scipy(both: tuple[list[int], list[int]]) -> None:
    expected = stats.ks_2samp(*map(values, both), method="asymp").statistic
    assert effects.kolmogorov_smirnov(*both) == pytest.approx(expected)


def test_a_huge_group_keeps_every_digit() -> None:
    many = 10**9
    assert effects.cliffs_delta([many, 1], [many, 0]) == many / ((many + 1) * many)


def test_the_share_that_would_have_to_move() -> None:
    assert effects.total_variation([8, 1, 1], [80, 10, 10]) == pytest.approx(0)
    assert effects.total_variation([8, 2, 0], [6, 2, 2]) == pytest.approx(0.2)
    assert effects.total_variation([1, 0], [0, 5]) == pytest.approx(1)


@pytest.mark.parametrize("effect", [effects.cliffs_delta, effects.kolmogorov_smirnov, effects.total_variation])
def test_an_empty_group_differs_from_nothing(effect) -> None:  # type: ignore[no-untyped-def]
    assert effect([0, 0], [3, 4]) == 0
    assert effect([], []) == 0


def test_places_must_be_aligned() -> None:
    with pytest.raises(ValueError, match="2 places and 3"):
        effects.total_variation([1, 2], [1, 2, 3])


@pytest.mark.parametrize(("delta", "word"), [(0.1, "negligible"), (-0.147, "small"), (0.4, "medium"), (-0.474, "large")])
def test_a_delta_has_the_word_of_its_size(delta: float, word: str) -> None:
    assert effects.size_in_words(delta, Say()) == word
