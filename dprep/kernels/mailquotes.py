"""Which lines of a mail are somebody else's: quotations, their attributions, original messages, forwards."""

from __future__ import annotations

from dprep.kernels.jit import njit
from dprep.kernels.mailends import FOOTER_BYTES, is_name, is_name_byte
from dprep.kernels.maillines import (
    ADDRESS,
    BLANK,
    COLON,
    DEEP,
    INITIALS,
    QUOTE,
    RULE,
    SHORT_LINE,
    TIME,
    attribution,
    header_block,
    next_written,
    traces,
    trimmed,
)
from dprep.kernels.mailwords import BEGINS, ENDS, FORWARDED, FORWARDED_END, GRID_SUBJECT, GRID_TO, HEADER, ORIGINAL, SIGN_OFF
from dprep.kernels.phrases import flags_within, lower

_QUOTED_WIDTH = 65
"""Bytes of a quoted line from which a program may have broken it in two."""
_ORIGINAL_BYTES = 4096
"""Most text below a rule under initials, as in replies, that was appended; below a name articles are pasted too."""


@njit(cache=True, nogil=True)
def _is_diff(data, lines, kinds, i):  # type: ignore[no-untyped-def]
    """Whether the quotation that starts in line i is the new side of a `diff`: after `---` or `3a4,5`."""
    if i == 0:
        return False
    a, b = trimmed(data, lines[i - 1], lines[i])
    if b - a == 3 and data[a] == 0x2D and data[a + 1] == 0x2D and data[a + 2] == 0x2D:
        return True
    commands = 0
    for j in range(a, b):
        if data[j] == 0x61 or data[j] == 0x63 or data[j] == 0x64:
            commands += 1
        elif not (0x30 <= data[j] <= 0x39 or data[j] == 0x2C):
            return False
    return commands == 1 and b - a >= 3 and 0x30 <= data[a] <= 0x39 and 0x30 <= data[b - 1] <= 0x39


@njit(cache=True, nogil=True)
def mark_quotes(data, lines, kinds, n, theirs):  # type: ignore[no-untyped-def]
    """Mark the lines that start with the sign of a quotation, and the rest of lines that a program has broken."""
    signed = False
    for i in range(n):
        signed |= (kinds[i] & (QUOTE | ENDS)) != 0
    i = 0
    while i < n:
        if not (kinds[i] & QUOTE or (kinds[i] & INITIALS and signed)):
            i += 1
            continue
        last = i
        while last < n and (kinds[last] & QUOTE or (kinds[last] & INITIALS and signed)):
            last += 1
        if not _is_diff(data, lines, kinds, i) and not (last == i + 1 and _is_escaped_from(data, lines[i], lines[i + 1])):
            theirs[i:last] = True
        i = last
    for i in range(1, n - 1):
        if theirs[i - 1] and theirs[i + 1] and not theirs[i] and kinds[i + 1] & QUOTE and not kinds[i] & BLANK:
            a, b = trimmed(data, lines[i], lines[i + 1])
            long = lines[i] - lines[i - 1] > _QUOTED_WIDTH
            theirs[i] = long and b - a < SHORT_LINE and not 0x41 <= data[a] <= 0x5A


@njit(cache=True, nogil=True)
def _is_escaped_from(data, start, stop):  # type: ignore[no-untyped-def]
    """`>From` at the start of a line: mailboxes write so what was `From`."""
    while start < stop and data[start] == 0x3E:
        start += 1
    return (
        start + 4 < stop
        and data[start] == 0x46
        and data[start + 1] == 0x72
        and data[start + 2] == 0x6F
        and data[start + 3] == 0x6D
    )


@njit(cache=True, nogil=True)
def _mark_odd_quotes(data, lines, kinds, i, n, theirs):  # type: ignore[no-untyped-def]
    """Mark the lines below line i, an attribution, that start with the same odd sign as the first; True where there are any."""
    j = next_written(kinds, i, n)
    if j >= n or j > i + 3:
        return False
    a, _ = trimmed(data, lines[j], lines[j + 1])
    sign = data[a]
    if not (sign == 0x7C or sign == 0x3A or sign == 0x7D or sign == 0x5D or sign == 0x25 or sign == 0x23 or sign == 0x29):
        return False
    lasting = sign == 0x7C or sign == 0x29 or sign == 0x7D or sign == 0x5D  # the others may start lines of code
    while j < n:
        a, b = trimmed(data, lines[j], lines[j + 1])
        if a < b and data[a] == sign:
            theirs[j] = True
        elif not lasting:
            break
        j += 1
    return True


@njit(cache=True, nogil=True)
def mark_attributions(data, lines, kinds, n, theirs):  # type: ignore[no-untyped-def]
    """Mark `On … wrote:` before quotations; where no sign of a quotation follows, all below it is quoted."""
    own = False
    for i in range(n):
        if not kinds[i] & (ENDS | COLON) or theirs[i]:
            own |= not theirs[i] and not kinds[i] & BLANK
            continue
        first = attribution(data, lines, kinds, i)
        following = next_written(kinds, i, n)
        named = traces(data, lines[min(first, i)], lines[i + 1])
        ends = kinds[i] & ENDS or named != 0
        quoted = following < n and following <= i + 3 and theirs[following]
        if ends and (quoted or (kinds[i] & ENDS and _mark_odd_quotes(data, lines, kinds, i, n, theirs))):
            theirs[min(first, i) : i + 1] = True
        elif first <= i and own and named >= (1 if kinds[first] & BEGINS else TIME | ADDRESS) and not theirs[i:n].any():
            theirs[first:n] = True
            return
        own |= not theirs[i]


@njit(cache=True, nogil=True)
def _is_grid(data, lines, kinds, i, n, grid):  # type: ignore[no-untyped-def]
    """Whether a header in two columns starts in line i: the sender, and `To:` and `Subject:` at his right (Lotus Notes)."""
    found = 0
    for j in range(i, min(i + 9, n)):
        if kinds[j] & DEEP:
            found |= flags_within(data, lines[j], lines[j + 1], grid)
        elif not kinds[j] & BLANK:
            break
    return found == (GRID_TO | GRID_SUBJECT)


@njit(cache=True, nogil=True)
def _is_signed(data, lines, kinds, i, n, theirs, names):  # type: ignore[no-untyped-def]
    """Whether the sender's name, initials or a farewell stands alone above line i, a rule: what is below was appended."""
    j = i - 1
    while j > 0 and kinds[j] & BLANK:
        j -= 1
    size = lines[n] - lines[i]
    if j <= 0 or i - j > 4 or theirs[j] or size > _ORIGINAL_BYTES:
        return False
    if kinds[j] & SIGN_OFF:
        return size <= FOOTER_BYTES
    a, b = trimmed(data, lines[j], lines[j + 1])
    alone = kinds[j - 1] & (BLANK | SIGN_OFF)
    if alone == 0 or b - a >= SHORT_LINE:
        return False
    return (size <= FOOTER_BYTES and is_name(data, a, b, names)) or _are_initials_of(data, a, b, names)


@njit(cache=True, nogil=True)
def _are_initials_of(data, start, stop, names):  # type: ignore[no-untyped-def]
    """Whether data[start:stop] is two or three letters, each of which starts a word of `names`."""
    if not 2 <= stop - start <= 3:
        return False
    for i in range(start, stop):
        found = False
        for j in range(len(names)):
            found |= names[j] == lower(data[i]) and is_name_byte(names[j]) and (j == 0 or not is_name_byte(names[j - 1]))
        if not found:
            return False
    return True


@njit(cache=True, nogil=True)
def mark_forwarded(data, lines, kinds, n, theirs, skip, names, grid):  # type: ignore[no-untyped-def]
    """Mark original messages and forwards; their headers only, where quotations follow. `skip`: lines of the own header."""
    i, own = skip, False
    while i < n:
        block = i
        if theirs[i]:
            i += 1
            continue
        if kinds[i] & (ORIGINAL | FORWARDED):
            block = next_written(kinds, i, n)
            block = max(i + 1, header_block(kinds, block, n, 1)) if block < n else n
        elif kinds[i] & HEADER and (i > 0 or skip == 0):
            block = header_block(kinds, i, n, 3)
        elif kinds[i] & RULE and i + 1 < n and kinds[i + 1] & HEADER and header_block(kinds, i + 1, n, 3) > i + 1:
            block = header_block(kinds, i + 1, n, 3)
        elif (kinds[i] & DEEP and _is_grid(data, lines, kinds, i, n, grid)) or (
            kinds[i] & RULE and _is_signed(data, lines, kinds, i, n, theirs, names)
        ):
            theirs[i:n] = True
            return
        if block == i:
            own |= not kinds[i] & BLANK
            i += 1
            continue
        following = next_written(kinds, block - 1, n)
        _mark_odd_quotes(data, lines, kinds, block - 1, n, theirs)
        marked = following < n and theirs[following]
        # nothing above a bare header: what is below it may well be the answer
        stop = block if marked or (not kinds[i] & (ORIGINAL | FORWARDED) and not own) else n
        for j in range(i + 1, n if kinds[i] & FORWARDED else i):
            if kinds[j] & FORWARDED_END:
                stop = j + 1
                break
        theirs[i:stop] = True
        i = stop
