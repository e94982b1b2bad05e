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
def _join(offsets, data, inside, out, places):  # type: ignore[no-untyped-def]
    """Write the tokens of every row to `out`, a blank between two, and to `places` where rows end there."""
    written = 0
    for row in range(len(offsets) - 1):
        at = offsets[row]
        apart = False
        while at < offsets[row + 1]:
            size = width(data[at])
            if inside[code_point(data, at)]:
                if apart and written > places[row]:
                    out[written] = 32
                    written += 1
                apart = False
                for k in range(size):
                    out[written + k] = data[at + k]
                written += size
            else:
                apart = True
            at += size
        places[row + 1] = written


def _joined(buffers: Buffers, cut: Cut) -> Buffers:
    """Texts that hold nothing but their tokens, and a blank between two."""
    offsets, data = buffers
    out, places = np.empty(int(offsets[-1] - offsets[0]), np.uint8), np.zeros(len(offsets), np.int64)
    _join(offsets, data, _inside(cut), out, places)
    return Buffers(places, out)


@njit(cache=True, nogil=True)
def _row_tokens(data, start, end, characters, starts, ends):  # type: ignore[no-untyped-def]
    """Write where the tokens of data[start:end] begin and end; how many there are."""
    if start == end:
        return 0
    count = 0
    starts[0] = start
    for at in range(start + 1, end):
        if data[at] & 0xC0 != 0x80 if characters else data[at] == 32:
            ends[count] = at
            count += 1
            starts[count] = at if characters else at + 1
    ends[count] = end
    return count + 1


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
def _all_heads(offsets, data, characters, length, rows, out):  # type: ignore[no-untyped-def]
    """A table of the latest shingles spares most hashes: one that the row has had is left out, others' are looked up."""
    froms, sizes = np.zeros(_SLOTS, np.int64), np.full(_SLOTS, -1, np.int64)
    lately, known = np.full(_SLOTS, -1, np.int64), np.zeros(_SLOTS, np.uint64)
    words, state = np.empty(80, np.uint32), np.empty(5, np.uint32)
    longest = (offsets[1:] - offsets[:-1]).max()
    starts, ends = np.empty(longest + 1, np.int64), np.empty(longest + 1, np.int64)
    count = 0
    for row in range(len(offsets) - 1):
        tokens = _row_tokens(data, offsets[row], offsets[row + 1], characters, starts, ends)
        for token in range(max(tokens - length + 1, min(tokens, 1))):
            start, end = starts[token], ends[min(token + length, tokens) - 1]
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
        rows[row + 1] = count


def sha1_heads(buffers: Buffers, cut: Cut, length: int) -> Heads:
    """Of each text the first eight bytes of the SHA-1 hashes of its shingles, little end first; a few stand there twice."""
    rows = np.zeros(len(buffers.offsets), np.int64)
    if len(rows) == 1:
        return Heads(rows, np.empty(0, np.uint64))
    offsets, data = buffers if cut == "characters" else _joined(buffers, cut)
    hashes = np.empty(int(offsets[-1] - offsets[0]), np.uint64)  # a shingle begins at a byte of its own
    _all_heads(offsets, data, cut == "characters", length, rows, hashes)
    return Heads(rows, hashes[: rows[-1]])
