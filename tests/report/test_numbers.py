from __future__ import annotations

import pytest

from dprep.report.numbers import moment, number, share, size


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 9, "0 %"),
        (1, 0, "0 %"),
        (1, 100_000, "< 0.1 %"),
        (1, 3, "33.3 %"),
        (3, 3, "100.0 %"),
        (99_999, 100_000, "> 99.9 %"),
        (9_994, 10_000, "99.9 %"),
    ],
)
def test_shares_never_read_as_nothing_or_as_all(part: int, whole: int, words: str) -> None:
    assert share(part, whole) == words


@pytest.mark.parametrize(
    ("bytes", "words"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 * 2**30, "5.0 GiB"), (2**42, "4.0 TiB")]
)
def test_sizes_are_read_by_people(bytes: int, words: str) -> None:
    assert size(bytes) == words


@pytest.mark.parametrize(("value", "words"), [(0, "0"), (12_345, "12,345"), (0.12345, "0.123"), (1.2e9, "1.2e+09"), (-5, "-5")])
def test_numbers_have_few_digits(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02 03:04 UTC"),
        ("2026-01-02T03:04:05.678+00:00", "2026-01-02 03:04 UTC"),
        ("yesterday", "yesterday"),
    ],
)
def test_moments_lose_their_seconds(time: str, words: str) -> None:
    assert moment(time) == words
