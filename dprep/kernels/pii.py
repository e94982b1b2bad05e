"""Where personal data may stand in texts: one pass over the bytes.

E-mail addresses, IPv4 addresses, cards, IBANs and Chinese numbers are decided here; phone numbers and IPv6 addresses are
candidates that a library decides. Bytes are looked at eight at a time until a digit, `@`, `:` or a full-width form comes.

Source: RFC 5321 (lengths of an address's parts), RFC 2606 and 6761 (names that are no one's).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.eight import HIGH, ONES, first_byte, load8
from dprep.kernels.jit import njit
from dprep.kernels.pii_mail import mail_end, mail_start
from dprep.kernels.pii_numbers import iban_length
from dprep.kernels.pii_runs import MOST_GROUPS, between, digit_at, is_word, numbers, run_at

EMAIL, IPV4, IPV6, PHONE, CARD, IBAN, CN_ID, CN_MOBILE, SECRET = range(9)
OLD_IDS = 1 << 16
"""Besides the kinds' bits: identity numbers of 15 digits are looked for too."""
_LONGEST_IPV6 = 45


class Spans(NamedTuple):
    """Span k is data[starts[k]:ends[k]], in row rows[k], of kind kinds[k]; in order of rows and starts."""

    rows: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _within(here, low, high):  # type: ignore[no-untyped-def]
    """High bit of the ASCII bytes from `low` up to and with `high`, of eight bytes."""
    rest = here & ~HIGH
    return (rest + ONES * np.uint64(0x80 - low)) & ~(rest + ONES * np.uint64(0x7F - high)) & ~here & HIGH


@njit(cache=True, nogil=True)
def _telling(here):  # type: ignore[no-untyped-def]
    """High bit of digits, `:`, `@` and of the byte 0xEF, with which full-width forms start."""
    rest = here & ~HIGH
    wide = (rest + ONES * np.uint64(0x80 - 0x6F)) & ~(rest + ONES * np.uint64(0x7F - 0x6F)) & here & HIGH
    return _within(here, 0x30, 0x3A) | _within(here, 0x40, 0x40) | wide


@njit(cache=True, nogil=True)
def _is_hex(byte):  # type: ignore[no-untyped-def]
    return 48 <= byte <= 57 or 65 <= byte <= 70 or 97 <= byte <= 102


@njit(cache=True, nogil=True)
def _ipv6(data, begin, i, end):  # type: ignore[no-untyped-def]
    """Start and end of the run of hex digits and colons around the colon at `i`, and whether it may be an address."""
    start, stop = i, i
    colons, double = 0, False
    while start > begin and i - start < _LONGEST_IPV6 and (_is_hex(data[start - 1]) or data[start - 1] == 58):
        start -= 1
    while stop < end and stop - i < _LONGEST_IPV6 and (_is_hex(data[stop]) or data[stop] in (58, 46)):
        stop += 1
    after = stop
    while stop > i and data[stop - 1] == 46:
        stop -= 1
    if stop - i > 1 and data[stop - 1] == 58 and data[stop - 2] != 58:
        stop -= 1
    for k in range(start, stop):
        if data[k] == 58:
            colons += 1
            double |= k + 1 < stop and data[k + 1] == 58
    shaped = stop - start <= _LONGEST_IPV6 and (colons == 7 or colons == 6 or (double and 2 <= colons <= 7))
    free = (start == begin or not (is_word(data[start - 1]) or data[start - 1] in (45, 46))) and (
        after == end or not is_word(data[after])
    )
    return start, stop, shaped and free


@njit(cache=True, nogil=True)
def _iban(data, begin, i, end):  # type: ignore[no-untyped-def]
    """The end of the IBAN whose first digit is at `i`, or 0."""
    if i - begin < 2 or i + 1 >= end or (i - begin > 2 and is_word(data[i - 3])):
        return 0
    length = iban_length(data[i - 2], data[i - 1])
    if length == 0:
        return 0
    # the country and the check digits come last when the remainder is taken
    tail = (int(data[i - 2]) - 55) * 100 + int(data[i - 1]) - 55
    remainder, read, k = 0, 2, i
    while k < end and read < length:
        byte = int(data[k])
        if 48 <= byte <= 57:
            if read < 4:
                tail = tail * 10 + byte - 48
            else:
                remainder = (remainder * 10 + byte - 48) % 97
        elif 65 <= byte <= 90 and read >= 4:
            remainder = (remainder * 100 + byte - 55) % 97
        elif byte in (32, 45) and read % 4 == 0 and data[k - 1] not in (32, 45):
            k += 1
            continue
        else:
            return 0
        read += 1
        k += 1
    if read < length or (k < end and is_word(data[k])):
        return 0
    return k if (remainder * 1000000 + tail) % 97 == 1 else 0


@njit(cache=True, nogil=True)
def _put(spans, count, row, start, end, kind):  # type: ignore[no-untyped-def]
    spans[0, count], spans[1, count], spans[2, count], spans[3, count] = row, start, end, kind
    return count + 1


@njit(cache=True, nogil=True)
def _at(data, begin, i, end, wanted, spans, count, row, work):  # type: ignore[no-untyped-def]
    """What stands at the telling byte `i`: where to look on, and the spans found."""
    byte = data[i]
    wide_at = byte == 0xEF and i + 2 < end and data[i + 1] == 0xBC and data[i + 2] == 0xA0
    if byte == 64 or wide_at:
        after = i + (3 if wide_at else 1)
        if wanted >> EMAIL & 1:
            start = mail_start(data, begin, i)
            stop = mail_end(data, start, i, after, end)
            if stop:
                return stop, _put(spans, count, row, start, stop, EMAIL)
        return after, count
    if byte == 58:
        if not wanted >> IPV6 & 1:
            return i + 1, count
        start, stop, may_be = _ipv6(data, begin, i, end)
        if may_be:
            return stop, _put(spans, count, row, start, stop, IPV6)
        return i + 1, count
    if digit_at(data, i, end) < 0:
        return i + 3, count
    if wanted >> IBAN & 1 and byte < 0x80:
        stop = _iban(data, begin, i, end)
        if stop:
            return stop, _put(spans, count, row, i - 2, stop, IBAN)
    after, groups = run_at(data, i, end, work)
    found = numbers(data, begin, end, work, groups, wanted)
    for k in range(found):
        count = _put(spans, count, row, work[4, k], work[5, k], work[6, k])
    return after, count


@njit(cache=True, nogil=True)
def _scan(offsets, data, wanted, row, i, spans, work):  # type: ignore[no-untyped-def]
    """Scan from byte `i` of `row` on: how many spans, and the row and byte where there was no room for more."""
    count, rows = 0, len(offsets) - 1
    while row < rows:
        begin, end = offsets[row], offsets[row + 1]
        i = max(i, begin)
        while i < end:
            while i + 8 <= end:
                step = first_byte(_telling(load8(data, i)))
                i += step
                if step < 8:
                    break
            if i == end:
                break
            byte = data[i]
            if 48 <= byte <= 58 or byte == 64 or byte == 0xEF:
                if count + MOST_GROUPS >= spans.shape[1]:
                    return count, row, i
                i, count = _at(data, begin, i, end, wanted, spans, count, row, work)
            else:
                i += 1
        row += 1
    return count, row, i


def scanned(text: Text, wanted: int) -> Spans:
    """Every span of the kinds whose bits are set in `wanted`; those of PHONE and IPV6 are candidates. They may overlap."""
    offsets, data = text.buffers
    work = np.zeros((8, MOST_GROUPS + 96), np.int64)
    found, row, i = [np.zeros((4, 0), np.int64)], 0, 0
    while row < len(text):
        spans = np.zeros((4, 4096), np.int64)
        count, row, i = _scan(offsets, data, wanted, row, i, spans, work)
        found.append(spans[:, :count])
    return Spans(*np.concatenate(found, axis=1))


@njit(cache=True, nogil=True)
def _resolved(rows, starts, ends, kinds, ranks):  # type: ignore[no-untyped-def]
    kept = np.zeros(len(rows), np.bool_)
    last = -1
    for k in range(len(rows)):
        if last >= 0 and rows[last] == rows[k] and starts[k] < ends[last]:
            if ranks[kinds[k]] >= ranks[kinds[last]]:
                continue
            kept[last] = False
        kept[k] = True
        last = k
    return kept


def resolved(spans: Spans, ranks: npt.NDArray[np.int64]) -> Spans:
    """`spans` in order and without overlaps: of two that overlap the one whose kind has the smaller rank stays."""
    order = np.lexsort((ranks[spans.kinds], spans.starts, spans.rows))
    spans = Spans(*(part[order] for part in spans))
    kept = _resolved(*spans, ranks)
    return Spans(*(part[kept] for part in spans))


@njit(cache=True, nogil=True)
def _spliced(offsets, data, rows, starts, ends, which, masks, mask_offsets, out_offsets, out):  # type: ignore[no-untyped-def]
    at, k = 0, 0
    for row in range(len(offsets) - 1):
        i = offsets[row]
        while k < len(rows) and rows[k] == row:
            at = between(data, i, starts[k], out, at)
            at = between(masks, mask_offsets[which[k]], mask_offsets[which[k] + 1], out, at)
            i = ends[k]
            k += 1
        at = between(data, i, offsets[row + 1], out, at)
        out_offsets[row + 1] = at


def spliced(
    text: Text, spans: Spans, which: npt.NDArray[np.int64], masks: npt.NDArray[np.uint8], mask_offsets: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Offsets and bytes of the texts with span k replaced by masks[mask_offsets[which[k]]:mask_offsets[which[k] + 1]]."""
    offsets, data = text.buffers
    growth = (np.diff(mask_offsets)[which] - (spans.ends - spans.starts)).sum()
    out_offsets = np.zeros(len(offsets), np.int64)
    out = np.empty(offsets[-1] - offsets[0] + growth, np.uint8)
    _spliced(offsets, data, spans.rows, spans.starts, spans.ends, which, masks, mask_offsets, out_offsets, out)
    return out_offsets, out
