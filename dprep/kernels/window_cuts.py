"""From windows that are repeats to the bytes that are cut: they are merged, never end inside a character, and take along what
belongs to them.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit
from dprep.kernels.shingles import fold_table
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.windows import PIECE, word_tokens

Places = npt.NDArray[np.int64]
Ranges = tuple[Places, Places, Places]
"""Texts, and where in each a range starts and ends, in bytes from its start."""

_TABLE_END = 0x20000


@njit(cache=True, nogil=True)
def _runs(repeated, length, first, last):  # type: ignore[no-untyped-def]
    """Ranges of tokens that repeated windows cover, those that overlap merged; how many."""
    found = 0
    for i in range(len(repeated)):
        if not repeated[i]:
            continue
        if found and i < last[found - 1]:
            last[found - 1] = i + length
        else:
            first[found], last[found] = i, i + length
            found += 1
    return found


def _covered(repeated: npt.NDArray[np.bool_], length: int) -> tuple[Places, Places]:
    room = len(repeated) // length + 1  # ranges are apart
    first, last = np.empty(room, np.int64), np.empty(room, np.int64)
    found = _runs(repeated, length, first, last)
    return first[:found], last[:found]


def _joined(texts: Places, first: Places, last: Places, froms: Places, tos: Places) -> Ranges:
    """Ranges of one text that touch, of tokens first[k] to last[k], as one."""
    joins = np.flatnonzero((first[1:] == last[:-1]) & (texts[1:] == texts[:-1]))
    every = np.arange(len(texts))
    heads, tails = np.delete(every, joins + 1), np.delete(every, joins)
    return texts[heads], froms[heads], tos[tails]


@njit(cache=True, nogil=True)
def _word_places(offsets, data, table, values, starts, ends, first, last, texts, froms, tos):  # type: ignore[no-untyped-def]
    """The bytes of words first[k] to last[k], and the text."""
    opened = closed = seen = row = 0
    at = offsets[0]
    while row < len(offsets) - 1 and closed < len(first):
        count, _ = word_tokens(data, at, offsets[row + 1], table, values, starts, ends)
        whole = count < len(values)
        passed = count if whole else count - 1
        while opened < len(first) and first[opened] < seen + passed:
            texts[opened], froms[opened] = row, starts[first[opened] - seen]
            opened += 1
        while closed < len(first) and last[closed] <= seen + passed:
            tos[closed] = ends[last[closed] - 1 - seen]
            closed += 1
        seen += passed
        row += 1 if whole else 0
        at = offsets[min(row, len(offsets) - 1)] if whole else starts[passed]


@cache
def _signs() -> npt.NDArray[np.uint8]:
    """(0x20000,): 1 for signs that belong to the word before them, 2 for those that belong to the word behind them."""
    kinds = {"Po": 1, "Pe": 1, "Pf": 1, "Ps": 2, "Pi": 2}
    return np.array([kinds.get(unicodedata.category(chr(point)), 0) for point in range(_TABLE_END)], np.uint8)


@njit(cache=True, nogil=True)
def _tidied(offsets, data, signs, texts, froms, tos):  # type: ignore[no-untyped-def]
    """Signs that belong to its words go along with a cut; blanks on both sides of it become those on one side."""
    for k in range(len(texts)):
        start, end = offsets[texts[k]], offsets[texts[k] + 1]
        low = tos[k - 1] if k and texts[k - 1] == texts[k] else start
        high = froms[k + 1] if k + 1 < len(texts) and texts[k + 1] == texts[k] else end
        a, b = froms[k], tos[k]
        while b < high:
            point = code_point(data, b)
            if point >= _TABLE_END or signs[point] != 1:
                break
            b += width(data[b])
        while a > low:
            lead = a - 1
            while data[lead] & 0xC0 == 0x80:
                lead -= 1
            point = code_point(data, lead)
            if point >= _TABLE_END or signs[point] != 2:
                break
            a = lead
        if a == start or data[a - 1] == 0x20 or data[a - 1] == 0x0A or data[a - 1] == 0x09:
            while b < high and (data[b] == 0x20 or data[b] == 0x09):
                b += 1
        if b == end or data[b] == 0x0A:
            while a > low and (data[a - 1] == 0x20 or data[a - 1] == 0x09):
                a -= 1
        froms[k], tos[k] = a, b


def word_cuts(buffers: Buffers, repeated: npt.NDArray[np.bool_], length: int) -> Ranges:
    """Where to cut; repeated (words of all texts,): whether a window of `length` words that starts there is to go."""
    offsets, data = buffers
    first, last = _covered(repeated, length)
    texts, froms, tos = (np.empty(len(first), np.int64) for _ in range(3))
    scratch = np.empty(PIECE, np.uint64), np.empty(PIECE, np.int64), np.empty(PIECE, np.int64)
    _word_places(offsets, data, fold_table(), *scratch, first, last, texts, froms, tos)
    texts, froms, tos = _joined(texts, first, last, froms, tos)
    _tidied(offsets, data, _signs(), texts, froms, tos)
    return texts, froms - offsets[texts], tos - offsets[texts]


@njit(cache=True, nogil=True)
def _shrunk(data, froms, tos):  # type: ignore[no-untyped-def]
    """A cut that starts or ends inside a character leaves that character whole."""
    for k in range(len(froms)):
        a, b = froms[k], tos[k]
        while a < b and data[a] & 0xC0 == 0x80:
            a += 1
        while b > a and b < len(data) and data[b] & 0xC0 == 0x80:
            b -= 1
        froms[k], tos[k] = a, b


def byte_cuts(buffers: Buffers, repeated: npt.NDArray[np.bool_], length: int) -> Ranges:
    """Where to cut; repeated (bytes of all texts,): whether a window of `length` bytes that starts there is to go."""
    offsets, data = buffers
    first, last = _covered(repeated, length)
    froms, tos = first + offsets[0], last + offsets[0]
    texts = np.searchsorted(offsets, froms, side="right") - 1
    texts, froms, tos = _joined(texts, first, last, froms, tos)
    _shrunk(data, froms, tos)
    left = tos > froms
    texts, froms, tos = texts[left], froms[left], tos[left]
    return texts, froms - offsets[texts], tos - offsets[texts]
