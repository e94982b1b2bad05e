"""Stretches of texts: words, tokens, lines, sentences."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Offsets = npt.NDArray[np.int64]


class Spans(NamedTuple):
    """Span s is data[starts[s]:ends[s]] of the text's buffers; row r has spans rows[r] up to rows[r + 1]."""

    rows: Offsets  # (rows + 1,)
    starts: Offsets  # (spans,)
    ends: Offsets  # (spans,)

    def taken(self, rows: Offsets, shift: Offsets) -> Self:
        """The spans of the kept `rows` alone; `shift[i]` is how far the text of kept row i has moved, in bytes."""
        kept = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(self.rows[rows + 1] - self.rows[rows], out=kept[1:])
        starts, ends = np.empty(kept[-1], np.int64), np.empty(kept[-1], np.int64)
        _take(self.rows, self.starts, self.ends, rows, shift, kept, starts, ends)
        return type(self)(kept, starts, ends)


@njit(cache=True, nogil=True)
def _take(rows, starts, ends, chosen, shift, kept, new_starts, new_ends):  # type: ignore[no-untyped-def]
    """Copy the spans of the chosen rows to their new places."""
    for i in range(len(chosen)):
        source = rows[chosen[i]]
        for at in range(kept[i], kept[i + 1]):
            new_starts[at] = starts[source] + shift[i]
            new_ends[at] = ends[source] + shift[i]
            source += 1
