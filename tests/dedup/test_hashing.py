"""The hash is MurmurHash3_x64_128: its published numbers, and a slow twin of it in plain Python."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import buffers
from dprep.kernels.hashing import text_hashes

MASK = 2**64 - 1


def rotl(x: int, by: int) -> int:
    return (x << by | x >> (64 - by)) & MASK


def fmix(x: int) -> int:
    x = (x ^ x >> 33) * 0xFF51AFD7ED558CCD & MASK
    x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return x ^ x >> 33


def murmur(data: bytes) -> tuple[int, int]:
    c1, c2, h1, h2 = 0x87C37B91114253D5, 0x4CF5AD432745937F, 0, 0
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        k1, k2 = (int.from_bytes(data[i : i + 8], "little") for i in (at, at + 8))
        h1 = ((rotl(h1 ^ rotl(k1 * c1 & MASK, 31) * c2 & MASK, 27) + h2) * 5 + 0x52DCE729) & MASK
        h2 = ((rotl(h2 ^ rotl(k2 * c2 & MASK, 33) * c1 & MASK, 31) + h1) * 5 + 0x38495AB5) & MASK
    tail = data[whole:]
    h2 ^= rotl(int.from_bytes(tail[8:], "little") * c2 & MASK, 33) * c1 & MASK
    h1 ^= rotl(int.from_bytes(tail[:8], "little") * c1 & MASK, 31) * c2 & MASK
    h1, h2 = h1 ^ len(data), h2 ^ len(data)
    h1 = h1 + h2 & MASK
    h2 = h2 + h1 & MASK
    h1, h2 = fmix(h1), fmix(h2)
    h1 = h1 + h2 & MASK
    return h1, h2 + h1 & MASK


def hashed(texts: list[str]) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in text_hashes(buffers(pl.Series(texts, dtype=pl.String)))]


def test_the_published_numbers_come_out() -> None:
    fox = "The quick brown fox jumps over the lazy dog"

    assert hashed(["", fox]) == [(0, 0), (0xE34BBC7BBC071B6C, 0x7A433CA9C49A9347)]


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=20))
def test_every_text_hashes_as_the_plain_python_twin_says(texts: list[str]) -> None:
    assert hashed(texts) == [murmur(t.encode()) for t in texts]


@pytest.mark.parametrize("length", range(34))
def test_every_tail_length_is_right(length: int) -> None:
    text = "abcdefghijklmnopqrstuvwxyz0123456789"[:length]

    assert hashed(["x", text, "y"])[1] == murmur(text.encode())


def test_a_slice_of_a_series_hashes_like_the_whole() -> None:
    series = pl.Series(["a", "longer than sixteen bytes", "", "b"])

    assert text_hashes(buffers(series[1:3])).tolist() == text_hashes(buffers(series)).tolist()[1:3]
