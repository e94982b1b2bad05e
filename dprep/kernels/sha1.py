"""The first eight bytes of SHA-1 hashes of short stretches of bytes (FIPS 180-4), without an object per hash.

Not for secrets: other tools name shingles by it, and theirs must come out the same.
"""

from __future__ import annotations

import numpy as np

from dprep.kernels.jit import njit

_K1, _K2, _K3, _K4 = np.uint32(0x5A827999), np.uint32(0x6ED9EBA1), np.uint32(0x8F1BBCDC), np.uint32(0xCA62C1D6)
_START = np.array([0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0], np.uint32)


@njit(cache=True, nogil=True, inline="always")
def _turned(x, by):  # type: ignore[no-untyped-def]
    """`x`, 32 bits, rotated left; in a form that LLVM makes one instruction of."""
    return np.uint32(np.uint32(x << np.uint32(by)) | (x >> np.uint32(32 - by)))


@njit(cache=True, nogil=True, inline="always")
def _swapped(x):  # type: ignore[no-untyped-def]
    """`x` with its four bytes in the other order."""
    high = ((x & np.uint64(0xFF)) << np.uint64(24)) | ((x & np.uint64(0xFF00)) << np.uint64(8))
    return high | ((x >> np.uint64(8)) & np.uint64(0xFF00)) | (x >> np.uint64(24))


@njit(cache=True, nogil=True)
def _load(data, at, end, total, words):  # type: ignore[no-untyped-def]
    """Write the block of 64 bytes from `at` on, padded behind `end`, as 16 big-endian words, and the 64 made of them."""
    for k in range(16):
        word = np.uint32(0)
        for place in range(at + 4 * k, at + 4 * k + 4):
            byte = np.uint32(data[place]) if place < end else np.uint32(0x80) if place == end else np.uint32(0)
            word = np.uint32((word << np.uint32(8)) | byte)
        words[k] = word
    if end - at < 56:  # the last block: how long the whole is, in bits
        words[14] = np.uint32(np.uint64(total) >> np.uint64(29))
        words[15] = np.uint32(np.uint64(total) << np.uint64(3))
    for k in range(16, 80):
        words[k] = _turned(np.uint32(words[k - 3] ^ words[k - 8] ^ words[k - 14] ^ words[k - 16]), 1)


@njit(cache=True, nogil=True)
def _rounds(words, state):  # type: ignore[no-untyped-def]
    a, b, c, d, e = state[0], state[1], state[2], state[3], state[4]
    for k in range(20):
        new = np.uint32(_turned(a, 5) + (d ^ (b & (c ^ d))) + e + _K1 + words[k])
        a, b, c, d, e = new, a, _turned(b, 30), c, d
    for k in range(20, 40):
        new = np.uint32(_turned(a, 5) + (b ^ c ^ d) + e + _K2 + words[k])
        a, b, c, d, e = new, a, _turned(b, 30), c, d
    for k in range(40, 60):
        new = np.uint32(_turned(a, 5) + ((b & c) | (d & (b | c))) + e + _K3 + words[k])
        a, b, c, d, e = new, a, _turned(b, 30), c, d
    for k in range(60, 80):
        new = np.uint32(_turned(a, 5) + (b ^ c ^ d) + e + _K4 + words[k])
        a, b, c, d, e = new, a, _turned(b, 30), c, d
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e


@njit(cache=True, nogil=True)
def sha1_head(data, start, end, words, state):  # type: ignore[no-untyped-def]
    """The first eight bytes of the hash of data[start:end], little end first; words (80,) and state (5,) u32 are scratch."""
    state[:] = _START
    at = start
    while True:
        _load(data, at, end, end - start, words)
        _rounds(words, state)
        if end - at < 56:
            break
        at += 64
    return _swapped(np.uint64(state[0])) | (_swapped(np.uint64(state[1])) << np.uint64(32))
