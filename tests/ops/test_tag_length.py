"""Lengths against numbers counted by hand and by Python."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given

from dprep.base.text import Text
from dprep.ops.tag.length import Length
from tests.ops.strange import batches


def lengths(*texts: str, **parameters) -> list[dict[str, int]]:
    return pl.DataFrame(Length(**parameters).note(Text(pl.Series(texts, dtype=pl.String)))).to_dicts()


def sentences(text: str) -> int:
    return lengths(text)[0]["sentences"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n\n ", 0),
        ("One", 1),
        ("One. Two! Three? Four… five", 5),
        ("One.\nTwo", 2),
        ("One\nTwo", 2),
        ('He said "no." Then he left.', 2),
        ("It costs 3.14 euros at example.com today.", 1),
        ("Wait... what?! Yes.", 3),
        ("...", 0),
        ("?! ...\n.", 0),
        ("你好。在吗？在！", 3),
        ("他说：“好。”然后走了。", 2),
        ("好。。。", 1),
        ("終わり。END. x", 3),
        ("क्या हाल है। ठीक।", 2),
        ("No end", 1),
        ("a.b.c", 1),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, count):
    assert sentences(text) == count


def test_lines_that_hold_nothing_do_not_count():
    assert [each["lines"] for each in lengths("", "\n\n", "a\n\n  \nb\n", "a", "\r\nb\r\n", "\u3000\n你")] == [0, 0, 2, 1, 1, 1]


@given(batches)
def test_characters_and_bytes_are_those_of_python(texts):
    found = lengths(*texts, counts=("characters", "bytes"))

    assert [each["characters"] for each in found] == [len(text) for text in texts]
    assert [each["bytes"] for each in found] == [len(text.encode()) for text in texts]


@given(batches)
def test_a_text_counts_the_same_alone_and_in_company(texts):
    assert lengths(*texts) == [each for text in texts for each in lengths(text)]


def test_a_line_of_a_megabyte():
    (found,) = lengths("word " * 200_000 + "end.")

    assert found == {"characters": 1_000_004, "words": 200_001, "sentences": 1, "lines": 1, "bytes": 1_000_004}
