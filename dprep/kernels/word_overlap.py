"""How many words pairs of texts share: Jaccard's index of their sets of words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.jit import njit
from dprep.kernels.ngrams import bytes_hash
from dprep.kernels.shingles import distinct
from dprep.kernels.similarity import shared_members
from dprep.kernels.words import words


@njit(cache=True, nogil=True)
def _members(data, spans, row, out):  # type: ignore[no-untyped-def]
    """Write the hash of every different word of a row, in order; how many there are."""
    first, last = spans.rows[row], spans.rows[row + 1]
    for word in range(first, last):
        out[word - first] = bytes_hash(data, spans.starts[word], spans.ends[word])
    return distinct(out, last - first)


@njit(cache=True, nogil=True)
def _jaccards(data, spans, new_data, new_spans, both, out):  # type: ignore[no-untyped-def]
    half = len(both) // 2
    for row in range(len(out)):
        count = _members(data, spans, row, both[:half])
        new_count = _members(new_data, new_spans, row, both[half:])
        shared = shared_members(both, 0, count, half, half + new_count)
        either = count + new_count - shared
        out[row] = shared / either if either else np.nan


def jaccards(before: Text, after: Text) -> npt.NDArray[np.float64]:
    """(rows,) words in both over words in either; NaN where neither text has a word. Case counts: give texts in one case."""
    out = np.zeros(len(before), np.float64)
    if len(out):
        spans, new_spans = before.once(words), after.once(words)
        most = max(int(np.diff(each.rows).max()) for each in (spans, new_spans))
        _jaccards(before.buffers.data, spans, after.buffers.data, new_spans, np.empty(2 * most, np.uint64), out)
    return out
