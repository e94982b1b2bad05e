"""Counting n-grams: texts to word numbers, and word numbers to the distinct n-grams of each order. Exact: an n-gram is known
by the number of its first n - 1 words and its last word, not by a hash.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.ngram_lm import (
    _LINE,
    _OVER,
    _SPACE,
    _TOKEN,
    START,
    STOP,
    UNITS,
    _hash,
    _next_token,
    space_hash,
    token_classes,
)

_ONE = np.uint64(1)
_FREE = np.uint64(0xFFFFFFFFFFFFFFFF)


class Order(NamedTuple):
    """The distinct n-grams of one order, in the order in which they first occur; n-grams of one word are the words."""

    prefix: npt.NDArray[np.int32]  # (n-grams,) number of its first n - 1 words among those of the order below
    suffix: npt.NDArray[np.int32]  # (n-grams,) number of its last n - 1 words among those
    word: npt.NDArray[np.int32]  # (n-grams,) its last word
    counts: npt.NDArray[np.int64]  # (n-grams,) how often it occurs


@njit(cache=True, nogil=True)
def _grown_words(hashes, numbers):  # type: ignore[no-untyped-def]
    larger, moved = np.zeros(len(hashes) * 2, np.uint64), np.zeros(len(hashes) * 2, np.int32)
    mask = np.uint64(len(larger) - 1)
    for old in range(len(hashes)):
        if hashes[old] != 0:
            at = hashes[old] & mask
            while larger[at] != 0:
                at = (at + _ONE) & mask
            larger[at] = hashes[old]
            moved[at] = numbers[old]
    return larger, moved


@njit(cache=True, nogil=True)
def _encode(offsets, data, unit, classes, space, hashes, numbers, known, out, rows):  # type: ignore[no-untyped-def]
    """Write the word numbers of each row, `<s>` and `</s>` around each line; new words get the next numbers.

    Gives the vocabulary table, grown, how many words it holds, and (new words, 2) where in `data` they first stand.
    """
    places = np.zeros((1024, 2), np.int64)
    before = known
    written = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        inside = False
        kind = _TOKEN
        while kind != _OVER:
            kind, start, i = _next_token(data, i, end, unit, classes)
            if kind <= _LINE:
                if inside:
                    out[written] = STOP
                    written += 1
                    inside = False
                continue
            if not inside:
                if kind == _SPACE:
                    continue
                out[written] = START
                written += 1
                inside = True
            key = space if kind == _SPACE else _hash(data, start, i)
            mask = np.uint64(len(hashes) - 1)
            at = key & mask
            while hashes[at] != key and hashes[at] != 0:
                at = (at + _ONE) & mask
            if hashes[at] == 0:
                if known - before == len(places):
                    longer = np.zeros((len(places) * 2, 2), np.int64)
                    longer[: len(places)] = places
                    places = longer
                places[known - before, 0] = start
                places[known - before, 1] = i
                hashes[at] = key
                numbers[at] = known
                out[written] = known
                known += 1
                if known * 2 > len(hashes):
                    hashes, numbers = _grown_words(hashes, numbers)
            else:
                out[written] = numbers[at]
            written += 1
        rows[row + 1] = written
    return hashes, numbers, known, places[: known - before]


@njit(cache=True, nogil=True)
def _grown_pairs(keys, numbers):  # type: ignore[no-untyped-def]
    larger, moved = np.full(len(keys) * 2, _FREE, np.uint64), np.zeros(len(keys) * 2, np.int32)
    mask = np.uint64(len(larger) - 1)
    for old in range(len(keys)):
        if keys[old] != _FREE:
            at = mixed(keys[old]) & mask
            while larger[at] != _FREE:
                at = (at + _ONE) & mask
            larger[at] = keys[old]
            moved[at] = numbers[old]
    return larger, moved


@njit(cache=True, nogil=True)
def _longer_grams(words, grams, vocabulary, out):  # type: ignore[no-untyped-def]
    """out[i] = number of the n-gram that ends at word i, or -1 where the line is not that long; how many there are."""
    keys, numbers = np.full(1024, _FREE, np.uint64), np.zeros(1024, np.int32)
    known = 0
    for i in range(len(words)):
        out[i] = -1
        if words[i] == START or i == 0 or grams[i - 1] < 0:
            continue
        key = np.uint64(grams[i - 1]) * np.uint64(vocabulary) + np.uint64(words[i])
        mask = np.uint64(len(keys) - 1)
        at = mixed(key) & mask
        while keys[at] != key and keys[at] != _FREE:
            at = (at + _ONE) & mask
        if keys[at] == _FREE:
            keys[at] = key
            numbers[at] = known
            out[i] = known
            known += 1
            if known * 2 > len(keys):
                keys, numbers = _grown_pairs(keys, numbers)
        else:
            out[i] = numbers[at]
    return known


@njit(cache=True, nogil=True)
def _describe(words, shorter, grams, prefix, suffix, word, count):  # type: ignore[no-untyped-def]
    for i in range(len(words)):
        g = grams[i]
        if g >= 0:
            prefix[g] = shorter[i - 1]
            suffix[g] = shorter[i]
            word[g] = words[i]
            count[g] += 1


class Vocabulary:
    """Words seen so far, numbered in the order in which they came; 0 to 2 are `<unk>`, `<s>`, `</s>`."""

    def __init__(self, reserved: npt.NDArray[np.uint64]) -> None:
        """`reserved`: hashes of tokens that are unknown wherever they stand in a text."""
        self._hashes, self._numbers = np.zeros(1024, np.uint64), np.zeros(1024, np.int32)
        self._known = 3
        for key in reserved:  # free slots around them: three keys in a table of 1,024
            at = int(key) & 1023
            while self._hashes[at]:
                at = (at + 1) & 1023
            self._hashes[at] = key
        self.words: list[bytes] = [b"<unk>", b"<s>", b"</s>"]

    def encode(self, buffers: Buffers, unit: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """(rows + 1,) offsets and the word numbers of each text, every line in `<s>` … `</s>`."""
        offsets, data = buffers
        rows = np.zeros(len(offsets), np.int64)
        # a token takes a byte at least, a line of one token three numbers and a byte for its end
        out = np.empty(2 * int(offsets[-1] - offsets[0]) + 2 * len(offsets), np.int32)
        read = (UNITS.index(unit), token_classes(unit), space_hash())
        state = (self._hashes, self._numbers, self._known)
        self._hashes, self._numbers, self._known, places = _encode(offsets, data, *read, *state, out, rows)
        for start, end in places.tolist():
            self.words.append(data[start:end].tobytes() if end > start else "▁".encode())
        return rows, out[: rows[-1]].copy()


def longer_grams(
    words: npt.NDArray[np.int32], grams: npt.NDArray[np.int32], vocabulary: int
) -> tuple[npt.NDArray[np.int32], Order]:
    """From the number of the n-gram that ends at each word (-1: none) to that of the n-gram one word longer, and the list of
    those. n-grams of one word are the words themselves.
    """
    out = np.empty(len(words), np.int32)
    count = _longer_grams(words, grams, vocabulary, out)
    prefix, suffix, word = (np.zeros(count, np.int32) for _ in range(3))
    order = Order(prefix, suffix, word, np.zeros(count, np.int64))
    _describe(words, grams, out, *order)
    return out, order
