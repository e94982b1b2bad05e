from __future__ import annotations

import html
import html.entities

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.ops.clean.entities import Entities
from tests.ops.strange import PIECES, edited, texts

SOUP = ["&", "&amp;", "amp;", "lt;", "&lt", "#38;", "&#38;", "&#x26;", "&copy", ";", "#", "x26;", "&AMP;", "&#0;", "&#55296;"]
soups = st.lists(st.sampled_from(SOUP + PIECES), max_size=14).map("".join)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("caf&eacute; &#8470;7 &#x4f60;&#22909;", "café №7 你好"),
        ("&amp;amp;quot;", '"'),
        ("&" + "amp;" * 1000 + "lt;", "<"),
        ("&#150;&#146;", "–’"),
        ("a&nbsp;b", "a\xa0b"),
        ("&lt;b&gt;", "<b>"),
        ("&NotEqualTilde;", "≂̸"),
    ],
)
def test_examples_by_hand(before, after):
    assert edited(Entities(), before) == [after]


@pytest.mark.parametrize(
    "text",
    ["AT&T; R&D & co", "?a=1&copy=2&lt=3", "&unknown;", "&#0;", "&#xD800;", "&#1114112;", "& amp;", "＆amp；", "<b>x</b>"],
)
def test_what_is_no_entity_stays(text):
    assert edited(Entities(), text) == [text]


def test_names_are_those_of_the_standard():
    names = [f"&{name}" for name in html.entities.html5 if name.endswith(";") and "&" not in html.entities.html5[name]]

    assert edited(Entities(), *names) == [html.entities.html5[name[1:]] for name in names]


def test_without_semicolon_as_browsers_read_it():
    loose = Entities(strict=False)

    assert edited(loose, "&copy 2024 it&#39s &notit; R&D") == ["© 2024 it's ¬it; R&D"]


def test_what_is_kept_stays_whatever_way_it_is_written():
    kept = Entities(keep=("lt", "amp"))

    assert edited(kept, "&lt; &#60; &gt; &amp; &AMP; &amp;lt; &mdash;") == ["&lt; &#60; > &amp; &AMP; &amp;lt; —"]


@given(st.one_of(soups, texts), st.booleans())
def test_twice_is_once(text, strict):
    op = Entities(strict=strict)
    once = edited(op, text)

    assert edited(op, *once) == once


def test_a_megabyte_in_one_line_is_read_in_one_go():
    assert edited(Entities(), "&#8364;" * 200_000 + "&" * 500_000) == ["€" * 200_000 + "&" * 500_000]
