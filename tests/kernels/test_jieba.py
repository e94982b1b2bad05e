from __future__ import annotations

import importlib.util
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.kernels import jieba_dictionary
from dprep.kernels.tokens import chinese
from tests.kernels.spans import strings
from tests.ops.strange import batches

jieba = pytest.importorskip("jieba")
jieba.setLogLevel(logging.CRITICAL)

COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面方后多定行学法所"
)
RARE = "龥鿕魑魅魍魉龘𠀀㐀豈"
PIECES = [*COMMON, *RARE, "B超", "T恤", "维生素C", "AT&T", "C++", "3.5%", "2024", "abc", ".", "%", "-", "_", "+", "#", "&"]
PIECES += ["，", "。", "！", " ", "\n", "　", "\u00a0", "😀", "é", "１", "Ａ", "か", "한"]


def cut(text: str) -> list[str]:
    return [word for word in jieba.cut(text) if word.strip()]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), max_size=8))
@settings(max_examples=400, deadline=None)
def test_words_are_those_of_jieba(rows):
    assert strings(rows, chinese) == [cut(row) for row in rows]


@given(batches)
@settings(max_examples=150, deadline=None)
def test_words_of_strange_texts_are_those_of_jieba(rows):
    assert strings(rows, chinese) == [cut(row) for row in rows]


def test_known_words_come_from_the_list_and_new_ones_from_the_model():
    text = "我来到北京清华大学，他来到了网易杭研大厦"

    assert strings([text], chinese) == [["我", "来到", "北京", "清华大学", "，", "他", "来到", "了", "网易", "杭研", "大厦"]]


def test_numbers_and_latin_words_stay_whole():
    assert strings(["iPhone15涨了3.5%，B超2024年v1.2.3"], chinese) == [
        ["iPhone15", "涨", "了", "3.5%", "，", "B超", "2024", "年", "v1.2", ".", "3"]
    ]


def test_blanks_are_no_words():
    assert strings(["", " \n\t　\u00a0", "我 们"], chinese) == [[], [], ["我", "们"]]


@pytest.mark.parametrize("piece", ["的", "龥", "a", "3.", "，", "中国", "𠀀", "%"])
def test_a_line_of_a_megabyte_comes_out_whole(piece):
    row = piece * (1_000_000 // len(piece.encode()))

    assert "".join(strings([row], chinese)[0]) == row


def test_a_missing_jieba_is_a_problem_that_names_the_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    jieba_dictionary.dictionary.cache_clear()

    with pytest.raises(Error) as caught:
        jieba_dictionary.dictionary()

    assert caught.value.problems[0].code == "missing-library"
    assert 'pip install "dprep[zh]"' in caught.value.problems[0].help
