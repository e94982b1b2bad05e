"""Chinese punctuation over Arrow buffers: what each mark should be is decided first, then the text is written.

The decision is one code per byte of the text, at the mark's first byte: its replacement, or that it goes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.signs import (
    CLASS,
    CLOSE,
    CLOSES,
    COLON,
    CORNER_DOUBLE,
    CORNER_SINGLE,
    DOTS,
    DOUBLE,
    ELLIPSIS,
    EXCLAMATION,
    FIRST_HALF,
    FIRST_QUOTE,
    FULL_SHIFT,
    GONE,
    HALF_SHIFT,
    HAN,
    NONE,
    NUMERAL,
    OPEN,
    OPENS,
    PARENTHESIS,
    SEMICOLON,
    SINGLE,
    STOP,
    STRAIGHT,
    WIDE,
    WORD,
    address_end,
    before_blanks,
    byte_at,
    class_at,
    class_before,
    code_end,
    ellipsis_end,
    entry,
    is_figure,
    names_file,
    past_blanks,
    replacements,
    sign_table,
)
from dprep.kernels.utf8 import code_point, put, width

KEEP, FULL, HALF = 0, 1, 2
CURLY, CORNER = 1, 2

_DEPTH = 32


@njit(cache=True, nogil=True)
def _becomes_full(table, data, i, end, code, previous, numeral, start):  # type: ignore[no-untyped-def]
    """Whether the half-width mark data[i] (no parenthesis) belongs to Chinese text. numeral: 一 to 十 stands before it."""
    following, after = class_at(table, data, i + 1, end), byte_at(data, i + 1, end)
    twin = after == data[i] or (i > start and data[i - 1] == data[i])
    if code == STOP:
        if previous < WIDE or twin or following == WORD or (numeral and following == HAN):
            return False
        return not names_file(table, data, i, end)
    if code in (COLON, SEMICOLON):
        smiles = after == 0x29 or (after == 0x2D and byte_at(data, i + 2, end) in (0x29, 0x28, 0x44))
        if twin or smiles or after == 0x2F:
            return False
    if code == EXCLAMATION and after == 0x5B:
        return False
    return previous >= WIDE or (previous == WORD and following == HAN and code != SEMICOLON)


@njit(cache=True, nogil=True)
def _pair_is_chinese(table, data, start, first, last, end, before, inside):  # type: ignore[no-untyped-def]
    """Whether the pair data[first], data[last] touches han or their marks, or stands among han but for blanks.

    before, inside: what precedes each of the two.
    """
    word_before = before == WORD
    opening, after = first + width(data[first]), last + width(data[last])
    if data[first] == 0x28:
        if first > start and data[first - 1] == 0x5D:
            return False
        if byte_at(data, after, end) == 0x2E and names_file(table, data, after, end):
            return False
    if data[first] == 0x28 and data[last] == 0x29 and is_figure(data, opening, last):
        return False
    within = class_at(table, data, opening, end) >= WIDE or inside >= WIDE
    outside = before >= WIDE or class_at(table, data, after, end) >= WIDE
    if data[first] == 0x28 or code_point(data, first) == 0xFF08:
        beyond, outer = past_blanks(data, after, end), before_blanks(data, first, start)
        outside |= class_at(table, data, beyond, end) == HAN or class_before(table, data, outer, start) == HAN
        within |= class_at(table, data, past_blanks(data, opening, last), last) == HAN
    return within or (outside and not (word_before and data[first] == 0x28))


@njit(cache=True, nogil=True)
def _clear(turn, i, end):  # type: ignore[no-untyped-def]
    for j in range(i, end):
        turn[j] = GONE


@njit(cache=True, nogil=True)
def _drop_beside(table, data, start, first, last, end, turn):  # type: ignore[no-untyped-def]
    """Blanks on both sides of the Chinese parentheses data[first], data[last] go where text is beyond them.

    Those of a gap to fill in, as exams have it, stay.
    """
    opening, after = first + width(data[first]), last + width(data[last])
    inner, tail = past_blanks(data, opening, last), before_blanks(data, last, opening)
    if inner == last or is_figure(data, opening, last):
        return
    outer, beyond = before_blanks(data, first, start), past_blanks(data, after, end)
    if class_before(table, data, outer, start) != NONE:
        _clear(turn, outer, first)
    if class_at(table, data, inner, last) != NONE:
        _clear(turn, opening, inner)
    if class_before(table, data, tail, opening) != NONE:
        _clear(turn, tail, last)
    if class_at(table, data, beyond, end) != NONE:
        _clear(turn, after, beyond)


@njit(cache=True, nogil=True)
def _turn_pair(turn, data, first, last, kind, marks, quotes):  # type: ignore[no-untyped-def]
    """Note what a Chinese pair becomes; whether it became something."""
    if kind == PARENTHESIS:
        if marks == FULL:
            turn[first] = OPEN if data[first] == 0x28 else 0
            turn[last] = CLOSE if data[last] == 0x29 else 0
        return marks == FULL
    if quotes == KEEP:
        return False
    inner = kind in (SINGLE, CORNER_DOUBLE)
    code = FIRST_QUOTE + (4 if quotes == CORNER else 0) + (2 if inner else 0)
    is_so = kind in (CORNER_SINGLE, CORNER_DOUBLE) if quotes == CORNER else kind in (SINGLE, DOUBLE)
    if not is_so:
        turn[first], turn[last] = code, code + 1
    return True


@njit(cache=True, nogil=True)
def _is_apostrophe(table, data, i, end, previous, point):  # type: ignore[no-untyped-def]
    return point == 0x2019 and previous == WORD and class_at(table, data, i + 3, end) == WORD


@njit(cache=True, nogil=True)
def _matched(stack, depth, kind):  # type: ignore[no-untyped-def]
    """The topmost open pair of `kind`, as a place in the stack; -1: there is none."""
    for place in range(min(depth, _DEPTH) - 1, -1, -1):
        if stack[3 * place + 1] == kind:
            return place
    return -1


@njit(cache=True, nogil=True)
def _drop_blanks(data, i, end, turn):  # type: ignore[no-untyped-def]
    """Spaces after a full-width mark go; where they end."""
    while i < end and data[i] == 0x20:
        turn[i] = GONE
        i += 1
    return i


@njit(cache=True, nogil=True)
def _close(data, start, i, end, point, previous, kind, table, marks, quotes, stack, depth, turn):  # type: ignore[no-untyped-def]
    """Deal with the mark data[i] that closes a pair of `kind`: (what now precedes, open pairs)."""
    place = _matched(stack, depth, kind)
    if place >= 0:
        depth = place
        first, before = stack[3 * place], stack[3 * place + 2]
        chinese = _pair_is_chinese(table, data, start, first, i, end, before, previous)
        if chinese and _turn_pair(turn, data, first, i, kind, marks, quotes):
            if kind == PARENTHESIS:
                _drop_beside(table, data, start, first, i, end, turn)
            return WIDE, depth
    if entry(table, point) & CLASS == WIDE:
        return WIDE, depth
    return NONE if point == 0x22 or point == 0x29 else previous, depth


@njit(cache=True, nogil=True)
def _note_run(turn, i, run, previous, following, point, ellipsis):  # type: ignore[no-untyped-def]
    """Note what the ellipsis data[i:run] becomes; what precedes the next character."""
    chinese = previous >= WIDE or following == HAN or point == 0x3002
    if ellipsis == HALF or (ellipsis == FULL and chinese):
        for j in range(i + 1, run):
            turn[j] = GONE
        turn[i] = ELLIPSIS if ellipsis == FULL else DOTS
    return WIDE if chinese and ellipsis != HALF else previous


@njit(cache=True, nogil=True)
def _is_unbroken(data, i, end, point):  # type: ignore[no-untyped-def]
    """Whether code or the rest of an address starts at data[i]."""
    return point == 0x60 or (point == 0x3A and i + 2 < end and data[i + 1] == 0x2F and data[i + 2] == 0x2F)


@njit(cache=True, nogil=True)
def _note_mark(data, i, end, point, previous, numeral, start, table, marks, turn):  # type: ignore[no-untyped-def]
    """Note what a mark outside pairs, or another character, becomes: (what now precedes, the next place)."""
    code = (entry(table, point) >> FULL_SHIFT) & 15
    if marks == FULL and code and point != 0x28 and point != 0x29:
        if not _becomes_full(table, data, i, end, code, previous, numeral, start):
            return NONE, i + 1
        turn[i] = code
        return WIDE, _drop_blanks(data, i + 1, end, turn)
    return entry(table, point) & CLASS, i + width(data[i])


@njit(cache=True, nogil=True)
def _decide(data, start, end, table, marks, quotes, ellipsis, stack, turn):  # type: ignore[no-untyped-def]
    """Write the code of every mark of the text data[start:end] into `turn`."""
    i, previous, depth, numeral = start, NONE, 0, False
    while i < end:
        point, size = code_point(data, i), width(data[i])
        run = ellipsis_end(data, i, end, point)
        if _is_unbroken(data, i, end, point):
            i = code_end(data, i, end) if point == 0x60 else address_end(table, data, i, end)
            previous = WORD
        elif run > i:
            previous = _note_run(turn, i, run, previous, class_at(table, data, run, end), point, ellipsis)
            i = run
        elif point >= 0x10000:
            previous, i = entry(table, point) & CLASS, i + size
        else:
            if point == 0x0A:
                depth = 0
            known = entry(table, point)
            if marks == HALF and (known >> HALF_SHIFT) & 15:
                turn[i] = FIRST_HALF - 1 + ((known >> HALF_SHIFT) & 15)
            opening, closing = (known >> OPENS) & 7, (known >> CLOSES) & 7
            if point == 0x22:
                opening = closing = STRAIGHT
                if _matched(stack, depth, STRAIGHT) >= 0:
                    opening = 0
            if opening:
                if depth < _DEPTH:
                    stack[3 * depth], stack[3 * depth + 1], stack[3 * depth + 2] = i, opening, previous
                    depth += 1
                if entry(table, point) & CLASS == WIDE or point == 0x22 or point == 0x28:
                    previous = entry(table, point) & CLASS
                i += size
            elif closing and not _is_apostrophe(table, data, i, end, previous, point):
                previous, depth = _close(
                    data, start, i, end, point, previous, closing, table, marks, quotes, stack, depth, turn
                )
                i += size
            else:
                previous, i = _note_mark(data, i, end, point, previous, numeral, start, table, marks, turn)
            numeral = known & NUMERAL != 0


@njit(cache=True, nogil=True)
def _write(data, start, end, table, written, turn, out, at):  # type: ignore[no-untyped-def]
    """Write the text with its decided marks; where it ends."""
    i, last = start, NONE
    while i < end:
        size, code = width(data[i]), int(turn[i])
        if code == 0:
            last = class_at(table, data, i, end)
            for j in range(i, i + size):
                out[at] = data[j]
                at += 1
        elif code != GONE:
            opens = code == FIRST_HALF + OPEN - 1
            at = _write_mark(written, code, opens and last != NONE, out, at)
            last = NONE if opens else WIDE
            following = class_at(table, data, i + size, end)
            if FIRST_HALF <= code < DOTS and not opens and following & 1:
                out[at] = 0x20
                at += 1
        i += size
    return at


@njit(cache=True, nogil=True)
def _write_mark(written, code, space, out, at):  # type: ignore[no-untyped-def]
    """Write the replacement `code`, after a space if `space`; the place after it."""
    if space:
        out[at] = 0x20
        at += 1
    for k in range(3 * code, 3 * code + 3):
        if written[k]:
            at = put(out, at, written[k])
    return at


@njit(cache=True, nogil=True)
def _all(offsets, data, table, written, marks, quotes, ellipsis, stack, turn, out, out_offsets):  # type: ignore[no-untyped-def]
    at = 0
    bytes_, known, codes, pairs, signs, new = (
        pointer(data),
        pointer(table),
        pointer(turn),
        pointer(stack),
        pointer(written),
        pointer(out),
    )
    for row in range(len(offsets) - 1):
        _decide(bytes_, offsets[row], offsets[row + 1], known, marks, quotes, ellipsis, pairs, codes)
        at = _write(bytes_, offsets[row], offsets[row + 1], known, signs, codes, new, at)
        out_offsets[row + 1] = at


@njit(cache=True, nogil=True)
def _holding(offsets, data, array, found):  # type: ignore[no-untyped-def]
    table = pointer(array)
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        while i < end:
            lead = data[i]
            if lead >= 0xE2 and (lead >= 0xF0 or lead == 0xE2 or entry(table, code_point(data, i)) & CLASS >= WIDE):
                found[row] = True
                break
            i += width(lead)


def holding(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which rows hold a character that any of this can be about: han, kana, a full-width mark, a quote or an ellipsis."""
    found = np.zeros(len(offsets) - 1, np.bool_)
    _holding(offsets, readable(data), sign_table(), found)
    return found


def edited(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], marks: int, quotes: int, ellipsis: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Texts with their punctuation in order, as (offsets, bytes).

    marks, ellipsis: KEEP, FULL (what stands among han becomes full-width) or HALF. quotes: KEEP, CURLY or CORNER.
    """
    turn = np.zeros(int(offsets[-1]), np.uint8)
    out = np.empty(3 * int(offsets[-1] - offsets[0]), np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    stack, written = np.zeros(3 * _DEPTH, np.int64), replacements().ravel()
    _all(offsets, readable(data), sign_table(), written, marks, quotes, ellipsis, stack, turn, out, out_offsets)
    return out_offsets, out[: out_offsets[-1]].copy()
