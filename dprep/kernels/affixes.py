"""What comes off the ends of an English chunk, where it parts inside, and whether it is an address: rules over UTF-8 bytes.

A chunk is text without blanks; data[low:high] here. Source: spacy/lang/punctuation.py, spacy/lang/en/punctuation.py and
spacy/lang/tokenizer_exceptions.py (address pattern by Diego Perini) of spaCy 3.8.
"""

from __future__ import annotations

import numpy as np

from dprep.kernels.english_tables import (
    ALPHA,
    BEFORE_POINT,
    CURRENCY,
    FLAGS_END,
    ICON,
    LOWER,
    PREFIX,
    QUOTE,
    SUFFIX,
    UPPER,
    WORD,
)
from dprep.kernels.jit import njit
from dprep.kernels.string_set import number_of
from dprep.kernels.utf8 import code_point, width

_HIGH_HAN = ALPHA | LOWER | UPPER | BEFORE_POINT | WORD
_ELLIPSIS, _DEGREE, _CURLY, _EN_DASH, _EM_DASH = 0x2026, 0xB0, 0x2019, 0x2013, 0x2014


@njit(cache=True, nogil=True)
def flags_of(table, point):  # type: ignore[no-untyped-def]
    """What the character `point` may do."""
    if point < FLAGS_END:
        return int(table[point])
    return _HIGH_HAN if point < 0x2A6E0 or 0x2A700 <= point < 0x2EBF0 or 0x2F800 <= point < 0x2FA20 else 0


@njit(cache=True, nogil=True)
def before(data, i):  # type: ignore[no-untyped-def]
    """Where the character that ends at data[i] starts."""
    i -= 1
    while data[i] & 0xC0 == 0x80:
        i -= 1
    return i


@njit(cache=True, nogil=True)
def is_digit(byte):  # type: ignore[no-untyped-def]
    return 0x30 <= byte <= 0x39


@njit(cache=True, nogil=True)
def _has(data, i, low, high, table, flag):  # type: ignore[no-untyped-def]
    """Whether the character at data[i] lies in the chunk and has one of the flags."""
    return low <= i < high and flags_of(table, code_point(data, i)) & flag != 0


@njit(cache=True, nogil=True)
def _points_from(data, low, high):  # type: ignore[no-untyped-def]
    """Length of the run of full stops that starts at `low`; 0 where it is shorter than two."""
    i = low
    while i < high and data[i] == 0x2E:
        i += 1
    return i - low if i - low > 1 else 0


@njit(cache=True, nogil=True)
def prefix(data, low, high, table):  # type: ignore[no-untyped-def]
    """Bytes that come off the front."""
    byte = data[low]
    if flags_of(table, code_point(data, low)) & PREFIX:
        return width(byte)
    if byte == 0x2B:  # + that is no sign of a number
        return 0 if low + 1 < high and is_digit(data[low + 1]) else 1
    if byte == 0x2E:
        return _points_from(data, low, high)
    if (byte == 0x41 or byte == 0x43) and low + 1 < high and data[low + 1] == 0x24:  # A$ C$
        return 2
    if byte == 0x55 and low + 2 < high and data[low + 1] == 0x53 and data[low + 2] == 0x24:  # US$
        return 3
    return 0


@njit(cache=True, nogil=True)
def _point_suffix(data, low, last, table):  # type: ignore[no-untyped-def]
    """Bytes of the full stops that end in data[last]."""
    run = last
    while run > low and data[run - 1] == 0x2E:
        run -= 1
    if run < last:
        return last + 1 - run
    if last == low:
        return 0
    one = before(data, last)
    own = flags_of(table, code_point(data, one))
    if own & BEFORE_POINT:
        return 1
    if one == low:
        return 0
    two = before(data, one)
    if own & UPPER and flags_of(table, code_point(data, two)) & UPPER:
        return 1
    letter = data[one] | 0x20
    degrees = code_point(data, two) == _DEGREE and (letter == 0x66 or letter == 0x63 or letter == 0x6B)
    return 1 if degrees else 0


@njit(cache=True, nogil=True)
def _money_suffix(data, low, high, last, table):  # type: ignore[no-untyped-def]
    """Bytes of a currency sign that follows a digit."""
    if not flags_of(table, code_point(data, last)) & CURRENCY:
        return 0
    if last > low and is_digit(data[last - 1]):
        return high - last
    if data[last] == 0x24 and last - 2 >= low:
        byte = data[last - 1]
        if (byte == 0x41 or byte == 0x43) and is_digit(data[last - 2]):
            return 2
        if byte == 0x53 and data[last - 2] == 0x55 and last - 3 >= low and is_digit(data[last - 3]):
            return 3
    return 0


@njit(cache=True, nogil=True)
def _unit_suffix(data, low, high, units):  # type: ignore[no-untyped-def]
    """Bytes of a unit of measurement that follows a digit."""
    i = high - 1
    least = max(low, high - np.int64(units[1]) - 1)
    while i >= least:
        if is_digit(data[i]):
            return high - i - 1 if number_of(units, data, i + 1, high) >= 0 else 0
        i -= 1
    return 0


@njit(cache=True, nogil=True)
def suffix(data, low, high, table, units):  # type: ignore[no-untyped-def]
    """Bytes that come off the end."""
    if low >= high:
        return 0
    last = before(data, high)
    point = code_point(data, last)
    best = high - last if flags_of(table, point) & SUFFIX else 0
    if point == 0x2E:
        return max(best, _point_suffix(data, low, last, table))
    if last == low:
        return best
    if point == 0x73 or point == 0x53:  # 's
        one = before(data, last)
        if data[one] == 0x27 or code_point(data, one) == _CURLY:
            best = high - one
    elif point == _ELLIPSIS and code_point(data, before(data, last)) == _ELLIPSIS:
        best = 6
    elif point == 0x2B and is_digit(data[last - 1]):
        best = 1
    best = max(best, _money_suffix(data, low, high, last, table))
    return max(best, _unit_suffix(data, low, high, units))


@njit(cache=True, nogil=True)
def _hyphens(data, i, low, high, table):  # type: ignore[no-untyped-def]
    """Bytes of the hyphens from data[i] on that part two words; the character before is looked at by the caller."""
    point, size = code_point(data, i), width(data[i])
    if _has(data, i + size, low, high, table, ALPHA):
        return size
    for count in range(2, 4):
        following = i + size * (count - 1)
        if following >= high or code_point(data, following) != point or (point == _EM_DASH and count == 3):
            return 0
        if point != 0x2D and point != _EM_DASH:
            return 0
        if _has(data, i + size * count, low, high, table, ALPHA):
            return size * count
    return 0


@njit(cache=True, nogil=True)
def infix(data, i, low, high, table):  # type: ignore[no-untyped-def]
    """Bytes of the separator at data[i] that parts the chunk; 0 where there is none."""
    byte = data[i]
    if 0x61 <= byte <= 0x7A or 0x41 <= byte <= 0x5A or is_digit(byte):
        return 0
    point, size = code_point(data, i), width(byte)
    if point == 0x2E:
        run = _points_from(data, i, high)
        if run:
            return run
    if point == _ELLIPSIS or flags_of(table, point) & ICON:
        return size
    if i == low or (byte >= 0x80 and point != _EN_DASH and point != _EM_DASH):
        return 0
    own = flags_of(table, code_point(data, before(data, i)))
    after_digit = is_digit(data[i - 1])
    if point == 0x2E:
        return 1 if own & (LOWER | QUOTE) and _has(data, i + 1, low, high, table, UPPER | QUOTE) else 0
    sign = byte == 0x2B or byte == 0x2D or byte == 0x2A or byte == 0x5E
    if sign and after_digit and i + 1 < high and (is_digit(data[i + 1]) or data[i + 1] == 0x2D):
        return 1
    if point == 0x2C:
        return 1 if own & ALPHA and _has(data, i + 1, low, high, table, ALPHA) else 0
    if not (own & ALPHA or after_digit):
        return 0
    if point in (0x2D, 0x7E, _EN_DASH, _EM_DASH):
        return _hyphens(data, i, low, high, table)
    if point in (0x2F, 0x3A, 0x3C, 0x3D, 0x3E):
        return 1 if _has(data, i + 1, low, high, table, ALPHA) else 0
    return 0
