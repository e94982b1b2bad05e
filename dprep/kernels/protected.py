"""Stretches of texts that no augmenter may change: addresses, names of people and things in programs, numbers, placeholders.

protected_spans   where they stand, and of which kind each is
untouched         which words share no byte with any of them

What is protected: URLs and domains; e-mail addresses; `@mentions`; `#hashtags` and Weibo's `#topics#`; everything with a digit
in it, with its sign, currency or per cent (`-3.5`, `$1,000`, `50%`, `v2`, `AB-123`, `5th`); what has an underscore, a backslash
or a full stop inside (`a_b`, `C:\\x`, `main.py`, `e.g`), paths (`/usr/bin`), HTML entities and code between backticks;
placeholders (`{name}`, `{{name}}`, `${name}`, `$name`, `%s`, `%(name)s`, `[NAME]`, `<b>`, `:smile:`). Han numerals are words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.jit import njit
from dprep.kernels.spans import Spans
from dprep.kernels.urls import mark_urls
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.words import DIGIT, LETTER, MARK, SINGLE, word_classes

URL, EMAIL, MENTION, HASHTAG, NUMBER, PLACEHOLDER, CODE = range(7)
"""Kinds of protected stretches."""

_LONGEST = 200
"""Bytes of a placeholder, a tag or code between backticks."""
_NAME, _TOPIC = 50, 140
"""Characters of a mention, and of a topic between two hashes."""


class Protected(NamedTuple):
    """Stretch s is data[starts[s]:ends[s]] of kind kinds[s]; row r has rows[r] up to rows[r + 1]. In order, none overlap."""

    rows: npt.NDArray[np.int64]  # (rows + 1,)
    starts: npt.NDArray[np.int64]  # (stretches,)
    ends: npt.NDArray[np.int64]  # (stretches,)
    kinds: npt.NDArray[np.uint8]  # (stretches,)


@njit(cache=True, nogil=True)
def _alphabetic(byte):  # type: ignore[no-untyped-def]
    return 0x61 <= byte | 0x20 <= 0x7A


@njit(cache=True, nogil=True)
def _word(byte):  # type: ignore[no-untyped-def]
    """Whether a byte is an ASCII letter, a digit or an underscore."""
    return 0x61 <= byte | 0x20 <= 0x7A or 0x30 <= byte <= 0x39 or byte == 0x5F


@njit(cache=True, nogil=True)
def _class(classes, point):  # type: ignore[no-untyped-def]
    if point < len(classes):
        return classes[point]
    return SINGLE if point < 0x40000 else 0


@njit(cache=True, nogil=True)
def _closing(data, i, end, opening, closing):  # type: ignore[no-untyped-def]
    """The place after the bracket that closes the one at data[i] in the same line; i where none does."""
    depth, last = 0, min(end, i + _LONGEST)
    for j in range(i, last):
        byte = data[j]
        if byte == 0x0A:
            return i
        if byte == closing:
            depth -= 1
            if depth <= 0:
                return j + 1
        elif byte == opening:
            depth += 1
    return i


@njit(cache=True, nogil=True)
def _letters_of(data, i, end, classes, most):  # type: ignore[no-untyped-def]
    """The end of the run of letters of any script, digits, marks and underscores at data[i], of `most` characters."""
    size = 0
    while i < end and size < most:
        point = code_point(data, i)
        kind = _class(classes, point)
        if not (LETTER <= kind <= MARK or point == 0x5F):
            break
        size += 1
        i += width(data[i])
    return i


@njit(cache=True, nogil=True)
def _run(data, i, end, more):  # type: ignore[no-untyped-def]
    """The end of the run at data[i] of ASCII letters, digits, underscores and the bytes `more`."""
    while i < end:
        inside = _word(data[i])
        for byte in more:
            inside |= data[i] == byte
        if not inside:
            break
        i += 1
    return i


@njit(cache=True, nogil=True)
def _format(data, i, end):  # type: ignore[no-untyped-def]
    """The end of `%s`, `%.2f`, `%1$s` or `%(name)s` at data[i], a per cent sign; i where it is none."""
    j = i + 1
    if j < end and data[j] == 0x28:
        j = _closing(data, j, end, 0x28, 0x29)
        if j == i + 1:
            return i
    while j < end and (0x30 <= data[j] <= 0x39 or data[j] == 0x2E or data[j] == 0x24 or data[j] == 0x2D):
        j += 1
    if j < end and (data[j] in (0x73, 0x64, 0x66, 0x69, 0x75, 0x78, 0x67)) and not (j + 1 < end and _word(data[j + 1])):
        return j + 1
    return i


@njit(cache=True, nogil=True)
def _capitals(data, i, end):  # type: ignore[no-untyped-def]
    """The end of `[NAME]` at data[i], an opening bracket; i where it is none."""
    j = i + 1
    while j < end and (0x41 <= data[j] <= 0x5A or 0x30 <= data[j] <= 0x39 or data[j] == 0x5F or data[j] == 0x2D):
        j += 1
    return j + 1 if j > i + 2 and j < end and data[j] == 0x5D else i


@njit(cache=True, nogil=True)
def _colons(data, i, end):  # type: ignore[no-untyped-def]
    """The end of `:smile:` at data[i], a colon; i where it is none."""
    j = i + 1
    while j < end and (0x61 <= data[j] <= 0x7A or 0x30 <= data[j] <= 0x39 or data[j] in (0x5F, 0x2B, 0x2D)):
        j += 1
    return j + 1 if j > i + 2 and j < end and data[j] == 0x3A else i


@njit(cache=True, nogil=True)
def _entity(data, i, end):  # type: ignore[no-untyped-def]
    """The end of `&amp;` or `&#39;` at data[i], an ampersand; i where it is none."""
    j = i + 1
    if j < end and data[j] == 0x23:
        j += 1
    start = j
    while j < end and j < i + 32 and _word(data[j]):
        j += 1
    return j + 1 if j > start and j < end and data[j] == 0x3B else i


@njit(cache=True, nogil=True)
def _dollar(data, i, end):  # type: ignore[no-untyped-def]
    """The end of `$name` or `${name}` at data[i], a dollar sign; i where it is none."""
    if i + 1 >= end:
        return i
    if data[i + 1] == 0x7B:
        stop = _closing(data, i + 1, end, 0x7B, 0x7D)
        return i if stop == i + 1 else stop
    if _alphabetic(data[i + 1]) or data[i + 1] == 0x5F:
        return _run(data, i + 1, end, (0x5F,))
    return i


@njit(cache=True, nogil=True)
def _hash(data, first, i, end, classes):  # type: ignore[no-untyped-def]
    """The end of the hashtag or topic at data[i], a hash; i where it is none."""
    if i > first and _word(data[i - 1]):
        return i
    stop = _letters_of(data, i + 1, end, classes, _TOPIC)
    if stop == i + 1:
        return i
    return stop + 1 if stop < end and data[stop] == 0x23 else stop


@njit(cache=True, nogil=True)
def _bracketed(data, first, i, end):  # type: ignore[no-untyped-def]
    """(end, kind) of the placeholder or code that an ASCII sign at data[i] begins; (i, 0) where it begins none."""
    byte, after_word = data[i], i > first and _word(data[i - 1])
    if byte == 0x7B:
        return _closing(data, i, end, 0x7B, 0x7D), PLACEHOLDER
    if byte == 0x5B:
        return _capitals(data, i, end), PLACEHOLDER
    if byte == 0x25 and not (i > first and 0x30 <= data[i - 1] <= 0x39):
        return _format(data, i, end), PLACEHOLDER
    if byte == 0x3A and not after_word:
        return _colons(data, i, end), PLACEHOLDER
    if byte == 0x3C and i + 1 < end and (_alphabetic(data[i + 1]) or data[i + 1] == 0x2F or data[i + 1] == 0x21):
        return _closing(data, i, end, 0x3C, 0x3E), PLACEHOLDER
    if byte == 0x24 and not after_word:
        return _dollar(data, i, end), PLACEHOLDER
    if byte == 0x26:
        return _entity(data, i, end), CODE
    return i, CODE


@njit(cache=True, nogil=True)
def _signed(data, first, i, end, classes):  # type: ignore[no-untyped-def]
    """(end, kind) of what an ASCII sign at data[i] begins; (i, 0) where it begins nothing."""
    byte, after_word = data[i], i > first and _word(data[i - 1])
    if byte == 0x40:
        stop = i if after_word else _letters_of(data, i + 1, end, classes, _NAME)
        return (i if stop == i + 1 else stop), MENTION
    if byte == 0x23:
        return _hash(data, first, i, end, classes), HASHTAG
    if byte == 0x5C:
        return _run(data, i + 1, end, (0x5C, 0x2E, 0x2D)), CODE
    if (byte == 0x2F or byte == 0x7E) and not after_word and i + 1 < end and (_word(data[i + 1]) or data[i + 1] == 0x2F):
        return _run(data, i + 1, end, (0x2F, 0x2E, 0x2D)), CODE
    if byte == 0x60:
        stop = i + 1
        while stop < min(end, i + _LONGEST) and data[stop] != 0x60 and data[stop] != 0x0A:
            stop += 1
        found = stop < end and data[stop] == 0x60 and stop > i + 1
        return (stop + 1 if found else i), CODE
    return _bracketed(data, first, i, end)


@njit(cache=True, nogil=True)
def _joins(data, i, end, was_digit):  # type: ignore[no-untyped-def]
    """Whether the sign at data[i], after a word character, and the one behind it go on with the word."""
    byte = data[i]
    if i + 1 >= end or not _word(data[i + 1]):
        return False
    if byte == 0x2C or byte == 0x3A:
        return was_digit and 0x30 <= data[i + 1] <= 0x39
    return byte == 0x2E or byte == 0x2D or byte == 0x2F or byte == 0x27 or byte == 0x2B


@njit(cache=True, nogil=True)
def _chunk(data, i, end, classes):  # type: ignore[no-untyped-def]
    """The end of the word at data[i] with what is joined to it, and whether it has a digit, and a sign of a name."""
    digits, named, was_digit = False, False, False
    while i < end:
        byte = data[i]
        if byte < 0x80:
            if _word(byte):
                was_digit = 0x30 <= byte <= 0x39
                digits |= was_digit
                named |= byte == 0x5F
            elif _joins(data, i, end, was_digit):
                named |= byte == 0x2E
            else:
                break
        else:
            kind = _class(classes, code_point(data, i))
            if kind == SINGLE or not LETTER <= kind <= MARK:
                break
            was_digit = False
            digits |= kind == DIGIT
        i += width(data[i])
    return i, digits, named


@njit(cache=True, nogil=True)
def _email_end(data, i, end):  # type: ignore[no-untyped-def]
    """The end of `@host.example` at data[i], after the first part of an address; i where it is none."""
    if i + 1 >= end or data[i] != 0x40 or not _word(data[i + 1]):
        return i
    stop = _run(data, i + 1, end, (0x2E, 0x2D))
    while data[stop - 1] == 0x2E or data[stop - 1] == 0x2D:
        stop -= 1
    return stop


@njit(cache=True, nogil=True)
def _currency(point):  # type: ignore[no-untyped-def]
    return point == 0x24 or point == 0xA3 or point == 0xA5 or 0x20A0 <= point <= 0x20BF or point == 0xFFE5


@njit(cache=True, nogil=True)
def _number_start(data, first, i):  # type: ignore[no-untyped-def]
    """Where the sign or the currency before the digit data[i] starts; i where there is neither."""
    start = i
    for _ in range(2):
        before = start - 1
        while before > first and data[before] & 0xC0 == 0x80:
            before -= 1
        if before < first:
            break
        point = code_point(data, before)
        sign = (point == 0x2B or point == 0x2D) and not (before > first and _word(data[before - 1]))
        if not sign and not _currency(point):
            break
        start = before
    return start


@njit(cache=True, nogil=True)
def _number_end(data, i, end):  # type: ignore[no-untyped-def]
    """The place after a per cent sign, degree sign or currency at data[i]."""
    if i < end:
        point = code_point(data, i)
        if point == 0x25 or point == 0x2030 or point == 0xB0 or point == 0xFF05 or _currency(point):
            return i + width(data[i])
    return i


@njit(cache=True, nogil=True)
def _word_at(data, first, i, end, classes):  # type: ignore[no-untyped-def]
    """(start, end, kind, place to go on) of the word at data[i]; start = end where it may be changed."""
    stop, digits, named = _chunk(data, i, end, classes)
    host = _email_end(data, stop, end)
    if host > stop:
        return i, host, EMAIL, host
    if digits:
        starts_with_digit = 0x30 <= data[i] <= 0x39 or _class(classes, code_point(data, i)) == DIGIT
        if not starts_with_digit:
            return i, stop, CODE, stop
        stop = _number_end(data, stop, end)
        return _number_start(data, first, i), stop, NUMBER, stop
    return i, (stop if named else i), CODE, stop


@njit(cache=True, nogil=True)
def _url_stop(marked, i, end):  # type: ignore[no-untyped-def]
    while i < end and marked[i]:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _next(data, first, i, end, classes, marked):  # type: ignore[no-untyped-def]
    """(start, end, kind, place to go on) of what stands at data[i]; start = end where it is not protected."""
    if marked[i]:
        stop = _url_stop(marked, i, end)
        return i, stop, URL, stop
    byte = data[i]
    if byte < 0x80 and not _word(byte):
        stop, kind = (i, CODE) if byte <= 0x20 else _signed(data, first, i, end, classes)
        return i, stop, kind, max(stop, i + 1)
    kind = DIGIT if byte < 0x80 else _class(classes, code_point(data, i))
    if kind in (LETTER, DIGIT):
        return _word_at(data, first, i, end, classes)
    return i, i, CODE, i + width(byte)


@njit(cache=True, nogil=True)
def _find(offsets, data, classes, marked, rows, starts, ends, kinds):  # type: ignore[no-untyped-def]
    total = 0
    for row in range(len(offsets) - 1):
        i, first, end = offsets[row], offsets[row], offsets[row + 1]
        while i < end:
            start, stop, kind, i = _next(data, first, i, end, classes, marked)
            if stop > start:
                starts[total], ends[total], kinds[total] = start, stop, kind
                total += 1
                first = stop
        rows[row + 1] = total


def protected_spans(buffers: Buffers) -> Protected:
    """What must stay as it is in each text."""
    offsets, data = buffers
    marked = np.zeros(len(data), np.bool_)
    mark_urls(offsets, data, marked)
    # a stretch has at least one byte; pages that are never written cost nothing
    most = int(offsets[-1] - offsets[0])
    starts, ends, kinds = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.uint8)
    rows = np.zeros(len(offsets), np.int64)
    _find(offsets, data, word_classes(), marked, rows, starts, ends, kinds)
    found = int(rows[-1])
    return Protected(rows, starts[:found].copy(), ends[:found].copy(), kinds[:found].copy())


@njit(cache=True, nogil=True)
def _untouched(rows, starts, ends, kept_rows, kept_starts, kept_ends, out):  # type: ignore[no-untyped-def]
    for row in range(len(rows) - 1):
        kept = kept_rows[row]
        for span in range(rows[row], rows[row + 1]):
            while kept < kept_rows[row + 1] and kept_ends[kept] <= starts[span]:
                kept += 1
            out[span] = kept == kept_rows[row + 1] or kept_starts[kept] >= ends[span]


def untouched(spans: Spans, protected: Protected) -> npt.NDArray[np.bool_]:
    """(spans,): True where a span of the same texts, which are in order, shares no byte with what is protected."""
    out = np.zeros(len(spans.starts), np.bool_)
    _untouched(spans.rows, spans.starts, spans.ends, protected.rows, protected.starts, protected.ends, out)
    return out
