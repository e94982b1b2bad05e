"""Controlled rounding, also from the worst start: totals settle whatever the cells were given at first."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.kernels.quotas import _settle_totals, rounded


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 30), st.integers(2, 6), st.integers(0, 10_000))
def test_totals_settle_from_the_worst_start(strata: int, parts: int, seed: int) -> None:
    weights = np.random.default_rng(seed).random(parts) + 0.01
    shares = np.random.default_rng(seed + 1).integers(1, 20, strata)[:, None] * (weights / weights.sum())
    loose = shares - np.floor(shares)
    left = np.rint(loose.sum(axis=1)).astype(int)
    up = np.arange(parts)[None, :] < left[:, None]  # the first parts take every leftover

    _settle_totals(loose, up)

    assert up.sum(axis=1).tolist() == left.tolist()
    assert (abs(up.sum(axis=0) - loose.sum(axis=0)) < 1 + 1e-6).all()


def test_order_breaks_ties() -> None:
    shares = np.full((2, 2), 0.5)

    assert rounded(shares, np.array([0, 1])).tolist() == [[1, 0], [0, 1]]
    assert rounded(shares, np.array([1, 0])).tolist() == [[0, 1], [1, 0]]
