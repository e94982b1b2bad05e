"""Texts as weighted terms, and the nearest of some centres: what topics are made of and told by.

A term is a word (dprep/kernels/words.py), or two han or kana characters that stand side by side. A vector is sparse: the row's
entries are `columns[offsets[row]:offsets[row + 1]]` with their `values`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point
from dprep.kernels.words import SINGLE, Words, word_classes

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


class Terms(NamedTuple):
    """Term t is data[starts[t]:ends[t]] of the text's buffers; row r has terms rows[r] up to rows[r + 1]."""

    rows: I64  # (rows + 1,)
    hashes: npt.NDArray[np.uint64]  # (terms,)
    starts: I64  # (terms,)
    ends: I64  # (terms,)


class Vectors(NamedTuple):
    """Sparse rows."""

    offsets: I64  # (rows + 1,)
    columns: npt.NDArray[np.int32]  # (entries,)
    values: F32  # (entries,)


@njit(cache=True, nogil=True)
def _singles(data, table, starts, single):  # type: ignore[no-untyped-def]
    """Whether each word is a character that is a word of its own."""
    for word in range(len(starts)):
        point = code_point(data, starts[word])
        single[word] = point >= 0x20000 or table[point] == SINGLE


@njit(cache=True, nogil=True)
def _hash(data, start, end):  # type: ignore[no-untyped-def]
    found = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        found = (found ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    return mixed(found)


@njit(cache=True, nogil=True)
def _terms(data, words, word_starts, word_ends, single, rows, hashes, starts, ends):  # type: ignore[no-untyped-def]
    total = 0
    for row in range(len(words) - 1):
        for word in range(words[row], words[row + 1]):
            start, end = word_starts[word], word_ends[word]
            if single[word]:
                pair = word + 1 < words[row + 1] and single[word + 1] and word_starts[word + 1] == end
                if not pair:
                    continue
                end = word_ends[word + 1]
            hashes[total] = _hash(data, start, end)
            starts[total] = start
            ends[total] = end
            total += 1
        rows[row + 1] = total
    return total


def terms(text: Text, words: Words) -> Terms:
    """The terms of each text, whose words are known."""
    data = text.buffers.data
    single = np.zeros(len(words.starts), np.bool_)
    _singles(data, word_classes(), words.starts, single)
    rows = np.zeros(len(words.rows), np.int64)
    hashes = np.zeros(len(words.starts), np.uint64)
    starts, ends = np.zeros(len(words.starts), np.int64), np.zeros(len(words.starts), np.int64)
    count = _terms(data, words.rows, words.starts, words.ends, single, rows, hashes, starts, ends)
    return Terms(rows, hashes[:count], starts[:count], ends[:count])


@njit(cache=True, nogil=True)
def _place(vocabulary, key):  # type: ignore[no-untyped-def]
    """The place of `key` among sorted hashes, or -1."""
    low, high = 0, len(vocabulary)
    while low < high:
        middle = (low + high) // 2
        if vocabulary[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < len(vocabulary) and vocabulary[low] == key else -1


@njit(cache=True, nogil=True)
def _weigh(rows, hashes, vocabulary, idf, offsets, columns, values):  # type: ignore[no-untyped-def]
    """Fill sparse rows of length 1: (1 + ln count) * idf."""
    total = 0
    for row in range(len(rows) - 1):
        known = np.empty(rows[row + 1] - rows[row], np.int32)
        count = 0
        for term in range(rows[row], rows[row + 1]):
            place = _place(vocabulary, hashes[term])
            if place >= 0:
                known[count] = place
                count += 1
        ordered = np.sort(known[:count])
        first, square, i = total, 0.0, 0
        while i < count:
            j = i
            while j < count and ordered[j] == ordered[i]:
                j += 1
            weight = (1.0 + np.log(float(j - i))) * idf[ordered[i]]
            columns[total] = ordered[i]
            values[total] = weight
            square += weight * weight
            total += 1
            i = j
        length = np.sqrt(square)
        for entry in range(first, total):
            values[entry] /= length
        offsets[row + 1] = total
    return total


def weighed(found: Terms, vocabulary: npt.NDArray[np.uint64], idf: F64) -> Vectors:
    """TF-IDF vectors of length 1 over the terms of a vocabulary (sorted hashes); a row without such a term has no entry."""
    offsets = np.zeros(len(found.rows), np.int64)
    columns, values = np.zeros(len(found.hashes), np.int32), np.zeros(len(found.hashes), np.float32)
    count = _weigh(found.rows, found.hashes, vocabulary, idf, offsets, columns, values)
    return Vectors(offsets, columns[:count].copy(), values[:count].copy())


@njit(cache=True, nogil=True)
def _nearest(offsets, columns, values, centres, best, cosine):  # type: ignore[no-untyped-def]
    """centres: (columns, topics), so that the inner loop runs over neighbours in memory."""
    count = centres.shape[1]
    dots = np.zeros(count, np.float64)
    for row in range(len(offsets) - 1):
        dots[:] = 0.0
        for entry in range(offsets[row], offsets[row + 1]):
            value = np.float64(values[entry])
            centre = centres[columns[entry]]
            for topic in range(count):
                dots[topic] += value * centre[topic]
        place = 0
        for topic in range(1, count):
            if dots[topic] > dots[place]:
                place = topic
        best[row] = place
        cosine[row] = dots[place]


def nearest(vectors: Vectors, centres: F32) -> tuple[npt.NDArray[np.int32], F64]:
    """(rows,) the nearest of the centres (columns, topics), the first of equals, and (rows,) its cosine."""
    best, cosine = np.zeros(len(vectors.offsets) - 1, np.int32), np.zeros(len(vectors.offsets) - 1)
    _nearest(*vectors, centres, best, cosine)
    return best, cosine


@njit(cache=True, nogil=True)
def _sum(offsets, columns, values, topic, sums):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        if topic[row] >= 0:
            for entry in range(offsets[row], offsets[row + 1]):
                sums[columns[entry], topic[row]] += np.float64(values[entry])


def summed(vectors: Vectors, topic: npt.NDArray[np.int32], shape: tuple[int, int]) -> F64:
    """(columns, topics): the sums of the vectors of each topic; rows with a topic below 0 do not count."""
    sums = np.zeros(shape)
    _sum(*vectors, topic, sums)
    return sums
