from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.urls import Urls
from tests.ops.strange import PIECES, edited

SOUP = [
    *("http://", "https://", "HTTP://", "www.", "ftp://", "://", "a.b", "example.com", "x.cn/y", "/path", "?q=1", "#f", ":80"),
    *("[", "]", "(", ")", "](", "![", "<", ">", ".", ",", " ", "\n", "中", "。", "例子.中国", "user@", "é", "…", '"', "\\"),
]
soups = st.lists(st.sampled_from(SOUP + PIECES), max_size=14).map("".join)
settings_of = st.fixed_dictionaries(
    {
        "replacement": st.sampled_from(["", "<url>", "链接"]),
        "keep_domain": st.booleans(),
        "links": st.sampled_from(["text", "remove", "leave"]),
        "bare": st.booleans(),
    }
)


def shown(text: str, **parameters: object) -> str:
    """The text with `@` for every URL."""
    return edited(Urls(replacement="@", **parameters), text)[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("http://example.com", "@"),
        ("see https://example.com/a?b=c&d=%20#e-f_g~h now", "see @ now"),
        ("HTTPS://EXAMPLE.COM/A", "@"),
        ("ftp://a.b/c sftp://a.b ws://a.b wss://a.b", "@ @ @ @"),
        ("http://localhost:8080/x", "@"),
        ("http://192.168.0.1/x", "@"),
        ("http://[2001:db8::1]:80/x y", "@ y"),
        ("http://user:secret@example.com/", "@"),
        ("(http://example.com/a_(b)) end", "(@) end"),
        ("http://example.com/a.", "@."),
        ("Is it http://example.com/a?!", "Is it @?!"),
        ("http://a.b/c,http", "@"),
        ("http://a.b, http://c.d; http://e.f: x", "@, @; @: x"),
        ("\"http://a.b\" 'http://c.d' “http://e.f”", "\"@\" '@' “@”"),
        ("<http://a.b> <b>http://c.d</b>", "@ <b>@</b>"),
        ("www.example.com/x and WWW.Example.com", "@ and @"),
        ("http:// and https:/x and ://a.b", "http:// and https:/x and ://a.b"),
        (
            "www. and www.x and awww.example.com and a@www.example.com",
            "www. and www.x and awww.example.com and a@www.example.com",
        ),
        ("mail a.b@example.com or see example.com", "mail a.b@example.com or see example.com"),
        ("C:/x //comment e.g. 3.14 a:b", "C:/x //comment e.g. 3.14 a:b"),
        ("http://пример.рф/путь http://a.b/café", "@ @"),
        ("看http://t.cn/abc真好", "看@真好"),
        ("（http://t.cn/abc）。http://t.cn/abc。", "（@）。@。"),
        ("http://例子.中国/a http://例子.测试", "@ @"),
        ("协议http://是这样的。", "协议http://是这样的。"),
        ("ดูhttp://a.b/cได้", "ดู@ได้"),
        ("http://a.b/c\u3000http://d.e", "@\u3000@"),
        ("http://a.b\u200bx😀http://c.d😀", "@\u200bx😀@😀"),
    ],
)
def test_what_is_a_url_and_where_it_ends(before, after):
    assert shown(before, links="leave") == after


@pytest.mark.parametrize(
    ("before", "text", "nothing", "url"),
    [
        ("[site](http://a.b)", "site", "", "[site](@)"),
        ("![alt](https://a.b/c.png 'title')", "alt", "", "![alt](@ 'title')"),
        ("[![alt](http://a.b/c.png)](http://a.b)!", "alt!", "!", "[![alt](@)](@)!"),
        ("[a](<http://a.b>)", "a", "", "[a](@)"),
        ("[a](#anchor) [b](file.md) [c]", "[a](#anchor) [b](file.md) [c]", "[a](#anchor) [b](file.md) [c]", None),
        ("[1] see [原文](www.a.cn/x)。", "[1] see 原文。", "[1] see 。", "[1] see [原文](@)。"),
        ("[open](http://a.b", "[open](@", "[open](@", "[open](@"),
    ],
)
def test_markdown_links(before, text, nothing, url):
    assert shown(before) == text
    assert shown(before, links="remove") == nothing
    assert shown(before, links="leave") == (before if url is None else url)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("go to example.com.", "go to @."),
        ("example.com/a?b, x.co.uk:80/c", "@, @"),
        ("m.example.com.cn看", "@看"),
        (
            "file.py README.md main.rs run.sh a.so e.g. i.e. 3.14 v1.2",
            "file.py README.md main.rs run.sh a.so e.g. i.e. 3.14 v1.2",
        ),
        ("a@example.com a.b@c.com @x.com", "a@example.com a.b@c.com @x.com"),
        ("end.Communication example.comic", "end.Communication example.comic"),
        ("os.path.com_mon", "os.path.com_mon"),
    ],
)
def test_bare_domains(before, after):
    assert shown(before, bare=True) == after
    assert shown(before) == before


def test_the_domain_can_stay():
    text = "a https://user@www.example.com:8080/x?y b http://example.org。 c www.example.net"

    assert edited(Urls(keep_domain=True), text) == ["a example.com b example.org。 c example.net"]


@given(soups, settings_of)
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text, parameters):
    op = Urls(**parameters)
    once = edited(op, text)

    assert edited(op, *once) == once


@given(st.lists(soups, max_size=6), settings_of)
@settings(max_examples=100, deadline=None)
def test_rows_do_not_see_each_other(rows, parameters):
    op = Urls(**parameters)

    assert edited(op, *rows) == [edited(op, row)[0] for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        "[a](" * 100_000,
        "http://a.b " * 100_000,
        "." * 1_000_000,
        "a." * 400_000,
        "x" * 1_000_000 + " http://a.b",
    ],
    ids=["brackets", "links", "urls", "dots", "labels", "long line"],
)
def test_hostile_texts_end_and_are_done_at_once(text):
    op = Urls(bare=True, replacement="<a long replacement>")
    once = edited(op, text)
    assert edited(op, *once) == once


def test_untouched_texts_are_handed_on_as_they_are():
    series = pl.Series("text", ["plain", "C:/x", ""])

    assert Urls().edit(Text(series)) is series
