"""Looking up keys in sorted arrays that may lie on disk, and comparing rows with the rows found there.

Keys are hashes, evenly spread: where a key stands is guessed from its value, so that a look-up touches one page or two.
"""

from __future__ import annotations

import numpy as np

from dprep.kernels.jit import njit

_RANGE = 2.0**64
CAP = 64
"""Up to so many rows that share a key with a row are compared with it; of more, those whose smallest hash is nearest."""


@njit(cache=True, nogil=True)
def first_place(keys, key):  # type: ignore[no-untyped-def]
    """How many of the sorted `keys` are smaller than `key`."""
    count = len(keys)
    guess = np.int64(np.float64(key) / _RANGE * count)
    low = high = guess if guess < count else count
    step = 1
    while low > 0 and keys[low - 1] >= key:
        low = low - step if low > step else 0
        step *= 2
    step = 1
    while high < count and keys[high] < key:
        high = high + step if high + step < count else count
        step *= 2
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def equal_content(wanted, content, rows, found):  # type: ignore[no-untyped-def]
    """Into found[i] the first of the rows whose 128-bit hash is wanted[i]; -1 where there is none. `content` is sorted."""
    first = content[:, 0]
    for i in range(len(wanted)):
        found[i] = -1
        place = first_place(first, wanted[i, 0])
        while place < len(content) and content[place, 0] == wanted[i, 0]:
            if content[place, 1] == wanted[i, 1]:
                found[i] = rows[place]
                break
            place += 1


@njit(cache=True, nogil=True)
def key_spans(wanted, keys, starts, ends):  # type: ignore[no-untyped-def]
    """Where each of the sorted keys `wanted` begins and ends among the sorted `keys`."""
    for i in range(len(wanted)):
        if i and wanted[i] == wanted[i - 1]:
            starts[i], ends[i] = starts[i - 1], ends[i - 1]
            continue
        start = first_place(keys, wanted[i])
        known, end, step = start, start, 1
        while end < len(keys) and keys[end] == wanted[i]:
            known, end, step = end, min(end + step, len(keys)), 2 * step
        while known < end:
            middle = (known + end) // 2
            if keys[middle] == wanted[i]:
                known = middle + 1
            else:
                end = middle
        starts[i], ends[i] = start, known


@njit(cache=True, nogil=True)
def jaccard_across(a, i, i_end, b, j, j_end):  # type: ignore[no-untyped-def]
    """Jaccard similarity of the sorted distinct a[i:i_end] and b[j:j_end]; 0 for two empty sets."""
    either = (i_end - i) + (j_end - j)
    if either == 0:
        return 0.0
    shared = 0
    while i < i_end and j < j_end:
        x, y = a[i], b[j]
        shared += x == y
        i += x <= y
        j += y <= x
    return shared / (either - shared)


@njit(cache=True, nogil=True)
def _nearest(key_rows, start, end, offsets, hashes, wanted):  # type: ignore[no-untyped-def]
    """Of a stretch of rows ordered by their smallest hash, the `CAP` rows around `wanted`."""
    low, high = start, end
    while low < high:
        middle = (low + high) // 2
        if hashes[offsets[key_rows[middle]]] < wanted:
            low = middle + 1
        else:
            high = middle
    first = max(start, min(low - CAP // 2, end - CAP))
    return first, first + CAP


@njit(cache=True, nogil=True)
def _candidates(row, starts, ends, key_rows, offsets, hashes, wanted, out):  # type: ignore[no-untyped-def]
    """Write the distinct rows that share a key with `row` to the front of `out`, sorted; how many there are."""
    count = 0
    for band in range(len(starts)):
        start, end = starts[band, row], ends[band, row]
        if end - start > CAP:
            start, end = _nearest(key_rows[band], start, end, offsets, hashes, wanted)
        for place in range(start, end):
            out[count] = key_rows[band, place]
            count += 1
    if count < 2:
        return count
    out[:count].sort()
    last = 0
    for k in range(1, count):
        if out[k] != out[last]:
            last += 1
            out[last] = out[k]
    return last + 1


@njit(cache=True, nogil=True)
def best_twins(  # type: ignore[no-untyped-def]
    my_offsets, my_hashes, starts, ends, key_rows, offsets, hashes, least, best, found
):
    """For each of my rows the most similar indexed row among those that share a key; of several the first.

    best (rows,): the similarity found so far, found (rows,): the row; both are overwritten where a better one of at least
    `least` is found. Rows without a set are twins by content only.
    """
    out = np.empty(len(starts) * CAP, np.int64)
    for row in range(len(best)):
        i, i_end = my_offsets[row], my_offsets[row + 1]
        if i == i_end:
            continue
        count = _candidates(row, starts, ends, key_rows, offsets, hashes, my_hashes[i], out)
        for c in range(count):
            j, j_end = offsets[out[c]], offsets[out[c] + 1]
            most = min(i_end - i, j_end - j) / max(i_end - i, j_end - j)
            if most < least or most <= best[row]:
                continue
            similarity = jaccard_across(my_hashes, i, i_end, hashes, j, j_end)
            if similarity >= least and similarity > best[row]:
                best[row], found[row] = similarity, out[c]
