"""Many phrases looked for at once over UTF-8 bytes: an Aho-Corasick automaton with a dense table of steps.

automaton   list of strings -> Automaton
matches     where the phrases stand: leftmost first, the longest there, none overlapping another
tallies     the same, counted per row: matches and the characters they cover

Source: Aho, Corasick 1975, "Efficient string matching: an aid to bibliographic search".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

_WORDS_END = 0x40000


class Automaton(NamedTuple):
    """State s goes on byte b to steps[(s << shift) + classes[b]]; state 0 is the start. Steps hold states << shift."""

    classes: npt.NDArray[np.uint8]  # (256,) column of each byte; 0: in no phrase
    shift: int
    steps: npt.NDArray[np.int32]  # (states << shift,)
    depths: npt.NDArray[np.int32]  # (states,) bytes of the phrase read so far
    ending: npt.NDArray[np.int32]  # (states,) the longest suffix that is a whole phrase, as a state; -1: none
    shorter: npt.NDArray[np.int32]  # (states,) the next shorter phrase that ends here too, as a state; -1: none
    kinds: npt.NDArray[np.int64]  # (states,) bits of all phrases that end here
    edges: npt.NDArray[np.bool_]  # (code points,) characters that phrases must not touch; empty: they may touch any


class Matches(NamedTuple):
    """Match m is data[starts[m]:ends[m]]; row r has matches rows[r] up to rows[r + 1]."""

    rows: npt.NDArray[np.int64]  # (rows + 1,)
    starts: npt.NDArray[np.int64]  # (matches,)
    ends: npt.NDArray[np.int64]  # (matches,)


class Tallies(NamedTuple):
    """What the phrases come to in each row."""

    matches: npt.NDArray[np.int64]  # (rows,)
    covered: npt.NDArray[np.int64]  # (rows,) code points inside matches


def automaton(
    words: Iterable[str], *, fold: bool = False, edges: bool = False, kinds: Iterable[int] | None = None
) -> Automaton:
    """The automaton of `words`; empty ones are left out.

    fold: ASCII letters match in either case; other letters only as written.
    edges: a match must stand between characters that are no letters, digits or underscores (Python's \\W), or at an end.
    kinds: a bit (0 to 62) for each word, told by `Automaton.kinds`.
    """
    listed = list(words)
    bits = [0] * len(listed) if kinds is None else list(kinds)
    coded = [((_folded(word) if fold else word).encode(), bit) for word, bit in zip(listed, bits, strict=True) if word]
    used = sorted({byte for word, _ in coded for byte in word})
    classes = np.zeros(256, np.uint8)
    classes[used] = np.arange(1, len(used) + 1)
    if fold:
        classes[0x41:0x5B] = classes[0x61:0x7B]
    return _built(classes, len(used).bit_length(), *_trie(coded), _word_characters() if edges else np.zeros(0, np.bool_))


def _folded(word: str) -> str:
    """`word` with its ASCII letters in lower case, all others as they are."""
    return "".join(c.lower() if c.isascii() else c for c in word)


def _trie(coded: list[tuple[bytes, int]]) -> tuple[list[dict[int, int]], dict[int, int]]:
    """Children of each state by byte, and the bits of the states where a word ends."""
    children: list[dict[int, int]] = [{}]
    own: dict[int, int] = {}
    for word, bit in coded:
        state = 0
        for byte in word:
            if byte not in children[state]:
                children[state][byte] = len(children)
                children.append({})
            state = children[state][byte]
        own[state] = own.get(state, 0) | 1 << bit
    return children, own


def _built(
    classes: npt.NDArray[np.uint8],
    shift: int,
    children: list[dict[int, int]],
    own: dict[int, int],
    edges: npt.NDArray[np.bool_],
) -> Automaton:
    """Steps for every state and class, breadth first: a missing child is the step of the longest proper suffix."""
    states = len(children)
    steps = np.zeros((states, 1 << shift), np.int32)
    depths, ending = np.zeros(states, np.int32), np.full(states, -1, np.int32)
    shorter, kinds = np.full(states, -1, np.int32), np.zeros(states, np.int64)
    suffix = np.zeros(states, np.int32)
    waiting = deque([0])
    while waiting:
        state = waiting.popleft()
        fallback = int(suffix[state])
        if state:
            steps[state] = steps[fallback]
            kinds[state] = kinds[fallback] | own.get(state, 0)
            ending[state] = state if state in own else ending[fallback]
            shorter[state] = ending[fallback]
        for byte, child in children[state].items():
            column = classes[byte]
            suffix[child] = steps[state, column] if state else 0
            depths[child] = depths[state] + 1
            steps[state, column] = child
            waiting.append(child)
    return Automaton(classes, shift, steps.ravel() << np.int32(shift), depths, ending, shorter, kinds, edges)


@cache
def _word_characters() -> npt.NDArray[np.bool_]:
    """True for letters, digits and the underscore: Python's \\w."""
    return np.array([chr(point).isalnum() or chr(point) == "_" for point in range(_WORDS_END)], np.bool_)


@njit(cache=True, nogil=True)
def stands_alone(data, start, end, first, last, edges):  # type: ignore[no-untyped-def]
    """Whether data[start:end], inside the text data[first:last], touches no character of `edges`."""
    if start > first:
        i = start - 1
        while data[i] & 0xC0 == 0x80:
            i -= 1
        point = code_point(data, i)
        if point < len(edges) and edges[point]:
            return False
    if end < last:
        point = code_point(data, end)
        return not (point < len(edges) and edges[point])
    return True


@njit(cache=True, nogil=True)
def next_match(data, i, first, last, known):  # type: ignore[no-untyped-def]
    """(start, end) of the leftmost-longest match in data[i:last] of the text data[first:last]; start = -1: there is none."""
    step, found, found_end = 0, -1, -1
    while i < last:
        step = known.steps[step + known.classes[data[i]]]
        i += 1
        if step == 0 and found < 0:
            continue
        state = step >> known.shift
        if found >= 0 and i - known.depths[state] > found:
            break
        match = known.ending[state]
        while match >= 0:
            start = i - known.depths[match]
            fits = found < 0 or start <= found
            if fits and (len(known.edges) == 0 or stands_alone(data, start, i, first, last, known.edges)):
                found, found_end = start, i
                break
            match = known.shorter[match]
    return found, found_end


def scanner(known: Automaton) -> npt.NDArray[np.int32]:
    """The part of `known` that tells kinds (bits 0 to 30), as one array: kernels pay for every array that they hand on.

    It holds the shift, where the steps start, the column of each byte, the kinds of each state, the steps.
    """
    head = [known.shift, 2 + 256 + len(known.kinds)]
    return np.concatenate([head, known.classes, known.kinds, known.steps]).astype(np.int32)


@njit(cache=True, nogil=True, forceinline=True)
def kinds_within(data, i, end, scan):  # type: ignore[no-untyped-def]
    """Bits of all phrases of a `scanner` that stand anywhere in data[i:end], overlapping or not; edges are not asked for."""
    step, found = 0, 0
    shift, steps = scan[0], scan[1]
    while i < end:
        step = scan[steps + step + scan[2 + data[i]]]
        found |= scan[258 + (step >> shift)]
        i += 1
    return found


@njit(cache=True, nogil=True)
def _characters(data, i, end):  # type: ignore[no-untyped-def]
    """Code points in data[i:end]."""
    count = 0
    while i < end:
        count += 1
        i += width(data[i])
    return count


@njit(cache=True, nogil=True)
def _tally(offsets, data, known, counts, covered):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        i, last = offsets[row], offsets[row + 1]
        while i < last:
            start, end = next_match(data, i, offsets[row], last, known)
            if start < 0:
                break
            counts[row] += 1
            covered[row] += _characters(data, start, end)
            i = end


@njit(cache=True, nogil=True)
def _find(offsets, data, known, rows, starts, ends):  # type: ignore[no-untyped-def]
    """Write the matches of each row; rows[r + 1] is a running total."""
    total = 0
    for row in range(len(offsets) - 1):
        i, last = offsets[row], offsets[row + 1]
        while i < last:
            start, end = next_match(data, i, offsets[row], last, known)
            if start < 0:
                break
            starts[total], ends[total] = start, end
            total += 1
            i = end
        rows[row + 1] = total


def tallies(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], known: Automaton) -> Tallies:
    """How many matches each row has, and how many of its characters they cover."""
    counts, covered = np.zeros(len(offsets) - 1, np.int64), np.zeros(len(offsets) - 1, np.int64)
    _tally(offsets, data, known, counts, covered)
    return Tallies(counts, covered)


def matches(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], known: Automaton) -> Matches:
    """Where the matches of each row stand."""
    total = int(tallies(offsets, data, known).matches.sum())
    rows = np.zeros(len(offsets), np.int64)
    starts, ends = np.empty(total, np.int64), np.empty(total, np.int64)
    _find(offsets, data, known, rows, starts, ends)
    return Matches(rows, starts, ends)
