"""Listed terms in pairs of texts: which stand in the one and not in the other, and how often terms of a kind stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.automaton import Automaton, next_match
from dprep.kernels.jit import njit
from dprep.kernels.shingles import distinct


@njit(cache=True, nogil=True)
def _term(data, start, end, known):  # type: ignore[no-untyped-def]
    """Which term data[start:end] is: the state that reading it from the start leads to."""
    step = 0
    for i in range(start, end):
        step = known.steps[step + known.classes[data[i]]]
    return step >> known.shift


@njit(cache=True, nogil=True)
def _terms(data, first, last, known, out):  # type: ignore[no-untyped-def]
    """Write the different terms of the text data[first:last], in order; how many there are. `out` holds one per byte."""
    found, i = 0, first
    while i < last:
        start, end = next_match(data, i, first, last, known)
        if start < 0:
            break
        out[found] = _term(data, start, end, known)
        found += 1
        i = end
    return distinct(out, found)


@njit(cache=True, nogil=True)
def _new(offsets, data, new_offsets, new_data, known, held, new_held, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        new_count = _terms(new_data, new_offsets[row], new_offsets[row + 1], known, new_held)
        if new_count == 0:
            continue
        count = _terms(data, offsets[row], offsets[row + 1], known, held)
        there = held[:count]
        for k in range(new_count):
            at = np.searchsorted(there, new_held[k])
            out[row] += at == count or there[at] != new_held[k]


@njit(cache=True, nogil=True)
def _count(offsets, data, known, skipped, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        i, last = offsets[row], offsets[row + 1]
        while i < last:
            start, end = next_match(data, i, offsets[row], last, known)
            if start < 0:
                break
            out[row] += known.kinds[_term(data, start, end, known)] & skipped == 0
            i = end


def new_terms(before: Buffers, after: Buffers, known: Automaton) -> npt.NDArray[np.int64]:
    """(rows,) how many different terms stand in the new text and not in the old one."""
    out = np.zeros(len(before.offsets) - 1, np.int64)
    if len(out):
        held, new_held = (np.empty(int(np.diff(each.offsets).max()), np.int64) for each in (before, after))
        _new(*before, *after, known, held, new_held, out)
    return out


def counted(texts: Buffers, known: Automaton, skipped: int) -> npt.NDArray[np.int64]:
    """(rows,) how many terms stand in each text, but for those of a kind in `skipped`.

    A term also is of the kinds of the terms that it ends with.
    """
    out = np.zeros(len(texts.offsets) - 1, np.int64)
    _count(*texts, known, 1 << skipped, out)
    return out
