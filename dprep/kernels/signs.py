"""The signs of Chinese punctuation, what each may become, and what stands around them: figures, file names, code, addresses."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

NONE, WORD, WIDE, HAN = range(4)  # what stands beside a mark: other, ASCII letter or digit, full-width mark, han or kana
_FULL_MARKS, _HALF_MARKS = "，。？！：；（）", ",.?!:;()"
_QUOTES = "“”‘’「」『』"
_REPLACEMENTS = ["", *_FULL_MARKS, *_QUOTES, "……", *_HALF_MARKS, "..."]
STOP, EXCLAMATION, COLON, SEMICOLON, OPEN, CLOSE = 2, 4, 5, 6, 7, 8
FIRST_QUOTE, ELLIPSIS, FIRST_HALF, DOTS, GONE = 9, 17, 18, 26, 255
PARENTHESIS, DOUBLE, SINGLE, CORNER_SINGLE, CORNER_DOUBLE, STRAIGHT = range(1, 7)
_PAIRS = (
    ("(", ")", PARENTHESIS),
    ("（", "）", PARENTHESIS),
    ("“", "”", DOUBLE),
    ("‘", "’", SINGLE),
    ("「", "」", CORNER_SINGLE),
    ("『", "』", CORNER_DOUBLE),
)
_FILE_NAME = 256
"""Bytes within which a file name ends."""
_NUMERALS = "一二三四五六七八九十"


CLASS, NUMERAL, FULL_SHIFT, HALF_SHIFT, OPENS, CLOSES = 3, 4, 3, 7, 11, 14
"""Where an entry of the table keeps what it knows: two bits of class, a bit for numerals, then the first bits of the others."""


@cache
def sign_table() -> npt.NDArray[np.uint32]:
    """(0x10000,): of each code point its class, the mark it may become in either direction, the pairs it opens or closes."""
    table = np.zeros(0x10000, np.uint32)
    table[[*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B)]] = WORD
    table[[*range(0x3001, 0x3005), *range(0x3008, 0x3021), *range(0xFF01, 0xFF10), *range(0xFF1A, 0xFF21), 0xFF5E]] = WIDE
    for first, last in ((0x3005, 0x3007), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)):
        table[first : last + 1] = HAN
    for code, (wide, plain) in enumerate(zip(_FULL_MARKS, _HALF_MARKS, strict=True), start=1):
        table[ord(plain)] |= code << FULL_SHIFT
        table[ord(wide)] |= code << HALF_SHIFT
    table[ord("、")] |= 1 << HALF_SHIFT
    table[ord("．")] |= STOP << HALF_SHIFT
    for opening, closing, kind in _PAIRS:
        table[ord(opening)] |= kind << OPENS
        table[ord(closing)] |= kind << CLOSES
    table[[ord(numeral) for numeral in _NUMERALS]] |= NUMERAL
    return table


@cache
def replacements() -> npt.NDArray[np.int32]:
    """(codes, 3): the code points of each replacement; 0 where there are no more."""
    written = np.zeros((len(_REPLACEMENTS), 3), np.int32)
    for code, text in enumerate(_REPLACEMENTS):
        written[code, : len(text)] = list(map(ord, text))
    return written


@njit(cache=True, nogil=True)
def entry(table, point):  # type: ignore[no-untyped-def]
    """What the table knows of a code point; of planes 2 and 3 that they hold han."""
    if point < 0x10000:
        return int(table[point])
    return HAN if 0x20000 <= point < 0x40000 else NONE


@njit(cache=True, nogil=True)
def class_at(table, data, i, end):  # type: ignore[no-untyped-def]
    """What the character at data[i] is; NONE at the end."""
    if i >= end:
        return NONE
    return entry(table, code_point(data, i)) & CLASS


@njit(cache=True, nogil=True)
def byte_at(data, i, end):  # type: ignore[no-untyped-def]
    return int(data[i]) if i < end else 0


@njit(cache=True, nogil=True)
def code_end(data, i, end):  # type: ignore[no-untyped-def]
    """Where code between backticks that starts at data[i] ends; i where it starts none. An open fence ends with the text."""
    ticks = 1
    while i + ticks < end and data[i + ticks] == 0x60:
        ticks += 1
    run, j = 0, i + ticks
    while j < end and (ticks >= 3 or data[j] != 0x0A):
        run = run + 1 if data[j] == 0x60 else 0
        j += 1
        if run == ticks and byte_at(data, j, end) != 0x60:
            return j
    return end if ticks >= 3 else i + ticks


@njit(cache=True, nogil=True)
def address_end(table, data, i, end):  # type: ignore[no-untyped-def]
    """Where the address ends whose `://` starts at data[i]; han belong to it after a sign such as `/` or `=`."""
    j, in_path, after_han = i + 3, True, False
    while j < end:
        byte = int(data[j])
        if byte <= 0x20 or byte == 0x22 or byte == 0x3C or byte == 0x3E or byte == 0x60:
            break
        if byte >= 0x80:
            if class_at(table, data, j, end) != HAN or not in_path:
                break
            after_han = True
        else:
            in_path = byte in (0x2F, 0x3D, 0x5F, 0x2D, 0x23, 0x3F, 0x26, 0x25) or (after_han and byte in (0x2C, 0x2E))
            after_han = False
        j += width(byte)
    while j > i + 3 and data[j - 1] < 0x80 and entry(table, int(data[j - 1])) & CLASS == NONE and data[j - 1] != 0x2F:
        j -= 1
    return j


@njit(cache=True, nogil=True)
def ellipsis_end(data, i, end, point):  # type: ignore[no-untyped-def]
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
def class_before(table, data, i, start):  # type: ignore[no-untyped-def]
    """What the character before data[i] is; NONE at the start."""
    j = i - 1
    while j > start and data[j] & 0xC0 == 0x80:
        j -= 1
    return class_at(table, data, j, i) if j >= start else NONE


@njit(cache=True, nogil=True)
def past_blanks(data, i, end):  # type: ignore[no-untyped-def]
    while i < end and data[i] == 0x20:
        i += 1
    return i


@njit(cache=True, nogil=True)
def before_blanks(data, i, start):  # type: ignore[no-untyped-def]
    while i > start and data[i - 1] == 0x20:
        i -= 1
    return i


@njit(cache=True, nogil=True)
def is_figure(data, i, end):  # type: ignore[no-untyped-def]
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
def names_file(table, data, i, end):  # type: ignore[no-untyped-def]
    """Whether from the dot data[i] on a file name goes to its extension: a dot and two to four letters or digits."""
    dot, j, limit = i, i + 1, min(end, i + _FILE_NAME)
    while j < limit:
        byte = int(data[j])
        if byte <= 0x20 or byte in (0x21, 0x22, 0x2C, 0x3A, 0x3B, 0x3C, 0x3E, 0x3F, 0x60):
            break
        if byte >= 0x80 and class_at(table, data, j, end) == WIDE:
            break
        dot = j if byte == 0x2E else dot
        j += width(data[j])
    if not 2 <= j - dot - 1 <= 4 or 0x30 <= data[dot + 1] <= 0x39:
        return False
    letters = 0
    for k in range(dot + 1, j):
        letters += data[k] < 0x80 and entry(table, int(data[k])) & CLASS == WORD
    return letters == j - dot - 1
