"""Tables of phrases that a line may start with, end with or hold, matched over UTF-8 bytes without regard to ASCII case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit


class Phrases(NamedTuple):
    """Phrase i is bytes[offsets[i]:offsets[i + 1]], in lower case, and stands for flags[i].

    Phrases first[b]:first[b + 1] share their first byte b.
    """

    first: npt.NDArray[np.int64]  # (257,)
    offsets: npt.NDArray[np.int64]  # (phrases + 1,)
    bytes: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.int64]  # (phrases,)


def table(flags: Mapping[str, int], *, backwards: bool = False) -> Phrases:
    """The phrases of `flags`, found by their first byte, or with `backwards` by their last."""
    merged: dict[bytes, int] = {}
    for phrase, flag in flags.items():
        spelled = _ascii_lower(phrase.encode())
        key = spelled[::-1] if backwards else spelled
        merged[key] = merged.get(key, 0) | flag
    ordered = sorted(merged)
    first = np.searchsorted([phrase[0] for phrase in ordered], np.arange(257)).astype(np.int64)
    offsets = np.cumsum([0, *map(len, ordered)]).astype(np.int64)
    return Phrases(
        first, offsets, np.frombuffer(b"".join(ordered), np.uint8).copy(), np.array([merged[p] for p in ordered], np.int64)
    )


def _ascii_lower(spelled: bytes) -> bytes:
    """Other letters keep their case: kernels compare bytes."""
    return spelled.lower()


@njit(cache=True, nogil=True)
def lower(byte):  # type: ignore[no-untyped-def]
    """ASCII lower case."""
    return byte + 32 if 0x41 <= byte <= 0x5A else byte


@njit(cache=True, nogil=True)
def prefix(data, start, stop, phrases):  # type: ignore[no-untyped-def]
    """What data[start:stop] starts with: (flags of all phrases, length of the longest)."""
    flags, longest = 0, 0
    if start >= stop:
        return flags, longest
    head = lower(data[start])
    for nth in range(phrases.first[head], phrases.first[head + 1]):
        size = phrases.offsets[nth + 1] - phrases.offsets[nth]
        if size > stop - start:
            continue
        j = 1
        while j < size and lower(data[start + j]) == phrases.bytes[phrases.offsets[nth] + j]:
            j += 1
        if j == size:
            flags |= phrases.flags[nth]
            longest = max(longest, size)
    return flags, longest


@njit(cache=True, nogil=True)
def suffix(data, start, stop, phrases):  # type: ignore[no-untyped-def]
    """Flags of all phrases of a backwards table that data[start:stop] ends with."""
    flags = 0
    if start >= stop:
        return flags
    tail = lower(data[stop - 1])
    for nth in range(phrases.first[tail], phrases.first[tail + 1]):
        size = phrases.offsets[nth + 1] - phrases.offsets[nth]
        if size > stop - start:
            continue
        j = 1
        while j < size and lower(data[stop - 1 - j]) == phrases.bytes[phrases.offsets[nth] + j]:
            j += 1
        if j == size:
            flags |= phrases.flags[nth]
    return flags


@njit(cache=True, nogil=True)
def flags_within(data, start, stop, phrases):  # type: ignore[no-untyped-def]
    """Flags of all phrases that stand anywhere in data[start:stop]."""
    found = 0
    for i in range(start, stop):
        flags, _ = prefix(data, i, stop, phrases)
        found |= flags
    return found


@njit(cache=True, nogil=True)
def holds(data, start, stop, phrases):  # type: ignore[no-untyped-def]
    """Whether any phrase stands anywhere in data[start:stop]."""
    return flags_within(data, start, stop, phrases) != 0
