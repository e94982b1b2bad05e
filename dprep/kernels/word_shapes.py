"""What the Gopher quality rules count: kinds of words, symbols, and how lines start and end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.char_flags import ALPHABETIC, PUNCTUATION, character_flags, flags_at, stripped
from dprep.kernels.eight import HIGH, ONES, load8
from dprep.kernels.jit import njit
from dprep.kernels.lines import Lines, characters, exactly
from dprep.kernels.ngrams import bytes_hash, short_hash, upto_eight
from dprep.kernels.tokens import Tokens
from dprep.kernels.utf8 import width

Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

WORDS, CHARACTERS, LETTERED, STOP_KINDS, STOP_WORDS, SYMBOLIC = range(6)
"""Columns of `word_counts`: words, their characters, tokens with a letter, different stop words, stop words, tokens with `#`
or `…`."""
HASHES, ELLIPSES, SPACED_ELLIPSES = range(3)
"""Columns of `symbol_counts`: `#`; `...` (not overlapping) and `…`; `. . .`."""
LINES, BULLETS, TRAILING = range(3)
"""Columns of `line_counts`: lines, those that start with a bullet, those that end in an ellipsis."""


def ratios(parts: Counts, wholes: Counts) -> Values:
    """parts / wholes; NaN where there is no whole."""
    out = np.full(len(parts), np.nan)
    np.divide(parts, wholes, out=out, where=wholes > 0)
    return out


@njit(cache=True, nogil=True)
def _kinds(flags, data, start, end):  # type: ignore[no-untyped-def]
    """Whether a token has a character that is no punctuation, and whether it has a letter."""
    word = lettered = False
    i = start
    while i < end:
        lead = data[i]
        here = flags[lead] if lead < 0x80 else flags_at(flags, data, i)
        if here & ALPHABETIC:
            lettered = True
        if not here & PUNCTUATION:
            word = True
        if word and lettered:
            break
        i += width(lead)
    return word, lettered


@njit(cache=True, nogil=True)
def _symbolic(data, start, end):  # type: ignore[no-untyped-def]
    """Whether a token has a `#` or `…`."""
    found = False
    for i in range(start, end):
        found |= data[i] == 0x23 or (data[i] == 0xE2 and data[i + 1] == 0x80 and data[i + 2] == 0xA6)
    return found


@njit(cache=True, nogil=True)
def _lowered(data, start, end, out):  # type: ignore[no-untyped-def]
    """Write data[start:end] to `out` with ASCII letters in lower case; how many bytes."""
    for i in range(start, end):
        out[i - start] = data[i] | 0x20 if 0x41 <= data[i] <= 0x5A else data[i]
    return end - start


@njit(cache=True, nogil=True, inline="always")
def _at_least(word, byte):  # type: ignore[no-untyped-def]
    """High bit of the bytes from `byte` on, of eight ASCII bytes."""
    return ((word | HIGH) - ONES * np.uint64(byte)) & HIGH


@njit(cache=True, nogil=True, inline="always")
def _ascii_kinds(word):  # type: ignore[no-untyped-def]
    """As `_kinds`, of up to eight ASCII bytes given as a number: all but letters, digits and blanks is punctuation."""
    lower = word | (ONES * np.uint64(0x20))
    letters = (_at_least(lower, 0x61) & ~_at_least(lower, 0x7B)) != 0
    digits = (_at_least(word, 0x30) & ~_at_least(word, 0x3A)) != 0
    return letters or digits, letters


@njit(cache=True, nogil=True, inline="always")
def _place(stops, slots, hash_):  # type: ignore[no-untyped-def]
    """The place of a hash in `stops`; -1 if it is not there. slots[h % len(slots)] and on: places, counted from 1."""
    slot = np.int64(hash_ & np.uint64(len(slots) - 1))
    while slots[slot]:
        if stops[slots[slot] - 1] == hash_:
            return np.int64(slots[slot] - 1)
        slot = (slot + 1) & (len(slots) - 1)
    return np.int64(-1)


@njit(cache=True, nogil=True)
def _folded_hash(data, start, end, lower):  # type: ignore[no-untyped-def]
    """The hash of data[start:end] in lower case; of what is longer than every stop word, some number."""
    if end - start > len(lower):
        return np.uint64(0)
    return bytes_hash(lower, 0, _lowered(data, start, end, lower))


@njit(cache=True, nogil=True)
def _row_words(data, flags, starts, ends, every, fold, stops, slots, lower, seen, out):  # type: ignore[no-untyped-def]
    words = length = lettered = kinds = found = symbolic = 0
    seen[:] = False
    for k in range(len(starts)):
        start, end = starts[k], ends[k]
        size = end - start
        word = upto_eight(data, start, end) if 0 < size <= 8 else HIGH
        if word & HIGH == 0:
            is_word, is_lettered = _ascii_kinds(word)
            hash_, length_here = short_hash(word, size), size
        else:
            is_word, is_lettered = _kinds(flags, data, start, end)
            hash_, length_here = bytes_hash(data, start, end), characters(data, start, end)
        lettered += is_lettered
        if is_word or every:
            words += 1
            length += length_here
        if every:
            symbolic += _symbolic(data, start, end)
        place = _place(stops, slots, _folded_hash(data, start, end, lower) if fold else hash_)
        if place >= 0:
            found += 1
            kinds += not seen[place]
            seen[place] = True
    out[WORDS], out[CHARACTERS], out[LETTERED] = words, length, lettered
    out[STOP_KINDS], out[STOP_WORDS], out[SYMBOLIC] = kinds, found, symbolic


@njit(cache=True, nogil=True)
def _words(data, flags, rows, starts, ends, every, fold, stops, slots, lower, out):  # type: ignore[no-untyped-def]
    seen = np.zeros(len(stops), np.bool_)
    for row in range(len(rows) - 1):
        first, last = rows[row], rows[row + 1]
        _row_words(data, flags, starts[first:last], ends[first:last], every, fold, stops, slots, lower, seen, out[row])


def _stop_table(stop_words: tuple[str, ...]) -> tuple[npt.NDArray[np.uint64], Counts, npt.NDArray[np.uint8]]:
    """Hashes of the stop words, slots as `_place` reads them, and room for the longest one."""
    encoded = [np.frombuffer(word.encode(), np.uint8) for word in dict.fromkeys(stop_words) if word]
    stops = np.array([bytes_hash(word, 0, len(word)) for word in encoded], np.uint64)
    slots = np.zeros(1 << max(8, (8 * len(stops)).bit_length()), np.int64)
    for place, hash_ in enumerate(stops.tolist(), start=1):
        slot = hash_ % len(slots)
        while slots[slot]:
            slot = (slot + 1) % len(slots)
        slots[slot] = place
    return stops, slots, np.zeros(max(map(len, encoded), default=0), np.uint8)


def word_counts(buffers: Buffers, tokens: Tokens, stop_words: tuple[str, ...], *, every: bool, fold: bool) -> Counts:
    """(rows, 6): counts over the tokens of each text.

    every: a token of punctuation alone is a word too, and SYMBOLIC is counted. fold: capitals (of ASCII) make stop words too.
    """
    out = np.zeros((len(tokens.rows) - 1, 6), np.int64)
    _words(buffers.data, character_flags(), *tokens, every, fold, *_stop_table(stop_words), out)
    return out


@njit(cache=True, nogil=True)
def _dots(data, i, end):  # type: ignore[no-untyped-def]
    """How many full stops stand from data[i] on."""
    count = 0
    while i + count < end and data[i + count] == 0x2E:
        count += 1
    return count


@njit(cache=True, nogil=True)
def _is_spaced_ellipsis(data, i, end):  # type: ignore[no-untyped-def]
    """Whether `. . .` stands at data[i]."""
    if i + 5 > end or data[i] != 0x2E or data[i + 2] != 0x2E or data[i + 4] != 0x2E:
        return False
    return data[i + 1] == 0x20 and data[i + 3] == 0x20


@njit(cache=True, nogil=True)
def _symbols(offsets, data, out):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        spaced_from = i
        while i < end:
            if i + 8 <= end:
                here = load8(data, i)
                if exactly(here, 0x23) | exactly(here, 0x2E) | exactly(here, 0xE2) == 0:
                    i += 8
                    continue
            byte = data[i]
            if byte == 0x2E:
                if i >= spaced_from and _is_spaced_ellipsis(data, i, end):
                    out[row, SPACED_ELLIPSES] += 1
                    spaced_from = i + 5
                if i == offsets[row] or data[i - 1] != 0x2E:
                    out[row, ELLIPSES] += _dots(data, i, end) // 3
            elif byte == 0x23:
                out[row, HASHES] += 1
            elif byte == 0xE2 and data[i + 1] == 0x80 and data[i + 2] == 0xA6:
                out[row, ELLIPSES] += 1
            i += 1


def symbol_counts(buffers: Buffers) -> Counts:
    """(rows, 3): hashes and ellipses of each text."""
    out = np.zeros((len(buffers.offsets) - 1, 3), np.int64)
    _symbols(*buffers, out)
    return out


@njit(cache=True, nogil=True)
def _has(data, start, end, mark):  # type: ignore[no-untyped-def]
    """Whether data[start:end] starts with the bytes `mark`."""
    if end - start < len(mark):
        return False
    same = True
    for i in range(len(mark)):
        same &= data[start + i] == mark[i]
    return same


@njit(cache=True, nogil=True)
def _any_of(data, start, end, at_end, sizes, marks):  # type: ignore[no-untyped-def]
    """Whether data[start:end] starts (or ends) with one of `marks`: mark k is marks[k, :sizes[k]]."""
    found = False
    for k in range(len(sizes)):
        found |= _has(data, max(end - sizes[k], start) if at_end else start, end, marks[k, : sizes[k]])
    return found


@njit(cache=True, nogil=True)
def _lines(  # type: ignore[no-untyped-def]
    data, flags, rows, starts, ends, strip, skip, bullets, bullet_sizes, firsts, trails, trail_sizes, lasts, out
):
    for row in range(len(rows) - 1):
        for k in range(rows[row], rows[row + 1]):
            start, end = starts[k], ends[k]
            if strip:
                start, end = stripped(flags, data, start, end)
            if skip and start == end:
                continue
            out[row, LINES] += 1
            # most lines start and end with a letter or a full stop: one look settles them
            if start < end and firsts[data[start]]:
                out[row, BULLETS] += _any_of(data, start, end, False, bullet_sizes, bullets)
            if start < end and lasts[data[end - 1]]:
                out[row, TRAILING] += _any_of(data, start, end, True, trail_sizes, trails)


def _padded(marks: tuple[str, ...], outer: int) -> tuple[npt.NDArray[np.uint8], Counts, npt.NDArray[np.bool_]]:
    """Marks as bytes of equal width, how many of each count, and which bytes stand first (outer = 0) or last (-1)."""
    encoded = [mark.encode() for mark in marks]
    outermost = np.zeros(256, np.bool_)
    outermost[[mark[outer] for mark in encoded]] = True
    widest = max(map(len, encoded))
    table = np.frombuffer(b"".join(mark.ljust(widest, b"\0") for mark in encoded), np.uint8)
    return table.reshape(len(marks), widest), np.array([len(mark) for mark in encoded], np.int64), outermost


def line_counts(
    buffers: Buffers, found: Lines, bullets: tuple[str, ...], trails: tuple[str, ...], *, strip: bool, skip: bool
) -> Counts:
    """(rows, 3): lines, those that start with one of `bullets`, those that end with one of `trails`.

    strip: blanks at both ends of a line do not count. skip: nor do lines with nothing left.
    """
    out = np.zeros((len(found.rows) - 1, 3), np.int64)
    _lines(buffers.data, character_flags(), *found, strip, skip, *_padded(bullets, 0), *_padded(trails, -1), out)
    return out


@njit(cache=True, nogil=True)
def _medians(data, rows, starts, ends, sizes, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        first, count = rows[row], rows[row + 1] - rows[row]
        for k in range(count):
            sizes[k] = characters(data, starts[first + k], ends[first + k])
        if count:
            sizes[:count].sort()
            out[row] = (sizes[(count - 1) // 2] + sizes[count // 2]) / 2


def median_lengths(buffers: Buffers, tokens: Tokens) -> Values:
    """(rows,): median of the characters of each token; NaN where there is none."""
    out = np.full(len(tokens.rows) - 1, np.nan)
    sizes = np.zeros(int(np.diff(tokens.rows).max(initial=0)), np.int64)
    _medians(buffers.data, *tokens, sizes, out)
    return out
