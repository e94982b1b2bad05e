"""Iterative stratification of rows, or groups of rows, that have several labels each.

Source: Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label data", algorithm 1: of the labels that
still have rows, the one with the fewest goes first, and each of its rows to the part that wants most of that label. With pairs
of labels as further labels it is the second order of Szymański and Kajdanowicz 2017, "A network perspective on stratification
of multi-label data".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def stratified(
    starts: Counts, labels: Cells, counts: Cells, sizes: Counts, of_label: Counts, members: Cells, wanted: Shares, total: Shares
) -> npt.NDArray[np.uint8]:
    """A part for every group: group g has counts[i] rows with labels[i] for i in starts[g]:starts[g + 1], and at least one
    label.

    sizes: rows of each group; members: the groups with label l are members[of_label[l]:of_label[l + 1]], in the order in which
    they are dealt. wanted (labels, parts) and total (parts,): how many rows each part should have; used up.
    """
    groups, number = len(starts) - 1, len(of_label) - 1
    chosen = np.full(groups, 255, np.uint8)
    left = of_label[1:] - of_label[:-1]
    first = np.full(groups + 1, -1, np.int64)  # the labels with so many groups left, as linked lists
    after, before = np.full(number, -1, np.int64), np.full(number, -1, np.int64)
    for label in range(number - 1, -1, -1):
        _put(first, after, before, left, label)
    fewest = 1
    while fewest <= groups:
        label = first[fewest]
        if label < 0:
            fewest += 1
            continue
        _take(first, after, before, left, label)
        left[label] = 0
        for place in range(of_label[label], of_label[label + 1]):
            g = members[place]
            if chosen[g] != 255:
                continue
            part = _neediest(wanted, total, label)
            chosen[g] = part
            total[part] -= sizes[g]
            for i in range(starts[g], starts[g + 1]):
                other = labels[i]
                wanted[other, part] -= counts[i]
                if left[other] > 0:
                    _take(first, after, before, left, other)
                    left[other] -= 1
                    _put(first, after, before, left, other)
                    if 0 < left[other] < fewest:
                        fewest = left[other]
    return chosen


@njit(cache=True, nogil=True)
def _neediest(wanted, total, label):  # type: ignore[no-untyped-def]
    """The part that wants most of a label; of those that want as much, the one that wants most rows."""
    best = 0
    for part in range(1, wanted.shape[1]):
        more = wanted[label, part] - wanted[label, best]
        if more > 1e-9 or (more > -1e-9 and total[part] > total[best] + 1e-9):
            best = part
    return best


@njit(cache=True, nogil=True)
def _put(first, after, before, left, label):  # type: ignore[no-untyped-def]
    size = left[label]
    if size == 0:
        return
    after[label], before[label] = first[size], -1
    if first[size] >= 0:
        before[first[size]] = label
    first[size] = label


@njit(cache=True, nogil=True)
def _take(first, after, before, left, label):  # type: ignore[no-untyped-def]
    if before[label] >= 0:
        after[before[label]] = after[label]
    else:
        first[left[label]] = after[label]
    if after[label] >= 0:
        before[after[label]] = before[label]


@njit(cache=True, nogil=True)
def with_pairs(offsets: Counts, labels: Cells, number: int, most: int) -> tuple[Counts, Counts]:
    """The labels of each row, and a number from `number` for each pair of them; of rows with over `most` labels, without pairs.

    offsets, labels: distinct labels of each row, sorted, all under `number`.
    """
    lengths = np.zeros(len(offsets), np.int64)
    for row in range(len(offsets) - 1):
        own = offsets[row + 1] - offsets[row]
        lengths[row + 1] = own + (own * (own - 1) // 2 if own <= most else 0)
    starts = np.cumsum(lengths)
    found = np.empty(starts[-1], np.int64)
    for row in range(len(offsets) - 1):
        at, end = starts[row], offsets[row + 1]
        for i in range(offsets[row], end):
            found[at] = labels[i]
            at += 1
        if end - offsets[row] > most:
            continue
        for i in range(offsets[row], end):
            for j in range(i + 1, end):
                found[at] = (np.int64(labels[i]) + 1) * number + labels[j]
                at += 1
    return starts, found
