from __future__ import annotations

import math
import unicodedata

import polars as pl
import pytest

from dprep.base.step import Step, run_step
from dprep.base.text import Text
from dprep.kernels.shares import KINDS, shares
from dprep.ops.filter.character_shares import CharacterShares

TEXTS = [
    "Plain words, and 12 numbers.",
    "中文，全角（括号）！１２３",
    "日本語カタカナひらがな々",
    "emoji 👩🏽‍🔬 ©™ ½ Ⅷ ǅ ÉÀ",
    "\t\n\r\x0b\u3000\u00a0\u200b\ufeff",
    "Кириллица, العربية ١٢٣ हिन्दी",
    "\U00020000\U0003ffff\U000e0041\U0010ffff",
    "{a}[b](c)⟨d⟩",
]


def expected(text: str) -> dict[str, int]:
    """By Python's own words for it."""
    categories = [unicodedata.category(c) for c in text]
    return {
        "alphanumeric": sum(c.isalnum() for c in text),
        "special": sum(kind[0] not in "LM" for kind in categories),
        "digit": categories.count("Nd"),
        "uppercase": categories.count("Lu") + categories.count("Lt"),
        "whitespace": sum(c.isspace() for c in text),
        "punctuation": sum(kind[0] == "P" for kind in categories),
        "parentheses": sum(c in "{}⟨⟩[]()（）［］｛｝" for c in text),
        "non_ascii": sum(not c.isascii() for c in text),
        "non_alphanumeric": sum(not (c.isascii() and c.isalnum()) and c not in "\n?!,." for c in text),
    }


@pytest.mark.parametrize("text", TEXTS[:6] + TEXTS[7:])
def test_kinds_are_pythons_own(text):
    found = shares(Text(pl.Series([text])))

    counts = dict(zip(KINDS, found.kinds[0].tolist(), strict=True))
    han = counts.pop("han")
    assert counts == expected(text)
    assert found.characters[0] == len(text)
    assert han == {1: 6, 2: 4}.get(TEXTS.index(text), 0)


def reasons(texts: list[str], **parameters) -> list[str | None]:
    rows = pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": texts})
    done = run_step(Step("f", "filter.character_shares", CharacterShares(**parameters)), rows)
    why = dict(zip(done.dropped["id"], done.dropped["reason"], strict=True))
    return [why.get(str(n)) for n in range(len(texts))]


NONE = {"min_alphanumeric": None, "max_special": None}


@pytest.mark.parametrize(
    ("parameter", "text", "share"),
    [
        ("max_special", "abc 1", 2 / 5),
        ("max_digit", "ab12", 0.5),
        ("max_uppercase", "ABCd", 0.75),
        ("max_whitespace", "a b", 1 / 3),
        ("max_punctuation", "a!", 0.5),
        ("max_parentheses", "（a）bcd", 2 / 6),
        ("max_non_ascii", "aé", 0.5),
        ("max_han", "a中", 0.5),
        ("max_alphanumeric", "ab!", 2 / 3),
        ("max_non_alphanumeric", "a;b,", 0.25),
        ("min_alphanumeric", "ab!", 2 / 3),
        ("min_han", "中文a", 2 / 3),
        ("min_special", "a b", 1 / 3),
    ],
)
def test_a_share_equal_to_its_limit_is_kept(parameter, text, share):
    outside = -1 if parameter.startswith("max") else 2

    assert reasons([text], **{**NONE, parameter: share}) == [None]
    assert reasons([text], **{**NONE, parameter: math.nextafter(share, outside)}) == [parameter]


def test_flavours_have_the_limits_of_their_sources():
    assert [b.reason for b in CharacterShares().bounds()] == ["min_alphanumeric", "max_special"]
    nemo = {b.reason: b.limit for b in CharacterShares(flavour="nemo").bounds()}
    assert nemo == {"max_digit": 0.15, "max_whitespace": 0.25, "max_parentheses": 0.1, "max_non_alphanumeric": 0.25}
    assert {b.reason: b.limit for b in CharacterShares(flavour="bloom").bounds()} == {"max_special": 0.4}


def test_empty_texts_are_dropped_and_long_lines_are_not_a_problem():
    texts = ["", "letters" * 150_000, "汉" * 350_000, " " * 1_000_000]

    assert reasons(texts) == ["min_alphanumeric", None, None, "min_alphanumeric"]
