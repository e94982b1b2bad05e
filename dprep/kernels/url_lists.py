"""Which domains, or domains above them, stand in a set."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hash_set import WordSet, holds
from dprep.kernels.jit import njit

_LONGEST = 253
"""Bytes of a domain (RFC 1035); of longer ones the end is looked at."""


@njit(cache=True, nogil=True)
def _domains(offsets, data, listed, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        end = offsets[row + 1]
        first = max(offsets[row], end - _LONGEST)
        for i in range(first, end):
            starts_label = i == offsets[row] or data[i - 1] == 0x2E
            if starts_label and holds(listed, data, i, end):
                out[row] = True
                break


@njit(cache=True, nogil=True)
def _exact(offsets, data, listed, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        out[row] = offsets[row] < offsets[row + 1] and holds(listed, data, offsets[row], offsets[row + 1])


def listed_domains(buffers: Buffers, listed: WordSet) -> npt.NDArray[np.bool_]:
    """(rows,): whether a domain is of the set, or one that it is under: `a.b.c` under `b.c`."""
    out = np.zeros(len(buffers.offsets) - 1, np.bool_)
    _domains(*buffers, listed, out)
    return out


def listed_exactly(buffers: Buffers, listed: WordSet) -> npt.NDArray[np.bool_]:
    """(rows,): whether a string is of the set; an empty one never is."""
    out = np.zeros(len(buffers.offsets) - 1, np.bool_)
    _exact(*buffers, listed, out)
    return out
