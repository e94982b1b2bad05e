from __future__ import annotations

import random
import unicodedata

import ftfy
import polars as pl
import pytest
from ftfy.badness import MOJIBAKE_CATEGORIES, is_bad
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text, buffers
from dprep.kernels.screen import SUSPECT, UNSTABLE, screened
from dprep.ops.clean.unicode import Unicode
from tests.ops.strange import batches, edited, texts

PLAIN = {"fix_mojibake": False, "remove_control": False, "remove_zero_width": False, "remove_bidi": False}
SENTENCES = [
    "Où est l’été ? « Là », dit-elle — à Noël…",
    "Grüße aus Köln: 5 € für das Menü",
    "Вот письмо от друга, №5",
    "你好，世界！退款多少？",
    "こんにちは、カタカナ",
    "μπορεί να είναι",
    "“quoted” – it’s ‘fine’ ½ × 2²",
    "El niño comió piñas ¿y tú?",
    "żółć gęślą jaźń",
    "👍🏽 thumbs",
    "مرحبا بالعالم",
]


def suspects(rows: list[str]) -> list[bool]:
    return (screened(*buffers(pl.Series(rows, dtype=pl.String)), Unicode()._screen()) & SUSPECT != 0).tolist()


def test_the_screen_sees_every_text_that_ftfy_finds_bad():
    chance = random.Random(7)
    alphabet = sorted(set("".join(MOJIBAKE_CATEGORIES.values()))) + list("aZ09 .,?!\n'ГўВЂСРβΒΓāôîòÄ†°µ®©àœŒÂÃ×√≈‚ØÙ")
    rows = ["".join(chance.choices(alphabet, k=chance.randint(1, 6))) for _ in range(60_000)]
    bad = [is_bad(row) for row in rows]

    assert [row for row, b, seen in zip(rows, bad, suspects(rows), strict=True) if b and not seen] == []
    assert 0.1 < sum(bad) / len(rows) < 0.95


@given(batches)
@settings(max_examples=200, deadline=None)
def test_the_screen_sees_every_strange_text_that_ftfy_finds_bad(rows):
    assert [row for row, seen in zip(rows, suspects(rows), strict=True) if is_bad(row) and not seen] == []


def test_clean_sentences_are_not_suspected():
    assert sum(suspects(SENTENCES)) == 0


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "mac_roman", "cp437"]
)
def test_repair_is_what_ftfy_does_line_by_line(encoding):
    damaged = [s.encode().decode(encoding, errors="ignore") for s in SENTENCES]
    damaged += [f"a fine line\n{d}\n你好" for d in damaged]
    op = Unicode(form="none", remove_control=False, remove_zero_width=False, remove_bidi=False)

    assert edited(op, *damaged) == ["\n".join(map(ftfy.fix_encoding, d.split("\n"))) for d in damaged]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_text_read_as_latin_1_is_restored(sentence):
    assert edited(Unicode(), sentence.encode().decode("latin-1")) == [sentence]


def test_text_damaged_twice_is_restored():
    once = "façade".encode().decode("latin-1")

    assert edited(Unicode(), once.encode().decode("latin-1")) == ["façade"]


@given(batches, st.sampled_from(["NFC", "NFKC"]))
@settings(max_examples=200, deadline=None)
def test_normal_forms_are_those_of_unicodedata(rows, form):
    known = [r for r in rows if all(unicodedata.category(c) != "Cn" for c in r)]

    assert edited(Unicode(form=form, **PLAIN), *known) == [unicodedata.normalize(form, r) for r in known]


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_the_screen_sees_every_character_that_normalization_changes(form):
    characters = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    rows = (
        [f"a{c}b" for c in characters]
        + [f"\u1100{c}" for c in characters[:0x20000]]
        + [f"\u09c7{c}" for c in characters[:0x20000]]
    )
    series = pl.Series(rows)
    seen = screened(*buffers(series), Unicode(form=form)._screen()) & UNSTABLE != 0

    changed = (series.str.normalize(form) != series).to_numpy()

    assert changed.sum() > 1000
    assert series.filter(pl.Series(changed & ~seen)).to_list() == []


@given(texts, st.sampled_from(["NFC", "NFKC", "none"]), st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text, form, bidi, zero_width):
    op = Unicode(form=form, remove_bidi=bidi, remove_zero_width=zero_width)
    once = edited(op, text)

    assert edited(op, *once) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("tab\tand\nnewline\r\n", "tab\tand\nnewline\r\n"),
        ("nul\x00 bell\x07 escape\x1b[31m del\x7f", "nul bell escape[31m del"),
        ("soft\u00adhyphen \ufeffbom wj\u2060 zw\u200bsp", "softhyphen bom wj zwsp"),
        (
            "👩\u200d🚀 👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d⚕\ufe0f",
            "👩\u200d🚀 👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d⚕\ufe0f",
        ),
        ("a\u200db 你\u200d好 👩\u200d x", "ab 你好 👩 x"),
        ("می\u200cخواهم क्\u200dष ශ්\u200dරී", "می\u200cخواهم क्\u200dष ශ්\u200dරී"),
        ("ab\u200ccd", "abcd"),
        (
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
        ("hidden\U000e0068\U000e0069", "hidden"),
        ("if \u202e} \u2066 access\u2069 \u200f", "if }  access "),
        ("葛\U000e0100 ☺\ufe0f", "葛\U000e0100 ☺\ufe0f"),
        ("e\u0301 \u1112\u1161\u11ab", "é 한"),
        ("e\u200b\u0301", "é"),
    ],
)
def test_examples_by_hand(before, after):
    assert edited(Unicode(), before) == [after]


def test_each_removal_can_be_left_out():
    text = "\x07\u200b\u202e"

    assert edited(Unicode(remove_control=False), text) == ["\x07"]
    assert edited(Unicode(remove_zero_width=False), text) == ["\u200b"]
    assert edited(Unicode(remove_bidi=False), text) == ["\u202e"]
    assert edited(Unicode(form="none", **PLAIN), text) == [text]


def test_clean_text_is_not_copied():
    series = pl.Series(["plain", "你好，世界", "“it’s” 👍🏽"])

    assert Unicode().edit(Text(series)) is series
