"""Where URLs stand in texts, and the texts with something else in their place. Over Arrow buffers."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.eight import equal, first_byte, load8, store8
from dprep.kernels.jit import njit
from dprep.kernels.phrases import Phrases, lower, prefix, suffix, table
from dprep.kernels.utf8 import code_point, width

LEAVE, TEXT, REMOVE = range(3)
"""What becomes of a Markdown link: the link as it is, but for its URL; its text; nothing."""

_SCHEMES = "http https ftp ftps sftp ws wss"
_DOMAINS = (
    "com org net edu gov mil int info biz name mobi io ai app dev me tv xyz top site online shop club vip wiki blog"
    " cn hk tw jp kr sg uk us ca au nz de fr es it nl be ch at se no fi dk ru ua br mx ar za eu"
)
"""Endings of a domain without scheme that no file has: not md, py, rs, sh, pl, so, cc, in."""

_LINK_BYTES, _DOMAIN_BYTES = 1000, 254
"""Longest link of Markdown, and longest domain with its dot (RFC 1035)."""


@cache
def _schemes() -> Phrases:
    return table(dict.fromkeys(_SCHEMES.split(), 1), backwards=True)


@cache
def _domains() -> Phrases:
    return table(dict.fromkeys(_DOMAINS.split(), 1))


@njit(cache=True, nogil=True)
def _is_word(byte):  # type: ignore[no-untyped-def]
    return 0x61 <= lower(byte) <= 0x7A or 0x30 <= byte <= 0x39


@njit(cache=True, nogil=True)
def _is_inside(point):  # type: ignore[no-untyped-def]
    """Whether a code point may stand in a URL that was typed. Scripts without blanks end it, and punctuation outside ASCII."""
    if point < 0x80:
        return point > 0x20 and not (
            point == 0x22
            or point == 0x3C
            or point == 0x3E
            or point == 0x5B
            or point == 0x5C
            or point == 0x5D
            or point == 0x5E
            or point == 0x60
            or 0x7B <= point <= 0x7D
            or point == 0x7F
        )
    if point < 0xC0 or point >= 0x2000:
        return False
    return not (0xE00 <= point < 0xF00 or 0x1000 <= point < 0x10A0 or 0x1100 <= point < 0x1200 or 0x1780 <= point < 0x1800)


@njit(cache=True, nogil=True)
def _is_east_asian(point):  # type: ignore[no-untyped-def]
    """Letters of domains such as 例子.中国."""
    return 0x3400 <= point <= 0x9FFF or 0x3041 <= point <= 0x30FF or 0xAC00 <= point <= 0xD7A3 or 0x20000 <= point <= 0x3FFFF


@njit(cache=True, nogil=True)
def _east_asian_host(data, i, end):  # type: ignore[no-untyped-def]
    """The end of a host that starts with a han, kana or hangul letter at data[i] and has a dot; i where there is none."""
    start, dotted = i, False
    while i < end:
        point = code_point(data, i)
        if point == 0x2E:
            dotted = (i + 1 < end and _is_east_asian(code_point(data, i + 1))) or dotted
        elif not (_is_east_asian(point) or point == 0x2D or (point < 0x80 and _is_word(point))):
            break
        i += width(data[i])
    return i if dotted else start


@njit(cache=True, nogil=True)
def _url_end(data, i, end):  # type: ignore[no-untyped-def]
    """The end of the URL whose host starts at data[i], without the punctuation of the sentence; i where no host starts."""
    start, opened = i, 0
    if i >= end:
        return start
    if data[i] == 0x5B:  # an address of IPv6
        while i < end and data[i] != 0x5D and i - start < 48:
            i += 1
        i = min(i + 1, end)
    elif data[i] >= 0x80 and _is_east_asian(code_point(data, i)):
        i = _east_asian_host(data, i, end)
        if i == start:
            return start
    elif not (_is_word(data[i]) or (data[i] >= 0xC3 and _is_inside(code_point(data, i)))):
        return start
    while i < end:
        if data[i] < 0x80:
            if not _is_inside(int(data[i])):
                break
            opened += data[i] == 0x28
            if data[i] == 0x29:
                if opened == 0:
                    break
                opened -= 1
            i += 1
        elif not _is_inside(code_point(data, i)):
            break
        else:
            i += width(data[i])
    return _without_punctuation(data, start, i)


@njit(cache=True, nogil=True)
def _without_punctuation(data, start, i):  # type: ignore[no-untyped-def]
    """The end of data[start:i] without punctuation that belongs to the sentence around it."""
    while i > start + 1:
        byte = data[i - 1]
        if not (
            byte == 0x2E
            or byte == 0x2C
            or byte == 0x3A
            or byte == 0x3B
            or byte == 0x21
            or byte == 0x3F
            or byte == 0x27
            or byte == 0x2A
            or byte == 0x7E
            or byte == 0x28
        ):
            break
        i -= 1
    return i


@njit(cache=True, nogil=True)
def _bare_start(data, first, i):  # type: ignore[no-untyped-def]
    """The start of the domain that data[i], a dot, stands in; i where it can be none: part of an address, path or name."""
    start, first = i, max(first, i - _DOMAIN_BYTES)
    while start > first and (_is_word(data[start - 1]) or data[start - 1] == 0x2D or data[start - 1] == 0x2E):
        start -= 1
    while start < i and not _is_word(data[start]):
        start += 1
    if start == i or (start > first and (data[start - 1] == 0x40 or data[start - 1] == 0x2F or data[start - 1] == 0x5F)):
        return i
    return start


@njit(cache=True, nogil=True)
def _bare_end(data, start, end, domains):  # type: ignore[no-untyped-def]
    """The end of the domain (with its port and path) that starts at data[start]; start where its ending is none we know."""
    i, label = start, start
    end_of_name = min(end, start + _DOMAIN_BYTES)
    while i < end_of_name and (_is_word(data[i]) or data[i] == 0x2D or data[i] == 0x2E):
        if data[i] == 0x2E:
            if i == label or i + 1 >= end or not _is_word(data[i + 1]):
                break
            label = i + 1
        i += 1
    flags, size = prefix(data, label, i, domains)
    if label == start or flags == 0 or size != i - label or (i < end and (data[i] == 0x40 or data[i] == 0x5F)):
        return start
    if i < end and (data[i] == 0x2F or (data[i] == 0x3A and i + 1 < end and 0x30 <= data[i + 1] <= 0x39) or data[i] == 0x3F):
        return _url_end(data, start, end)
    return i


@njit(cache=True, nogil=True)
def _is_www(data, i):  # type: ignore[no-untyped-def]
    """Whether `www` ends before data[i]."""
    return lower(data[i - 1]) == 0x77 and lower(data[i - 2]) == 0x77 and lower(data[i - 3]) == 0x77


@njit(cache=True, nogil=True)
def _goes_on(byte):  # type: ignore[no-untyped-def]
    """Whether a name, path or address goes on after this byte."""
    return _is_word(byte) or 0x2D <= byte <= 0x2F or byte == 0x40


@njit(cache=True, nogil=True)
def _url_at(data, first, i, end, bare, schemes, domains):  # type: ignore[no-untyped-def]
    """The URL that data[i], a colon or a dot, belongs to: (start, start of its host, end); end = start where there is none."""
    if data[i] == 0x3A:
        if i + 3 < end and data[i + 1] == 0x2F and data[i + 2] == 0x2F:
            size = _scheme(data, first, i, schemes)
            host = i + 3
            if size and _url_end(data, host, end) > host:
                return i - size, host, _url_end(data, host, end)
        return i, i, i
    if (
        i - first >= 3
        and i + 1 < end
        and lower(data[i - 1]) == 0x77
        and lower(data[i - 2]) == 0x77
        and lower(data[i - 3]) == 0x77
    ):
        start = i - 3
        open_before = start == first or not (
            _is_word(data[start - 1]) or 0x2D <= data[start - 1] <= 0x2F or data[start - 1] == 0x40
        )
        if open_before and _is_word(data[i + 1]):
            stop = _url_end(data, start, end)
            dots = 0
            for j in range(i + 1, stop):
                dots += data[j] == 0x2E
            if dots:
                return start, start, stop
    if bare:
        start = _bare_start(data, first, i)
        if start < i:
            return start, start, _bare_end(data, start, end, domains)
    return i, i, i


@njit(cache=True, nogil=True)
def _scheme(data, first, i, schemes):  # type: ignore[no-untyped-def]
    """Length of the longest scheme that ends before data[i]; 0 where there is none."""
    longest = 0
    for size in range(2, 6):
        if i - first >= size and suffix(data, i - size, i, schemes):
            longest = _exact(data, i, size, schemes, longest)
    return longest


@njit(cache=True, nogil=True)
def _exact(data, i, size, schemes, longest):  # type: ignore[no-untyped-def]
    """`size` where data[i - size:i] is a scheme as a whole, `longest` otherwise."""
    tail = lower(data[i - 1])
    for nth in range(schemes.first[tail], schemes.first[tail + 1]):
        if schemes.offsets[nth + 1] - schemes.offsets[nth] == size:
            j = 0
            while j < size and lower(data[i - 1 - j]) == schemes.bytes[schemes.offsets[nth] + j]:
                j += 1
            if j == size:
                return size
    return longest


@njit(cache=True, nogil=True)
def _link(data, i, end, schemes):  # type: ignore[no-untyped-def]
    """The Markdown link at data[i], a `[`: (end of its text, end of the link); (i, i) where there is none."""
    depth, stop = 0, min(end, i + _LINK_BYTES)
    close = i
    while close < stop:
        depth += data[close] == 0x5B
        if data[close] == 0x5D:
            depth -= 1
            if depth == 0:
                break
        close += 1
    if close + 2 >= stop or depth or data[close + 1] != 0x28:
        return i, i
    target = close + 2
    target += data[target] == 0x3C
    colon = target
    while colon < stop and colon - target < 8 and 0x61 <= lower(data[colon]) <= 0x7A:
        colon += 1
    if colon >= stop or (data[colon] != 0x3A and data[colon] != 0x2E):
        return i, i
    start, _, after = _url_at(data, target, colon, end, False, schemes, schemes)
    if start != target or after == start:
        return i, i
    while after < stop and data[after] != 0x29 and data[after] != 0x0A:  # a title in quotes
        after += 1
    return (close, after + 1) if after < stop and data[after] == 0x29 else (i, i)


@njit(cache=True, nogil=True)
def _next_sign(data, i, end):  # type: ignore[no-untyped-def]
    """The next colon, dot or opening bracket from data[i]; end where there is none."""
    while i + 8 <= end:
        here = load8(data, i)
        found = first_byte(equal(here, 0x3A) | equal(here, 0x2E) | equal(here, 0x5B))
        if found < 8:
            return i + found
        i += 8
    while i < end and data[i] != 0x3A and data[i] != 0x2E and data[i] != 0x5B:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _copy(data, start, end, out, at):  # type: ignore[no-untyped-def]
    """Copy data[start:end] to out[at:], which has eight bytes to spare; the place after it."""
    while start + 8 <= end:
        store8(out, at, load8(data, start))
        start += 8
        at += 8
    while start < end:
        out[at] = data[start]
        start += 1
        at += 1
    return at


@njit(cache=True, nogil=True)
def _write_domain(data, i, end, out, at):  # type: ignore[no-untyped-def]
    """Write the host of the URL data[i:end] without user, port and a first `www.`; the place after it."""
    stop = i
    while stop < end and not (data[stop] == 0x2F or data[stop] == 0x3F or data[stop] == 0x23):
        if data[stop] == 0x40:
            i = stop + 1
        stop += 1
    last = stop
    while last > i and 0x30 <= data[last - 1] <= 0x39:
        last -= 1
    if last > i and data[last - 1] == 0x3A:
        stop = last - 1
    if (
        stop - i > 4
        and data[i + 3] == 0x2E
        and lower(data[i]) == 0x77
        and lower(data[i + 1]) == 0x77
        and lower(data[i + 2]) == 0x77
    ):
        i += 4
    return _copy(data, i, stop, out, at)


@njit(cache=True, nogil=True)
def _holding(offsets, data, links, bare, schemes, domains, found):  # type: ignore[no-untyped-def]
    """Mark the rows that hold a URL."""
    for row in range(len(offsets) - 1):
        first, end = offsets[row], offsets[row + 1]
        i = _next_sign(data, first, end)
        while i < end and not found[row]:
            if data[i] == 0x5B:
                found[row] = links != LEAVE and _link(data, i, end, schemes)[1] > i
            else:
                start, _, stop = _url_at(data, first, i, end, bare, schemes, domains)
                found[row] = stop > start
            i = _next_sign(data, i + 1, end)


def holding(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], *, links: int, bare: bool) -> npt.NDArray[np.bool_]:
    """(rows,): whether a text holds a URL, as `replaced` finds them."""
    found = np.zeros(len(offsets) - 1, np.bool_)
    _holding(offsets, data, links, bare, _schemes(), _domains(), found)
    return found


@njit(cache=True, nogil=True)
def _marked(offsets, data, schemes, domains, marked):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        first, end = offsets[row], offsets[row + 1]
        i = _next_sign(data, first, end)
        while i < end:
            start, stop = i, i
            if data[i] != 0x5B:
                start, _, stop = _url_at(data, first, i, end, True, schemes, domains)
            if stop > start:
                marked[start:stop] = True
                first = stop
            i = _next_sign(data, max(i + 1, stop), end)


def mark_urls(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], marked: npt.NDArray[np.bool_]) -> None:
    """Set marked[i] for each byte of a URL, domains without scheme among them."""
    _marked(offsets, data, _schemes(), _domains(), marked)


@njit(cache=True, nogil=True)
def _replaced(offsets, data, replacement, links, keep_domain, bare, schemes, domains, out, out_offsets):  # type: ignore[no-untyped-def]
    """Fill `out`; the number of bytes written, more than it holds where it was too small."""
    at = 0
    for row in range(len(offsets) - 1):
        first, end = offsets[row], offsets[row + 1]
        copied = i = first
        while True:
            i = _next_sign(data, i, end)
            if i >= end:
                break
            if data[i] == 0x5B:
                close, stop = _link(data, i, end, schemes) if links != LEAVE else (i, i)
                if stop > i:
                    at = _copy(data, copied, i - (i > copied and data[i - 1] == 0x21), out, at)
                    if links == TEXT:
                        at = _copy(data, i + 1, close, out, at)
                    copied = i = stop
                else:
                    i += 1
                continue
            start, host, stop = _url_at(data, copied, i, end, bare, schemes, domains)
            if stop <= start:
                i += 1
                continue
            if at + start - copied + max(len(replacement), stop - start) + end - stop + 8 > len(out):
                return len(out) + 1
            bracketed = start > copied and stop < end and data[start - 1] == 0x3C and data[stop] == 0x3E
            at = _copy(data, copied, start - bracketed, out, at)
            if keep_domain:
                at = _write_domain(data, host, stop, out, at)
            else:
                for j in range(len(replacement)):
                    out[at + j] = replacement[j]
                at += len(replacement)
            copied = i = stop + bracketed
        at = _copy(data, copied, end, out, at)
        out_offsets[row + 1] = at
    return at


def replaced(
    offsets: npt.NDArray[np.int64],
    data: npt.NDArray[np.uint8],
    *,
    replacement: bytes,
    links: int,
    keep_domain: bool,
    bare: bool,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Texts with `replacement` (or the domain) in the place of every URL, as (offsets, bytes).

    links: LEAVE, TEXT or REMOVE for Markdown links. bare: domains without scheme and `www.` count too.
    """
    new = np.frombuffer(replacement, np.uint8)
    room = int(offsets[-1] - offsets[0])
    size = room + room // 8 + 4096
    while True:
        out, out_offsets = np.empty(size, np.uint8), np.zeros(len(offsets), np.int64)
        at = _replaced(offsets, data, new, links, keep_domain, bare, _schemes(), _domains(), out, out_offsets)
        if at <= len(out):
            return out_offsets, out[:at]
        size *= 2
