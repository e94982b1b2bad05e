"""chrF of pairs of texts: how many runs of one to six characters two texts share.

Blanks do not count. For every length the share of the new text's runs that the old one has (precision) and the share of the
old text's runs that the new one has (recall) are found, copies counted as often as both have them; both are averaged over the
lengths that both texts reach, and chrF is 100 times their F score, in which recall weighs twice as much. A run is known by 64
bits of hash.
Source: Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation"; averaged as sacrebleu 2.6.0 does for a
sentence (`sacrebleu/metrics/chrf.py`: order 6, beta 2, no smoothing).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

_ORDER = 6
_RECALL = 4.0
"""beta squared."""
_FACTOR = np.uint64(0x9FB21C651E98DF25)
_SALT = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _is_blank(point):  # type: ignore[no-untyped-def]
    """Python's `str.isspace`."""
    if point <= 0x20:
        return point == 0x20 or 0x09 <= point <= 0x0D or 0x1C <= point <= 0x1F
    if point < 0x1680:
        return point == 0x85 or point == 0xA0
    if 0x2000 <= point <= 0x205F:
        return point <= 0x200A or point == 0x2028 or point == 0x2029 or point == 0x202F or point == 0x205F
    return point == 0x1680 or point == 0x3000


@njit(cache=True, nogil=True)
def _points(data, start, end, out):  # type: ignore[no-untyped-def]
    """Write the code points of data[start:end] that are no blanks; how many there are."""
    found, i = 0, start
    while i < end:
        point = code_point(data, i)
        if not _is_blank(point):
            out[found] = point
            found += 1
        i += width(data[i])
    return found


@njit(cache=True, nogil=True)
def _lengthen(keys, points, count, order):  # type: ignore[no-untyped-def]
    """From the keys of runs of `order` characters to those of runs of one more; `count` of these there are."""
    for i in range(count):
        running = (keys[i] ^ np.uint64(points[i + order] + 1)) * _FACTOR
        keys[i] = running ^ (running >> np.uint64(29))


@njit(cache=True, nogil=True)
def _slot(table, held, mask, stamp, key):  # type: ignore[no-untyped-def]
    """Where `key` is, or where it would go. Slots of another stamp are free."""
    at = np.int64((key * _SALT) >> np.uint64(33)) & mask
    while held[at, 0] == stamp and table[at] != key:
        at = (at + 1) & mask
    return at


@njit(cache=True, nogil=True)
def _shared(old, count, new, new_count, table, held, mask, stamp):  # type: ignore[no-untyped-def]
    """How many runs both have, each as often as both have it. held: (slots, 2) stamp, copies left."""
    for i in range(count):
        at = _slot(table, held, mask, stamp, old[i])
        if held[at, 0] != stamp:
            table[at] = old[i]
            held[at, 0] = stamp
            held[at, 1] = 0
        held[at, 1] += 1
    shared = 0
    for i in range(new_count):
        at = _slot(table, held, mask, stamp, new[i])
        if held[at, 0] == stamp and held[at, 1] > 0:
            held[at, 1] -= 1
            shared += 1
    return shared


@njit(cache=True, nogil=True)
def _score(points, size, new_points, new_size, keys, new_keys, table, held, stamp):  # type: ignore[no-untyped-def]
    """chrF of one pair; takes the stamps from `stamp` on."""
    if size == 0 or new_size == 0:
        return np.nan
    mask = np.int64(16)
    while mask < 2 * size:
        mask *= 2
    keys[:size] = np.uint64(0)
    new_keys[:new_size] = np.uint64(0)
    precision, recall, orders = 0.0, 0.0, 0
    for order in range(min(_ORDER, size, new_size)):
        count, new_count = size - order, new_size - order
        _lengthen(keys, points, count, order)
        _lengthen(new_keys, new_points, new_count, order)
        shared = _shared(keys, count, new_keys, new_count, table, held, mask - 1, stamp + order)
        precision += shared / new_count
        recall += shared / count
        orders += 1
    precision /= orders
    recall /= orders
    if precision + recall == 0:
        return 0.0
    return 100 * ((1 + _RECALL) * precision * recall / (_RECALL * precision + recall))


@njit(cache=True, nogil=True)
def _scores(offsets, data, new_offsets, new_data, longest, new_longest, out):  # type: ignore[no-untyped-def]
    points, new_points = np.empty(longest, np.int64), np.empty(new_longest, np.int64)
    keys, new_keys = np.empty(longest, np.uint64), np.empty(new_longest, np.uint64)
    slots = np.int64(16)
    while slots < 2 * longest:
        slots *= 2
    table, held = np.empty(slots, np.uint64), np.zeros((slots, 2), np.int64)
    for row in range(len(out)):
        size = _points(data, offsets[row], offsets[row + 1], points)
        new_size = _points(new_data, new_offsets[row], new_offsets[row + 1], new_points)
        stamp = 1 + row * _ORDER
        out[row] = _score(points, size, new_points, new_size, keys, new_keys, table, held, stamp)


def chrf(before: Buffers, after: Buffers) -> npt.NDArray[np.float64]:
    """(rows,) 0 to 100; NaN where a text has nothing but blanks. `before` is the reference."""
    out = np.zeros(len(before.offsets) - 1, np.float64)
    if len(out):
        longest, new_longest = (int(np.diff(each.offsets).max()) for each in (before, after))
        _scores(*before, *after, longest, new_longest, out)
    return out
