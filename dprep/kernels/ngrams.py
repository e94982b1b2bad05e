"""Repeated runs of words (n-grams) of each text, exact up to collisions of one 64-bit hash per word.

An n-gram that occurs twice is made of two (n - 1)-grams that do. So the numbers of 2-grams are found for all places, and from
there on only the places are looked at whose n-gram may still occur twice: of natural text a few in a hundred. An n-gram is
known by the numbers of the two (n - 1)-grams in it, not by a hash of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.eight import HIGH, load8, ones
from dprep.kernels.jit import njit
from dprep.kernels.lines import characters
from dprep.kernels.tokens import Tokens

TOP, REPEATED = (2, 3, 4), (5, 6, 7, 8, 9, 10)
"""Lengths of n-grams of which the most frequent one is measured, and of which all repeated ones are."""

_FACTOR = np.uint64(0x9FB21C651E98DF25)
_SALT = np.uint64(0xD6E8FEB86659FD93)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_LENGTH = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True, inline="always")
def _stirred(hash_, word):  # type: ignore[no-untyped-def]
    mixed = (hash_ ^ word) * _FACTOR
    return mixed ^ (mixed >> np.uint64(29))


@njit(cache=True, nogil=True, inline="always")
def upto_eight(data, start, end):  # type: ignore[no-untyped-def]
    """The bytes data[start:end], one to eight of them, as a number."""
    if start + 8 <= len(data):
        return load8(data, start) & (_ALL >> np.uint64(64 - 8 * (end - start)))
    word = np.uint64(0)
    for i in range(start, end):
        word |= np.uint64(data[i]) << np.uint64(8 * (i - start))
    return word


@njit(cache=True, nogil=True, inline="always")
def short_hash(word, size):  # type: ignore[no-untyped-def]
    """`bytes_hash` of one to eight bytes, given as a number."""
    running = _stirred(np.uint64(size) * _LENGTH, word) * _SALT
    return running ^ (running >> np.uint64(32))


@njit(cache=True, nogil=True)
def bytes_hash(data, start, end):  # type: ignore[no-untyped-def]
    """A 64-bit hash of data[start:end]. Not cryptographic; the same on every machine."""
    running = np.uint64(end - start) * _LENGTH
    at = start
    while at + 8 <= end:
        running = _stirred(running, load8(data, at))
        at += 8
    if at < end:
        running = _stirred(running, upto_eight(data, at, end))
    running *= _SALT
    return running ^ (running >> np.uint64(32))


@njit(cache=True, nogil=True, inline="always")
def short_characters(word, size):  # type: ignore[no-untyped-def]
    """Code points of up to eight bytes, given as a number."""
    return size - ones(word & ~(word << np.uint64(1)) & HIGH)


@njit(cache=True, nogil=True, inline="always")
def entry_of(table, mask, stamp, key, fresh):  # type: ignore[no-untyped-def]
    """The number under which `key` was entered; `fresh`, under which it is from now on, if it was not.

    `table` holds a key and `stamp << 32 | number` per slot; slots of another stamp are empty, so that nothing needs clearing.
    """
    slot = np.int64((key * _FACTOR) >> np.uint64(32)) & mask
    while True:
        held = table[2 * slot + 1]
        if held >> np.uint64(32) != np.uint64(stamp):
            table[2 * slot] = key
            table[2 * slot + 1] = np.uint64(stamp) << np.uint64(32) | np.uint64(fresh)
            return fresh
        if table[2 * slot] == key:
            return np.int64(held & np.uint64(0xFFFFFFFF))
        slot = (slot + 1) & mask


def slots_for(most: int) -> npt.NDArray[np.uint64]:
    """A table for `entry_of` that holds `most` keys at half its size."""
    return np.zeros(2 * _size(most), np.uint64)


def _size(most: int) -> int:
    return 1 << max(4, int(2 * most - 1).bit_length())


@njit(cache=True, nogil=True)
def mask_for(most):  # type: ignore[no-untyped-def]
    """The part of a table that `most` keys need at half its size: slots minus one."""
    size = 16
    while size < 2 * most:
        size *= 2
    return size - 1


@njit(cache=True, nogil=True)
def _pairs(data, starts, ends, table, stamp, lengths, places, numbers, counts, firsts):  # type: ignore[no-untyped-def]
    """Number the 2-grams at all places of one text; how many distinct ones there are. `lengths` gets running totals of
    characters.
    """
    words, distinct = len(starts), 0
    mask = mask_for(words)
    lengths[0] = 0
    last = np.uint64(0)
    for i in range(words):
        size = ends[i] - starts[i]
        if 0 < size <= 8:
            word = upto_eight(data, starts[i], ends[i])
            here = short_hash(word, size)
            lengths[i + 1] = lengths[i] + short_characters(word, size)
        else:
            here = bytes_hash(data, starts[i], ends[i])
            lengths[i + 1] = lengths[i] + characters(data, starts[i], ends[i])
        if i:
            number = entry_of(table, mask, stamp, last * _SALT + here, distinct)
            if number == distinct:
                counts[number], firsts[number] = 0, i - 1
                distinct += 1
            counts[number] += 1
            places[i - 1], numbers[i - 1] = i - 1, number
        last = here
    return distinct


@njit(cache=True, nogil=True)
def _longer(found, places, numbers, counts, table, stamp, new_places, new_numbers, new_counts, new_firsts):  # type: ignore[no-untyped-def]
    """From the numbered n-grams at `found` places those one word longer that may occur twice: (places, distinct ones)."""
    mask = mask_for(found)
    kept, distinct = 0, 0
    for k in range(found - 1):
        if places[k + 1] != places[k] + 1 or counts[numbers[k]] < 2 or counts[numbers[k + 1]] < 2:
            continue
        key = np.uint64(numbers[k]) << np.uint64(32) | np.uint64(numbers[k + 1])
        number = entry_of(table, mask, stamp, key, distinct)
        if number == distinct:
            new_counts[number], new_firsts[number] = 0, places[k]
            distinct += 1
        new_counts[number] += 1
        new_places[kept], new_numbers[kept] = places[k], number
        kept += 1
    return kept, distinct


@njit(cache=True, nogil=True)
def _most_frequent(words, length, distinct, counts, firsts):  # type: ignore[no-untyped-def]
    """Where the most frequent n-gram first stands (of equal ones the first) and how often it occurs; (0, 0) without any."""
    most, first = 1 if words >= length else 0, 0
    for number in range(distinct):
        if counts[number] > most:
            most, first = counts[number], firsts[number]
    return first, most


@njit(cache=True, nogil=True)
def _without_overlap(length, found, places, numbers, counts, firsts, lengths):  # type: ignore[no-untyped-def]
    """Characters of n-grams seen before, reading from left to right and going on behind each one found."""
    total, free = 0, 0
    for k in range(found):
        place, number = places[k], numbers[k]
        if place < free or counts[number] < 2:
            continue
        if firsts[number] < 0:
            total += lengths[place + length] - lengths[place]
            free = place + length
        firsts[number] = -1
    return total


@njit(cache=True, nogil=True)
def _with_overlap(length, found, places, numbers, counts, lengths):  # type: ignore[no-untyped-def]
    """Characters of every occurrence of every n-gram that occurs twice or more."""
    total = 0
    for k in range(found):
        if counts[numbers[k]] > 1:
            total += lengths[places[k] + length] - lengths[places[k]]
    return total


@njit(cache=True, nogil=True)
def _row(data, starts, ends, table, stamp, lengths, scratch, other, overlap, top, repeated):  # type: ignore[no-untyped-def]
    """Measure one text into `top` and `repeated`."""
    words = len(starts)
    distinct = _pairs(data, starts, ends, table, stamp, lengths, scratch[0], scratch[1], scratch[2], scratch[3])
    found = max(words - 1, 0)
    for length in range(2, 11):
        if length > 2:
            found, distinct = _longer(
                found, scratch[0], scratch[1], scratch[2], table, stamp + length, other[0], other[1], other[2], other[3]
            )
            scratch, other = other, scratch
        if length < 5:
            first, most = _most_frequent(words, length, distinct, scratch[2], scratch[3])
            if most:
                top[length - 2, 0] = lengths[first + length] - lengths[first]
                top[length - 2, 1] = most
        elif overlap:
            repeated[length - 5] = _with_overlap(length, found, scratch[0], scratch[1], scratch[2], lengths)
        else:
            repeated[length - 5] = _without_overlap(length, found, scratch[0], scratch[1], scratch[2], scratch[3], lengths)


@njit(cache=True, nogil=True)
def _all_characters(words, length, lengths):  # type: ignore[no-untyped-def]
    total = 0
    for i in range(words - length + 1):
        total += lengths[i + length] - lengths[i]
    return total


@njit(cache=True, nogil=True)
def _rows(data, rows, starts, ends, table, lengths, scratch, other, overlap, top, repeated, sums, totals):  # type: ignore[no-untyped-def]
    for row in range(len(rows) - 1):
        first, last = rows[row], rows[row + 1]
        # a stamp for each length of n-gram
        _row(
            data,
            starts[first:last],
            ends[first:last],
            table,
            11 * row + 1,
            lengths,
            scratch,
            other,
            overlap,
            top[row],
            repeated[row],
        )
        sums[row] = lengths[last - first]
        if overlap:
            for length in range(5, 11):
                totals[row, length - 5] = _all_characters(last - first, length, lengths)


class Repeats(NamedTuple):
    """Counts of characters, those of the words alone (nothing for what stands between two)."""

    top: npt.NDArray[np.int64]  # (rows, 3, 2): of the most frequent 2-, 3- and 4-gram: its characters, its occurrences
    repeated: npt.NDArray[np.int64]  # (rows, 6): in repeated 5- to 10-grams
    words: npt.NDArray[np.int64]  # (rows,): of all words
    totals: npt.NDArray[np.int64]  # (rows, 6): of all 5- to 10-grams, each counted whole; only with overlap


def repeats(buffers: Buffers, tokens: Tokens, *, overlap: bool) -> Repeats:
    """What is repeated in each text.

    overlap: all occurrences of n-grams that occur twice count, each whole, rather than the second and later ones that are met
    from left to right, going on behind each.
    """
    count = len(tokens.rows) - 1
    most = int(np.diff(tokens.rows).max(initial=0))
    lengths = np.zeros(most + 1, np.int64)
    scratch, other = (np.zeros((4, most + 1), np.int32) for _ in range(2))
    top, repeated = np.zeros((count, 3, 2), np.int64), np.zeros((count, 6), np.int64)
    sums, totals = np.zeros(count, np.int64), np.zeros((count, 6), np.int64)
    args = (buffers.data, tokens.rows, tokens.starts, tokens.ends, slots_for(most), lengths, scratch, other, overlap)
    _rows(*args, top, repeated, sums, totals)
    return Repeats(top, repeated, sums, totals)
