from __future__ import annotations

import polars as pl
import pytest

from dprep.base.text import Text
from dprep.kernels.scripts import NAMES, scripts
from dprep.ops.tag.script import Script


def note(*texts: str, **parameters) -> pl.DataFrame:
    return pl.DataFrame(Script(**parameters).note(Text(pl.Series(texts, dtype=pl.String))))


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("han", "包裹还没有到"),
        ("han", "\U00020000\U00030000"),
        ("latin", "Ünïcödé ｆｕｌｌ"),
        ("cyrillic", "посылка"),
        ("kana", "ひらがなカタカナｶﾅ"),
        ("hangul", "소포가 아직"),
        ("arabic", "لم يصل الطرد"),
        ("devanagari", "नमस्ते दुनिया"),
        ("thai", "สวัสดีชาวโลก"),
        ("greek", "Καλημέρα"),
        ("hebrew", "שלום עולם"),
        ("georgian", "გამარჯობა"),
        ("armenian", "Բարեւ"),
        ("ethiopic", "ሰላም"),
        ("other", "ᏣᎳᎩ"),
        ("none", "12 – 👍🏽 ,。"),
        ("none", ""),
        ("none", "\U000e0041\U0010ffff"),
    ],
)
def test_scripts_are_told_apart(script, text):
    found = note(text)

    assert found["script"].to_list() == [script]
    assert found["script_share"].to_list() == [0.0 if script == "none" else 1.0]


def test_shares_are_of_letters():
    found = note("ab 中 12!", "中文a", shares=["han", "latin", "other"])

    assert found.rows() == [("latin", 0.6667, 0.3333, 0.6667, 0.0), ("han", 0.6667, 0.6667, 0.3333, 0.0)]


def test_every_letter_has_a_script_and_no_row_is_needed():
    text = "".join(chr(point) for point in range(0x20000) if not 0xD800 <= point < 0xE000)

    letters = scripts(Text(pl.Series([text, "x" * 1_000_000]))).letters

    assert letters[0].sum() == sum(character.isalpha() for character in text)
    assert letters[1].sum() == letters[1, NAMES.index("latin")] == 1_000_000
    assert note().height == 0
