"""The two ends of an e-mail address around its `@`.

Source: RFC 5321 section 4.5.3.1 (64 octets before the `@`, 255 after it), RFC 2606 and RFC 6761 (example.com, .test …), RFC
6762 (.local); units of systemd and picture names (`getty@tty1.service`, `icon@2x.png`) are no addresses.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

_NO_ONES = (
    "example invalid localhost test local localdomain internal domain host lan home corp onion tld where "
    "service socket timer mount automount target slice scope device swap conf "
    "png jpg jpeg gif svg webp css html htm php txt json yaml yml xml toml exe dll"
)
_MOST_LOCAL, _MOST_DOMAIN = 128, 255
"""Twice the standard's length before the `@`: bounce addresses of mailing lists do not keep to it."""


def _packed(word: str) -> int:
    """The first eight letters as a number."""
    value = 0
    for letter in word[:8]:
        value = value << 8 | ord(letter)
    return value


NO_ONES: npt.NDArray[np.uint64] = np.array(sorted({_packed(word) for word in _NO_ONES.split()}), np.uint64)
EXAMPLE = np.uint64(_packed("example"))
COM, NET, ORG = (np.uint64(_packed(word)) for word in ("com", "net", "org"))


@njit(cache=True, nogil=True)
def _is_letter(byte):  # type: ignore[no-untyped-def]
    return 97 <= byte | 32 <= 122


@njit(cache=True, nogil=True)
def _is_alnum(byte):  # type: ignore[no-untyped-def]
    return 48 <= byte <= 57 or _is_letter(byte)


@njit(cache=True, nogil=True)
def _is_local(byte):  # type: ignore[no-untyped-def]
    """Letters, digits and . _ % + - $ ~ # ! before the `@`; quotes, slashes and = end it."""
    return _is_alnum(byte) or byte in (46, 95, 37, 43, 45, 36, 126, 35, 33)


@njit(cache=True, nogil=True)
def _in_url(data, begin, start):  # type: ignore[no-untyped-def]
    """Whether what stands before `start` is the beginning of a URL: user@host in it is no mailbox."""
    i = start
    while i > begin and start - i < 64:
        byte = data[i - 1]
        if byte == 47:
            return i - begin > 2 and data[i - 2] == 47 and data[i - 3] == 58
        if byte <= 32 or byte in (34, 39, 40, 44, 60, 62, 63, 91, 93, 96):
            return False
        i -= 1
    return False


@njit(cache=True, nogil=True)
def mail_start(data, begin, at):  # type: ignore[no-untyped-def]
    """Where the address with its `@` at `at` starts; `at` itself where nothing before it can be a mailbox."""
    start = at
    while start > begin and at - start <= _MOST_LOCAL and _is_local(data[start - 1]):
        start -= 1
    if at - start > _MOST_LOCAL:
        return at
    while start < at and not (_is_alnum(data[start]) or data[start] == 95):
        start += 1
    if start == at or data[at - 1] == 46 or _in_url(data, begin, start):
        return at
    if at - start == 3 and data[start] == 103 and data[start + 1] == 105 and data[start + 2] == 116:
        return at  # git@host: a repository, no mailbox
    return start


@njit(cache=True, nogil=True)
def _code(data, start, end):  # type: ignore[no-untyped-def]
    value = np.uint64(0)
    for i in range(start, min(end, start + 8)):
        value = value << np.uint64(8) | np.uint64(data[i] | 32)
    return value


@njit(cache=True, nogil=True)
def _is_ones(data, label, dot, end):  # type: ignore[no-untyped-def]
    """Whether a domain that ends with the labels label:dot and dot + 1:end can be somebody's."""
    top = _code(data, dot + 1, end)
    for name in NO_ONES:
        if name == top:
            return False
    reserved = top in (COM, NET, ORG)
    return not (reserved and dot - label == 7 and _code(data, label, dot) == EXAMPLE)


@njit(cache=True, nogil=True)
def mail_end(data, start, at, after, end):  # type: ignore[no-untyped-def]
    """Where the address ends whose domain starts at `after`, or 0 where it is none."""
    if start == at:
        return 0
    label, dot, before = after, -1, after  # the start of this label, the last dot with a label after it, the label before
    best, best_label, best_dot = 0, 0, 0
    i = after
    while i <= end and i - after <= _MOST_DOMAIN:
        byte = data[i] if i < end else np.uint8(0)
        if i < end and (_is_alnum(byte) or byte == 45):
            i += 1
            continue
        if i == label or data[label] == 45:
            break
        if dot >= 0:
            best, best_label, best_dot = i, before, dot
        if byte != 46:
            break
        before, dot, label = label, i, i + 1
        i += 1
    while best and data[best - 1] == 45:
        best -= 1
    if not best or best - best_dot < 3:
        return 0
    punycode = _code(data, best_dot + 1, best_dot + 5) == np.uint64(0x786E2D2D)
    for k in range(best_dot + 1, best):
        if not (_is_letter(data[k]) or punycode):
            return 0
    return best if _is_ones(data, best_label, best_dot, best) else 0
