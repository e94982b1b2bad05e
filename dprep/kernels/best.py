"""The few best of many scored things, kept in order: by score, and of equal ones the lower number first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit


@njit(cache=True, nogil=True)
def put(best, ranked, held, score, number):  # type: ignore[no-untyped-def]
    """Keep one more among the best so far, of which there are `held`; how many are kept."""
    most = len(best)
    if held == most and (score < best[-1] or (score == best[-1] and number > ranked[-1])):
        return held
    k = held if held < most else most - 1
    while k > 0 and (best[k - 1] < score or (best[k - 1] == score and ranked[k - 1] > number)):
        best[k], ranked[k] = best[k - 1], ranked[k - 1]
        k -= 1
    best[k], ranked[k] = score, number
    return min(held + 1, most)


@njit(cache=True, nogil=True)
def _keep(scores, first, best, ranked, held):  # type: ignore[no-untyped-def]
    for row in range(len(scores)):
        count = held[row]
        for k in range(scores.shape[1]):
            score = scores[row, k]
            if score > best[row, -1] and score > -np.inf:
                count = put(best[row], ranked[row], count, score, first + k)
        held[row] = count


class Best:
    """The best of each of some rows; -1 stands where there are no more."""

    def __init__(self, rows: int, most: int) -> None:
        self.ranked = np.full((rows, most), -1, np.int32)  # (rows, most)
        self._scores = np.full((rows, most), -np.inf, np.float32)
        self._held = np.zeros(rows, np.int64)

    def keep(self, scores: npt.NDArray[np.float32], first: int) -> None:
        """Look at more things, numbered upwards from `first`: scores (rows, things), minus infinity for what is left out."""
        _keep(scores, first, self._scores, self.ranked, self._held)
