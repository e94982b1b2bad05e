from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.augment.noise import Noise
from tests.ops.strange import batches

SENTENCE = "Please send the refund for my broken kettle to the old address"
CHINESE = "我的包裹还没有到请尽快处理退款谢谢你们的帮助"


def luck(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def variants(text: str, n: int = 300, **parameters) -> list[str | None]:
    """`n` drawn variants of one text."""
    made = Noise(**parameters).variant(Text(pl.Series([text] * n)), luck(n), 1)
    assert made.dtype == pl.String
    return made.to_list()


def distance(a: str, b: str) -> int:
    """Levenshtein's, with neighbours swapped counted as one."""
    d = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            d[i][j] = min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1]:
                d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1)
    return d[-1][-1]


@pytest.mark.parametrize("text", [SENTENCE, CHINESE])
def test_every_variant_differs_and_stays_near(text):
    made = variants(text, n=100, rate=0.05)

    assert all(v is not None and v != text for v in made)
    assert all(distance(text, v) <= 12 for v in made)
    assert len(set(made)) > 50


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_the_rate_is_the_share_of_letters_touched(rate):
    letters = "abcdefghijklmnopqrstuvwxyz" * 20
    touched = [
        sum(a != b for a, b in zip(letters, v, strict=True)) / len(letters)
        for v in variants(letters, rate=rate, kinds=("keyboard",))
    ]

    assert np.mean(touched) == pytest.approx(rate, rel=0.1)


def test_swap_keeps_the_letters():
    assert all(sorted(v) == sorted(SENTENCE) for v in variants(SENTENCE, kinds=("swap",)))


def test_delete_only_takes_away():
    for v in variants(SENTENCE, kinds=("delete",)):
        rest = iter(SENTENCE)
        assert len(v) < len(SENTENCE)
        assert all(c in rest for c in v)


def test_insert_only_adds():
    for v in variants(CHINESE, kinds=("insert",)):
        rest = iter(v)
        assert len(v) > len(CHINESE)
        assert all(c in rest for c in CHINESE)


def test_keyboard_takes_neighbours_in_the_same_case():
    assert set(variants("aA", kinds=("keyboard",), rate=0.01)) >= {"qA", "sA", "aQ", "aS"}
    assert set(variants("g", kinds=("keyboard",))) == set("tyfhvb")


def test_look_alikes_of_both_scripts_are_used():
    assert set(variants("m", kinds=("ocr",))) == {"rn", "nn"}
    assert set(variants("未", kinds=("ocr",))) == {"末", "味"}


@pytest.mark.parametrize(
    "text",
    ["", " \n", "12345 ２", "👍🏽", "me@example.org https://a.b/c?d=e www.x.org AB-123 #tag @you {name} <b>", "é̂".lower()],
)
def test_where_nothing_can_be_changed_there_is_no_variant(text):
    assert set(variants(text, n=20, rate=1.0)) == {None}


@pytest.mark.parametrize(
    "kept",
    ["me@example.org", "https://a.b/c?d=e", "www.x.org", "AB-123", "#tag", "@you", "{name}", "3,000", "<br/>", "%s", "[NAME]"],
)
@pytest.mark.parametrize("around", ["word {} word", "中文{}中文"])
def test_addresses_numbers_and_placeholders_stay_whole(kept, around):
    assert all(kept in v for v in variants(around.replace("{}", kept), n=50, rate=0.5))


def test_letters_keep_their_marks():
    assert all("e\u0301" in v and "क्ष" in v for v in variants("xe\u0301x क्ष xx", n=50, rate=0.9))


@given(batches, st.floats(0.01, 1.0))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_a_different_text_or_none(rows, rate):
    made = Noise(rate=rate).variant(Text(pl.Series(rows, dtype=pl.String)), luck(len(rows)), 1)

    assert all(v is None or v != row for v, row in zip(made, rows, strict=True))
    assert len(made) == len(rows)


@given(batches)
@settings(max_examples=50, deadline=None)
def test_a_variant_depends_on_its_own_text_and_luck_only(rows):
    chance = luck(len(rows), seed=3)
    together = Noise(rate=0.3).variant(Text(pl.Series(rows, dtype=pl.String)), chance, 1).to_list()

    assert together == [Noise(rate=0.3).variant(Text(pl.Series([r])), chance[i : i + 1], 1)[0] for i, r in enumerate(rows)]


def test_luck_decides():
    assert variants(SENTENCE) == variants(SENTENCE)
    assert len(set(variants(SENTENCE, n=20, rate=0.3))) == 20
