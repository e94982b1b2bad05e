"""The expected tokens were written down from spaCy's rules and seen once in spaCy 3.8.18 (blank English)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from dprep.base.text import Text
from dprep.kernels.english_tables import special_cases
from dprep.kernels.tokens import english
from tests.kernels.spans import strings
from tests.ops.strange import batches

CASES = {
    "Hello, world!": "Hello|,|world|!",
    "(see Fig. 3)": "(|see|Fig|.|3|)",
    'She said: "Go."': 'She|said|:|"|Go|.|"',
    "don't can't won't it's I'm we'll they've": "do|n't|ca|n't|wo|n't|it|'s|I|'m|we|'ll|they|'ve",
    "don’t it’s John’s": "do|n’t|it|’s|John|’s",
    "John's dogs' nobody'll": "John|'s|dogs|'|nobody'll",
    "cannot gonna Im dont its ill": "can|not|gon|na|I|m|do|nt|its|ill",
    "Mr. Smith, Ph.D., lives in the U.S. now.": "Mr.|Smith|,|Ph.D.|,|lives|in|the|U.S.|now|.",
    "Mr.Smith met Dr.No": "Mr.|Smith|met|Dr.|No",
    "NATO. J. a. ok.": "NATO|.|J.|a.|ok|.",
    "e.g. i.e., a.m. vs. etc.": "e.g.|i.e.|,|a.m.|vs.|etc|.",
    "9am 10p.m. 13pm": "9|am|10|p.m.|13pm",
    "well-known x--y 1-2 a-1 1-a -1": "well|-|known|x|--|y|1|-|2|a-1|1|-|a|-1",
    "and/or he/she 1/2 a=b": "and/or|he|/|she|1/2|a|=|b",
    "5km 10kg 3.5% 20m² 5x $5.00 5$ US$5 5US$": "5|km|10|kg|3.5|%|20|m²|5x|$|5.00|5|$|US$|5|5|US$",
    "+1 a+b 1+1 c+ 5+ +a": "+1|a+b|1|+|1|c+|5|+|+|a",
    "wait... what…… end..": "wait|...|what|……|end|..",
    "see http://www.example.com/a?b=c, or x@y.org.": "see|http://www.example.com/a?b=c|,|or|x@y.org|.",
    "www.example.com:8080/x-y 8.8.8.8/a 10.0.0.1/a ex.c/a": "www.example.com:8080/x-y|8.8.8.8/a|10.0.0.1|/|a|ex.c|/|a",
    "end.Start a,b 1,000 1.5 x.y": "end|.|Start|a|,|b|1,000|1.5|x.y",
    "word:) :-( <3 ^_^ (^_^)": "word|:)|:-(|<3|^_^|(^_^)",
    "''' \"\" ``": "'|''|\"|\"|`|`",
    "20°C. ©2020 a😀b 😀😀": "20|°|C|.|©|2020|a|😀|b|😀|😀",
    "我爱编程。 你好，世界": "我爱编程|。|你好，世界",
    "é.À ʔ. ЖЖ. x²." : "é|.|À|ʔ|.|ЖЖ|.|x²|.",
    "_x_ #tag @user *a* [1]": "_|x|_|#|tag|@user|*|a|*|[|1|]",
    "a—b a–b a~b a——b —x": "a|—|b|a|–|b|a|~|b|a|——|b|—|x",
    "C++ c++ 'Twas 'em 'tis": "C++|c++|'|Twas|'em|'|tis",
    "a\u00a0b\u3000c\u2028d\x1ce\tf\r\ng": "a|b|c|d|e|f|g",
    "zero\u200bwidth\ufeff": "zero\u200bwidth\ufeff",
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_tokens_are_those_of_spacy(text):
    assert strings([text], english) == [CASES[text].split("|")]


def test_a_row_sees_nothing_of_its_neighbours():
    rows = ["", "Mr.", " ", "'s", "a", "", "\n\n", ". ", "5", "km"]

    assert strings(rows, english) == [strings([row], english)[0] for row in rows]


def test_special_cases_fall_apart_as_listed():
    cases = zip(*special_cases(), strict=True)
    wanted = [[case.encode()[a:b].decode() for a, b in zip((0, *ends), ends, strict=False)] for case, ends in cases]

    assert strings(list(special_cases()[0]), english) == wanted


def test_there_are_as_many_special_cases_as_in_spacy():
    assert len(special_cases()[0]) == 1343  # 1,347 less four of white space


@given(batches)
@settings(max_examples=200, deadline=None)
def test_tokens_hold_every_character_that_is_no_blank(rows):
    for row, found in zip(rows, strings(rows, english), strict=True):
        assert "".join(found) == "".join(row.split())
        assert not any(map(str.isspace, "".join(found)))


@pytest.mark.parametrize("piece", ["a", ".", "'", "@", "(", "a.", "http://", "“", "x@", "1.", "我", "!)", "-", "°C.", ":) "])
def test_a_line_of_a_megabyte_takes_no_longer_than_its_length(piece):
    row = piece * (1_000_000 // len(piece.encode()))

    found = strings([row], english)[0]

    assert "".join(found) == row.replace(" ", "")


def test_a_slice_keeps_its_own_tokens():
    text = Text(pl.Series(["one two", "three", "it's four"]).slice(1))
    found, data = english(text), text.buffers.data.tobytes()

    assert [data[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == [b"three", b"it", b"'s", b"four"]


@given(batches)
@settings(max_examples=50, deadline=None)
def test_taken_rows_have_the_tokens_that_they_would_have_alone(rows):
    text = Text(pl.Series(rows, dtype=pl.String))
    kept = np.arange(0, len(rows), 2)
    alone = Text(text.series.gather(kept))
    shift = alone.buffers.offsets[:-1] - text.buffers.offsets[kept]

    taken, wanted = text.once(english).taken(kept, shift), english(alone)

    for ours, theirs in zip(taken, wanted, strict=True):
        assert ours.tolist() == theirs.tolist()
