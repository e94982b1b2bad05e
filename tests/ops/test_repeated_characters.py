from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.repeated_characters import RepeatedCharacters
from tests.ops.strange import batches, edited

EVERY = ("letters", "han", "punctuation", "symbols", "digits", "white_space")


@given(batches, st.integers(1, 5))
@settings(max_examples=200, deadline=None)
def test_with_every_kind_it_is_a_back_reference(rows, most):
    # characters of no kind (marks, controls, format characters) are never cut
    pattern = re.compile(rf"([^\W_]|[!-/:-@\[-`{{-~ \t\n，。])\1{{{most},}}")
    plain = ["".join(c for c in row if (ord(c) < 0x80 and c.isprintable()) or c in "你好，。世界\n\t") for row in rows]

    assert edited(RepeatedCharacters(max_run=most, kinds=EVERY, spare=[]), *plain) == [
        pattern.sub(lambda run: run[1] * most, row) for row in plain
    ]


@given(batches, st.integers(1, 5), st.lists(st.sampled_from(EVERY), min_size=1))
@settings(max_examples=200, deadline=None)
def test_twice_is_once(rows, most, kinds):
    op = RepeatedCharacters(max_run=most, kinds=kinds)
    once = edited(op, *rows)

    assert edited(op, *once) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("aaa", "aaa"),
        ("aaaa", "aaa"),
        ("aaaaAAAAaaaa", "aaaAAAaaa"),
        ("！！！！！", "！！！"),
        ("～～～～ ~~~~", "～～～ ~~~"),
        ("。。。。", "。。。"),
        ("哈哈哈哈", "哈哈哈"),
        ("\U00020bb7" * 5, "\U00020bb7" * 3),
        ("ééééé", "ééé"),
        ("ааааа кккк", "ааа ккк"),
        ("11111     \n\n\n\n", "11111     \n\n\n\n"),
        ("１１１１１", "１１１１１"),
        ("////====", "///===="),
        ("😂😂😂😂", "😂😂😂😂"),
        ("\u0301" * 9, "\u0301" * 9),
        ("\x00" * 9, "\x00" * 9),
        ("lalalala", "lalalala"),
    ],
)
def test_examples_by_hand(before, after):
    assert edited(RepeatedCharacters(), before) == [after]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#### Heading!!!!!", "#### Heading!!!"),
        ("Title\n-----\n\n  *****\n~~~~~\n.....", "Title\n-----\n\n  *****\n~~~~~\n....."),
        ("+-----+-----+\r\n| aaaaa |\r\n+=====+", "+-----+-----+\r\n| aaa |\r\n+=====+"),
        ("| ---- | :----: |", "| ---- | :----: |"),
        ("> ----- and -----", "> ----- and ---"),
        ("x.cn/aaaa-----b soooo", "x.cn/aaaa-----b sooo"),
        ("https://a.b/c____d!!!!", "https://a.b/c____d!!!"),
        ("hhhhhttp://a.b", "hhhhttp://a.b"),
        ("......好吧", "...好吧"),
        ("!!!!!", "!!!"),
        ("no -----", "no ---"),
        ("-----", "-----"),
        ("----!!!!", "----!!!"),
    ],
)
def test_layout_and_addresses_are_spared(before, after):
    assert edited(RepeatedCharacters(), before) == [after]


def test_nothing_is_spared_where_that_is_asked():
    assert edited(RepeatedCharacters(spare=[]), "#####\nx.cn/aaaa") == ["###\nx.cn/aaa"]
    assert edited(RepeatedCharacters(spare=["rules"]), "#####\nx.cn/aaaa") == ["#####\nx.cn/aaa"]


LAYOUT = [
    "-",
    "=",
    "#",
    "aaaa",
    "wwww",
    ".",
    "....",
    "|",
    ">",
    " ",
    "\n",
    "http://",
    "hhhhh",
    "x.cn",
    "/",
    "好",
    "!!!!",
    "@",
    "_",
]


@given(st.lists(st.sampled_from(LAYOUT), max_size=20).map("".join), st.integers(1, 4))
@settings(max_examples=400, deadline=None)
def test_what_is_spared_stays_so(text, most):
    op = RepeatedCharacters(max_run=most, kinds=EVERY)
    once = edited(op, text)

    assert edited(op, *once) == once


def test_han_may_have_their_own_length():
    assert edited(RepeatedCharacters(max_han=2), "哈哈哈哈 yesss!!!!") == ["哈哈 yesss!!!"]
    assert edited(RepeatedCharacters(max_han=9), "哈哈哈哈 yessss") == ["哈哈哈哈 yesss"]


@pytest.mark.parametrize("size", [3, 4])
def test_the_longest_run_that_stays_is_max_run(size):
    assert edited(RepeatedCharacters(max_run=4), "字" * size + "x" * size) == ["字" * size + "x" * size]
    assert edited(RepeatedCharacters(max_run=3), "字" * size) == ["字字字"]


def test_a_megabyte_of_one_character():
    assert edited(RepeatedCharacters(), "哈" * 400_000, "!" * 1_000_000) == ["哈哈哈", "!!!"]


def test_a_run_does_not_go_on_in_the_next_text():
    assert edited(RepeatedCharacters(), "aa", "aa", "aaaa") == ["aa", "aa", "aaa"]


def test_text_without_runs_is_not_copied():
    series = pl.Series(["plain text", "你好，世界"])

    assert RepeatedCharacters().edit(Text(series)) is series
