from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.width import Width
from tests.ops.strange import edited, texts

CLASSES = ("letters", "digits", "punctuation", "symbols", "space", "kana", "hangul")
FORMS = [chr(p) for p in (0x3000, *range(0xFF01, 0xFFEF)) if unicodedata.decomposition(chr(p))]
WIDE = [c for c in FORMS if unicodedata.decomposition(c).startswith("<wide>")]
FOLD = Width(punctuation="half")
mixtures = st.lists(st.sampled_from([*FORMS, "か", "カ", "ハ", "a", "1", " ", "，", "。", "汉", "😀", "゙"]), max_size=30).map(
    "".join
)


@given(mixtures.filter(lambda text: not any("\uffa0" <= c <= "\uffdc" or c >= "\uffe8" or c in "￣゙" for c in text)))
@settings(max_examples=300, deadline=None)
def test_folding_everything_is_nfkc(text):
    # NFKC goes on to conjoining jamo, and to a space with a macron: half-width arrows stay
    assert edited(FOLD, text) == [unicodedata.normalize("NFKC", text)]


def test_every_form_becomes_what_unicode_says():
    for form in FORMS:
        plain = chr(int(unicodedata.decomposition(form).split()[1], 16))
        wide = unicodedata.decomposition(form).startswith("<wide>")
        every = dict.fromkeys(CLASSES, "half" if wide else "full")
        back = dict.fromkeys(CLASSES, "full" if wide else "half")

        assert edited(Width(**every), f"汉{form}") == [f"汉{plain}"], hex(ord(form))
        if wide or unicodedata.category(form)[0] != "S":  # nobody wants ￫ and ￨ for → and │
            assert edited(Width(**back), f"汉{plain}") == [f"汉{form}"], hex(ord(form))


def test_there_is_a_class_for_every_wide_form():
    keep = dict.fromkeys(CLASSES, "keep")
    seen = {name: {c for c in WIDE if edited(Width(**{**keep, name: "half"}), c) != [c]} for name in CLASSES}

    assert sum(map(len, seen.values())) == len(WIDE) == len(set().union(*seen.values()))
    assert seen["digits"] == set("０１２３４５６７８９")
    assert seen["letters"] == {c for c in WIDE if unicodedata.normalize("NFKC", c).isalpha()}
    assert seen["space"] == {"　"}


@given(st.one_of(mixtures, texts), st.lists(st.sampled_from(["half", "full", "keep"]), min_size=7, max_size=7))
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text, directions):
    op = Width(**dict(zip(CLASSES, directions, strict=True)))
    once = edited(op, text)

    assert edited(op, *once) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("ＡＢＣ１２３", "ABC123"),
        ("你好，世界！", "你好，世界！"),
        ("（Ａ）；：？", "（A）；：？"),
        ("ﾊﾟﾊﾞﾊ ｳﾞ ﾞ", "パバハ ヴ \u3099"),
        ("カﾞ かﾞ aﾞ", "ガ が a\u3099"),
        ("ﾊﾞﾞ", "バ\u3099"),
        ("ｱ｡｢ｲ｣､･ｰ", "ア。「イ」、・ー"),
        ("ﾡ￨￩", "ㄱ￨￩"),
        ("├│ ← ↑ → ↓ ■ ○", "├│ ← ↑ → ↓ ■ ○"),
        ("￥１００　￡￠", "¥100 £¢"),
        ("\U00020bb7Ａ𝐀", "\U00020bb7A𝐀"),
    ],
)
def test_examples_by_hand(before, after):
    assert edited(Width(), before) == [after]


@given(st.text(alphabet="アイウガギパピプヴ、。ーッ漢字abc", max_size=30))
def test_kana_come_back_from_half_width(text):
    assert edited(Width(), *edited(Width(kana="half"), text)) == [text]


def test_ascii_comes_back_from_full_width():
    every = "".join(map(chr, range(0x20, 0x7F)))
    full = edited(Width(letters="full", digits="full", punctuation="full", symbols="full", space="full"), every)

    assert full == ["\u3000" + "".join(map(chr, range(0xFF01, 0xFF5F)))]
    assert edited(FOLD, *full) == [every]


def test_a_megabyte_on_one_line():
    assert edited(Width(), "Ａ" * 400_000) == ["A" * 400_000]


def test_text_in_its_width_is_not_copied():
    series = pl.Series(["plain text", "你好，世界！"])

    assert Width().edit(Text(series)) is series
