"""Sorting hashes, against numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from dprep.kernels.ordering import FEW, MOST_BITS, sorted_distinct

RNG = np.random.default_rng(20261122)
TOP = np.uint64(2**64 - 1)


def distinct(values: np.ndarray) -> np.ndarray:
    work = np.concatenate([values, [np.uint64(7)]])  # a neighbour that must not be touched
    scratch, starts = np.empty(len(values), np.uint64), np.empty(2**MOST_BITS + 1, np.int64)
    count = sorted_distinct(work, len(values), scratch, starts)
    assert work[-1] == 7
    return work[:count]


def spread(size: int) -> np.ndarray:
    return RNG.integers(0, 2**64, size, dtype=np.uint64, endpoint=False)


@pytest.mark.parametrize("size", [0, 1, 2, FEW - 1, FEW, FEW + 1, 100, 1000, 8192, 8193, 200_000])
def test_hashes_come_sorted_and_once(size: int) -> None:
    values = np.concatenate([spread(size // 2), spread(size - size // 2)[:: 2 if size > 4 else 1]])
    repeated = RNG.permutation(np.concatenate([values, values[::3]]))

    assert np.array_equal(distinct(repeated), np.unique(values))


@pytest.mark.parametrize(
    "values",
    [
        np.arange(5000, dtype=np.uint64)[::-1],
        TOP - np.arange(5000, dtype=np.uint64),
        np.tile(np.array([3, 1, 2], np.uint64), 2000),
        np.repeat(np.array([TOP, 0], np.uint64), 3000),
        np.concatenate([np.zeros(4000, np.uint64), spread(100)]),
        np.full(5000, TOP),
    ],
    ids=["small numbers falling", "the largest numbers", "three numbers in turn", "the ends", "mostly zero", "one number"],
)
def test_numbers_that_share_their_leading_bits_are_sorted_too(values: np.ndarray) -> None:
    assert np.array_equal(distinct(values), np.unique(values))
