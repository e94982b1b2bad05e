"""Blanks and line breaks put in order, over Arrow buffers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.eight import below, equal, first_byte, load8, store8
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

UNLIMITED = -1
"""`max_newlines` for runs of any length."""

_TEXT, _BLANK, _BREAK = 0, 1, 2


@njit(cache=True, nogil=True)
def _kind(point):  # type: ignore[no-untyped-def]
    """Unicode White_Space, split into blanks and line breaks (PropList.txt: 25 code points, unchanged since Unicode 6.3)."""
    if point == 0x20 or point == 0x09 or point == 0xA0:
        return _BLANK
    if 0x0A <= point <= 0x0D or point == 0x85 or point == 0x2028 or point == 0x2029:
        return _BREAK
    if 0x2000 <= point <= 0x200A or point == 0x3000 or point == 0x202F or point == 0x205F or point == 0x1680:
        return _BLANK
    return _TEXT


@njit(cache=True, nogil=True)
def _is_east_asian(point):  # type: ignore[no-untyped-def]
    """Han, kana, and the punctuation written with them: scripts without blanks between words."""
    return (
        0x4E00 <= point <= 0x9FFF
        or 0x3001 <= point <= 0x30FF
        or 0xFF01 <= point <= 0xFF9F
        or 0x3400 <= point <= 0x4DBF
        or 0xF900 <= point <= 0xFAFF
        or 0x20000 <= point <= 0x3FFFF
    )


@njit(cache=True, nogil=True)
def _maybe_white(lead):  # type: ignore[no-untyped-def]
    """False is certain: no white space starts with any other byte."""
    return lead <= 0x20 or lead == 0xE2 or lead == 0xC2 or lead == 0xE3 or lead == 0xE1


@njit(cache=True, nogil=True)
def _copy_plain(data, i, end, out, at, join):  # type: ignore[no-untyped-def]
    """Copy up to the next byte that may start white space to be edited, or to the row's last 8 bytes; the new (i, at).

    A single space between ASCII characters stays, and counts as plain unless `join` asks for every blank.
    """
    while i + 9 <= end:
        here = load8(data, i)
        doubled = equal(here, 0x20) & (below(load8(data, i + 1), 0x21) | load8(data, i + 1))
        if join:
            doubled = equal(here, 0x20)
        odd = below(here, 0x20) | doubled | equal(here, 0xE2) | equal(here, 0xE3) | equal(here, 0xC2) | equal(here, 0xE1)
        store8(out, at, here)
        clean = first_byte(odd)
        i += clean
        at += clean
        if clean < 8:
            break
    return i, at


@njit(cache=True, nogil=True)
def _gap(data, i, end):  # type: ignore[no-untyped-def]
    """The run of white space from data[i]: (its end, line breaks in it, start of its last line)."""
    breaks, line = 0, i
    while i < end:
        point = code_point(data, i)
        kind = _kind(point)
        if kind == _TEXT:
            break
        i += width(data[i])
        if kind == _BREAK:
            if point == 0x0D and i < end and data[i] == 0x0A:
                i += 1
            breaks += 1
            line = i
    return i, breaks, line


@njit(cache=True, nogil=True)
def _last_point(data, i):  # type: ignore[no-untyped-def]
    """The code point that ends just before data[i]."""
    i -= 1
    while data[i] & 0xC0 == 0x80:
        i -= 1
    return code_point(data, i)


@njit(cache=True, nogil=True)
def _write_gap(data, gap, following, line, breaks, out, at, start, max_newlines, keep_indent, join):  # type: ignore[no-untyped-def]
    """Write what stands for the white space data[gap:following]; the place after it. `start`: where the row starts in out."""
    kept = breaks if max_newlines == UNLIMITED else min(breaks, max_newlines)
    if at > start:
        for _ in range(kept):
            out[at] = 0x0A
            at += 1
    if kept == 0 and at > start:
        if not (join and _is_east_asian(_last_point(out, at)) and _is_east_asian(code_point(data, following))):
            out[at] = 0x20
            at += 1
    elif keep_indent and (kept > 0 or at == start):
        for i in range(line, following):
            out[at] = data[i]
            at += 1
    return at


@njit(cache=True, nogil=True)
def _ordered(offsets, data, max_newlines, keep_indent, join, out, out_offsets):  # type: ignore[no-untyped-def]
    """Fill `out`; the number of rows that changed."""
    at, changed = 0, 0
    for row in range(len(offsets) - 1):
        i, end, start = offsets[row], offsets[row + 1], at
        same = True
        while i < end:
            if at > start:
                i, at = _copy_plain(data, i, end, out, at, join)
            if not _maybe_white(data[i]):
                out[at] = data[i]
                at += 1
                i += 1
                continue
            following, breaks, line = _gap(data, i, end)
            if following == i:
                for _ in range(width(data[i])):
                    out[at] = data[i]
                    at += 1
                    i += 1
                continue
            before = at
            if following < end:
                at = _write_gap(data, i, following, line, breaks, out, at, start, max_newlines, keep_indent, join)
            if at - before != following - i:
                same = False
            else:
                for j in range(at - before):
                    same &= out[before + j] == data[i + j]
            i = following
        changed += not same
        out_offsets[row + 1] = at
    return changed


def ordered(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], *, max_newlines: int, keep_indent: bool, join_cjk: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]] | None:
    """Texts with white space put in order, as (offsets, bytes); None where nothing changed.

    max_newlines: longest run of line breaks, UNLIMITED for any; 0 turns line breaks into spaces.
    keep_indent: blanks at the start of a line stay as they are. join_cjk: no blank between two han or kana characters.
    """
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    if not _ordered(offsets, data, max_newlines, keep_indent, join_cjk, out, out_offsets):
        return None
    return out_offsets, out[: out_offsets[-1]]
