"""Places of texts where something known may be misspelt, and a draw among them, over Arrow buffers.

candidates   known words, phrases and characters outside of what is protected
drawn        which of them are misspelt, and how
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.draws import below, chance
from dprep.kernels.jit import njit
from dprep.kernels.protected import Protected
from dprep.kernels.respell import Spans
from dprep.kernels.utf8 import code_point, width

SMALL, TITLE, CAPITALS = range(3)
"""How a word is written; characters without case are small."""

Ints = npt.NDArray[np.int64]


class Candidates(NamedTuple):
    """Place c is data[starts[c]:ends[c]], entry numbers[c] of the lists, written cases[c]; row r has rows[r] to rows[r + 1]."""

    rows: Ints  # (rows + 1,)
    starts: Ints  # (places,)
    ends: Ints  # (places,)
    numbers: Ints  # (places,)
    cases: npt.NDArray[np.uint8]  # (places,)


class Drawn(NamedTuple):
    """Place d is data[starts[d]:ends[d]], to be written as spelling picks[d]; row r has rows[r] to rows[r + 1]."""

    rows: Ints  # (rows + 1,)
    starts: Ints  # (places,)
    ends: Ints  # (places,)
    picks: Ints  # (places,)


@njit(cache=True, nogil=True)
def _case(data, start, end):  # type: ignore[no-untyped-def]
    first = 0x41 <= data[start] <= 0x5A
    for i in range(start + 1, end):
        if 0x61 <= data[i] <= 0x7A:
            return TITLE if first else SMALL
    return CAPITALS if first and end - start > 1 else TITLE if first else SMALL


@njit(cache=True, nogil=True)
def _scan(offsets, data, words, phrases, characters, kept, rows, starts, ends, numbers, cases):  # type: ignore[no-untyped-def]
    """Words first, then phrases, then single characters; what touches a protected stretch is passed over."""
    total = 0
    for row in range(len(offsets) - 1):
        i, last = offsets[row], offsets[row + 1]
        w, p, k = words.rows[row], phrases.rows[row], kept.rows[row]
        while i < last:
            while w < words.rows[row + 1] and words.starts[w] < i:
                w += 1
            while p < phrases.rows[row + 1] and phrases.starts[p] < i:
                p += 1
            while k < kept.rows[row + 1] and kept.ends[k] <= i:
                k += 1
            wall = kept.starts[k] if k < kept.rows[row + 1] else last
            if wall <= i:
                i = kept.ends[k]
                continue
            end, number = i + width(data[i]), -1
            if w < words.rows[row + 1] and words.starts[w] == i:
                end, number = words.ends[w], words.numbers[w]
            elif p < phrases.rows[row + 1] and phrases.starts[p] == i and phrases.ends[p] <= wall:
                end, number = phrases.ends[p], phrases.numbers[p]
            elif data[i] >= 0xE0:
                point = code_point(data, i)
                number = characters[point] if point < len(characters) else -1
            if number >= 0 and end <= wall:
                starts[total], ends[total], numbers[total] = i, end, number
                cases[total] = _case(data, i, end)
                total += 1
            i = end
        rows[row + 1] = total


def candidates(
    buffers: Buffers, words: Spans, phrases: Spans, characters: npt.NDArray[np.int32], kept: Protected
) -> Candidates:
    """Where something known stands.

    words, phrases: what was found, in order, with its number; characters: the number of each code point that is known, else
    -1; kept: what may not change.
    """
    most = int(buffers.offsets[-1] - buffers.offsets[0])
    rows, cases = np.zeros(len(buffers.offsets), np.int64), np.empty(most, np.uint8)
    starts, ends, numbers = (np.empty(most, np.int64) for _ in range(3))
    _scan(*buffers, words, phrases, characters, kept, rows, starts, ends, numbers, cases)
    found = int(rows[-1])
    return Candidates(rows, starts[:found], ends[:found], numbers[:found], cases[:found])


@njit(cache=True, nogil=True)
def _draw(found, firsts, luck, rate, rows, places, picks):  # type: ignore[no-untyped-def]
    total, spellings = 0, firsts[-1]
    for row in range(len(luck)):
        first, last = found.rows[row], found.rows[row + 1]
        only, state = below(luck[row], max(1, last - first))
        begin = total
        for attempt in range(2):
            for c in range(first, last):
                hit, state = chance(state, rate)
                # short texts and small rates often have no hit: one drawn place is taken then
                if hit if attempt == 0 else c == first + only:
                    number = found.numbers[c]
                    pick, state = below(state, firsts[number + 1] - firsts[number])
                    places[total] = c
                    picks[total] = found.cases[c] * spellings + firsts[number] + pick
                    total += 1
            if total > begin:
                break
        rows[row + 1] = total


def drawn(found: Candidates, firsts: Ints, luck: npt.NDArray[np.uint64], rate: float) -> Drawn:
    """Places taken by chance `rate`, one at least where there is any, each with one of its spellings.

    firsts (entries + 1,): entry n has the spellings firsts[n] up to firsts[n + 1]. Spelling s is told as s for small letters,
    as s + firsts[-1] for a capital first, as s + 2 * firsts[-1] for capitals.
    """
    rows = np.zeros(len(found.rows), np.int64)
    places, picks = np.empty(len(found.starts), np.int64), np.empty(len(found.starts), np.int64)
    _draw(found, firsts, luck, rate, rows, places, picks)
    taken = places[: rows[-1]]
    return Drawn(rows, found.starts[taken], found.ends[taken], picks[: rows[-1]])
