from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from dprep.base.text import Text
from dprep.kernels.protected import CODE, EMAIL, HASHTAG, MENTION, NUMBER, PLACEHOLDER, URL, protected_spans, untouched
from dprep.kernels.words import words
from tests.ops.strange import batches


def found(*texts: str) -> list[list[tuple[str, int]]]:
    """The protected stretches of each text, with their kinds."""
    buffers = Text(pl.Series(texts, dtype=pl.String)).buffers
    rows, starts, ends, kinds = protected_spans(buffers)
    told = [(bytes(buffers.data[a:b]).decode(), int(kind)) for a, b, kind in zip(starts, ends, kinds, strict=True)]
    return [told[rows[r] : rows[r + 1]] for r in range(len(texts))]


CASES = [
    (URL, ["https://a.b/c?d=e#f", "www.example.org", "ftp://x.y/z", "example.com/path"]),
    (EMAIL, ["me@example.org", "a.b-c+d_e@mail.example.co.uk"]),
    (MENTION, ["@you", "@张三", "@jörg_1"]),
    (HASHTAG, ["#tag", "#话题#", "#标签"]),
    (
        NUMBER,
        ["5", "-3.5", "+7", "$1,000.50", "€20", "50%", "10:30:45", "2024-05-01", "1/2", "3pm", "３００", "½", "20°", "¥5"],
    ),
    (CODE, ["v2", "AB-123", "snake_case", "main.py", "e.g", "\\frac", "/usr/bin/x", "`x = y`", "&amp;", "&#39;", "~/x.txt"]),
    (
        PLACEHOLDER,
        ["{name}", "{{a.b}}", "${x}", "$x", "%s", "%.2f", "%1$s", "%(n)s", "[NAME]", "<b>", "</p>", ":+1:", "{a{b}}"],
    ),
]


@pytest.mark.parametrize(("kind", "stretch"), [(kind, each) for kind, every in CASES for each in every])
@pytest.mark.parametrize("around", ["{}", "see {} now", "看 {} 吧", "({})", "one {}, two", "{}\nnext"])
def test_addresses_numbers_and_placeholders_are_found_whole(kind, stretch, around):
    assert found(around.replace("{}", stretch)) == [[(stretch, kind)]]


@pytest.mark.parametrize("stretch", ["https://a.b/c", "me@example.org", "{name}", "%s", "[NAME]", "$5", "main.py", "<b>"])
def test_han_beside_a_stretch_does_not_belong_to_it(stretch):
    assert [each for each, _ in found(f"中文{stretch}中文")[0]] == [stretch]


@pytest.mark.parametrize(
    "text",
    [
        "well-known facts and/or don't; naïve café — 你好，三百元（谢谢）!",
        "a < b, x [see] y { never closed",
        "@ # % $ & ` ~ / : alone",
        "half `open\nnext line` <open\n>",
        "C# and 中文#",
        "",
    ],
)
def test_words_and_lone_signs_are_free(text):
    assert found(text) == [[]]


def test_a_sign_and_a_per_cent_sign_need_their_number():
    assert found("5 - 3 and a-3 100%sure")[0] == [("5", NUMBER), ("3", NUMBER), ("a-3", CODE), ("100%", NUMBER)]


@given(batches)
@settings(max_examples=200, deadline=None)
def test_stretches_are_in_order_and_hold_whole_characters(rows):
    buffers = Text(pl.Series(rows, dtype=pl.String)).buffers
    spans = protected_spans(buffers)

    assert (spans.starts < spans.ends).all()
    for row, text in enumerate(rows):
        mine = slice(spans.rows[row], spans.rows[row + 1])
        places = np.stack([spans.starts[mine], spans.ends[mine]], 1).ravel()
        assert (np.diff(places) >= 0).all()
        assert all(buffers.offsets[row] <= place <= buffers.offsets[row + 1] for place in places)
        for a, b in places.reshape(-1, 2):
            bytes(buffers.data[a:b]).decode()
        assert found(text)[0] == [
            (bytes(buffers.data[a:b]).decode(), k) for (a, b), k in zip(places.reshape(-1, 2), spans.kinds[mine], strict=True)
        ]


def test_every_ascii_digit_is_protected():
    text = "".join(chr(point) for point in range(32, 127)) * 3
    hidden = text
    for stretch, _ in found(text)[0]:
        hidden = hidden.replace(stretch, "")

    assert not any(c.isdigit() for c in hidden)


def test_words_that_touch_a_stretch_are_told_from_those_that_do_not():
    text = Text(pl.Series(["ask me@example.org or Ann about 3 things", "", "中 {x} 文"]))
    spans = text.once(words)
    free = untouched(spans, protected_spans(text.buffers))
    told = [bytes(text.buffers.data[a:b]).decode() for a, b in zip(spans.starts[free], spans.ends[free], strict=True)]

    assert told == ["ask", "or", "Ann", "about", "things", "中", "文"]


def test_a_megabyte_in_one_line_is_read_in_one_pass():
    assert found("a" * 1_000_000) == [[]]
    assert len(found("{" * 100_000 + "1 " * 100_000)[0]) == 100_000
