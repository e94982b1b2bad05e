"""Mentions, hashtags and marks of reposts in short messages, over Arrow buffers."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.eight import equal, first_byte, load8
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width
from dprep.kernels.words import DIGIT, LETTER, MARK, SINGLE, word_classes

KEEP, WORD, REMOVE = range(3)
"""What becomes of a hashtag."""

_OTHER, _LATIN, _HAN = range(3)
_NAME, _HAN_NAME, _TOPIC = 50, 15, 140


@cache
def _letters() -> npt.NDArray[np.uint8]:
    """Of every code point under 0x20000: whether names and tags hold it, and whether it is written without blanks."""
    classes = word_classes()
    letters = np.where(np.isin(classes, [LETTER, DIGIT, MARK]), _LATIN, _OTHER).astype(np.uint8)
    letters[classes == SINGLE] = _HAN
    letters[0x5F] = _LATIN
    return letters


@njit(cache=True, nogil=True)
def _letter(point, letters):  # type: ignore[no-untyped-def]
    if point < len(letters):
        return letters[point]
    return _HAN if point < 0x40000 else _OTHER


@njit(cache=True, nogil=True)
def _sign(data, i, end):  # type: ignore[no-untyped-def]
    """`@` or `#` for the sign at data[i], also for the full-width one; 0 for anything else. Second: its width."""
    byte = data[i]
    if byte == 0x40 or byte == 0x23:
        return int(byte), 1
    if byte == 0xEF and i + 2 < end and data[i + 1] == 0xBC:
        if data[i + 2] == 0xA0:
            return 0x40, 3
        if data[i + 2] == 0x83:
            return 0x23, 3
    return 0, 1


@njit(cache=True, nogil=True)
def _name(data, i, end, letters):  # type: ignore[no-untyped-def]
    """The run of letters, digits, `_` and inner `-` from data[i]: (end, characters, whether han is among them)."""
    size, han = 0, False
    while i < end and size <= _NAME:
        point = code_point(data, i)
        kind = _letter(point, letters)
        if kind == _OTHER:
            inner = point == 0x2D and size > 0 and i + 1 < end and _letter(code_point(data, i + 1), letters) != _OTHER
            if not inner:
                break
        han |= kind == _HAN
        size += 1
        i += width(data[i])
    return i, size, han


@njit(cache=True, nogil=True)
def _follows_word(data, first, i):  # type: ignore[no-untyped-def]
    """Whether data[i] follows an ASCII letter, digit or `_`: an address, `C#`, part of a URL."""
    if i == first:
        return False
    byte = data[i - 1]
    return 0x61 <= (byte | 0x20) <= 0x7A or 0x30 <= byte <= 0x39 or byte == 0x5F


@njit(cache=True, nogil=True)
def _mention(data, first, i, size, end, letters):  # type: ignore[no-untyped-def]
    """The end of the mention whose sign is at data[i]; the end of its sign where its name has no sure end; i: no mention.

    Names with han end where `_ends_name` says; otherwise nobody can tell where the sentence goes on.
    """
    if _follows_word(data, first, i):
        return i
    if i > first and data[i - 1] == 0x2F and not _is_repost(data, first, i):
        return i
    stop, letters_in_it, han = _name(data, i + size, end, letters)
    if letters_in_it == 0 or letters_in_it > _NAME:
        return i
    if not han:
        return _with_server(data, stop, end)
    if not _ends_name(data, stop, end):
        return i + size
    if not _is_repost(data, first, i) and _is_said(data, i + size, stop, end):
        stop, letters_in_it = stop - 3, letters_in_it - 1
    return stop if letters_in_it <= _HAN_NAME else i + size


@njit(cache=True, nogil=True)
def _ends_name(data, i, end):  # type: ignore[no-untyped-def]
    """Whether a name with han surely ends before data[i]: a blank, a colon, a slash, an enumeration, a bracket, a quote."""
    if i >= end or data[i] <= 0x20:
        return True
    point = code_point(data, i)
    if point < 0x80:
        return point in (0x22, 0x27, 0x28, 0x29, 0x2F, 0x3A, 0x3C, 0x3E, 0x40, 0x5B, 0x5D, 0x7B, 0x7C, 0x7D)
    if 0x3000 <= point <= 0x301F:
        return point in (0x3000, 0x3001) or 0x3008 <= point <= 0x3011 or point >= 0x3014
    return 0x2018 <= point <= 0x201F or point in (0xFF08, 0xFF09, 0xFF0F, 0xFF1A, 0xFF20, 0xFF3B, 0xFF3D, 0xFF5B, 0xFF5D)


@njit(cache=True, nogil=True)
def _is_said(data, start, stop, end):  # type: ignore[no-untyped-def]
    """Whether data[start:stop] is a name and the verb of `@name说：`; 小说 is a word."""
    if stop - start <= 3 or stop >= end or code_point(data, stop) not in (0x3A, 0xFF1A):
        return False
    if code_point(data, stop - 3) not in (0x8BF4, 0x8AAA):  # 说 說
        return False
    return stop - start < 6 or code_point(data, stop - 6) != 0x5C0F  # 小


@njit(cache=True, nogil=True)
def _with_server(data, stop, end):  # type: ignore[no-untyped-def]
    """The end of `@server.example` after a name (Mastodon), or `stop`."""
    if stop >= end or data[stop] != 0x40:
        return stop
    i, dot = stop + 1, 0
    while i < end and (0x61 <= (data[i] | 0x20) <= 0x7A or 0x30 <= data[i] <= 0x39 or data[i] == 0x2D or data[i] == 0x2E):
        if data[i] == 0x2E:
            if i + 1 >= end or not 0x61 <= (data[i + 1] | 0x20) <= 0x7A:
                break
            dot = i
        i += 1
    return i if dot else stop


@njit(cache=True, nogil=True)
def _is_repost(data, first, i):  # type: ignore[no-untyped-def]
    """Whether `//` before data[i] is Weibo's sign of a repost, not part of a URL."""
    return i - first >= 2 and data[i - 1] == 0x2F and data[i - 2] == 0x2F and not (i - first >= 3 and data[i - 3] == 0x3A)


@njit(cache=True, nogil=True)
def _repost_start(data, first, i):  # type: ignore[no-untyped-def]
    """Where the mark of a repost starts that ends before the sign at data[i]: `RT ` or `//`; i where there is none."""
    if _is_repost(data, first, i):
        return i - 2
    j = i
    while j > first and data[j - 1] == 0x20:
        j -= 1
    if j == i or j - first < 2 or data[j - 1] != 0x54 or data[j - 2] != 0x52:
        return i
    apart = j - 2 == first or data[j - 3] <= 0x20 or data[j - 3] >= 0x80 or data[j - 3] == 0x22
    return j - 2 if apart else i


@njit(cache=True, nogil=True)
def _after_repost(data, i, end):  # type: ignore[no-untyped-def]
    """The place after the colon and the blanks that follow a reposted name."""
    if i < end and data[i] == 0x3A:
        i += 1
    elif i + 2 < end and data[i] == 0xEF and data[i + 1] == 0xBC and data[i + 2] == 0x9A:
        i += 3
    while i < end and data[i] == 0x20:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _topic(data, i, end, letters):  # type: ignore[no-untyped-def]
    """Weibo's `#topic#` whose words start at data[i]: (end of the words, end of the topic), or (i, i)."""
    start, size, han = i, 0, False
    if i >= end or data[i] <= 0x20:
        return start, start
    while i < end and size <= _TOPIC and data[i] != 0x0A:
        sign, long = _sign(data, i, end)
        if sign == 0x23:
            return (i, i + long) if han and data[i - 1] > 0x20 else (start, start)
        if sign == 0x40:
            break
        han |= _letter(code_point(data, i), letters) == _HAN
        size += 1
        i += width(data[i])
    return start, start


@njit(cache=True, nogil=True)
def _tag(data, first, i, size, end, letters):  # type: ignore[no-untyped-def]
    """The hashtag whose sign is at data[i]: (end of its words, its end), or (i, i) where there is none."""
    if _follows_word(data, first, i) or (i > first and (data[i - 1] == 0x26 or data[i - 1] == 0x2F)):
        return i, i
    words, stop = _topic(data, i + size, end, letters)
    if stop > i + size:
        return words, stop
    stop, long, _ = _tag_words(data, i + size, end, letters)
    digits, hexadecimal, same = 0, 0, 0
    for j in range(i + size, stop):
        digits += 0x30 <= data[j] <= 0x39
        hexadecimal += 0x30 <= data[j] <= 0x39 or 0x61 <= (data[j] | 0x20) <= 0x66
        same += data[j] == data[i + size]
    ascii_only = long == stop - i - size
    colour = (
        ascii_only
        and hexadecimal == long
        and (long == 3 or long == 4 or long == 6 or long == 8)
        and (digits > 0 or same == long)
    )
    if long == 0 or digits == stop - i - size or colour:
        return i, i
    return stop, stop


@njit(cache=True, nogil=True)
def _tag_words(data, i, end, letters):  # type: ignore[no-untyped-def]
    """The run of letters and digits from data[i]: (end, characters, whether any)."""
    size = 0
    while i < end and _letter(code_point(data, i), letters) != _OTHER:
        size += 1
        i += width(data[i])
    return i, size, size > 0


@njit(cache=True, nogil=True)
def _next_sign(data, i, end):  # type: ignore[no-untyped-def]
    """The next byte from data[i] that may start a sign; end where there is none."""
    while i + 8 <= end:
        here = load8(data, i)
        found = first_byte(equal(here, 0x40) | equal(here, 0x23) | equal(here, 0xEF))
        if found == 8:
            i += 8
            continue
        i += found
        if _sign(data, i, end)[0]:
            return i
        i += 1
    while i < end and not _sign(data, i, end)[0]:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _copy(data, start, end, out, at):  # type: ignore[no-untyped-def]
    for i in range(start, end):
        out[at] = data[i]
        at += 1
    return at


@njit(cache=True, nogil=True)
def _edit(data, first, end, replacement, users, tags, reposts, letters, out, at):  # type: ignore[no-untyped-def]
    """Write one text; the place after it."""
    copied = i = first
    while True:
        i = _next_sign(data, i, end)
        if i >= end:
            return _copy(data, copied, end, out, at)
        sign, size = _sign(data, i, end)
        start, stop, words = i, i, i
        if sign == 0x40:
            stop = _mention(data, copied, i, size, end, letters)
            mark = _repost_start(data, copied, i) if reposts and stop > i else i
            if mark < i:
                start = mark
                stop = _after_repost(data, stop, end) if stop > i + size else stop
            elif not users:
                stop = i
        elif tags != KEEP:
            words, stop = _tag(data, copied, i, size, end, letters)
        if stop == start:
            i += size
            continue
        at = _copy(data, copied, start, out, at)
        if sign == 0x23 and tags == WORD:
            at = _copy(data, i + size, words, out, at)
        elif sign == 0x40 and start == i and stop > i + size:
            at = _copy(replacement, 0, len(replacement), out, at)
        copied = i = stop


@njit(cache=True, nogil=True)
def _edited(offsets, data, replacement, users, tags, reposts, letters, out, out_offsets):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(offsets) - 1):
        at = _edit(data, offsets[row], offsets[row + 1], replacement, users, tags, reposts, letters, out, at)
        out_offsets[row + 1] = at


def holding(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """(rows,): whether a text holds a sign of a mention or a hashtag."""
    found = np.zeros(len(offsets) - 1, np.bool_)
    _holding(offsets, data, found)
    return found


@njit(cache=True, nogil=True)
def _holding(offsets, data, found):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        found[row] = _next_sign(data, offsets[row], offsets[row + 1]) < offsets[row + 1]


def edited(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], *, replacement: bytes, users: bool, tags: int, reposts: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Texts without mentions, hashtags and marks of reposts, as (offsets, bytes). tags: KEEP, WORD or REMOVE."""
    signs = int((data == 0x40).sum() + (data == 0xEF).sum()) if replacement else 0
    out = np.empty(int(offsets[-1] - offsets[0]) + signs * len(replacement), np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    _edited(offsets, data, np.frombuffer(replacement, np.uint8), users, tags, reposts, _letters(), out, out_offsets)
    return out_offsets, out[: out_offsets[-1]]
