"""Text between the tags of serialized HTML, with the white space that its blocks ask for."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

INLINE, BLOCK, APART, LINE_BREAK, CELL, PREFORMATTED = range(6)
"""What an element does to the text around it. APART: an empty line; PREFORMATTED: an empty line, and its blanks count."""

_SLOTS = 1024  # a power of two, well over the number of elements


@njit(cache=True, nogil=True)
def _mixed(name, byte):  # type: ignore[no-untyped-def]
    """The number of a tag's name, one more byte read; upper and lower case are one."""
    lower = byte | 0x20 if 0x41 <= byte <= 0x5A else byte
    return (name ^ np.uint64(lower)) * np.uint64(0x100000001B3)


@cache
def kinds(elements: tuple[tuple[str, int], ...]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """A hash table from element names to what they do: (keys, kinds), zero where a slot is free."""
    keys, found = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.uint8)
    for name, kind in elements:
        key = 0xCBF29CE484222325
        for byte in name.encode():
            key = (key ^ byte) * 0x100000001B3 % 2**64
        slot = key % _SLOTS
        while keys[slot]:
            slot = (slot + 1) % _SLOTS
        keys[slot], found[slot] = key, kind
    return keys, found


@njit(cache=True, nogil=True)
def _tag(data, i, keys, kind_of):  # type: ignore[no-untyped-def]
    """The tag whose name starts at data[i]: (what its element does, the place after it)."""
    end = len(data)
    key = np.uint64(0xCBF29CE484222325)
    while i < end and data[i] > 0x20 and data[i] != 0x3E and data[i] != 0x2F:
        key = _mixed(key, data[i])
        i += 1
    slot = np.int64(key & np.uint64(_SLOTS - 1))
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) % _SLOTS
    while i < end and data[i] != 0x3E:
        value = i + 1
        if data[i] == 0x3D and value < end and (data[value] == 0x22 or data[value] == 0x27):
            i = value + 1
            while i < end and data[i] != data[value]:
                i += 1
        i += 1
    return kind_of[slot], min(i + 1, end)


@njit(cache=True, nogil=True)
def _declaration(data, i):  # type: ignore[no-untyped-def]
    """The place after the comment or declaration that starts at data[i], a `<`."""
    end = len(data)
    if i + 3 < end and data[i + 1] == 0x21 and data[i + 2] == 0x2D and data[i + 3] == 0x2D:
        i += 4
        while i + 2 < end and not (data[i] == 0x2D and data[i + 1] == 0x2D and data[i + 2] == 0x3E):
            i += 1
        return i + 3 if i + 2 < end else end
    while i < end and data[i] != 0x3E:
        i += 1
    return min(i + 1, end)


@njit(cache=True, nogil=True)
def _gap(out, at, breaks, cells, blank):  # type: ignore[no-untyped-def]
    """Write the strongest white space asked for; nothing at the start of the text."""
    if at == 0:
        return at
    byte, times = (0x0A, breaks) if breaks else (0x09, cells) if cells else (0x20, blank)
    for _ in range(times):
        out[at] = byte
        at += 1
    return at


@njit(cache=True, nogil=True)
def _between(data, keys, kind_of, keep_blanks, out):  # type: ignore[no-untyped-def]
    i, at, end = 0, 0, len(data)
    breaks, cells, blank, depth = 0, 0, 0, 0  # depth: of <pre>
    while i < end:
        byte = data[i]
        following = data[i + 1] if i + 1 < end else 0x20
        if byte == 0x3C and (following == 0x21 or following == 0x3F):
            i = _declaration(data, i)
        elif byte == 0x3C and (following == 0x2F or 0x61 <= following | 0x20 <= 0x7A):
            ends = following == 0x2F
            kind, i = _tag(data, i + 1 + ends, keys, kind_of)
            if kind == LINE_BREAK:
                breaks += 1
            elif kind == CELL:
                cells += ends
            elif kind != INLINE:
                breaks = max(breaks, 1 if kind == BLOCK else 2)
                cells = 0
            if kind == PREFORMATTED:
                while ends and depth > 0 and at > 0 and out[at - 1] == 0x0A:
                    at -= 1
                depth = max(0, depth - 1 if ends else depth + 1)
        elif not keep_blanks and depth == 0 and (byte == 0x20 or (0x09 <= byte <= 0x0D and byte != 0x0B)):
            blank = 1
            i += 1
        else:
            at = _gap(out, at, breaks, cells, blank)
            breaks, cells, blank = 0, 0, 0
            out[at] = byte
            at += 1
            i += 1
    return at


def between(markup: bytes, elements: tuple[tuple[str, int], ...], *, keep_blanks: bool) -> bytes:
    """The text between the tags of `markup`, character references still in it.

    elements: what each element does; others are inline. keep_blanks: white space stays as it is, as inside PREFORMATTED.
    Without it, runs of white space become one space. Comments and declarations are left out.
    """
    data = np.frombuffer(markup, np.uint8)
    out = np.empty(len(data) + 2, np.uint8)
    return out[: _between(data, *kinds(elements), keep_blanks, out)].tobytes()


@njit(cache=True, nogil=True)
def _deepest(data, keys, kind_of, limit):  # type: ignore[no-untyped-def]
    i, end, depth, most = 0, len(data), 0, 0
    while i + 1 < end:
        if data[i] != 0x3C:
            i += 1
            continue
        ends = data[i + 1] == 0x2F
        i += 1 + ends
        if i >= end or not 0x61 <= data[i] | 0x20 <= 0x7A:
            continue
        key = np.uint64(0xCBF29CE484222325)
        while i < end and (0x61 <= data[i] | 0x20 <= 0x7A or 0x30 <= data[i] <= 0x3A):
            key = _mixed(key, data[i])
            i += 1
        slot = np.int64(key & np.uint64(_SLOTS - 1))
        while keys[slot] != 0 and keys[slot] != key:
            slot = (slot + 1) % _SLOTS
        if kind_of[slot] == 0:
            depth = max(0, depth - 1) if ends else depth + 1
            most = max(most, depth)
            if most > limit:
                break
    return most


def deepest(markup: bytes, not_counted: tuple[tuple[str, int], ...], limit: int) -> int:
    """How deep elements may nest in markup that nobody has parsed, counted to `limit` + 1.

    not_counted: (name, 1) of elements that hold nothing or that others close.
    """
    return int(_deepest(np.frombuffer(markup, np.uint8), *kinds(not_counted), limit))


@njit(cache=True, nogil=True)
def _without(data, starts, stops, out):  # type: ignore[no-untyped-def]
    at, i = 0, 0
    for k in range(len(starts)):
        out[at : at + starts[k] - i] = data[i : starts[k]]
        at += starts[k] - i
        i = stops[k]
    out[at : at + len(data) - i] = data[i:]
    return at + len(data) - i


def without(markup: bytes, starts: npt.NDArray[np.int32], stops: npt.NDArray[np.int32]) -> bytes:
    """`markup` less the spans from starts[k] to stops[k] (in order, apart from each other)."""
    data = np.frombuffer(markup, np.uint8)
    out = np.empty(len(data), np.uint8)
    return out[: _without(data, starts, stops, out)].tobytes()
