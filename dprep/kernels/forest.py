"""Sums of decision trees, walked row by row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit


class Forest(NamedTuple):
    """Nodes of all trees, one after another. A node with feature -1 is a leaf."""

    roots: npt.NDArray[np.int32]  # (trees,)
    feature: npt.NDArray[np.int16]  # (nodes,)
    threshold: npt.NDArray[np.float32]  # go left where the feature is at most this
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]  # of leaves
    bias: float


@njit(cache=True, nogil=True)
def _walked(table, roots, feature, threshold, left, right, value, bias):  # type: ignore[no-untyped-def]
    made = np.full(len(table), bias)
    for root in roots:  # a tree fits into the nearest cache, a table does not
        for k in range(len(table)):
            node = root
            while feature[node] >= 0:
                node = left[node] if table[k, feature[node]] <= threshold[node] else right[node]
            made[k] += value[node]
    return 1.0 / (1.0 + np.exp(-made))


def likelihoods(table: npt.NDArray[np.float32], forest: Forest) -> npt.NDArray[np.float64]:
    """(rows,) likelihoods of the rows of (rows, features) `table`: the trees' sum through the logistic function."""
    return _walked(table, *forest)  # type: ignore[no-any-return]
