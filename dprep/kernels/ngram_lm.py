"""Tokens of a text for an n-gram model, and the model's score of them.

Each line is a sentence; blank lines do not count. A token is hashed as it is met, so that scoring keeps nothing per token.

  token       what ASCII blanks separate, as KenLM's query reads a line
  word        a run of letters, marks and digits (with an apostrophe, hyphen … inside; a full stop, comma or colon between
              digits); every han and kana character and every other visible character by itself
  character   every visible code point; a run of blanks inside a line is one `▁`

A model's tables, all arrays:
  vocabulary  (slots,) hashes of tokens, 0 = free, and (slots,) their numbers
  unigrams    (words, 2) log10 probability and back-off
  entries     (slots, 2) u64: hash of an n-gram, 0 = free; its log10 probability and back-off as two f32. One hash table per
              order from 2 on, each a power of two long; order n fills entries[bounds[n - 2]:bounds[n - 1]]
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.words import DIGIT, JOINER, LETTER, MARK, OTHER, POINT, word_classes

UNITS = ("token", "word", "character")
UNKNOWN, START, STOP = range(3)
"""Numbers of `<unk>`, `<s>`, `</s>` in every vocabulary."""

_BLANK = 7
_TOKEN_UNIT, _WORD_UNIT, _CHARACTER_UNIT = range(3)
_OVER, _LINE, _TOKEN, _SPACE = range(4)
_SALT = np.uint64(0x9E3779B97F4A7C15)
_PRIME = np.uint64(0x100000001B3)
_ONE = np.uint64(1)
_WIDE_BLANKS = (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF)
_ASCII_BLANKS = (0x00, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20)


class Tables(NamedTuple):
    """A model as the kernels read it; see the top of the file."""

    hashes: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.int32]
    unigrams: npt.NDArray[np.float32]
    entries: npt.NDArray[np.uint64]
    bounds: npt.NDArray[np.int64]


@cache
def token_classes(unit: str) -> npt.NDArray[np.uint8]:
    """The class of every code point under 0x20000, blanks included."""
    table = word_classes().copy()
    if unit == "token":
        table[:] = LETTER
        table[list(_ASCII_BLANKS)] = _BLANK
    else:
        table[:0x21] = _BLANK
        table[0x7F:0xA0] = _BLANK
        table[list(_WIDE_BLANKS)] = _BLANK
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _class(classes, point):  # type: ignore[no-untyped-def]
    return classes[min(point, 0x1FFFF)] if point < 0x20000 else classes[0x4E00]


@njit(cache=True, nogil=True)
def _word_end(data, i, end, classes):  # type: ignore[no-untyped-def]
    """The byte behind the word that starts with a letter or digit at `i`."""
    last = _class(classes, code_point(data, i))
    i += width(data[i])
    while i < end:
        kind = _class(classes, code_point(data, i))
        after = i + width(data[i])
        if LETTER <= kind <= DIGIT:
            last = kind
        elif (kind == JOINER or (kind == POINT and last == DIGIT)) and after < end:
            following = _class(classes, code_point(data, after))
            if not (LETTER <= following <= DIGIT) or (kind == POINT and following != DIGIT):
                return i
        elif kind != MARK:
            return i
        i = after
    return i


@njit(cache=True, nogil=True)
def _next_token(data, i, end, unit, classes):  # type: ignore[no-untyped-def]
    """What comes next in data[i:end]: its kind, its first byte and the byte behind it."""
    start = i
    kind = OTHER
    while i < end and data[i] != 10:
        kind = classes[data[i]] if data[i] < 0x80 else _class(classes, code_point(data, i))
        if kind != _BLANK:
            break
        i += width(data[i])
    if i == end:
        return _OVER, i, i
    if data[i] == 10:
        return _LINE, i, i + 1
    if unit == _CHARACTER_UNIT:
        return (_SPACE, i, i) if i > start else (_TOKEN, i, i + width(data[i]))
    if unit == _TOKEN_UNIT:
        start = i
        while i < end and (data[i] >= 0x80 or classes[data[i]] != _BLANK):
            i += 1
        return _TOKEN, start, i
    if LETTER <= kind <= DIGIT:
        return _TOKEN, i, _word_end(data, i, end, classes)
    return _TOKEN, i, i + width(data[i])


@njit(cache=True, nogil=True)
def _hash(data, start, end):  # type: ignore[no-untyped-def]
    """A hash of data[start:end], never 0."""
    running = np.uint64(end - start) * _SALT
    for i in range(start, end):
        running = (running ^ np.uint64(data[i])) * _PRIME
    return max(mixed(running), _ONE)


@njit(cache=True, nogil=True)
def _longer(key, word):  # type: ignore[no-untyped-def]
    """The hash of an n-gram from the hash of its last n - 1 words and its first word, never 0."""
    return max(mixed((key + np.uint64(word) + _ONE) * _SALT), _ONE)


@njit(cache=True, nogil=True)
def _number(hashes, numbers, key):  # type: ignore[no-untyped-def]
    """The number of the token with hash `key`."""
    mask = np.uint64(len(hashes) - 1)
    at = key & mask
    while hashes[at] != key:
        if hashes[at] == 0:
            return UNKNOWN
        at = (at + _ONE) & mask
    return np.int64(numbers[at])


@njit(cache=True, nogil=True)
def _slot(entries, start, stop, key):  # type: ignore[no-untyped-def]
    """Where the n-gram with hash `key` stands, or -1."""
    mask = np.uint64(stop - start - 1)
    at = key & mask
    while True:
        here = start + np.int64(at)
        if entries[here, 0] == key:
            return here
        if entries[here, 0] == 0:
            return -1
        at = (at + _ONE) & mask


@njit(cache=True, nogil=True)
def _put(entries, start, stop, key):  # type: ignore[no-untyped-def]
    """Where the n-gram with hash `key` stands from now on."""
    mask = np.uint64(stop - start - 1)
    at = key & mask
    while entries[start + np.int64(at), 0] != 0 and entries[start + np.int64(at), 0] != key:
        at = (at + _ONE) & mask
    entries[start + np.int64(at), 0] = key
    return start + np.int64(at)


@njit(cache=True, nogil=True)
def _begin(words, backoffs, unigrams):  # type: ignore[no-untyped-def]
    """The state after `<s>`; how many words it holds."""
    words[0] = START
    backoffs[0] = unigrams[START, 1]
    return 1


@njit(cache=True, nogil=True)
def _advance(word, words, backoffs, length, unigrams, entries, values, bounds, found):  # type: ignore[no-untyped-def]
    """log10 p(word | state) and the length of the state after it.

    The state: the last words, newest first, and the back-off of the context of each length; `found` is room for the next.
    """
    total = np.float64(unigrams[word, 0])
    found[0] = unigrams[word, 1]
    key = _longer(np.uint64(0), word)
    matched = 0
    while matched < min(length, len(bounds) - 1):
        key = _longer(key, words[matched])
        at = _slot(entries, bounds[matched], bounds[matched + 1], key)
        if at < 0:
            break
        total = np.float64(values[at, 2])
        matched += 1
        found[matched] = values[at, 3]
    for k in range(matched, length):
        total += backoffs[k]
    after = min(matched + 1, len(bounds) - 1)
    for k in range(after - 1, 0, -1):
        words[k] = words[k - 1]
    if after:
        words[0] = word
    backoffs[:after] = found[:after]
    return total, after


@njit(cache=True, nogil=True)
def _score_rows(offsets, data, unit, classes, space, hashes, numbers, unigrams, entries, values, bounds, totals, lengths):  # type: ignore[no-untyped-def]
    words, backoffs, found = np.zeros(8, np.int64), np.zeros(8, np.float64), np.zeros(8, np.float64)
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        length = -1  # no token of this line yet
        kind = _TOKEN
        while kind != _OVER:
            kind, start, i = _next_token(data, i, end, unit, classes)
            if kind >= _TOKEN:
                if length < 0:
                    if kind == _SPACE:
                        continue
                    length = _begin(words, backoffs, unigrams)
                key = space if kind == _SPACE else _hash(data, start, i)
                word = _number(hashes, numbers, key)
            elif length >= 0:
                word = STOP
            else:
                continue
            score, length = _advance(word, words, backoffs, length, unigrams, entries, values, bounds, found)
            totals[row] += score
            lengths[row] += 1
            if kind < _TOKEN:
                length = -1


@njit(cache=True, nogil=True)
def _score_numbers(ends, sentence, unigrams, entries, values, bounds, totals, lengths):  # type: ignore[no-untyped-def]
    """Sentence s is sentence[ends[s - 1]:ends[s]]; empty ones do not count."""
    words, backoffs, found = np.zeros(8, np.int64), np.zeros(8, np.float64), np.zeros(8, np.float64)
    start = 0
    for s in range(len(ends)):
        if ends[s] > start:
            length = _begin(words, backoffs, unigrams)
            for i in range(start, ends[s] + 1):
                word = np.int64(sentence[i]) if i < ends[s] else STOP
                score, length = _advance(word, words, backoffs, length, unigrams, entries, values, bounds, found)
                totals[s] += score
                lengths[s] += 1
        start = ends[s]


@njit(cache=True, nogil=True)
def _hash_all(offsets, data, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        out[row] = _hash(data, offsets[row], offsets[row + 1])


@njit(cache=True, nogil=True)
def _numbers(keys, hashes, numbers, out):  # type: ignore[no-untyped-def]
    for n in range(len(keys)):
        out[n] = _number(hashes, numbers, keys[n])


@njit(cache=True, nogil=True)
def _fill_vocabulary(keys, hashes, numbers):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(hashes) - 1)
    for n in range(len(keys)):
        at = keys[n] & mask
        while hashes[at] != 0 and hashes[at] != keys[n]:
            at = (at + _ONE) & mask
        hashes[at] = keys[n]
        numbers[at] = n


@njit(cache=True, nogil=True)
def _fill_order(grams, probabilities, backoffs, start, stop, entries, values):  # type: ignore[no-untyped-def]
    for g in range(len(grams)):
        key = np.uint64(0)
        for k in range(grams.shape[1] - 1, -1, -1):
            key = _longer(key, grams[g, k])
        at = _put(entries, start, stop, key)
        values[at, 2] = probabilities[g]
        values[at, 3] = backoffs[g]


@njit(cache=True, nogil=True)
def _known(grams, start, stop, entries, out):  # type: ignore[no-untyped-def]
    for g in range(len(grams)):
        key = np.uint64(0)
        for k in range(grams.shape[1] - 1, -1, -1):
            key = _longer(key, grams[g, k])
        out[g] = _slot(entries, start, stop, key) >= 0


@njit(cache=True, nogil=True)
def _score_grams(grams, unigrams, entries, values, bounds, out):  # type: ignore[no-untyped-def]
    """log10 p of each n-gram's last word after the others, which need not be a sentence's start."""
    words, backoffs, found = np.zeros(8, np.int64), np.zeros(8, np.float64), np.zeros(8, np.float64)
    for g in range(len(grams)):
        length = 0
        for k in range(grams.shape[1]):
            out[g], length = _advance(np.int64(grams[g, k]), words, backoffs, length, unigrams, entries, values, bounds, found)


def token_hashes(buffers: Buffers) -> npt.NDArray[np.uint64]:
    """(rows,): the hash of each text as one token."""
    out = np.empty(len(buffers.offsets) - 1, np.uint64)
    _hash_all(*buffers, out)
    return out


def space_hash() -> np.uint64:
    """The hash of `▁`, which stands for blanks between characters."""
    data = np.frombuffer("▁".encode(), np.uint8)
    return np.uint64(_hash(data, 0, len(data)))


def score(buffers: Buffers, unit: str, tables: Tables) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """(rows,) log10 probability of each text, and (rows,) how many tokens that is, one `</s>` per line included."""
    rows = len(buffers.offsets) - 1
    totals, lengths = np.zeros(rows), np.zeros(rows, np.int64)
    read = (UNITS.index(unit), token_classes(unit), space_hash())
    model = (tables.hashes, tables.numbers, tables.unigrams, tables.entries, tables.entries.view(np.float32), tables.bounds)
    _score_rows(*buffers, *read, *model, totals, lengths)
    return totals, lengths


def score_numbers(
    ends: npt.NDArray[np.int64], words: npt.NDArray[np.int32], tables: Tables
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """As `score`, per sentence; sentence s is the word numbers words[ends[s - 1]:ends[s]]."""
    totals, lengths = np.zeros(len(ends)), np.zeros(len(ends), np.int64)
    model = (tables.unigrams, tables.entries, tables.entries.view(np.float32), tables.bounds)
    _score_numbers(ends, words, *model, totals, lengths)
    return totals, lengths


def vocabulary_table(keys: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """The hash table of a vocabulary: token n has hash keys[n]."""
    hashes = np.zeros(_slots(len(keys)), np.uint64)
    numbers = np.zeros(len(hashes), np.int32)
    _fill_vocabulary(keys, hashes, numbers)
    return hashes, numbers


def vocabulary_numbers(tables: Tables, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
    """(tokens,): the numbers of the tokens with these hashes."""
    out = np.zeros(len(keys), np.int32)
    _numbers(keys, tables.hashes, tables.numbers, out)
    return out


def entry_bounds(counts: list[int]) -> npt.NDArray[np.int64]:
    """Where the tables of the orders from 2 on lie, given how many n-grams each has."""
    return np.cumsum([0, *(_slots(count) for count in counts)], dtype=np.int64)


def _slots(count: int) -> int:
    return 1 << max(int(count * 1.5), 1).bit_length()


def fill_order(
    tables: Tables,
    grams: npt.NDArray[np.int32],  # (n-grams, order)
    probabilities: npt.NDArray[np.float32],
    backoffs: npt.NDArray[np.float32],
) -> None:
    """Put the n-grams of one order into `tables.entries`."""
    order = grams.shape[1]
    place = (tables.bounds[order - 2], tables.bounds[order - 1])
    _fill_order(grams, probabilities, backoffs, *place, tables.entries, tables.entries.view(np.float32))


def known(tables: Tables, grams: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """(n-grams,): which of these n-grams (order 2 or more) are in `tables`."""
    order = grams.shape[1]
    out = np.zeros(len(grams), np.bool_)
    _known(grams, tables.bounds[order - 2], tables.bounds[order - 1], tables.entries, out)
    return out


def score_grams(tables: Tables, grams: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """(n-grams,): log10 probability of the last word of each after the others."""
    out = np.zeros(len(grams))
    _score_grams(grams, tables.unigrams, tables.entries, tables.entries.view(np.float32), tables.bounds, out)
    return out
