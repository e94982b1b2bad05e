"""Chinese punctuation over Arrow buffers: what each mark should be is decided first, then the text is written.

The decision is one code per byte of the text, at the mark's first byte: its replacement, or that it goes.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.pointers import pointer, readable
from dprep.kernels.utf8 import code_point, put, width

KEEP, FULL, HALF = 0, 1, 2
CURLY, CORNER = 1, 2

_NONE, _WORD, _WIDE, _HAN = range(4)  # what stands beside a mark: other, ASCII letter or digit, full-width mark, han or kana
_FULL_MARKS, _HALF_MARKS = "，。？！：；（）", ",.?!:;()"
_QUOTES = "“”‘’「」『』"
_REPLACEMENTS = ["", *_FULL_MARKS, *_QUOTES, "……", *_HALF_MARKS, "..."]
_STOP, _EXCLAMATION, _COLON, _SEMICOLON, _OPEN, _CLOSE = 2, 4, 5, 6, 7, 8
_FIRST_QUOTE, _ELLIPSIS, _FIRST_HALF, _DOTS, _GONE = 9, 17, 18, 26, 255
_PARENTHESIS, _DOUBLE, _SINGLE, _CORNER, _DOUBLE_CORNER, _STRAIGHT = range(1, 7)
_PAIRS = (
    ("(", ")", _PARENTHESIS),
    ("（", "）", _PARENTHESIS),
    ("“", "”", _DOUBLE),
    ("‘", "’", _SINGLE),
    ("「", "」", _CORNER),
    ("『", "』", _DOUBLE_CORNER),
)
_DEPTH = 32
_FILE_NAME = 256
"""Bytes within which a file name ends."""
_NUMERALS = "一二三四五六七八九十"


_CLASS, _NUMERAL, _FULL, _HALF, _OPENS, _CLOSES = 3, 4, 3, 7, 11, 14
"""Where an entry of the table keeps what it knows: two bits of class, a bit for numerals, then the first bits of the others."""


@cache
def _table() -> npt.NDArray[np.uint32]:
    """(0x10000,): of each code point its class, the mark it may become in either direction, the pairs it opens or closes."""
    table = np.zeros(0x10000, np.uint32)
    table[[*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B)]] = _WORD
    table[[*range(0x3001, 0x3005), *range(0x3008, 0x3021), *range(0xFF01, 0xFF10), *range(0xFF1A, 0xFF21), 0xFF5E]] = _WIDE
    for first, last in ((0x3005, 0x3007), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)):
        table[first : last + 1] = _HAN
    for code, (wide, plain) in enumerate(zip(_FULL_MARKS, _HALF_MARKS, strict=True), start=1):
        table[ord(plain)] |= code << _FULL
        table[ord(wide)] |= code << _HALF
    table[ord("、")] |= 1 << _HALF
    table[ord("．")] |= _STOP << _HALF
    for opening, closing, kind in _PAIRS:
        table[ord(opening)] |= kind << _OPENS
        table[ord(closing)] |= kind << _CLOSES
    table[[ord(numeral) for numeral in _NUMERALS]] |= _NUMERAL
    return table


@cache
def _written() -> npt.NDArray[np.int32]:
    """(codes, 3): the code points of each replacement; 0 where there are no more."""
    written = np.zeros((len(_REPLACEMENTS), 3), np.int32)
    for code, text in enumerate(_REPLACEMENTS):
        written[code, : len(text)] = list(map(ord, text))
    return written


@njit(cache=True, nogil=True)
def _entry(table, point):  # type: ignore[no-untyped-def]
    """What the table knows of a code point; of planes 2 and 3 that they hold han."""
    if point < 0x10000:
        return int(table[point])
    return _HAN if 0x20000 <= point < 0x40000 else _NONE


@njit(cache=True, nogil=True)
def _class_at(table, data, i, end):  # type: ignore[no-untyped-def]
    """What the character at data[i] is; _NONE at the end."""
    if i >= end:
        return _NONE
    return _entry(table, code_point(data, i)) & _CLASS


@njit(cache=True, nogil=True)
def _byte(data, i, end):  # type: ignore[no-untyped-def]
    return int(data[i]) if i < end else 0


@njit(cache=True, nogil=True)
def _code_end(data, i, end):  # type: ignore[no-untyped-def]
    """Where code between backticks that starts at data[i] ends; i where it starts none. An open fence ends with the text."""
    ticks = 1
    while i + ticks < end and data[i + ticks] == 0x60:
        ticks += 1
    run, j = 0, i + ticks
    while j < end and (ticks >= 3 or data[j] != 0x0A):
        run = run + 1 if data[j] == 0x60 else 0
        j += 1
        if run == ticks and _byte(data, j, end) != 0x60:
            return j
    return end if ticks >= 3 else i + ticks


@njit(cache=True, nogil=True)
def _address_end(table, data, i, end):  # type: ignore[no-untyped-def]
    """Where the address ends whose `://` starts at data[i]; han belong to it after a sign such as `/` or `=`."""
    j, in_path, after_han = i + 3, True, False
    while j < end:
        byte = int(data[j])
        if byte <= 0x20 or byte == 0x22 or byte == 0x3C or byte == 0x3E or byte == 0x60:
            break
        if byte >= 0x80:
            if _class_at(table, data, j, end) != _HAN or not in_path:
                break
            after_han = True
        else:
            in_path = byte in (0x2F, 0x3D, 0x5F, 0x2D, 0x23, 0x3F, 0x26, 0x25) or (after_han and byte in (0x2C, 0x2E))
            after_han = False
        j += width(byte)
    while j > i + 3 and data[j - 1] < 0x80 and _entry(table, int(data[j - 1])) & _CLASS == _NONE and data[j - 1] != 0x2F:
        j -= 1
    return j


@njit(cache=True, nogil=True)
def _run_end(data, i, end, point):  # type: ignore[no-untyped-def]
    """Where an ellipsis written with `point` ends (`...`, `。。。`, `…`, `⋯`); i where it is none."""
    if point != 0x2E and point != 0x3002 and point != 0x2026 and point != 0x22EF:
        return i
    j, count = i, 0
    while j < end:
        other = code_point(data, j)
        if other != point and not (point in (0x2026, 0x22EF) and other in (0x2026, 0x22EF)):
            break
        j += width(data[j])
        count += 1
    return j if count >= 3 or point == 0x2026 or point == 0x22EF else i


@njit(cache=True, nogil=True)
def _becomes_full(table, data, i, end, code, previous, numeral, start):  # type: ignore[no-untyped-def]
    """Whether the half-width mark data[i] (no parenthesis) belongs to Chinese text. numeral: 一 to 十 stands before it."""
    following, after = _class_at(table, data, i + 1, end), _byte(data, i + 1, end)
    twin = after == data[i] or (i > start and data[i - 1] == data[i])
    if code == _STOP:
        if previous < _WIDE or twin or following == _WORD or (numeral and following == _HAN):
            return False
        return not _names_file(table, data, i, end)
    if code in (_COLON, _SEMICOLON):
        smiles = after == 0x29 or (after == 0x2D and _byte(data, i + 2, end) in (0x29, 0x28, 0x44))
        if twin or smiles or after == 0x2F:
            return False
    if code == _EXCLAMATION and after == 0x5B:
        return False
    return previous >= _WIDE or (previous == _WORD and following == _HAN and code != _SEMICOLON)


@njit(cache=True, nogil=True)
def _class_before(table, data, i, start):  # type: ignore[no-untyped-def]
    """What the character before data[i] is; _NONE at the start."""
    j = i - 1
    while j > start and data[j] & 0xC0 == 0x80:
        j -= 1
    return _class_at(table, data, j, i) if j >= start else _NONE


@njit(cache=True, nogil=True)
def _past_blanks(data, i, end):  # type: ignore[no-untyped-def]
    while i < end and data[i] == 0x20:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _before_blanks(data, i, start):  # type: ignore[no-untyped-def]
    while i > start and data[i - 1] == 0x20:
        i -= 1
    return i


@njit(cache=True, nogil=True)
def _is_figure(data, i, end):  # type: ignore[no-untyped-def]
    """Whether data[i:end] is digits and what sums, ranges and telephone numbers have between them."""
    digits = False
    while i < end:
        byte = int(data[i])
        digits = digits or 0x30 <= byte <= 0x39
        # blank, % and ( ) * + , - . / digits and < = > ^, as well as × and ÷
        times = byte == 0xC3 and (data[i + 1] == 0x97 or data[i + 1] == 0xB7)
        if not (byte in (0x20, 0x25, 0x5E) or 0x28 <= byte <= 0x39 or 0x3C <= byte <= 0x3E or times):
            return False
        i += width(data[i])
    return digits


@njit(cache=True, nogil=True)
def _names_file(table, data, i, end):  # type: ignore[no-untyped-def]
    """Whether from the dot data[i] on a file name goes to its extension: a dot and two to four letters or digits."""
    dot, j, limit = i, i + 1, min(end, i + _FILE_NAME)
    while j < limit:
        byte = int(data[j])
        if byte <= 0x20 or byte in (0x21, 0x22, 0x2C, 0x3A, 0x3B, 0x3C, 0x3E, 0x3F, 0x60):
            break
        if byte >= 0x80 and _class_at(table, data, j, end) == _WIDE:
            break
        dot = j if byte == 0x2E else dot
        j += width(data[j])
    if not 2 <= j - dot - 1 <= 4 or 0x30 <= data[dot + 1] <= 0x39:
        return False
    letters = 0
    for k in range(dot + 1, j):
        letters += data[k] < 0x80 and _entry(table, int(data[k])) & _CLASS == _WORD
    return letters == j - dot - 1


@njit(cache=True, nogil=True)
def _pair_is_chinese(table, data, start, first, last, end, before, inside):  # type: ignore[no-untyped-def]
    """Whether the pair data[first], data[last] touches han or their marks, or stands among han but for blanks.

    before, inside: what precedes each of the two.
    """
    word_before = before == _WORD
    opening, after = first + width(data[first]), last + width(data[last])
    if data[first] == 0x28:
        if first > start and data[first - 1] == 0x5D:
            return False
        if _byte(data, after, end) == 0x2E and _names_file(table, data, after, end):
            return False
    if data[first] == 0x28 and data[last] == 0x29 and _is_figure(data, opening, last):
        return False
    within = _class_at(table, data, opening, end) >= _WIDE or inside >= _WIDE
    outside = before >= _WIDE or _class_at(table, data, after, end) >= _WIDE
    if data[first] == 0x28 or code_point(data, first) == 0xFF08:
        beyond, outer = _past_blanks(data, after, end), _before_blanks(data, first, start)
        outside |= _class_at(table, data, beyond, end) == _HAN or _class_before(table, data, outer, start) == _HAN
        within |= _class_at(table, data, _past_blanks(data, opening, last), last) == _HAN
    return within or (outside and not (word_before and data[first] == 0x28))


@njit(cache=True, nogil=True)
def _clear(turn, i, end):  # type: ignore[no-untyped-def]
    for j in range(i, end):
        turn[j] = _GONE


@njit(cache=True, nogil=True)
def _drop_beside(table, data, start, first, last, end, turn):  # type: ignore[no-untyped-def]
    """Blanks on both sides of the Chinese parentheses data[first], data[last] go where text is beyond them.

    Those of a gap to fill in, as exams have it, stay.
    """
    opening, after = first + width(data[first]), last + width(data[last])
    inner, tail = _past_blanks(data, opening, last), _before_blanks(data, last, opening)
    if inner == last or _is_figure(data, opening, last):
        return
    outer, beyond = _before_blanks(data, first, start), _past_blanks(data, after, end)
    if _class_before(table, data, outer, start) != _NONE:
        _clear(turn, outer, first)
    if _class_at(table, data, inner, last) != _NONE:
        _clear(turn, opening, inner)
    if _class_before(table, data, tail, opening) != _NONE:
        _clear(turn, tail, last)
    if _class_at(table, data, beyond, end) != _NONE:
        _clear(turn, after, beyond)


@njit(cache=True, nogil=True)
def _turn_pair(turn, data, first, last, kind, marks, quotes):  # type: ignore[no-untyped-def]
    """Note what a Chinese pair becomes; whether it became something."""
    if kind == _PARENTHESIS:
        if marks == FULL:
            turn[first] = _OPEN if data[first] == 0x28 else 0
            turn[last] = _CLOSE if data[last] == 0x29 else 0
        return marks == FULL
    if quotes == KEEP:
        return False
    inner = kind in (_SINGLE, _DOUBLE_CORNER)
    code = _FIRST_QUOTE + (4 if quotes == CORNER else 0) + (2 if inner else 0)
    is_so = kind in (_CORNER, _DOUBLE_CORNER) if quotes == CORNER else kind in (_SINGLE, _DOUBLE)
    if not is_so:
        turn[first], turn[last] = code, code + 1
    return True


@njit(cache=True, nogil=True)
def _is_apostrophe(table, data, i, end, previous, point):  # type: ignore[no-untyped-def]
    return point == 0x2019 and previous == _WORD and _class_at(table, data, i + 3, end) == _WORD


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
        turn[i] = _GONE
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
            if kind == _PARENTHESIS:
                _drop_beside(table, data, start, first, i, end, turn)
            return _WIDE, depth
    if _entry(table, point) & _CLASS == _WIDE:
        return _WIDE, depth
    return _NONE if point == 0x22 or point == 0x29 else previous, depth


@njit(cache=True, nogil=True)
def _note_run(turn, i, run, previous, following, point, ellipsis):  # type: ignore[no-untyped-def]
    """Note what the ellipsis data[i:run] becomes; what precedes the next character."""
    chinese = previous >= _WIDE or following == _HAN or point == 0x3002
    if ellipsis == HALF or (ellipsis == FULL and chinese):
        for j in range(i + 1, run):
            turn[j] = _GONE
        turn[i] = _ELLIPSIS if ellipsis == FULL else _DOTS
    return _WIDE if chinese and ellipsis != HALF else previous


@njit(cache=True, nogil=True)
def _is_unbroken(data, i, end, point):  # type: ignore[no-untyped-def]
    """Whether code or the rest of an address starts at data[i]."""
    return point == 0x60 or (point == 0x3A and i + 2 < end and data[i + 1] == 0x2F and data[i + 2] == 0x2F)


@njit(cache=True, nogil=True)
def _note_mark(data, i, end, point, previous, numeral, start, table, marks, turn):  # type: ignore[no-untyped-def]
    """Note what a mark outside pairs, or another character, becomes: (what now precedes, the next place)."""
    code = (_entry(table, point) >> _FULL) & 15
    if marks == FULL and code and point != 0x28 and point != 0x29:
        if not _becomes_full(table, data, i, end, code, previous, numeral, start):
            return _NONE, i + 1
        turn[i] = code
        return _WIDE, _drop_blanks(data, i + 1, end, turn)
    return _entry(table, point) & _CLASS, i + width(data[i])


@njit(cache=True, nogil=True)
def _decide(data, start, end, table, marks, quotes, ellipsis, stack, turn):  # type: ignore[no-untyped-def]
    """Write the code of every mark of the text data[start:end] into `turn`."""
    i, previous, depth, numeral = start, _NONE, 0, False
    while i < end:
        point, size = code_point(data, i), width(data[i])
        run = _run_end(data, i, end, point)
        if _is_unbroken(data, i, end, point):
            i = _code_end(data, i, end) if point == 0x60 else _address_end(table, data, i, end)
            previous = _WORD
        elif run > i:
            previous = _note_run(turn, i, run, previous, _class_at(table, data, run, end), point, ellipsis)
            i = run
        elif point >= 0x10000:
            previous, i = _entry(table, point) & _CLASS, i + size
        else:
            if point == 0x0A:
                depth = 0
            entry = _entry(table, point)
            if marks == HALF and (entry >> _HALF) & 15:
                turn[i] = _FIRST_HALF - 1 + ((entry >> _HALF) & 15)
            opening, closing = (entry >> _OPENS) & 7, (entry >> _CLOSES) & 7
            if point == 0x22:
                opening = closing = _STRAIGHT
                if _matched(stack, depth, _STRAIGHT) >= 0:
                    opening = 0
            if opening:
                if depth < _DEPTH:
                    stack[3 * depth], stack[3 * depth + 1], stack[3 * depth + 2] = i, opening, previous
                    depth += 1
                if _entry(table, point) & _CLASS == _WIDE or point == 0x22 or point == 0x28:
                    previous = _entry(table, point) & _CLASS
                i += size
            elif closing and not _is_apostrophe(table, data, i, end, previous, point):
                previous, depth = _close(
                    data, start, i, end, point, previous, closing, table, marks, quotes, stack, depth, turn
                )
                i += size
            else:
                previous, i = _note_mark(data, i, end, point, previous, numeral, start, table, marks, turn)
            numeral = entry & _NUMERAL != 0


@njit(cache=True, nogil=True)
def _write(data, start, end, table, written, turn, out, at):  # type: ignore[no-untyped-def]
    """Write the text with its decided marks; where it ends."""
    i, last = start, _NONE
    while i < end:
        size, code = width(data[i]), int(turn[i])
        if code == 0:
            last = _class_at(table, data, i, end)
            for j in range(i, i + size):
                out[at] = data[j]
                at += 1
        elif code != _GONE:
            opens = code == _FIRST_HALF + _OPEN - 1
            at = _write_mark(written, code, opens and last != _NONE, out, at)
            last = _NONE if opens else _WIDE
            following = _class_at(table, data, i + size, end)
            if _FIRST_HALF <= code < _DOTS and not opens and following & 1:
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
            if lead >= 0xE2 and (lead >= 0xF0 or lead == 0xE2 or _entry(table, code_point(data, i)) & _CLASS >= _WIDE):
                found[row] = True
                break
            i += width(lead)


def holding(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which rows hold a character that any of this can be about: han, kana, a full-width mark, a quote or an ellipsis."""
    found = np.zeros(len(offsets) - 1, np.bool_)
    _holding(offsets, readable(data), _table(), found)
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
    stack, written = np.zeros(3 * _DEPTH, np.int64), _written().ravel()
    _all(offsets, readable(data), _table(), written, marks, quotes, ellipsis, stack, turn, out, out_offsets)
    return out_offsets, out[: out_offsets[-1]].copy()
