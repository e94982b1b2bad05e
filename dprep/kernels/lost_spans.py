"""Protected stretches of one text that another lacks, by groups of kinds: compared byte by byte, however often they stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit
from dprep.kernels.ngrams import bytes_hash
from dprep.kernels.protected import Protected
from dprep.kernels.shingles import distinct


@njit(cache=True, nogil=True)
def _members(data, spans, row, groups, group, out):  # type: ignore[no-untyped-def]
    """Write the hash of every different stretch of a row that is of `group`, in order; how many there are."""
    found = 0
    for span in range(spans.rows[row], spans.rows[row + 1]):
        if groups[spans.kinds[span]] == group:
            out[found] = bytes_hash(data, spans.starts[span], spans.ends[span])
            found += 1
    return distinct(out, found)


@njit(cache=True, nogil=True)
def _lost(data, spans, in_data, in_spans, groups, held, there, out):  # type: ignore[no-untyped-def]
    for row in range(out.shape[1]):
        if spans.rows[row] == spans.rows[row + 1]:
            continue
        for group in range(out.shape[0]):
            count = _members(data, spans, row, groups, group, held)
            known = there[: _members(in_data, in_spans, row, groups, group, there)]
            for k in range(count):
                at = np.searchsorted(known, held[k])
                out[group, row] += at == len(known) or known[at] != held[k]


def lost_spans(
    source: Buffers, spans: Protected, target: Buffers, target_spans: Protected, groups: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """(groups, rows) how many different stretches of each source its target lacks.

    groups: for every kind of `kernels.protected` the group that it belongs to; -1: none.
    """
    out = np.zeros((int(groups.max()) + 1, len(source.offsets) - 1), np.int64)
    if out.shape[1]:
        held, there = (np.empty(int(np.diff(each.rows).max()), np.uint64) for each in (spans, target_spans))
        _lost(source.data, spans, target.data, target_spans, groups, held, there, out)
    return out
