"""Shingles against a slow twin in plain Python: the same texts must share the same shares of shingles."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import buffers
from dprep.kernels.shingles import shingle_sets, token_counts


def series(*texts: str) -> pl.Series:
    return pl.Series(texts, dtype=pl.String)


def kernel_jaccard(a: str, b: str, characters: bool, length: int) -> float:
    sets = shingle_sets(buffers(series(a, b)), characters, length)
    left, right = (set(sets.hashes[sets.offsets[i] : sets.offsets[i + 1]].tolist()) for i in (0, 1))
    return len(left & right) / len(left | right) if left | right else 0.0


def is_han(c: str) -> bool:
    return "CJK UNIFIED" in unicodedata.name(c, "") or "HIRAGANA LETTER" in unicodedata.name(c, "")


def plain_tokens(text: str, characters: bool) -> list[str]:
    """The page's rule, for ASCII, han, hiragana and Greek small letters."""
    tokens: list[str] = []
    run, spaced = "", False
    for c in [*text.lower(), " "]:
        word = c.isalnum()
        if characters and word:
            if spaced and tokens and not is_han(tokens[-1]) and not is_han(c):
                tokens.append(" ")
            tokens.append(c)
        elif not characters:
            if word and not is_han(c):
                run += c
                continue
            tokens += [t for t in (run, c if word else "") if t]
            run = ""
        spaced = not word
    return tokens


def plain_shingles(text: str, characters: bool, length: int) -> set[tuple[str, ...]]:
    tokens = plain_tokens(text, characters)
    if not tokens:
        return set()
    size = min(length, len(tokens))
    return {tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)}


letters = st.text(alphabet="abAB  ,.!1中文字あαβ", max_size=30)


@settings(deadline=None, max_examples=300)
@given(letters, letters, st.booleans(), st.integers(1, 6))
def test_shingles_are_shared_as_the_plain_python_twin_says(a: str, b: str, characters: bool, length: int) -> None:
    left, right = plain_shingles(a, characters, length), plain_shingles(b, characters, length)

    assert kernel_jaccard(a, b, characters, length) == (len(left & right) / len(left | right) if left | right else 0.0)


SAME = [
    ("Crème brûlée", "CREME  BRULEE!"),
    ("cafe\u0301", "café"),
    ("ＡＢＣ　１２３", "abc 123"),
    ("soft\u00adhyphen", "softhyphen"),
    ("❤️ love", "love"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("Ёлка", "елка"),
    ("ﾊﾝｶｸ", "ハンカク"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
@pytest.mark.parametrize("characters", [False, True])
def test_case_accents_and_width_make_no_difference(a: str, b: str, characters: bool) -> None:
    assert kernel_jaccard(a, b, characters, 2) == 1.0


@pytest.mark.parametrize(("a", "b"), [("a", "b"), ("ab", "a b"), ("中", "文"), ("a", "a a"), ("が", "か"), ("หมา", "แมว")])
def test_other_texts_differ(a: str, b: str) -> None:
    assert kernel_jaccard(a, b, False, 3) == 0.0


def test_chinese_is_never_one_word() -> None:
    assert kernel_jaccard("我想退掉昨天买的鞋子", "我想退掉昨天买的裤子", False, 2) == pytest.approx(7 / 11)


@pytest.mark.parametrize("text", ["", " \n", "!?…", "🙂🙃", "\u0301", "\u200d"])
def test_a_text_without_letters_has_no_shingles(text: str) -> None:
    assert len(shingle_sets(buffers(series(text)), False, 5).hashes) == 0


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8), st.booleans(), st.integers(1, 8))
def test_sets_are_sorted_distinct_and_row_local(texts: list[str], characters: bool, length: int) -> None:
    whole = shingle_sets(buffers(series(*texts)), characters, length)

    for row, text in enumerate(texts):
        hashes = whole.hashes[whole.offsets[row] : whole.offsets[row + 1]].tolist()
        assert hashes == sorted(set(hashes))
        assert hashes == shingle_sets(buffers(series(text)), characters, length).hashes.tolist()


def test_tokens_are_counted_by_script() -> None:
    words, singles = token_counts(buffers(series("two words", "中文 and あ", "", "soft\u00adhyphen", "a中b")))

    assert words.tolist() == [2, 1, 0, 1, 2]
    assert singles.tolist() == [0, 3, 0, 0, 1]
