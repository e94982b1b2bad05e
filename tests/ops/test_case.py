from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.case import Case
from tests.ops.strange import batches, edited, texts


def test_every_character_becomes_what_python_says():
    points = [p for p in range(0x110000) if not 0xD800 <= p < 0xE000]
    told = ["i" if p == 0x130 else chr(p).lower() for p in points]

    assert edited(Case(), *map(chr, points)) == told


@given(batches)
@settings(max_examples=100, deadline=None)
def test_texts_become_what_polars_says(rows):
    plain = [row.replace("İ", "I").replace("Σ", "S") for row in rows]

    assert edited(Case(), *plain) == pl.Series(plain, dtype=pl.String).str.to_lowercase().to_list()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("İSTANBUL I", "istanbul i"),
        ("ΟΔΟΣ", "οδοσ"),
        ("ȺȾẞK", "ⱥⱦßk"),
        ("ǅ ＡＢ ⅣⒶ", "ǆ ａｂ ⅳⓐ"),
        ("𐐀𞤀", "𐐨𞤢"),
        ("你好ＡI", "你好ａi"),
    ],
)
def test_examples_by_hand(before, after):
    assert edited(Case(), before) == [after]


@pytest.mark.parametrize(
    ("share", "text", "lowered"),
    [(0.5, "AAbb", True), (0.5000001, "AAbb", False), (0.75, "AAAb你好12!", True), (0.76, "AAAb", False), (1.0, "AAAA", True)],
)
def test_the_share_is_of_cased_letters_and_may_be_the_limit(share, text, lowered):
    assert edited(Case(only="texts", min_share=share, min_letters=4), text) == [text.lower() if lowered else text]


@pytest.mark.parametrize(("least", "lowered"), [(4, True), (5, False)])
def test_short_texts_stay(least, lowered):
    assert edited(Case(only="texts", min_letters=least), "NA SA 你好") == ["na sa 你好" if lowered else "NA SA 你好"]


def test_lines_are_judged_alone():
    op = Case(only="lines", min_letters=3)

    assert edited(op, "ABC\nDef\r\nGHI\n\nJKL", "ABC\n") == ["abc\nDef\r\nghi\n\njkl", "abc\n"]
    assert edited(Case(only="texts", min_letters=3), "ABC\nDefghi") == ["ABC\nDefghi"]


@given(texts, st.sampled_from([None, "texts", "lines"]), st.sampled_from([0.0, 0.5, 1.0]), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_twice_is_once(text, only, share, letters):
    op = Case(only=only, min_share=share, min_letters=letters)
    once = edited(op, text)

    assert edited(op, *once) == once


def test_a_megabyte_on_one_line():
    assert edited(Case(), "Ⱥ" * 500_000) == ["ⱥ" * 500_000]


def test_text_without_capitals_is_not_copied():
    series = pl.Series(["plain text", "你好，世界！"])

    assert Case().edit(Text(series)) is series
