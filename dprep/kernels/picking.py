"""The first rows of every class, in a given order, of which no two are of one unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Small = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def picked(order: Small, classes: Small, units: Small, number: int, most: int) -> npt.NDArray[np.int32]:
    """(rows,): the how-manieth of its class each row is, from 0; -1 for rows that are not picked.

    order: the rows that may be picked; classes: under `number`; units: under the number of rows.
    """
    ranks = np.full(len(classes), -1, np.int32)
    taken = np.zeros(number, np.int32)
    used = np.zeros(len(units), np.bool_)
    for row in order:
        of = classes[row]
        if taken[of] < most and not used[units[row]]:
            ranks[row] = taken[of]
            taken[of] += 1
            used[units[row]] = True
    return ranks
