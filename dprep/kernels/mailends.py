"""What ends a mail: signatures, farewells, the sender's name, footers, disclaimers."""

from __future__ import annotations

from dprep.kernels.jit import njit
from dprep.kernels.maillines import BARE_SIGNATURE, BLANK, DASHES, DELIMITER, LINK, RULE, SHORT_LINE, trimmed
from dprep.kernels.mailwords import DEVICE, DISCLAIMER, FOOTER, PGP_HEAD, PGP_SIGNATURE, POSTSCRIPT, SIGN_OFF
from dprep.kernels.phrases import holds, lower

_SIGNATURE, _FOOTER_LINES, _DISCLAIMER_LINES, _SIGN_OFF_LINES, _SHORT = 30, 16, 40, 6, 70
"""Written lines that may stand from the mark to the end of the text, and bytes of a line below a farewell."""
_MOST_WORDS, _SMALL_WORDS = 6, 4
"""A line of more words, this many of them in small letters, is a sentence also where nothing ends it."""
FOOTER_BYTES = 16 * 80
"""Most text that is a footer, or was put below a name: behind `You are receiving this letter because` a letter may stand."""


@njit(cache=True, nogil=True)
def _reach(kind, apart):  # type: ignore[no-untyped-def]
    """The most written lines from a line of this kind, itself counted, to the end of the text; 0: it ends nothing."""
    if kind & PGP_SIGNATURE or (kind & DISCLAIMER and apart):
        return _DISCLAIMER_LINES
    if kind & DELIMITER:
        return _SIGNATURE
    if kind & RULE or (kind & FOOTER and apart):
        return _FOOTER_LINES
    if kind & DASHES:
        return BARE_SIGNATURE
    if kind & DEVICE:
        return 3
    return 2 if kind & LINK else 0


@njit(cache=True, nogil=True)
def _tail_start(data, lines, kinds, n, gone, phrases):  # type: ignore[no-untyped-def]
    """The first line of a signature, a footer or a disclaimer at the end of what is left; -1 where there is none."""
    found, left, size = -1, 0, 0
    for i in range(n - 1, -1, -1):
        if gone[i] or kinds[i] & BLANK:
            continue
        left += 1
        size += lines[i + 1] - lines[i]
        if left > _DISCLAIMER_LINES:
            break
        apart = i == 0 or gone[i - 1] or (kinds[i - 1] & (BLANK | RULE)) != 0
        needs_words = kinds[i] & RULE or kinds[i] & LINK
        stop = min(i + 8, n) if kinds[i] & RULE else i + 1
        reach = 0 if kinds[i] & FOOTER and size > FOOTER_BYTES else _reach(kinds[i], apart)
        if left <= reach and not (needs_words and not holds(data, lines[i], lines[stop], phrases)):
            found = i
    return found


@njit(cache=True, nogil=True)
def _is_message(data, start, stop):  # type: ignore[no-untyped-def]
    """Whether a line below a farewell is still said to the reader: a question, a sentence; not `Tea Ltd.` or an address."""
    a, b = trimmed(data, start, stop)
    if a == b:
        return False
    words, small, last_small = 0, 0, False
    for i in range(a, b):
        if data[i] > 0x20 and (i == a or data[i - 1] <= 0x20):
            last_small = 0x61 <= data[i] <= 0x7A
            words += 1
            small += last_small
    last = data[b - 1]
    if last == 0x3F or (last == 0x21 and words > 1) or (last == 0x2E and data[b - 2] != 0x2E and last_small and words > 1):
        return True
    if b - a > 3 and data[b - 3] == 0xE3 and data[b - 2] == 0x80 and last == 0x82:  # 。
        return True
    if b - a > 3 and data[b - 3] == 0xEF and data[b - 2] == 0xBC and (last == 0x9F or last == 0x81):  # ？ ！
        return True
    return words > _MOST_WORDS and small >= _SMALL_WORDS


@njit(cache=True, nogil=True)
def _sign_off_start(data, lines, kinds, n, gone):  # type: ignore[no-untyped-def]
    """The line `Regards,` with a few short lines after it, none of them a message, at the end of what is left; else -1."""
    left, first, message = 0, 0, False
    while first < n and (gone[first] or kinds[first] & BLANK):
        first += 1
    for i in range(n - 1, -1, -1):
        if gone[i] or kinds[i] & BLANK:
            continue
        left += 1
        if kinds[i] & SIGN_OFF:
            return -1 if message or i <= first else i  # `Thanks,` that opens a mail ends nothing
        if left > _SIGN_OFF_LINES or lines[i + 1] - lines[i] > _SHORT:
            break
        if kinds[i] & RULE:
            message = False  # what stands below a rule is not said any more
        message |= (kinds[i] & POSTSCRIPT) != 0 or _is_message(data, lines[i], lines[i + 1])
    return -1


@njit(cache=True, nogil=True)
def is_name(data, start, stop, names):  # type: ignore[no-untyped-def]
    """Whether data[start:stop], one to three words, are words of the sender's name; or `--name`."""
    if start + 2 < stop and stop - start <= 20 and data[start] == 0x2D and data[stop - 1] != 0x2D:
        i = start + 2 if data[start + 1] == 0x2D else start + 1
        while i < stop and (0x61 <= lower(data[i]) <= 0x7A or data[i] == 0x2E):
            i += 1
        if i == stop:
            return True
    words, i = 0, start
    while i < stop:
        while i < stop and not is_name_byte(data[i]):
            i += 1
        j = i
        while j < stop and is_name_byte(data[j]):
            j += 1
        if j > i:
            words += 1
            if not _is_word_of(data, i, j, names):
                return False
        i = j
    return 0 < words <= 3


@njit(cache=True, nogil=True)
def is_name_byte(byte):  # type: ignore[no-untyped-def]
    return 0x61 <= lower(byte) <= 0x7A or byte >= 0x80


@njit(cache=True, nogil=True)
def _is_word_of(data, start, stop, names):  # type: ignore[no-untyped-def]
    """Whether data[start:stop] is a whole word of `names`, which is lower case."""
    size = stop - start
    for at in range(len(names) - size + 1):
        if (at > 0 and is_name_byte(names[at - 1])) or (at + size < len(names) and is_name_byte(names[at + size])):
            continue
        j = 0
        while j < size and lower(data[start + j]) == names[at + j]:
            j += 1
        if j == size:
            return True
    return False


@njit(cache=True, nogil=True)
def _name_start(data, lines, kinds, n, gone, names):  # type: ignore[no-untyped-def]
    """The last line that is left, where it is the sender's name and stands apart; -1 otherwise."""
    for i in range(n - 1, 0, -1):
        if gone[i] or kinds[i] & BLANK:
            continue
        a, b = trimmed(data, lines[i], lines[i + 1])
        if (kinds[i - 1] & BLANK or gone[i - 1]) and b - a < SHORT_LINE and is_name(data, a, b, names):
            return i
        return -1
    return -1


@njit(cache=True, nogil=True)
def mark_signatures(data, lines, kinds, n, theirs, gone, names, phrases):  # type: ignore[no-untyped-def]
    """Take ends off what is left until there is none. `theirs` counts as gone while looking: replies stand above quotations."""
    hidden = gone | theirs
    for i in range(n):
        if kinds[i] & PGP_HEAD and not hidden[i]:
            stop = i + 1
            while stop < n and not kinds[stop] & BLANK:
                stop += 1
            hidden[i:stop] = gone[i:stop] = True
    while True:
        start = _tail_start(data, lines, kinds, n, hidden, phrases)
        if start < 0:
            start = _sign_off_start(data, lines, kinds, n, hidden)
        if start < 0:
            start = _name_start(data, lines, kinds, n, hidden, names)
        if start < 0:
            return
        for i in range(start, n):
            if not hidden[i]:
                hidden[i] = gone[i] = True
