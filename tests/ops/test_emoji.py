from __future__ import annotations

from pathlib import Path

import emoji
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.emoji import Emoji
from tests.ops.strange import edited, texts

EMOJI_TEST = Path("/usr/share/unicode/emoji/emoji-test.txt")
TEXT_UNLESS_SELECTED = {
    c for c in emoji.EMOJI_DATA if len(c) == 1 and emoji.EMOJI_DATA[c]["status"] == emoji.STATUS["unqualified"]
}


def test_every_emoji_that_the_package_lists_is_removed_whole():
    listed = [
        e for e in emoji.EMOJI_DATA if not (e in TEXT_UNLESS_SELECTED and not 0x2600 <= ord(e) <= 0x27BF and ord(e) < 0x1F000)
    ]

    assert len(listed) > 4500
    assert set(edited(Emoji(), *(f"a{e}b" for e in listed))) == {"ab"}


def test_every_emoji_of_the_unicode_test_file_is_removed_whole():
    if not EMOJI_TEST.exists():
        pytest.skip("the Debian package unicode-data is not installed")
    lines = [line.split(";") for line in EMOJI_TEST.read_text().splitlines() if line and line[0] != "#"]
    qualified = ["".join(chr(int(p, 16)) for p in line[0].split()) for line in lines if "fully-qualified" in line[1]]

    assert len(qualified) > 3000
    assert set(edited(Emoji(), *(f"a{e}b" for e in qualified))) == {"ab"}


def test_names_are_those_of_the_package():
    whole = [e for e, told in emoji.EMOJI_DATA.items() if told["status"] == emoji.STATUS["fully_qualified"]]

    assert edited(Emoji(action="name"), *whole) == [emoji.EMOJI_DATA[e]["en"] for e in whole]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("call *123# or 0800 © 2024 ® ™ → ★ :-) ① １", "call *123# or 0800 © 2024 ® ™ → ★ :-) ① １"),
        ("©\ufe0f ™\ufe0f ↔\ufe0f", "  "),
        ("☺ ❤ ✔ ☀", "   "),
        ("☺\ufe0e ❤\ufe0e", "☺\ufe0e ❤\ufe0e"),
        ("1\ufe0f\u20e3 #\u20e3 1", "  1"),
        ("🇨🇳🇺🇸 🇨", " "),
        ("👩🏽\u200d⚕\ufe0f🧑\u200d🚀👨\u200d👩\u200d👧", ""),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f!", "!"),
        ("🙂\u200d↔\ufe0f🏃\u200d♀\u200d➡", ""),
        ("1👍\ufe0f\u20e3", "1"),
        ("🇨👍🇳", ""),
        ("a🏽b", "ab"),
    ],
)
def test_removal_by_hand(before, after):
    assert edited(Emoji(), before) == [after]


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", ":thumbs_up:"),
        ("zh", ":拇指向上:"),
        ("de", ":daumen_hoch:"),
        ("ja", ":サムズアップ:"),
        ("es", ":pulgar_hacia_arriba:"),
    ],
)
def test_names_come_in_other_languages(language, name):
    assert edited(Emoji(action="name", language=language), "ok👍") == [f"ok{name}"]


def test_keep_leaves_everything():
    assert edited(Emoji(action="keep"), "👍 1️⃣") == ["👍 1️⃣"]


@given(texts, st.sampled_from(["remove", "name"]))
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text, action):
    once = edited(Emoji(action=action), text)

    assert edited(Emoji(action=action), *once) == once


def test_text_without_emoji_is_not_copied():
    series = pl.Series(["plain 123 #1 *", "你好，世界"])

    assert Emoji().edit(Text(series)) is series
