"""Union-find over row numbers: `parent[i] == i` marks a root, the root of a group is its smallest member."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Places = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def root(parent: Places, i: int) -> int:
    """The root of `i`; halves the path on its way."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def join(parent: Places, a: int, b: int) -> bool:
    """Join the groups of `a` and `b`; False where they were one already."""
    a, b = root(parent, a), root(parent, b)
    if a == b:
        return False
    if a > b:
        a, b = b, a
    parent[b] = a
    return True


@njit(cache=True, nogil=True)
def join_equal(parent: Places, order: Places, values: npt.NDArray[np.uint64]) -> None:
    """Join all members with equal values. `order` sorts `values`; the value 0 joins nothing."""
    for k in range(1, len(order)):
        if values[order[k]] == values[order[k - 1]] and values[order[k]] != 0:
            join(parent, order[k - 1], order[k])


@njit(cache=True, nogil=True)
def flatten(parent: Places) -> None:
    """Point every member at its root."""
    for i in range(len(parent)):
        parent[i] = root(parent, i)


@njit(cache=True, nogil=True)
def join_all(parent: Places, members: Places, others: Places) -> None:
    """Join members[i] with others[i], for every i."""
    for k in range(len(members)):
        join(parent, members[k], others[k])
