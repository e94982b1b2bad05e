from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.models.misspellings import misspellings
from dprep.ops.clean.typos import Typos
from tests.ops.strange import edited, texts

SHARED = Path(os.environ.get("DPREP_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LIST = {"teh": "the", "recieve": "receive", "alot": "a lot", "does'nt": "doesn't", "naiive": "naïve", "cafe's": "cafés"}


@pytest.fixture
def listed(tmp_path):
    def make(content: str) -> Typos:
        file = tmp_path / "list.txt"
        file.write_text(content, encoding="utf-8")
        misspellings.cache_clear()
        return Typos(file=str(file.rename(tmp_path / f"list{len(content)}.txt")))

    return make


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    file = tmp_path_factory.mktemp("typos") / "own.txt"
    file.write_text("".join(f"{wrong}->{right}\n" for wrong, right in LIST.items()), encoding="utf-8")
    return Typos(file=str(file))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("Teh teh TEH tEh tEH", "The the THE tEh tEH"),
        ("ALOT Alot", "A LOT A lot"),
        ("Does'nt it, DOES'NT", "Doesn't it, DOESN'T"),
        ("naiive", "naïve"),
        ("teh's lathe tehe _teh teh_ teh1", "the's lathe tehe _teh teh_ teh1"),
        ("(teh) teh. teh, teh-teh 'teh' “teh”", "(the) the. the, the-the 'the' “the”"),
        ("我teh你 teh，", "我the你 the，"),
        ("a@teh.org teh@b /teh/ teh.c x=teh teh(1) #teh \\teh a.teh b:teh teh:c", None),
        ("end.Teh", None),
        (". teh: teh; teh? teh! ...teh", ". the: the; the? the! ...the"),
        ("étehé tehé", None),
    ],
)
def test_words_by_hand(english, before, after):
    if after is None:
        after = before.replace("b:teh", "b:the") if "b:teh" in before else before

    assert edited(english, before) == [after]


@given(st.lists(st.one_of(texts, st.sampled_from([*LIST, "Teh", "ALOT", "x", " ", ", "])), max_size=12).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_a_regular_expression_finds_the_same_words(english, text):
    text = re.sub(r"[^\sa-zA-Z,;!你好。é]", "", text)  # names, addresses and apostrophes are tested by hand

    def put_right(found: re.Match[str]) -> str:
        word = found[0]
        right = LIST[word.lower()]
        if word == word.upper():
            return right.upper()
        if word == word.capitalize():
            return right[0].upper() + right[1:]
        return right if word == word.lower() else word

    pattern = r"(?<![a-zA-Zé])(?:teh|recieve|alot|naiive)(?![a-zA-Zé])"
    assert edited(english, text) == [re.sub(pattern, put_right, text, flags=re.IGNORECASE)]


@pytest.mark.parametrize(
    ("content", "known"),
    [
        ("teh->the\nacn->can, an,\nclas->class, disabled because\n", {"teh": "the"}),
        ("teh->the\nTEH->then\nfrom->form\nform->from\nx->y\n", {"x": "y"}),
        ("按装\t安装\n因该\t应该\n因该\t应该\n", {"按装": "安装", "因该": "应该"}),
        ("the teh hte\nthen hte thne\n", {"teh": "the", "thne": "then"}),
        ("\ufeff# a comment\n\nteh->the\r\n", {"teh": "the"}),
    ],
)
def test_files_are_read_and_what_is_undecided_is_left_out(tmp_path, content, known):
    file = tmp_path / "list.txt"
    file.write_text(content, encoding="utf-8")
    misspellings.cache_clear()

    assert misspellings(str(file)) == known


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("teh->the\nno arrow\n", "`no arrow` is no pair with -> between"),
        ("a\tb\tc\n", "is no pair with a tab between"),
        ("lonely\n", "`lonely` is no pair with blanks between"),
        ("a->b, c,\n", "holds no misspelling with one right spelling"),
    ],
)
def test_a_file_of_no_kind_is_told(tmp_path, content, told):
    file = tmp_path / "bad.txt"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(Error, match=re.escape(told)):
        misspellings(str(file))


def test_phrases_with_han_are_found_anywhere_the_longest_first(listed):
    op = listed("因该\t应该\n因该死\t因该死了\n按装\t安装\nカナダー\tカナダ\n")

    assert edited(op, "我因该按装，因该死", "カナダーへ", "应该") == ["我应该安装，应该死", "カナダへ", "应该"]


def test_a_correction_may_make_another_word_of_the_list(listed):
    assert edited(listed("甲乙\t丙\n丙丁\t戊\n"), "甲乙丁") == ["戊"]


@given(texts)
@settings(max_examples=100, deadline=None)
def test_twice_is_once(english, text):
    once = edited(english, text + " teh")

    assert edited(english, *once) == once


def test_long_words_are_compared_to_the_last_byte(listed):
    op = listed("aaaaaaaaxxbbbbbbbb->right\n")

    assert edited(op, "aaaaaaaaxxbbbbbbbb aaaaaaaayybbbbbbbb") == ["right aaaaaaaayybbbbbbbb"]


def test_codespells_whole_list_corrects_itself(tmp_path):
    file = SHARED / "corpora" / "res-en-misspellings" / "dictionary.txt.zst"
    if not file.exists():
        pytest.skip("codespell's list is not beside the repository (res-en-misspellings)")
    text = subprocess.run(["zstd", "-dc", file], capture_output=True, check=True).stdout.decode()
    (tmp_path / "codespell.txt").write_text(text)
    pairs = [line.split("->") for line in text.splitlines() if "," not in line]
    rights = {word.lower() for line in text.splitlines() for word in re.split(", *| ", line.split("->")[1])}
    plain = [(wrong, right) for wrong, right in pairs if re.fullmatch("[a-z]{3,60}", wrong) and wrong not in rights]
    plain = [(wrong, right) for wrong, right in plain if right == right.lower()]

    found = edited(Typos(file=str(tmp_path / "codespell.txt")), *(f"A {wrong}, {wrong.capitalize()}!" for wrong, _ in plain))
    other = [pair for pair, one in zip(plain, found, strict=True) if one != f"A {pair[1]}, {pair[1][0].upper()}{pair[1][1:]}!"]

    assert len(plain) > 30_000
    assert len(other) < len(plain) // 1000, other[:10]  # entries whose right spelling is itself corrected by another


def test_a_megabyte_on_one_line(english):
    assert edited(english, "teh " * 250_000, "a" * 1_000_000) == ["the " * 250_000, "a" * 1_000_000]


def test_text_without_misspellings_is_not_copied(english):
    series = pl.Series(["plain text", "你好，世界！"])

    assert english.edit(Text(series)) is series
