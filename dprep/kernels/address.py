"""Whether a chunk of text is a web or mail address: `scheme://user@host.name:port/path` with all but the host optional.

Source: the address pattern of spacy/lang/tokenizer_exceptions.py (spaCy 3.8), after Diego Perini's; digits are ASCII here.
"""

from __future__ import annotations

from dprep.kernels.affixes import flags_of, is_digit
from dprep.kernels.english_tables import LOWER, WORD
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width


@njit(cache=True, nogil=True)
def _is_host(point):  # type: ignore[no-untyped-def]
    return 0x30 <= point <= 0x39 or 0x41 <= point <= 0x5A or 0x61 <= point <= 0x7A or 0xA1 <= point <= 0xFFFF


@njit(cache=True, nogil=True)
def _after_scheme(data, low, high, table):  # type: ignore[no-untyped-def]
    """Where the chunk goes on after `scheme://`; `low` without one."""
    i, count = low, 0
    while i < high:
        point = code_point(data, i)
        if point == 0x3A:
            if count >= 2 and i + 2 < high and data[i + 1] == 0x2F and data[i + 2] == 0x2F:
                return i + 3
            return low
        if not (flags_of(table, point) & WORD or point == 0x2B or point == 0x2D or point == 0x2E):
            return low
        i += width(data[i])
        count += 1
    return low


@njit(cache=True, nogil=True)
def _rest_fits(data, i, high):  # type: ignore[no-untyped-def]
    """Whether data[i:high] is `:port/path`, each part optional."""
    if i < high and data[i] == 0x3A:
        digits = 0
        i += 1
        while i < high and is_digit(data[i]):
            i += 1
            digits += 1
        if digits < 2 or digits > 5:
            return False
    return i == high or data[i] == 0x2F or data[i] == 0x3F or data[i] == 0x23


@njit(cache=True, nogil=True)
def _name_fits(data, low, high, table):  # type: ignore[no-untyped-def]
    """Whether data[low:high] starts with labels and a top-level domain of lower-case letters, and goes on as an address."""
    i, labels = low, 0
    while True:
        count, sound, lower, first, last = 0, True, True, 0, 0  # sound: only what a host name may hold
        start = i
        while i < high:
            point = code_point(data, i)
            small = flags_of(table, point) & LOWER != 0
            inner = _is_host(point) or point == 0x5F or point == 0x2D
            if not (inner or small):
                break
            first = point if count == 0 else first
            last = point
            lower = lower and small
            sound = sound and inner
            count += 1
            i += width(data[i])
        sound = sound and count > 0 and _is_host(first) and _is_host(last) and count <= 64
        if i < high and data[i] == 0x2E and sound:
            labels += 1
            i += 1
            continue
        return labels > 0 and lower and 2 <= count <= 63 and i > start and _rest_fits(data, i, high)


@njit(cache=True, nogil=True)
def _octet(data, i, high):  # type: ignore[no-untyped-def]
    """Value and length of up to three digits at data[i]; value -1 where there are none or more."""
    value, count = 0, 0
    while i + count < high and is_digit(data[i + count]) and count < 4:
        value = value * 10 + int(data[i + count]) - 0x30
        count += 1
    return (value if 0 < count < 4 else -1), count


@njit(cache=True, nogil=True)
def _number_fits(data, low, high):  # type: ignore[no-untyped-def]
    """Whether data[low:high] starts with a public IPv4 address and goes on as an address."""
    i, first, second = low, 0, 0
    for part in range(4):
        if part:
            if i >= high or data[i] != 0x2E:
                return False
            i += 1
        value, count = _octet(data, i, high)
        outer = part == 0 or part == 3
        if value < 0 or value > 255 or (outer and (value == 0 or data[i] == 0x30)):
            return False
        if (count == 3 and data[i] == 0x30) or (part == 0 and value > 223) or (part == 3 and value > 254):
            return False
        first = value if part == 0 else first
        second = value if part == 1 else second
        i += count
    private = first == 10 or first == 127 or (first == 169 and second == 254) or (first == 192 and second == 168)
    private |= first == 172 and 16 <= second <= 31
    return not private and _rest_fits(data, i, high)


@njit(cache=True, nogil=True)
def is_address(data, low, high, table):  # type: ignore[no-untyped-def]
    """Whether the whole chunk data[low:high] is an address."""
    start = _after_scheme(data, low, high, table)
    if _name_fits(data, start, high, table) or _number_fits(data, start, high):
        return True
    if start > low and _name_fits(data, low, high, table):
        return True
    for i in range(low + 1, high):
        if data[i] == 0x40 and (_name_fits(data, i + 1, high, table) or _number_fits(data, i + 1, high)):
            return True
    return False
