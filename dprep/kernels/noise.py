"""Misspellings over Arrow buffers: swapped, lost, doubled and mistaken characters, drawn from one u64 per text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.draws import below, draw
from dprep.kernels.jit import njit
from dprep.kernels.protected import protected_spans
from dprep.kernels.utf8 import code_point, put, width
from dprep.kernels.words import DIGIT, LETTER, MARK, SINGLE, word_classes

SWAP, DELETE, INSERT, KEYBOARD, OCR = range(5)


class Confusions(NamedTuple):
    """What characters may be mistaken for: keys[k] for choices[starts[k]:starts[k + 1]], one or two code points each."""

    keys: npt.NDArray[np.int64]  # (characters,), ascending
    starts: npt.NDArray[np.int64]  # (characters + 1,)
    choices: npt.NDArray[np.int64]  # (all choices, 2), zero where there is no second


def confusions(table: dict[str, list[str]]) -> Confusions:
    """Arrays of a table from characters to what they may be mistaken for (at most twice as many UTF-8 bytes)."""
    ordered = sorted(table.items())
    starts = np.cumsum([0, *(len(choices) for _, choices in ordered)])
    pairs = [[ord(c) for c in choice.ljust(2, "\0")] for _, choices in ordered for choice in choices]
    return Confusions(np.array([ord(key) for key, _ in ordered]), starts, np.array(pairs, np.int64))


@njit(cache=True, nogil=True)
def _find(keys, starts, point):  # type: ignore[no-untyped-def]
    """(first, end) of the choices of `point`; an empty range where it has none."""
    k = np.searchsorted(keys, point)
    if k == len(keys) or keys[k] != point:
        return 0, 0
    return starts[k], starts[k + 1]


@njit(cache=True, nogil=True)
def _read(data, i, end, classes, starts, ends, points, free):  # type: ignore[no-untyped-def]
    """Code points of a text, and which of them may change: letters without marks, outside data[starts:ends]. Their number."""
    n, k = 0, 0
    while i < end:
        while k < len(ends) and ends[k] <= i:
            k += 1
        point = code_point(data, i)
        kind = classes[point] if point < len(classes) else SINGLE if point < 0x40000 else 0
        points[n] = point
        free[n] = LETTER <= kind <= SINGLE and kind != DIGIT and not (k < len(ends) and starts[k] <= i)
        # a letter and its marks are one to the reader, and so is what a joiner joins
        if n > 0 and (kind == MARK or point == 0x200D or point == 0x200C):
            free[n - 1] = False
        n += 1
        i += width(data[i])
    return n


@njit(cache=True, nogil=True)
def _neighbour(points, free, n, i):  # type: ignore[no-untyped-def]
    return (i > 0 and free[i - 1]) or (i + 1 < n and free[i + 1])


@njit(cache=True, nogil=True)
def _edit(points, free, n, i, kind, keyboard, ocr, state, new):  # type: ignore[no-untyped-def]
    """Try `kind` at place i: (code points written to `new` or -1 if it cannot be, places used up, state)."""
    point = points[i]
    if kind == SWAP:
        if i + 1 < n and free[i + 1] and points[i + 1] != point:
            new[0], new[1] = points[i + 1], point
            return 2, 2, state
        return -1, 1, state
    if kind == DELETE:
        return (0 if _neighbour(points, free, n, i) else -1), 1, state
    keys, starts, choices = ocr if kind == OCR else keyboard
    first, end = _find(keys, starts, point)
    if kind == INSERT:
        new[0] = new[1] = point
        if first < end:
            pick, state = below(state, end - first)
            new[1] = choices[first + pick, 0]
        return 2, 1, state
    if first == end:
        return -1, 1, state
    pick, state = below(state, end - first)
    new[0], new[1] = choices[first + pick, 0], choices[first + pick, 1]
    return (2 if new[1] else 1), 1, state


@njit(cache=True, nogil=True)
def _any_kind(points, free, n, i, kinds, keyboard, ocr, state, new):  # type: ignore[no-untyped-def]
    """The first of `kinds`, from a drawn one on, that can be done at place i; as _edit."""
    start, state = below(state, len(kinds))
    for k in range(len(kinds)):
        written, used, state = _edit(points, free, n, i, kinds[(start + k) % len(kinds)], keyboard, ocr, state, new)
        if written >= 0:
            return written, used, state
    return -1, 1, state


@njit(cache=True, nogil=True)
def _misspelt(points, free, n, luck, rate, only, kinds, keyboard, ocr, out, at):  # type: ignore[no-untyped-def]
    """Write the text with places changed by chance `rate`, or `only` one place unless that is -1: (place after it, changes)."""
    new = np.zeros(2, np.int64)
    limit, state, changes, i = np.uint64(rate * 2.0**53), luck, 0, 0
    while i < n:
        written, used = -1, 1
        if free[i]:
            value, state = draw(state)
            hit = value >> np.uint64(11) < limit if only < 0 else i == only
            if hit:
                written, used, state = _any_kind(points, free, n, i, kinds, keyboard, ocr, state, new)
        if written < 0:
            at = put(out, at, points[i])
        else:
            changes += 1
            for k in range(written):
                at = put(out, at, new[k])
        i += used
    return at, changes


@njit(cache=True, nogil=True)
def _same(data, i, end, out, at):  # type: ignore[no-untyped-def]
    """Whether out[at:] starts with data[i:end]; both are equally long."""
    same = True
    for k in range(end - i):
        same &= data[i + k] == out[at + k]
    return same


@njit(cache=True, nogil=True)
def _noise(offsets, data, luck, rate, kinds, classes, kept, keyboard, ocr, out, out_offsets, valid):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(valid)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    points, free = np.zeros(longest, np.int64), np.zeros(longest, np.bool_)
    for row in range(len(valid)):
        i, end, start = offsets[row], offsets[row + 1], out_offsets[row]
        first, last = kept.rows[row], kept.rows[row + 1]
        n = _read(data, i, end, classes, kept.starts[first:last], kept.ends[first:last], points, free)
        first, state = below(luck[row], max(n, 1))
        at, changes, only, tried = start, 0, -1, 0
        while True:
            at, changes = _misspelt(points, free, n, state, rate, only, kinds, keyboard, ocr, out, start)
            # short texts and small rates often have no hit: the first place that can change is taken then
            while tried < n and not free[(first + tried) % n]:
                tried += 1
            if changes or tried == n:
                break
            only = (first + tried) % n
            tried += 1
        valid[row] = changes > 0 and not (at - start == end - i and _same(data, i, end, out, start))
        out_offsets[row + 1] = at if valid[row] else start


def noise(
    offsets: npt.NDArray[np.int64],
    data: npt.NDArray[np.uint8],
    luck: npt.NDArray[np.uint64],
    *,
    rate: float,
    kinds: tuple[int, ...],
    keyboard: Confusions,
    ocr: Confusions,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """A misspelt version of each text: (offsets, bytes, whether it could be changed).

    rate: chance of each letter to be touched; one is touched at least where any can be. kinds: the changes to draw from.
    """
    rows = len(offsets) - 1
    out = np.empty(2 * int(offsets[-1] - offsets[0]) + 8, np.uint8)
    out_offsets, valid = np.zeros(rows + 1, np.int64), np.zeros(rows, np.bool_)
    chosen = np.array(sorted(kinds), np.int64)
    kept = protected_spans(Buffers(offsets, data))
    _noise(offsets, data, luck, rate, chosen, word_classes(), kept, tuple(keyboard), tuple(ocr), out, out_offsets, valid)
    return out_offsets, out[: out_offsets[-1]], valid
