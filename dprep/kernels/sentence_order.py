"""Sentences as what can be moved: found by their end marks and line breaks, put into another order, joined across texts.

A sentence ends after a run of end marks and what closes quotes and brackets, where white space or the end of the text follows;
after a full-width mark nothing need follow. No sentence ends after an abbreviation, an initial, or a number that begins a line.
A line break ends a stretch too, but a stretch without an end mark (a heading, an item, a last word) is not `whole`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers, Text
from dprep.kernels.jit import njit
from dprep.kernels.spans import Spans
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.words import LETTER, SINGLE, word_classes

Offsets = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

_PLAIN, _WHITE, _BREAK, _END, _WIDE, _CLOSER = range(6)
_TABLE_END = 0x10000
_ABBREVIATIONS = """mr mrs ms dr prof st vs etc inc ltd co corp jr sr fig eq dept est gen col capt lt sgt rev hon vol ch sec pp
al cf ca approx bzw usw nr tel str mme mlle sra srta"""
MOST = 12
"""Up to so many sentences every order has a number; of more of them one is drawn."""


class Sentences(NamedTuple):
    """Stretches of each row, and which of them are sentences with an end mark."""

    spans: Spans
    whole: npt.NDArray[np.bool_]  # (spans,)


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    table = np.zeros(_TABLE_END, np.uint8)
    groups = (
        (_END, ".!?…‽؟۔।॥"),
        (_WIDE, "。！？｡．"),
        (_CLOSER, "\"'”’»›)]}」』）】》〉］｝"),
        (_WHITE, " \t\u00a0\u3000\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"),
        (_BREAK, "\n\r\u0085\u2028\u2029\x0b\x0c"),
    )
    for kind, characters in groups:
        table[[ord(c) for c in characters]] = kind
    table.flags.writeable = False
    return table


@cache
def _abbreviations() -> U64:
    return np.sort(np.array([int.from_bytes(word.encode(), "big") for word in _ABBREVIATIONS.split()], np.uint64))


@njit(cache=True, nogil=True, inline="always")
def _kind(data, i, kinds):  # type: ignore[no-untyped-def]
    if data[i] < 0x80:
        return kinds[data[i]]
    point = code_point(data, i)
    return kinds[point] if point < _TABLE_END else np.uint8(_PLAIN)


@njit(cache=True, nogil=True)
def _abbreviated(data, start, stop, known):  # type: ignore[no-untyped-def]
    """Whether the full stop data[stop] belongs to the word before it, in a sentence from `start` on."""
    i, packed, letters, digits, dots = stop, np.uint64(0), 0, 0, 0
    while i > start:
        byte = data[i - 1]
        low = byte | 0x20
        if byte == 0x2E:
            dots += 1
        elif 0x61 <= low <= 0x7A:
            if letters < 8:
                packed |= np.uint64(low) << np.uint64(8 * letters)
            letters += 1
        elif 0x30 <= byte <= 0x39:
            digits += 1
        else:
            break
        i -= 1
    if digits and not letters and not dots:
        return i == start
    if digits or _after_letter(data, i, start):
        return False
    if dots:
        return letters > 0 and letters <= 2 * dots + 2
    if letters == 1:
        return packed != 0x69
    at = np.searchsorted(known, packed)
    return letters <= 8 and at < len(known) and known[at] == packed


@njit(cache=True, nogil=True)
def _after_letter(data, i, start):  # type: ignore[no-untyped-def]
    """Whether a character beyond ASCII ends just before data[i]."""
    return i > start and data[i - 1] >= 0x80


@njit(cache=True, nogil=True)
def _goes_on(data, i, end, kinds):  # type: ignore[no-untyped-def]
    """Whether a small letter follows the white space at data[i]: `(really?) he said`."""
    while i < end and _kind(data, i, kinds) == _WHITE:
        i += width(data[i])
    return i < end and 0x61 <= data[i] <= 0x7A


@njit(cache=True, nogil=True)
def _mark(data, start, i, end, kinds, known):  # type: ignore[no-untyped-def]
    """(end of the run of marks and closers at data[i], whether the sentence from `start` ends there)."""
    stop, wide, marks = i, False, 0
    while i < end:
        kind = _kind(data, i, kinds)
        if kind < _END:
            break
        wide |= kind == _WIDE
        marks += kind != _CLOSER
        i += width(data[i])
    if wide or i == end:
        return i, True
    following = _kind(data, i, kinds)
    if following == _PLAIN or (data[i - 1] in (0x29, 0x5D, 0x22) and _goes_on(data, i, end, kinds)):
        return i, False
    return i, not (marks == 1 and data[stop] == 0x2E and _abbreviated(data, start, stop, known))


@njit(cache=True, nogil=True)
def _split(offsets, data, kinds, known, rows, starts, ends, whole):  # type: ignore[no-untyped-def]
    """Write the stretches of each row; how many there are. `starts` holds one per two bytes and per row."""
    total = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        start, last = np.int64(-1), i
        while i < end:
            kind = _kind(data, i, kinds)
            if kind in (_PLAIN, _CLOSER) or (kind >= _END and start < 0):
                start = i if start < 0 else start
                i += width(data[i])
                last = i
            elif kind >= _END:
                i, closed = _mark(data, start, i, end, kinds, known)
                last = i
                if closed:
                    starts[total], ends[total], whole[total] = start, last, True
                    total, start = total + 1, np.int64(-1)
            else:
                i += width(data[i])
                if kind == _BREAK and start >= 0:
                    starts[total], ends[total], whole[total] = start, last, False
                    total, start = total + 1, np.int64(-1)
        if start >= 0:
            starts[total], ends[total], whole[total] = start, last, False
            total += 1
        rows[row + 1] = total
    return total


def sentences(text: Text) -> Sentences:
    """The stretches of every row; ask through `text.once(sentences)`."""
    offsets, data = text.buffers
    most = int(offsets[-1] - offsets[0]) // 2 + len(offsets) + 1
    rows, starts, ends = np.zeros(len(offsets), np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    whole = np.empty(most, np.bool_)
    count = _split(offsets, data, _kinds(), _abbreviations(), rows, starts, ends, whole)
    return Sentences(Spans(rows, starts[:count].copy(), ends[:count].copy()), whole[:count].copy())


@njit(cache=True, nogil=True, inline="always")
def _drawn(state):  # type: ignore[no-untyped-def]
    """splitmix64, as dprep.base.chance has it."""
    z = state + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def _numbered_order(count, luck, number, order):  # type: ignore[no-untyped-def]
    """The `number`-th other order of `count` things for this luck, into `order`; False where there are not so many.

    A walk through all orders but the one that is: its stride shares no factor with how many there are.
    """
    orders = np.int64(1)
    for k in range(2, count + 1):
        orders *= k
    others = orders - 1
    if number > others:
        return False
    stride = np.int64(_drawn(luck) % np.uint64(others)) + 1
    while True:
        a, b = stride, others
        while b:
            a, b = b, a % b
        if a == 1:
            break
        stride += 1
    rank = 1 + (np.int64(luck % np.uint64(others)) + (number - 1) * stride) % others
    for k in range(count):
        order[k] = k
    for k in range(count):
        orders //= count - k
        pick = k + rank // orders
        rank %= orders
        taken = order[pick]
        for j in range(pick, k, -1):
            order[j] = order[j - 1]
        order[k] = taken
    return True


@njit(cache=True, nogil=True)
def _drawn_order(count, luck, number, order):  # type: ignore[no-untyped-def]
    """An order of `count` things (Fisher and Yates), into `order`."""
    state = _drawn(luck ^ (np.uint64(number) * np.uint64(0x9FB21C651E98DF25)))
    for k in range(count):
        order[k] = k
    for k in range(count - 1, 0, -1):
        state = _drawn(state)
        j = np.int64((state >> np.uint64(32)) * np.uint64(k + 1) >> np.uint64(32))
        order[k], order[j] = order[j], order[k]


@njit(cache=True, nogil=True)
def _copied(data, start, end, out, at):  # type: ignore[no-untyped-def]
    for i in range(start, end):
        out[at] = data[i]
        at += 1
    return at


@njit(cache=True, nogil=True)
def _is_wide(data, i):  # type: ignore[no-untyped-def]
    """Whether data[i] is in a character that needs no blank beside it: han, kana, their marks, full-width forms."""
    while data[i] & 0xC0 == 0x80:
        i -= 1
    return 0xE3 <= data[i] <= 0xE9 or data[i] == 0xEF


@njit(cache=True, nogil=True)
def _reordered(row, offsets, data, rows, starts, ends, moved, out, at):  # type: ignore[no-untyped-def]
    """Write a row whose stretch k is `moved[k]`, with the white space where it was; where it ends."""
    first, last = rows[row], rows[row + 1]
    at = _copied(data, offsets[row], starts[first], out, at)
    for place in range(first, last):
        source = moved[place - first]
        if place > first:
            gap = ends[place - 1]
            before = moved[place - first - 1]
            if gap == starts[place] and not _is_wide(data, ends[before] - 1) and not _is_wide(data, starts[source]):
                out[at] = 0x20
                at += 1
            at = _copied(data, gap, starts[place], out, at)
        at = _copied(data, starts[source], ends[source], out, at)
    return _copied(data, ends[last - 1], offsets[row + 1], out, at)


@njit(cache=True, nogil=True)
def _differs(data, start, end, out, begin, at):  # type: ignore[no-untyped-def]
    if at - begin != end - start:
        return True
    i = 0
    while i < end - start and data[start + i] == out[begin + i]:
        i += 1
    return i < end - start


@njit(cache=True, nogil=True)
def _shuffle(offsets, data, spans, whole, luck, number, new, out, made):  # type: ignore[no-untyped-def]
    (rows, starts, ends), at = spans, 0
    widest = np.max(rows[1:] - rows[:-1]) if len(made) else 0
    order, moved, places = np.empty(widest, np.int64), np.empty(widest, np.int64), np.empty(widest, np.int64)
    for row in range(len(made)):
        first, count = rows[row], 0
        for place in range(first, rows[row + 1]):
            moved[place - first] = place
            if whole[place]:
                places[count] = place
                count += 1
        found = count > 1
        if found and count <= MOST:
            found = _numbered_order(count, luck[row], number, order)
        elif found:
            _drawn_order(count, luck[row], number, order)
        if found:
            for k in range(count):
                moved[places[k] - first] = places[order[k]]
            begin = at
            at = _reordered(row, offsets, data, rows, starts, ends, moved, out, at)
            made[row] = _differs(data, offsets[row], offsets[row + 1], out, begin, at)
            at = at if made[row] else begin
        new[row + 1] = at


def shuffled(
    buffers: Buffers, found: Sentences, luck: U64, number: int
) -> tuple[Offsets, npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Each text with its sentences in their `number`-th other order (from 1): offsets, bytes, and whether there is one.

    luck (rows,): the same for every number, so that no order comes twice among the first of them.
    """
    offsets, data = buffers
    new, made = np.zeros(len(offsets), np.int64), np.zeros(len(offsets) - 1, np.bool_)
    out = np.empty(int(offsets[-1] - offsets[0]) + len(found.whole), np.uint8)
    _shuffle(offsets, data, tuple(found.spans), found.whole, luck, number, new, out, made)
    return new, out[: new[-1]], made


@njit(cache=True, nogil=True)
def _first_half(spans, row):  # type: ignore[no-untyped-def]
    """(start, end) of the first half of a row's stretches, the middle one with it."""
    rows, starts, ends = spans
    first, last = rows[row], rows[row + 1]
    return starts[first], ends[first + (last - first + 1) // 2 - 1]


@njit(cache=True, nogil=True)
def _second_half(spans, row):  # type: ignore[no-untyped-def]
    """(start, end) of the second half; of one stretch alone, all of it."""
    rows, starts, ends = spans
    first, last = rows[row], rows[row + 1]
    return starts[min(first + (last - first + 1) // 2, last - 1)], ends[last - 1]


@njit(cache=True, nogil=True)
def _seam(out, at, data, start, classes):  # type: ignore[no-untyped-def]
    """Write what stands between out[:at] and data[start:]: a full stop after a letter or digit, a blank where one is due."""
    i = at - 1
    while out[i] & 0xC0 == 0x80:
        i -= 1
    point, wide = code_point(out, i), _is_wide(out, at - 1)
    kind = classes[point] if point < len(classes) else SINGLE
    if LETTER <= kind <= SINGLE and wide:
        out[at], out[at + 1], out[at + 2] = 0xE3, 0x80, 0x82
        return at + 3
    if LETTER <= kind <= SINGLE:
        out[at] = 0x2E
        at += 1
    if not wide and not _is_wide(data, start):
        out[at] = 0x20
        at += 1
    return at


@njit(cache=True, nogil=True)
def _cross(left, spans, right, others, classes, new, out):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(new) - 1):
        if spans[0][row] < spans[0][row + 1] and others[0][row] < others[0][row + 1]:
            (start, end), (begin, until) = _first_half(spans, row), _second_half(others, row)
            at = _seam(out, _copied(left, start, end, out, at), right, begin, classes)
            at = _copied(right, begin, until, out, at)
        new[row + 1] = at


def crossed(left: Buffers, found: Sentences, right: Buffers, others: Sentences) -> tuple[Offsets, npt.NDArray[np.uint8]]:
    """The first half of text i of `left` and the second half of text i of `right`: offsets and bytes.

    A text of one sentence gives all of it. Empty where a text is blank.
    """
    new = np.zeros(len(left.offsets), np.int64)
    size = sum(int(side.offsets[-1] - side.offsets[0]) for side in (left, right)) + 4 * len(new)
    out = np.empty(size, np.uint8)
    _cross(left.data, tuple(found.spans), right.data, tuple(others.spans), word_classes(), new, out)
    return new, out[: new[-1]]
