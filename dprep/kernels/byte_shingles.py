"""Shingles as the bytes that other tools hash: runs of characters or tokens of a text, a blank between two tokens.

A text with fewer tokens than a run has one shingle, all of it; a text without a token has none.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit
from dprep.kernels.sha1 import sha1_head
from dprep.kernels.utf8 import code_point, width

U64 = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

Cut = Literal["characters", "blank", "words"]
"""How a text is cut: `list(text)`, `text.split()`, `re.findall(r"\\w+", text)`."""

_POINTS = 0x110000
_SLOTS = 1 << 15
_STEP = np.uint64(0x9E3779B97F4A7C15)
_PRIME = np.uint64(0x100000001B3)


class Tokens(NamedTuple):
    """Token t is data[starts[t]:ends[t]]; row r has tokens rows[r] up to rows[r + 1]."""

    data: npt.NDArray[np.uint8]
    starts: Numbers
    ends: Numbers
    rows: Numbers


class Heads(NamedTuple):
    """Row r has hashes[rows[r]:rows[r + 1]]."""

    rows: Numbers
    hashes: U64


@cache
def _inside(cut: Cut) -> npt.NDArray[np.bool_]:
    """Of every code point, whether a token goes on with it."""
    characters = map(chr, range(_POINTS))
    kept = (not c.isspace() for c in characters) if cut == "blank" else (c == "_" or c.isalnum() for c in characters)
    return np.fromiter(kept, np.bool_, _POINTS)


@njit(cache=True, nogil=True)
def _characters(offsets, data, starts, ends, rows):  # type: ignore[no-untyped-def]
    count = 0
    for row in range(len(offsets) - 1):
        at = offsets[row]
        while at < offsets[row + 1]:
            starts[count] = at
            at += width(data[at])
            ends[count] = at
            count += 1
        rows[row + 1] = count


@njit(cache=True, nogil=True)
def _runs(offsets, data, inside, out, starts, ends, rows):  # type: ignore[no-untyped-def]
    """Write the tokens of every row to `out`, each with a blank behind it."""
    count = 0
    written = 0
    for row in range(len(offsets) - 1):
        at = offsets[row]
        open_ = False
        while at < offsets[row + 1]:
            size = width(data[at])
            if inside[code_point(data, at)]:
                if not open_:
                    starts[count] = written
                    open_ = True
                for k in range(size):
                    out[written] = data[at + k]
                    written += 1
            elif open_:
                ends[count] = written
                out[written] = 32
                written += 1
                count += 1
                open_ = False
            at += size
        if open_:
            ends[count] = written
            out[written] = 32
            written += 1
            count += 1
        rows[row + 1] = count
    return written


def tokens(buffers: Buffers, cut: Cut) -> Tokens:
    """The tokens of each text. Takes 16 bytes per byte of text."""
    offsets, data = buffers
    most = int(offsets[-1] - offsets[0])
    starts, ends, rows = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(len(offsets), np.int64)
    if cut == "characters":
        _characters(offsets, data, starts, ends, rows)
        return Tokens(data, starts[: rows[-1]], ends[: rows[-1]], rows)
    out = np.empty(most + len(offsets), np.uint8)
    written = _runs(offsets, data, _inside(cut), out, starts, ends, rows)
    return Tokens(out[:written], starts[: rows[-1]], ends[: rows[-1]], rows)


@njit(cache=True, nogil=True)
def _same(data, a, b, size):  # type: ignore[no-untyped-def]
    k = 0
    while k < size and data[a + k] == data[b + k]:
        k += 1
    return k == size


@njit(cache=True, nogil=True)
def _slot(data, start, end):  # type: ignore[no-untyped-def]
    found = np.uint64(0)
    for place in range(start, end):
        found = (found ^ np.uint64(data[place])) * _PRIME
    return np.int64((found * _STEP) >> np.uint64(49))


@njit(cache=True, nogil=True)
def _all_heads(data, starts, ends, rows, length, out_rows, out):  # type: ignore[no-untyped-def]
    """A table of the latest shingles spares most hashes: one that the row has had is left out, others' are looked up."""
    froms, sizes = np.zeros(_SLOTS, np.int64), np.full(_SLOTS, -1, np.int64)
    lately, known = np.full(_SLOTS, -1, np.int64), np.zeros(_SLOTS, np.uint64)
    words, state = np.empty(80, np.uint32), np.empty(5, np.uint32)
    count = 0
    for row in range(len(rows) - 1):
        first, last = rows[row], rows[row + 1]
        runs = max(last - first - length + 1, 1) if last > first else 0
        for token in range(first, first + runs):
            start, end = starts[token], ends[min(token + length, last) - 1]
            slot = _slot(data, start, end)
            if sizes[slot] == end - start and _same(data, froms[slot], start, end - start):
                if lately[slot] == row:
                    continue
            else:
                known[slot] = sha1_head(data, start, end, words, state)
                froms[slot], sizes[slot] = start, end - start
            lately[slot] = row
            out[count] = known[slot]
            count += 1
        out_rows[row + 1] = count


def sha1_heads(found: Tokens, length: int) -> Heads:
    """Of each text the first eight bytes of the SHA-1 hashes of its shingles, little end first; a few stand there twice."""
    rows, hashes = np.zeros(len(found.rows), np.int64), np.empty(len(found.starts) + 1, np.uint64)
    _all_heads(*found, length, rows, hashes)
    return Heads(rows, hashes[: rows[-1]])
