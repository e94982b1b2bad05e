"""Chinese words as jieba 0.42.1 cuts them (`cut(text, cut_all=False, HMM=True)`), blanks left out.

Runs of han, Latin letters, digits and `+#&._%-` are cut along the likeliest path through jieba's word list; characters that
the path leaves single are put together by a hidden Markov model of word begin, middle, end and single word. All else is one
word per character. Sums are made in jieba's order of operations, so that ties fall the same way.
Source: jieba/__init__.py, jieba/finalseg/__init__.py.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.english import blank_width
from dprep.kernels.jieba_dictionary import (
    BEGIN,
    END,
    FIGURE,
    HAN,
    HAN_END,
    HAN_FIRST,
    LATIN,
    MIDDLE,
    OUTSIDE,
    SIGN,
    SINGLE,
    Dictionary,
    child_of,
)
from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.utf8 import code_point, width

Offsets = npt.NDArray[np.int64]


class Lists(NamedTuple):
    """The dictionary and the working space of one run, as pointers: free to hand on."""

    kinds: Any
    roots: Any
    edges: Any
    mask: Any
    weights: Any
    rest: Any
    start: Any
    moves: Any
    emit: Any
    points: Any
    places: Any
    best: Any
    steps: Any
    back: Any
    states: Any


class Space(NamedTuple):
    """Working space for a run of characters as long as the longest row."""

    points: npt.NDArray[np.int32]
    places: Offsets
    best: npt.NDArray[np.float64]
    steps: Offsets
    back: npt.NDArray[np.uint8]
    states: npt.NDArray[np.uint8]


@njit(cache=True, nogil=True, inline="always")
def _kind(kinds, point):  # type: ignore[no-untyped-def]
    kind = OUTSIDE
    if point < 128:
        kind = kinds[point]
    elif HAN_FIRST <= point < HAN_END:
        kind = HAN
    return kind


@njit(cache=True, nogil=True)
def _route(by, count):  # type: ignore[no-untyped-def]
    """For each character of a run, where the word that starts there ends on the likeliest path; ties go to the longer word."""
    by.best[count] = 0.0
    for k in range(count - 1, -1, -1):
        node = np.int64(by.roots[by.points[k]])
        found, sum_, step = False, by.rest + by.best[k + 1], k + 1
        i = k + 1
        while node >= 0:
            weight = by.weights[node]
            if weight < 0.0:
                reached = weight + by.best[i]
                if not found or reached >= sum_:
                    found, sum_, step = True, reached, i
            if i >= count:
                break
            node = child_of(by.edges, by.mask, node, by.points[i])
            i += 1
        by.best[k] = sum_
        by.steps[k] = step


@njit(cache=True, nogil=True)
def _is_word(by, first, last):  # type: ignore[no-untyped-def]
    node = np.int64(by.roots[by.points[first]])
    for i in range(first + 1, last):
        if node < 0:
            return False
        node = child_of(by.edges, by.mask, node, by.points[i])
    return node >= 0 and by.weights[node] < 0.0


@njit(cache=True, nogil=True, inline="always")
def _better(v, moves, one, two, state, emitted):  # type: ignore[no-untyped-def]
    """The likelier of two states before `state`, the later one at a tie, and the sum that it gives."""
    a = v[one] + moves[4 * one + state] + emitted
    b = v[two] + moves[4 * two + state] + emitted
    return (two, b) if b >= a else (one, a)


@njit(cache=True, nogil=True)
def _states(by, first, last):  # type: ignore[no-untyped-def]
    """Viterbi: the likeliest state of each han character."""
    points, start, moves, emit, back, states = by.points, by.start, by.moves, by.emit, by.back, by.states
    at = 4 * (points[first] - HAN_FIRST)
    v = (start[0] + emit[at], start[1] + emit[at + 1], start[2] + emit[at + 2], start[3] + emit[at + 3])
    for i in range(first + 1, last):
        at = 4 * (points[i] - HAN_FIRST)
        to_begin, begin = _better(v, moves, END, SINGLE, BEGIN, emit[at])
        to_end, end = _better(v, moves, BEGIN, MIDDLE, END, emit[at + 1])
        to_middle, middle = _better(v, moves, BEGIN, MIDDLE, MIDDLE, emit[at + 2])
        to_single, single = _better(v, moves, END, SINGLE, SINGLE, emit[at + 3])
        back[i] = to_begin | to_end << 2 | to_middle << 4 | to_single << 6
        v = (begin, end, middle, single)
    state = SINGLE if v[3] >= v[1] else END
    for i in range(last - 1, first, -1):
        states[i] = state
        state = back[i] >> (2 * state) & 3
    states[first] = state


@njit(cache=True, nogil=True)
def _han_words(places, first, last, states, starts, ends, total):  # type: ignore[no-untyped-def]
    """Write the words that the states of a han run spell."""
    begin = following = first
    for i in range(first, last):
        if states[i] == BEGIN:
            begin = i
        elif states[i] == END or states[i] == SINGLE:
            starts[total] = places[begin if states[i] == END else i]
            ends[total] = places[i + 1]
            total += 1
            following = i + 1
    if following < last:
        starts[total], ends[total] = places[following], places[last]
        total += 1
    return total


@njit(cache=True, nogil=True)
def _latin_end(points, i, last, kinds):  # type: ignore[no-untyped-def]
    """Where the piece ends that starts with the ASCII character points[i]: a word or number such as 3.5%, or a run of signs."""
    if kinds[points[i]] == SIGN:
        while i < last and points[i] < 128 and kinds[points[i]] == SIGN:
            i += 1
        return i
    while i < last and points[i] < 128 and kinds[points[i]] >= LATIN:
        i += 1
    if i + 1 < last and points[i] == 0x2E and points[i + 1] < 128 and kinds[points[i + 1]] == FIGURE:
        i += 1
        while i < last and points[i] < 128 and kinds[points[i]] == FIGURE:
            i += 1
    return i + 1 if i < last and points[i] == 0x25 else i


@njit(cache=True, nogil=True)
def _unknown(by, first, last, starts, ends, total):  # type: ignore[no-untyped-def]
    """Write the words of characters that are in no word of the list."""
    i = first
    while i < last:
        begin = i
        if by.points[i] >= HAN_FIRST:
            while i < last and by.points[i] >= HAN_FIRST:
                i += 1
            _states(by, begin, i)
            total = _han_words(by.places, begin, i, by.states, starts, ends, total)
        else:
            i = _latin_end(by.points, i, last, by.kinds)
            starts[total], ends[total] = by.places[begin], by.places[i]
            total += 1
    return total


@njit(cache=True, nogil=True, inline="always")
def _singles(places, first, last, starts, ends, total):  # type: ignore[no-untyped-def]
    """Write each character as a word."""
    for i in range(first, last):
        starts[total], ends[total] = places[i], places[i + 1]
        total += 1
    return total


@njit(cache=True, nogil=True)
def _single_words(by, first, last, starts, ends, total):  # type: ignore[no-untyped-def]
    """Write the words of characters that the path has left single."""
    if last - first == 1 or (last > first and _is_word(by, first, last)):
        return _singles(by.places, first, last, starts, ends, total)
    return _unknown(by, first, last, starts, ends, total)


@njit(cache=True, nogil=True)
def _run(by, count, starts, ends, total):  # type: ignore[no-untyped-def]
    """Write the words of a run of characters."""
    _route(by, count)
    at = single = 0
    while at < count:
        step = by.steps[at]
        if step > at + 1:
            total = _single_words(by, single, at, starts, ends, total)
            starts[total], ends[total] = by.places[at], by.places[step]
            total += 1
            single = step
        at = step
    return _single_words(by, single, count, starts, ends, total)


@njit(cache=True, nogil=True)
def _read_run(data, i, end, by):  # type: ignore[no-untyped-def]
    """Read the characters of the run that starts at data[i]: how many there are, and where the run ends."""
    count = 0
    while i < end:
        point = code_point(data, i)
        if _kind(by.kinds, point) == OUTSIDE:
            break
        by.points[count], by.places[count] = point, i
        count += 1
        i += width(data[i])
    by.places[count] = i
    return count, i


@njit(cache=True, nogil=True)
def _scan(offsets, bytes_, tables, space, rows, all_starts, all_ends):  # type: ignore[no-untyped-def]
    """Write the words of each row, and into rows[r + 1] how many there are up to there."""
    data, starts, ends = pointer(bytes_), pointer(all_starts), pointer(all_ends)
    by = Lists(
        pointer(tables.kinds),
        pointer(tables.roots),
        pointer(tables.edges),
        len(tables.edges) - 1,
        pointer(tables.weights),
        tables.rest,
        pointer(tables.start),
        pointer(tables.moves),
        pointer(tables.emit),
        pointer(space.points),
        pointer(space.places),
        pointer(space.best),
        pointer(space.steps),
        pointer(space.back),
        pointer(space.states),
    )
    total = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        while i < end:
            count, following = _read_run(data, i, end, by)
            if count:
                total = _run(by, count, starts, ends, total)
                i = following
                continue
            blank = blank_width(data, i, end)
            if blank:
                i += blank
                continue
            starts[total] = i
            i += width(data[i])
            ends[total] = i
            total += 1
        rows[row + 1] = total


def tokenized(buffers: Buffers, tables: Dictionary) -> tuple[Offsets, Offsets, Offsets]:
    """(rows + 1,) word numbers, (words,) starts, (words,) ends."""
    offsets, data = readable(buffers.offsets), readable(buffers.data)
    rows = np.zeros(len(offsets), np.int64)
    # a word has at least one byte; pages that are never written cost nothing
    most = int(offsets[-1] - offsets[0]) + 1
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    longest = int(np.diff(offsets).max(initial=0)) + 1
    long, byte = np.empty((2, longest), np.int64), np.empty((2, longest), np.uint8)
    space = Space(np.empty(longest, np.int32), long[0], np.empty(longest), long[1], byte[0], byte[1])
    scan: Any = _scan
    scan(offsets, data, tables, space, rows, starts, ends)
    return rows, starts[: rows[-1]], ends[: rows[-1]]
