from __future__ import annotations

import html

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.html import Html
from tests.ops.strange import PIECES, edited, texts

TAGS = [
    "<p>",
    "</p>",
    "<div class='a>b'>",
    "<b>",
    "</b>",
    "<pre>",
    "</pre>",
    "<table>",
    "<td>",
    "<tr>",
    "<li>",
    "<textarea>",
    "<!--",
    "-->",
]
TAGS += [
    "<b",
    ">",
    "<",
    "&amp;",
    "&lt;",
    "&gt;",
    "&amp;amp;",
    "&copy",
    "amp;",
    "lt;",
    "#38;",
    "<xmp>",
    "<plaintext>",
    "<svg>",
    "int",
    "<style>",
]
soups = st.lists(st.sampled_from(TAGS + PIECES), max_size=14).map("".join)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one<div>two</div></div>three", "one\ntwo\nthree"),
        ("one<br>two<br/><br>three<hr>four", "one\ntwo\n\nthree\n\nfour"),
        ("<ul><li>one<li>two <i>x</i></ul>", "one\ntwo x"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a\tb\n1\t2"),
        ("<p>a\n  b\t c</p>", "a b c"),
        ("<pre>\ndef f():\n    return  1\n</pre><p>x</p>", "def f():\n    return  1\n\nx"),
        ("<p>see <pre>x  <b>y</b>\n  z</pre>", "see\n\nx  y\n  z"),
        ("<html><head><title>t</title><style>p{}</style></head><body><script>if (a<b) {}</script>text</body></html>", "text"),
        ("<p>a<!-- <b>hidden</b> -->b<template>t</template><noscript>n</noscript></p>", "ab"),
        ("&lt;&#8470;&#x4f60;&nbsp;&amp;&eacute;&unknown;", "<№你\xa0&é&unknown;"),
        ("Hi <b>you</b>,\n\n  keep my lines", "Hi you,\n\n  keep my lines"),
        ("<P>UPPER</P><DIV>case</DIV>", "UPPER\n\ncase"),
        ("<p title='a>b' id=\"c>d\">x", "x"),
        ("你<b>好</b><p>世界", "你好\n\n世界"),
        ("&lt;p&gt;escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "escaped twice"),
        ("&amp;amp;lt;", "<"),
        ("<p>vector&lt;int&gt; and &lt;stdio.h&gt;\nin <code>code</code></p>", "vector<int> and <stdio.h> in code"),
        ("<p>use &lt;b&gt; in</p><p>vector&lt;int&gt;</p>", "use  in\n\nvector<int>"),
    ],
)
def test_examples_by_hand(before, after):
    assert edited(Html(), before) == [after]


@pytest.mark.parametrize(
    "text",
    [
        "a < b",
        "a<b",
        "x <y> z",
        "AT&T; R&D & co",
        "1 <2 and 3> 2",
        "<3 you",
        "a <b",
        "List<String>",
        "http://a.b/?x=1&copy=2",
        "<>",
        "& ;",
    ],
)
def test_plain_text_survives(text):
    assert edited(Html(), text) == [text]


def test_entities_are_those_of_the_standard_library():
    names = [
        f"&{name}"
        for name in html.entities.html5
        if name.endswith(";") and name not in {"lt;", "LT;", "gt;", "GT;", "amp;", "AMP;"}
    ]

    assert edited(Html(), *names) == [html.unescape(name) for name in names]


PAGE = """<html><head><title>Shop</title></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/shop">Shop</a></li></ul></nav>
<main><article><h1>How we ship</h1><p>Every parcel leaves our house within one day, and we tell you when.</p>
<p>You may follow it on the map until it is at your door.</p></article></main>
<footer><p>Copyright 2024 The Shop. All rights reserved.</p></footer></body></html>"""


def test_main_content_leaves_out_navigation_and_footer():
    [main] = edited(Html(extract="main"), PAGE)

    assert "Every parcel leaves" in main
    assert "until it is at your door" in main
    assert "Home" not in main
    assert "Copyright" not in main


def test_all_text_keeps_navigation_and_footer():
    [everything] = edited(Html(), PAGE)

    assert everything.startswith("Home\nShop\n\nHow we ship\n\nEvery parcel")
    assert everything.endswith("All rights reserved.")


def test_where_there_is_no_main_content_all_text_is_kept():
    assert edited(Html(extract="main"), "<p>short") == ["short"]


@given(st.one_of(soups, texts), st.sampled_from(["all", "main"]))
@settings(max_examples=400, deadline=None)
def test_twice_is_once(text, extract):
    op = Html(extract=extract)
    once = edited(op, text)

    assert edited(op, *once) == once


def test_every_character_of_the_text_survives_escaping():
    text = "".join(piece for piece in PIECES if not set("<>&\r\x00\x0b\x0c\t\n\x9d") & set(piece)).replace("  ", " ").strip()

    assert edited(Html(), f"<p>{html.escape(text)}</p>") == [text]


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 300_000 + "x" + "</div>" * 300_000,
        "<b a=1>" * 5_000 + "<p>x" * 5_000,
        "<" * 1_000_000,
        "&amp;" * 500_000 + "lt;",
        "<!--" * 200_000 + "<p>",
        "<a " * 100_000 + "<p>",
        "<script>" * 100_000,
        "&" * 500_000 + "<p>",
        "<p>hello <b>world</b> x</p>" * 50_000,
    ],
    ids=["deep", "unclosed", "angles", "amps", "comments", "open tags", "scripts", "ampersands", "many"],
)
def test_hostile_pages_neither_crash_nor_take_for_ever(page):
    # a reader that takes time by the square of the page needs hours for these
    assert len(edited(Html(), page)[0]) <= len(page)


def test_deep_pages_keep_their_text():
    deep = "<div>" * 600 + "<p>one &amp; two<script>no</script></p><p>three</p>" + "</div>" * 600

    assert edited(Html(), deep) == ["one & two\n\nthree"]


def test_text_without_markup_is_not_copied():
    series = pl.Series(["plain", "你好"])

    assert Html().edit(Text(series)) is series
