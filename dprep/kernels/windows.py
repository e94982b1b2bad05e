"""Runs of `length` bytes or words that may stand twice, found without comparing each with each.

Winnowing (Schleimer, Wilkerson, Aiken 2003): of the k-grams in a window of `length` tokens, k = 2/3 of `length`, the one with
the smallest hash is its anchor. Equal windows have equal anchors, and neighbours mostly share theirs, so there are few. Only
windows whose anchor was met twice are hashed whole: 122 bits, two polynomials modulo 2^61 - 1.

bytes   a token is a byte of UTF-8
words   a token is a word as `kernels.shingles` has it: letters and digits, folded; a han or kana character is a word
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.shingles import fold_table
from dprep.kernels.utf8 import code_point, width

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

PIECE = 1 << 16
"""Windows of a text that are gone through at once."""
AT_ONCE = 1 << 18
"""Sites, or anchors, that are given at once."""
_TABLE_END = 0x20000
_SINGLE = 1 << 30  # of the fold table: a word of its own
_P = np.uint64(2**61 - 1)
_B1, _B2 = np.uint64(0x0B9C2D8E4A7F6135), np.uint64(0x13E7A5B94C602D8F)
_POWER = np.uint64(0x9FB21C651E98DF25)
_LOW31, _LOW30 = np.uint64(2**31 - 1), np.uint64(2**30 - 1)


@njit(cache=True, nogil=True, inline="always")
def _reduced(x):  # type: ignore[no-untyped-def]
    """`x` modulo 2^61 - 1."""
    x = (x & _P) + (x >> np.uint64(61))
    return x - _P if x >= _P else x


@njit(cache=True, nogil=True, inline="always")
def _times(a, b):  # type: ignore[no-untyped-def]
    """a * b modulo 2^61 - 1, for a and b below that."""
    au, ad, bu, bd = a >> np.uint64(31), a & _LOW31, b >> np.uint64(31), b & _LOW31
    middle = ad * bu + au * bd
    return _reduced(au * bu * np.uint64(2) + (middle >> np.uint64(30)) + ((middle & _LOW30) << np.uint64(31)) + ad * bd)


@njit(cache=True, nogil=True)
def _power(base, exponent):  # type: ignore[no-untyped-def]
    found = np.uint64(1)
    for _ in range(exponent):
        found = _times(found, base)
    return found


@njit(cache=True, nogil=True)
def word_tokens(data, at, end, table, values, starts, ends):  # type: ignore[no-untyped-def]
    """Write words of data[at:end] until there is room for no more; how many, and where the next would start."""
    found = 0
    inside = False
    open_one = False  # marks that are passed over belong to the word before them
    running = np.uint64(0)
    i = at
    while i < end:
        lead = data[i]
        point = code_point(data, i)
        token = np.int64(table[point]) if point < _TABLE_END else np.int64(point | _SINGLE)
        size = width(lead)
        if token == 1:
            i += size
            if open_one:
                ends[found - (0 if inside else 1)] = i
            continue
        if inside and (token == 0 or token >= _SINGLE):
            values[found] = running
            found += 1
            inside = False
        if token == 0:
            open_one = False
            i += size
            continue
        if not inside and found == len(values):
            return found, i
        if not inside:
            starts[found] = i
        i += size
        ends[found] = i
        open_one = True
        if token >= _SINGLE:
            values[found] = np.uint64(token) * _POWER
            found += 1
            continue
        running = (running if inside else np.uint64(0)) + np.uint64(token)
        running *= _POWER
        running ^= running >> np.uint64(29)
        inside = True
    if inside:
        values[found] = running
        found += 1
    return found, end


@njit(cache=True, nogil=True)
def _tokens(data, at, end, table, words, values, starts, ends):  # type: ignore[no-untyped-def]
    """As `word_tokens`, or bytes."""
    if words:
        return word_tokens(data, at, end, table, values, starts, ends)
    count = min(len(values), end - at)
    for i in range(count):
        values[i] = np.uint64(data[at + i]) + np.uint64(1)
        starts[i] = at + i
    return count, at + count


@njit(cache=True, nogil=True)
def _grams(values, count, k, grams):  # type: ignore[no-untyped-def]
    """A hash per run of k values: for choosing anchors, not for telling them apart for sure."""
    highest, running = np.uint64(1), np.uint64(0)
    for i in range(k):
        running = running * _POWER + values[i]
        highest *= _POWER if i else np.uint64(1)
    for i in range(count - k + 1):
        x = running ^ (running >> np.uint64(32))
        x *= np.uint64(0xD6E8FEB86659FD93)
        grams[i] = x ^ (x >> np.uint64(32))
        if i + k < count:
            running = (running - values[i] * highest) * _POWER + values[i + k]


@njit(cache=True, nogil=True)
def _minima(grams, windows, reach, chosen):  # type: ignore[no-untyped-def]
    """Of each window of `reach` k-grams the place of the smallest, of equal ones the last."""
    best = -1
    for i in range(windows):
        new = i + reach - 1
        if best < i:
            best = i
            for j in range(i + 1, new + 1):
                if grams[j] <= grams[best]:
                    best = j
        elif grams[new] <= grams[best]:
            best = new
        chosen[i] = best


@njit(cache=True, nogil=True)
def _piece(offsets, data, table, words, length, k, row, at, values, starts, ends, grams, chosen):  # type: ignore[no-untyped-def]
    """Tokens from data[at] on and the anchor of each window of them; how many windows and tokens."""
    count, _ = _tokens(data, at, offsets[row + 1], table, words, values, starts, ends)
    windows = max(count - length + 1, 0)
    if windows:
        _grams(values, count, k, grams)
        _minima(grams, windows, length - k + 1, chosen)
    return windows, count


@njit(cache=True, nogil=True)
def _next(offsets, row, count, windows, values, starts):  # type: ignore[no-untyped-def]
    """The row and byte that the next piece starts at, and the tokens passed until there."""
    if count == len(values):
        return row, starts[windows], windows
    row += 1
    return row, offsets[min(row, len(offsets) - 1)], count


@njit(cache=True, nogil=True)
def _anchors(offsets, data, table, words, length, k, row, at, values, starts, ends, grams, chosen, out):  # type: ignore[no-untyped-def]
    found = 0
    while row < len(offsets) - 1 and len(out) - found >= len(values):
        windows, count = _piece(offsets, data, table, words, length, k, row, at, values, starts, ends, grams, chosen)
        last, last_hash, times = -1, np.uint64(0), 0
        for i in range(windows):
            if chosen[i] == last:
                continue
            last = chosen[i]
            # in "aaaa" every window has another anchor of the same hash: two of them say that it was met twice
            times = times + 1 if times and grams[last] == last_hash else 1
            last_hash = grams[last]
            if times <= 2:
                out[found] = mixed(last_hash)
                found += 1
        row, at, _ = _next(offsets, row, count, windows, values, starts)
    return found, row, at


@njit(cache=True, nogil=True)
def _window_keys(values, count, length, highest1, highest2, wanted, first, place, row, places, rows, keys):  # type: ignore[no-untyped-def]
    """Write place, text and key of the wanted windows of values[:count]."""
    h1 = h2 = np.uint64(0)
    found = first
    for i in range(count):
        value = _reduced(values[i])
        if i >= length:
            out = _reduced(values[i - length])
            h1 = _reduced(h1 + _P - _times(out, highest1))
            h2 = _reduced(h2 + _P - _times(out, highest2))
        h1 = _reduced(_times(h1, _B1) + value)
        h2 = _reduced(_times(h2, _B2) + value)
        window = i - length + 1
        if window >= 0 and wanted[window]:
            places[found] = place + window
            rows[found] = row
            keys[found, 0] = mixed(h1)
            keys[found, 1] = mixed(h2)
            found += 1
    return found


@njit(cache=True, nogil=True)
def _sites(offsets, data, table, words, length, k, row, at, seen, screen, scratch, highest, wanted, places, rows, keys):  # type: ignore[no-untyped-def]
    values, starts, ends, grams, chosen = scratch
    shift = np.uint64(64)
    bits = len(screen) * 64
    while bits > 1:
        bits >>= 1
        shift -= np.uint64(1)
    found = 0
    while row < len(offsets) - 1 and len(places) - found >= len(values):
        windows, count = _piece(offsets, data, table, words, length, k, row, at, values, starts, ends, grams, chosen)
        last, met, any_met = -1, False, False
        for i in range(windows):
            if chosen[i] != last:
                last = chosen[i]
                bit = mixed(grams[last]) >> shift
                met = (screen[bit >> np.uint64(6)] >> (bit & np.uint64(63))) & np.uint64(1) != 0
                any_met |= met
            wanted[i] = met
        if any_met:
            found = _window_keys(values, count, length, highest[0], highest[1], wanted, found, seen, row, places, rows, keys)
        row, at, passed = _next(offsets, row, count, windows, values, starts)
        seen += passed
    return found, row, at, seen


@njit(cache=True, nogil=True)
def _set_bits(screen, hashes, shift):  # type: ignore[no-untyped-def]
    for i in range(len(hashes)):
        bit = hashes[i] >> np.uint64(shift)
        screen[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))


def screen_of(hashes: U64) -> U64:
    """A bit set for each of `hashes`, 16 to 32 bits for one: others pass in one case of 16 or fewer."""
    bits = max(10, int(16 * max(1, len(hashes)) - 1).bit_length())
    screen = np.zeros((1 << bits) // 64, np.uint64)
    _set_bits(screen, hashes, 64 - bits)
    return screen


def anchor_length(length: int) -> int:
    """Tokens of an anchor: shorter ones are fewer, longer ones are met twice by chance less often."""
    return max(1, length * 2 // 3)


def _scratch(length: int) -> tuple[U64, Places, Places, U64, Places]:
    size = PIECE + length
    return (
        np.empty(size, np.uint64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.uint64),
        np.empty(size, np.int64),
    )


def anchors(buffers: Buffers, length: int, *, words: bool) -> Iterator[U64]:
    """Hashes of the anchors of every window of `length` bytes or words, up to 262,144 at a time."""
    offsets, data = buffers
    scratch = _scratch(length)
    out = np.empty(AT_ONCE + len(scratch[0]), np.uint64)
    row, at = 0, offsets[0]
    while row < len(offsets) - 1:
        found, row, at = _anchors(offsets, data, fold_table(), words, length, anchor_length(length), row, at, *scratch, out)
        yield out[:found].copy()


def window_sites(buffers: Buffers, length: int, screen: U64, *, words: bool) -> Iterator[tuple[Places, Places, U64, int]]:
    """Windows whose anchor is in `screen`: number of their first token in the block, text, key; tokens gone through so far."""
    offsets, data = buffers
    scratch = _scratch(length)
    room = AT_ONCE + len(scratch[0])
    places, rows, keys = np.empty(room, np.int64), np.empty(room, np.int64), np.empty((room, 2), np.uint64)
    wanted = np.empty(len(scratch[0]), np.bool_)
    highest = np.array([_power(_B1, length - 1), _power(_B2, length - 1)], np.uint64)
    row, at, seen = 0, offsets[0], 0
    while row < len(offsets) - 1:
        given = (offsets, data, fold_table(), words, length, anchor_length(length), row, at, seen, screen, scratch, highest)
        found, row, at, seen = _sites(*given, wanted, places, rows, keys)
        yield places[:found].copy(), rows[:found].copy(), keys[:found].copy(), int(seen)
