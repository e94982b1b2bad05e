"""The lines of a mail: where each starts and what it is, by its characters and its words."""

from __future__ import annotations

from dprep.kernels.jit import njit
from dprep.kernels.mailwords import BEGINS, CORE, ENCODED, ENDS, HEADER, SIGN_OFF
from dprep.kernels.phrases import lower, prefix, suffix

BLANK, QUOTE, INITIALS, DELIMITER, DASHES, RULE, COLON, LINK, DEEP = (1 << n for n in range(20, 29))
"""What a line is by its characters; what it is by its words stands in mailwords."""

TIME, ADDRESS = 1, 2

SHORT_LINE, BARE_SIGNATURE = 30, 12
"""Bytes of a line that may be a name; lines that may follow a `--`."""


@njit(cache=True, nogil=True)
def _line_end(data, i, end):  # type: ignore[no-untyped-def]
    """(end of the line's characters, start of the next line)."""
    while i < end and data[i] != 0x0A:
        i += 1
    return i, min(i + 1, end)


@njit(cache=True, nogil=True)
def trimmed(data, start, stop):  # type: ignore[no-untyped-def]
    """data[start:stop] without blanks at either end; empty for a blank line."""
    while start < stop and (data[start] == 0x20 or data[start] == 0x09):
        start += 1
    while stop > start and data[stop - 1] <= 0x20:
        stop -= 1
    return start, stop


@njit(cache=True, nogil=True)
def _is_rule(data, start, stop):  # type: ignore[no-untyped-def]
    """At least ten of the same punctuation, and nothing but punctuation at its other end (advertisers decorate rules)."""
    sign = data[start]
    if not (sign == 0x5F or sign == 0x2D or sign == 0x3D or sign == 0x2A or sign == 0x7E or sign == 0x23):
        return False
    i = start
    while i < stop and data[i] == sign:
        i += 1
    return i - start >= 10


@njit(cache=True, nogil=True)
def _is_initials(data, start, stop):  # type: ignore[no-untyped-def]
    """`AB> text`: the quoted person's initials before the sign."""
    i = start
    while i < stop and i - start < 4 and 0x41 <= data[i] <= 0x5A:
        i += 1
    while i < stop and i - start < 2 and 0x61 <= data[i] <= 0x7A:
        i += 1
    return i > start and i < stop and data[i] == 0x3E and (i + 1 == stop or data[i + 1] == 0x20)


@njit(cache=True, nogil=True)
def _kind(data, start, stop, starts, ends):  # type: ignore[no-untyped-def]
    """Flags of the line data[start:stop]."""
    first, last = trimmed(data, start, stop)
    if first == last:
        return BLANK
    flags = 0
    byte = data[first]
    if byte == 0x3E and first - start <= 4:
        return QUOTE
    if 0x41 <= byte <= 0x7A and _is_initials(data, first, last):
        flags |= INITIALS
    if byte == 0x2D and first == start and last - first == 2 and data[first + 1] == 0x2D:
        flags |= DELIMITER if stop - start >= 3 and data[start + 2] == 0x20 else DASHES
    if last - first >= 10 and _is_rule(data, first, last):
        flags |= RULE
    while first < last and (data[first] == 0x2A or data[first] == 0x5F):  # *From:* as pasted bold
        first += 1
    words, size = prefix(data, first, last, starts)
    if words & SIGN_OFF and not _only_marks(data, first + size, last):
        words &= ~SIGN_OFF
    flags |= words
    if data[last - 1] == 0x3A or data[last - 1] == 0x9A or data[last - 1] == 0x2A:
        flags |= suffix(data, first, last, ends) | COLON
    if lower(byte) == 0x68 and last - first > 8 and lower(data[first + 3]) == 0x70:
        flags |= LINK
    if first - start >= 16:
        flags |= DEEP
    return flags


@njit(cache=True, nogil=True)
def _only_marks(data, i, stop):  # type: ignore[no-untyped-def]
    """Whether nothing but punctuation follows a greeting at the end of a mail."""
    while i < stop:
        byte = data[i]
        if not (byte == 0x2C or byte == 0x2E or byte == 0x21 or byte == 0x2D or byte == 0x20):
            return stop - i == 3 and (byte == 0xEF or byte == 0xE3)  # a full-width mark
        i += 1
    return True


@njit(cache=True, nogil=True)
def _field_name(data, i, stop):  # type: ignore[no-untyped-def]
    """The place after the colon of `Name: …` at data[i], or i where no field starts."""
    j = i
    while j < stop and 0x20 < data[j] < 0x7F and data[j] != 0x3A:
        j += 1
    return j + 1 if j > i and j < stop and data[j] == 0x3A else i


@njit(cache=True, nogil=True)
def head(data, start, end, starts):  # type: ignore[no-untyped-def]
    """(start of the body, whether the header says how the body is encoded); the body starts at `start` where no header is.

    A header has `From`, `Received` or the like and one more field of mails, and an empty line after it (or three fields).
    """
    i, core, known, encoded, closed = start, 0, 0, False, False
    while i < end and (data[i] == 0x0A or data[i] == 0x0D):
        i += 1
    first = i
    while i < end:
        stop, following = _line_end(data, i, end)
        a, b = trimmed(data, i, stop)
        if a == b:
            closed = True
            i = following
            break
        if a > i and i > first:  # a folded line
            i = following
            continue
        while a < b and data[a] == 0x2A:
            a += 1
        words, _ = prefix(data, a, b, starts)
        if words & HEADER:
            known += 1
            core += (words & CORE) != 0
            encoded |= (words & ENCODED) != 0
        elif _field_name(data, a, b) == a and not (_is_mailbox_line(data, a, b) and known < 2):
            break
        i = following
    if core == 0 or known < 2 or not (closed or i >= end or known >= 3):
        return start, False
    return i, encoded


@njit(cache=True, nogil=True)
def _is_mailbox_line(data, a, b):  # type: ignore[no-untyped-def]
    """`From someone …` (or `>From …`) between the mails of a mailbox."""
    if a < b and data[a] == 0x3E:
        a += 1
    return (
        b - a > 5
        and data[a] == 0x46
        and data[a + 1] == 0x72
        and data[a + 2] == 0x6F
        and data[a + 3] == 0x6D
        and data[a + 4] == 0x20
    )


@njit(cache=True, nogil=True)
def traces(data, start, stop):  # type: ignore[no-untyped-def]
    """TIME for `9:41`, ADDRESS for an `@`: what an attribution made by a program has and a sentence in a book has not."""
    found = 0
    for i in range(start, stop):
        if data[i] == 0x40:
            found |= ADDRESS
        if data[i] == 0x3A and start < i < stop - 1 and 0x30 <= data[i - 1] <= 0x39 and 0x30 <= data[i + 1] <= 0x39:
            found |= TIME
    return found


@njit(cache=True, nogil=True)
def is_markup(data, start, end):  # type: ignore[no-untyped-def]
    """Whether the text starts with a tag: its lines mean nothing."""
    while start < end and data[start] <= 0x20:
        start += 1
    if start + 1 >= end or data[start] != 0x3C or not (0x61 <= lower(data[start + 1]) <= 0x7A or data[start + 1] == 0x21):
        return False
    while start < end and data[start] != 0x3E:
        if data[start] == 0x40:
            return False
        start += 1
    return True


@njit(cache=True, nogil=True)
def line_table(data, start, end, starts, ends, lines, kinds):  # type: ignore[no-untyped-def]
    """Fill the starts and the kinds of the lines of data[start:end]; lines[n] = end. Returns the number of lines."""
    i, n = start, 0
    while i < end:
        stop, following = _line_end(data, i, end)
        lines[n] = i
        kinds[n] = _kind(data, i, stop, starts, ends)
        n += 1
        i = following
    lines[n] = end
    return n


@njit(cache=True, nogil=True)
def next_written(kinds, i, n):  # type: ignore[no-untyped-def]
    """The next line that is not blank, after line i; n where none is."""
    i += 1
    while i < n and kinds[i] & BLANK:
        i += 1
    return i


@njit(cache=True, nogil=True)
def attribution(data, lines, kinds, i):  # type: ignore[no-untyped-def]
    """The first line of the attribution that ends in line i (1 to 4 lines); i + 1 where there is none."""
    if not kinds[i] & ENDS:
        return i + 1
    first = i
    while first >= 0 and i - first < 4 and not kinds[first] & (BLANK | QUOTE):
        if kinds[first] & BEGINS:
            return first
        first -= 1
    return i


@njit(cache=True, nogil=True)
def header_block(kinds, i, n, least):  # type: ignore[no-untyped-def]
    """The line after a block of `least` fields of a mail or more that starts in line i; i where none does."""
    fields, core, j, gap = 0, False, i, 0
    while j < n and not kinds[j] & (BLANK | QUOTE) and gap < 2:
        if kinds[j] & HEADER:
            fields += 1
            core |= (kinds[j] & CORE) != 0
            gap = 0
        else:
            gap += 1
        j += 1
    return j - gap if fields >= least and core else i
