from __future__ import annotations

import re
import unicodedata

import polars as pl
from hypothesis import given, settings

from dprep.base.text import Text
from dprep.kernels.words import counts, words
from tests.ops.strange import batches

SINGLE = "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
SINGLE += "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
JOINERS = "'’‐_·\u00ad\u200c\u200d＇-"


def coded(text: str) -> str:
    """One letter per character: L, N, M, S (word of its own), j, p or space."""
    kinds = []
    for character in text:
        major = unicodedata.category(character)[0]
        if re.match(f"[{SINGLE}]", character) and (major in "LNM" or ord(character) >= 0x20000):
            kinds.append("S")
        elif character in JOINERS:
            kinds.append("j")
        elif character in ".,:．":
            kinds.append("p")
        else:
            kinds.append(major if major in "LNM" else " ")
    return "".join(kinds)


def oracle(text: str) -> list[str]:
    """Words by a regular expression over the classes of the characters."""
    pattern = "SM*|[LN](?:[LN]|M+|(?<!M)j(?=[LN])|(?<=M)j(?=[LN])|(?<=N)p(?=N))*"
    return [text[found.start() : found.end()] for found in re.finditer(pattern, coded(text))]


def found_words(rows: list[str]) -> list[list[str]]:
    text = Text(pl.Series(rows, dtype=pl.String))
    found, data = text.once(words), text.buffers.data.tobytes()
    spans = [data[a:b].decode() for a, b in zip(found.starts, found.ends, strict=True)]
    return [spans[a:b] for a, b in zip(found.rows, found.rows[1:], strict=False)]


@given(batches)
@settings(max_examples=300, deadline=None)
def test_words_are_those_of_the_oracle(rows):
    assert found_words(rows) == [oracle(row) for row in rows]


@given(batches)
@settings(max_examples=200, deadline=None)
def test_counts_are_numbers_of_words_and_of_code_points(rows):
    counted = counts(Text(pl.Series(rows, dtype=pl.String)))

    assert counted.words.tolist() == [len(oracle(row)) for row in rows]
    assert counted.characters.tolist() == [len(row) for row in rows]


def test_inner_punctuation_keeps_a_word_whole():
    assert found_words(["don't stop: it's 3,141.59 well-known, U.S. -- x_y 'quoted' 12:30."]) == [
        ["don't", "stop", "it's", "3,141.59", "well-known", "U", "S", "x_y", "quoted", "12:30"]
    ]


def test_a_point_joins_digits_only():
    assert found_words(["1.a 3,b a.1 1.5 1..5 2:30pm"]) == [["1", "a", "3", "b", "a", "1", "1.5", "1", "5", "2:30pm"]]


def test_chinese_is_never_one_word():
    assert found_words(["我爱Python编程，第1课"]) == [["我", "爱", "Python", "编", "程", "第", "1", "课"]]


def test_korean_words_stand_between_blanks():
    assert found_words(["한국어 단어 셋"]) == [["한국어", "단어", "셋"]]


def test_a_slice_keeps_its_own_words():
    text = Text(pl.Series(["one two", "three", "four five six"]).slice(1))

    assert counts(text).words.tolist() == [1, 3]
