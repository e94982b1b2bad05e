from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.whitespace import Whitespace
from tests.ops.strange import batches, edited, texts

BLANK = "[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]"
BREAK = "(?:\r\n|[\n\x0b\x0c\r\x85\u2028\u2029])"
EAST = "[\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff9f\U00020000-\U0003ffff]"


def oracle(text: str, max_newlines: int, keep_indent: bool, join_cjk: bool) -> str:
    """The page's sentences as regular expressions, one after the other."""
    text = re.sub(BREAK, "\n", text)
    text = re.sub(f"{BLANK}+(?=\n|$)", "", text)
    if not keep_indent:
        text = re.sub(f"(?<=\n){BLANK}+", "", text)
    text = re.sub("\n+", lambda run: run[0][:max_newlines] or " ", text.rstrip("\n"))
    if max_newlines:
        start = re.match(f"(?:{BLANK}*\n)*", text)
        text = text[start.end() :] if start else text
    if keep_indent and max_newlines:
        text = re.sub(f"(?<=[^\n])(?<!{BLANK})({BLANK}+)", lambda run: " ", text)
    else:
        text = re.sub(f"{BLANK}+", " ", text).strip(" ")
    if join_cjk:
        text = re.sub(f"(?<={EAST}) (?={EAST})", "", text)
    return text


@given(batches, st.sampled_from([0, 1, 2, 5]), st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_the_kernel_does_what_the_page_says(rows, max_newlines, keep_indent, join_cjk):
    keep_indent = keep_indent and max_newlines > 0
    op = Whitespace(max_newlines=max_newlines, keep_indent=keep_indent, join_cjk=join_cjk)

    assert edited(op, *rows) == [oracle(row, max_newlines, keep_indent, join_cjk) for row in rows]


@given(texts, st.sampled_from([0, 1, 2]), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_twice_is_once(text, max_newlines, keep_indent, join_cjk):
    op = Whitespace(max_newlines=max_newlines, keep_indent=keep_indent, join_cjk=join_cjk)
    once = edited(op, text)

    assert edited(op, *once) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        (" \n\t\u3000", ""),
        ("a\r\n\r\n\r\nb", "a\n\nb"),
        ("a \n \n \n b", "a\n\nb"),
        ("a\x85b\u2029c\x0cd", "a\nb\nc\nd"),
        ("price\u00a05\u2009€", "price 5 €"),
        ("你\u3000\u3000好", "你 好"),
        ("a\u200bb", "a\u200bb"),
    ],
)
def test_examples_by_hand(before, after):
    assert edited(Whitespace(), before) == [after]


def test_python_strip_and_split_agree_on_what_white_space_is():
    # str.isspace also counts the separators U+001C to U+001F, which Unicode does not call White_Space
    for point in set(range(0x110000)) - set(range(0xD800, 0xE000)) - set(range(0x1C, 0x20)):
        if chr(point).isspace():
            assert edited(Whitespace(), f"a {chr(point)} b")[0] in {"a b", "a\nb"}, hex(point)


def test_text_in_order_is_not_copied():
    series = pl.Series(["in order", "你好 世界", "a\n\nb"])

    assert Whitespace().edit(Text(series)) is series


def test_a_slice_of_a_series_is_edited_alone():
    series = pl.Series(["  a", " b ", "c  c", "d"]).slice(1, 2)

    assert Whitespace().edit(Text(series)).to_list() == ["b", "c c"]
