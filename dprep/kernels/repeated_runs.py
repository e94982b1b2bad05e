"""How much of each text is runs of n words, or of n characters, that occur more than once.

Runs are told apart by a 64-bit hash, made of those of their parts. Runs of a short text are counted in a table; those of a very
long one are sorted, which takes an eighth of the memory.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.ngrams import bytes_hash, entry_of, mask_for, slots_for
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.words import Words

MOST_IN_TABLE = 1 << 20
"""Runs of a text that are counted in a table."""
_BASE = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _chain(hashes, count, n, keys):  # type: ignore[no-untyped-def]
    """keys[i]: the hash of the n parts from i on, of `count` parts; how many runs there are."""
    runs = count - n + 1
    if runs <= 0:
        return 0
    leaving = np.uint64(1)
    running = np.uint64(0)
    for i in range(n):
        running = running * _BASE + hashes[i]
        if i:
            leaving *= _BASE
    keys[0] = running
    for i in range(1, runs):
        running = (running - hashes[i - 1] * leaving) * _BASE + hashes[i + n - 1]
        keys[i] = running
    return runs


@njit(cache=True, nogil=True)
def _counted(keys, runs, table, stamp, counts):  # type: ignore[no-untyped-def]
    """counts[k]: occurrences of the k-th different run; how many different ones there are."""
    distinct = 0
    if runs <= MOST_IN_TABLE:
        mask = mask_for(runs)
        for i in range(runs):
            number = entry_of(table, mask, stamp, mixed(keys[i]), distinct)
            if number == distinct:
                counts[number] = 0
                distinct += 1
            counts[number] += 1
        return distinct
    keys[:runs].sort()
    for i in range(runs):
        if i == 0 or keys[i] != keys[i - 1]:
            counts[distinct] = 0
            distinct += 1
        counts[distinct - 1] += 1
    return distinct


@njit(cache=True, nogil=True)
def _all_repeated(counts, distinct):  # type: ignore[no-untyped-def]
    total = 0
    for number in range(distinct):
        if counts[number] > 1:
            total += counts[number]
    return total


@njit(cache=True, nogil=True)
def _most_repeated(counts, distinct):  # type: ignore[no-untyped-def]
    """Occurrences of the most frequent repeated runs, as many of them as the square root of all different ones."""
    repeated = 0
    for number in range(distinct):
        if counts[number] > 1:
            counts[repeated] = counts[number]
            repeated += 1
    most = int(np.sqrt(distinct))
    if repeated > most:
        counts[:repeated].sort()
    total = 0
    for place in range(max(0, repeated - most), repeated):
        total += counts[place]
    return total


@njit(cache=True, nogil=True)
def _words(data, rows, starts, ends, n, hashes, keys, table, counts, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        first = rows[row]
        count = rows[row + 1] - first
        for i in range(count):
            hashes[i] = bytes_hash(data, starts[first + i], ends[first + i])
        runs = _chain(hashes, count, n, keys)
        if runs > 1:
            distinct = _counted(keys, runs, table, row + 1, counts)
            out[row] = _all_repeated(counts, distinct) / runs


@njit(cache=True, nogil=True)
def _characters(offsets, data, n, hashes, keys, table, counts, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        i, count = offsets[row], 0
        while i < offsets[row + 1]:
            hashes[count] = mixed(np.uint64(code_point(data, i)) + np.uint64(1))
            count += 1
            i += width(data[i])
        runs = _chain(hashes, count, n, keys)
        if runs > 1:
            distinct = _counted(keys, runs, table, row + 1, counts)
            out[row] = _most_repeated(counts, distinct) / runs


def _scratch(most: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    hashes, keys = np.empty(most + 1, np.uint64), np.empty(most + 1, np.uint64)
    return hashes, keys, slots_for(min(most, MOST_IN_TABLE)), np.empty(most + 1, np.int64)


def repeated_words(buffers: Buffers, words: Words, n: int) -> npt.NDArray[np.float64]:
    """(rows,): runs of n words that occur more than once, each time they do, per run; 0 where there is no run."""
    out = np.zeros(len(words.rows) - 1)
    _words(buffers.data, *words, n, *_scratch(int(np.diff(words.rows).max(initial=0))), out)
    return out


def repeated_characters(buffers: Buffers, n: int) -> npt.NDArray[np.float64]:
    """(rows,): occurrences of the most frequent repeated runs of n characters per run; 0 where there is no run.

    Of d different runs the floor(sqrt(d)) most frequent ones count, if they occur more than once.
    """
    out = np.zeros(len(buffers.offsets) - 1)
    _characters(*buffers, n, *_scratch(int(np.diff(buffers.offsets).max(initial=0))), out)
    return out
