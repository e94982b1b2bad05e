"""Packs: nothing lost, nothing over the limit, few of them, and a mixture of lengths in each."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dprep.train.data.packing import Packs, best_fit, in_multiples, packs_of

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=80)


def _each(packs: Packs) -> list[list[int]]:
    return [packs.lengths[start:end].tolist() for start, end in zip(packs.starts[:-1], packs.starts[1:], strict=True)]


def _one_by_one(lengths: list[int], capacity: int) -> list[int]:
    """Best-fit decreasing as it is told in books: the tokens of each pack."""
    packs: list[int] = []
    for length in sorted(lengths, reverse=True):
        fitting = [place for place, filled in enumerate(packs) if filled + length <= capacity]
        if fitting:
            packs[max(fitting, key=lambda place: packs[place])] += length
        else:
            packs.append(length)
    return sorted(packs)


@given(LENGTHS, st.integers(1, 100))
def test_best_fit_is_that_of_the_books(lengths: list[int], capacity: int) -> None:
    packs = best_fit(np.array(lengths), capacity)
    assert Counter(packs.lengths.tolist()) == Counter(lengths)
    assert sorted(packs.tokens.tolist()) == _one_by_one(lengths, capacity)


@given(LENGTHS, st.integers(1, 100), st.integers(1, 6), st.booleans())
def test_packs_keep_to_the_limit_and_come_in_multiples(lengths: list[int], capacity: int, of: int, alike: bool) -> None:
    if len(lengths) < of:
        return
    packs = packs_of(np.array(lengths), capacity, of, alike)
    each = _each(packs)
    assert Counter(packs.lengths.tolist()) == Counter(lengths)
    assert len(each) % of == 0
    assert all(each)
    enough = len(lengths) >= -(-best_fit(np.array(lengths), capacity).count // of) * of
    over = [pack for pack in each if sum(pack) > capacity]
    # above the limit are documents that are so alone, and, with too few documents for another step, what had to join
    assert all(len(pack) == 1 for pack in over) or not enough


def test_halves_are_taken_of_the_fullest() -> None:
    packs = in_multiples(best_fit(np.array([5, 5, 5, 5, 9]), 20), 3)
    assert sorted(sum(pack) for pack in _each(packs)) == [9, 10, 10]


def test_too_few_documents_for_another_step_join_the_lightest() -> None:
    packs = in_multiples(best_fit(np.array([9, 8, 7]), 10), 2)
    assert sorted(map(sorted, _each(packs))) == [[7, 8], [9]]


def test_packs_are_nearly_full_and_each_has_long_and_short_documents() -> None:
    """A pack of one length only would make each step of training see one length."""
    luck = np.random.default_rng(3)
    lengths = np.clip(luck.lognormal(np.log(28), 1, 20_000), 1, 512).astype(int)
    even, alike = packs_of(lengths, 4096, 2, alike=False), packs_of(lengths, 4096, 2, alike=True)
    assert lengths.sum() / (even.count * 4096) > 0.985
    spread = [float(np.std(pack)) / float(np.std(lengths)) for pack in _each(even)]
    assert min(spread) > 0.8
    same = [float(np.std(pack)) / float(np.std(lengths)) for pack in _each(alike)]
    assert np.median(same) < 0.2


def test_instructions_with_documents_as_long_as_a_pack_are_packed_all_the_same() -> None:
    luck = np.random.default_rng(4)
    lengths = np.clip(luck.lognormal(np.log(150), 1, 20_000), 1, 2048).astype(int)
    packs = packs_of(lengths, 2048, 1, alike=False)
    assert packs.tokens.max() <= 2048
    assert lengths.sum() / (packs.count * 2048) > 0.99
