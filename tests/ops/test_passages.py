from __future__ import annotations

import re
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.ops.expand.passages import Passages


def pieces(text: str, **parameters: object) -> list[str]:
    return Passages.model_validate(parameters).pieces(Text(pl.Series([text]))).texts.to_list()


def test_the_best_place_in_the_second_half_is_taken() -> None:
    text = "One two.\n\nThree four five. Six seven\neight nine ten eleven twelve."
    assert pieces(text, size=4) == ["One two.", "Three four five.", "Six seven", "eight nine ten eleven", "twelve."]
    assert pieces(text, size=6) == ["One two.\n\nThree four five.", "Six seven\neight nine ten eleven", "twelve."]
    assert pieces(text, size=3)[:3] == ["One two.", "Three four five.", "Six seven"]


def test_quotes_and_brackets_stay_with_their_sentence() -> None:
    text = 'He said "Go home!" and (then) left. "Why?" I asked.'
    assert pieces(text, size=4) == ['He said "Go home!"', 'and (then) left. "Why?"', "I asked."]
    chinese = "他说：“走吧。”我问：“去哪儿？”他没有回答。"
    assert pieces(chinese, size=6) == ["他说：“走吧。”", "我问：“去哪儿？”", "他没有回答。"]


def test_a_short_text_stays_whole() -> None:
    for text in ("", " \n ", "...", "one two three", "一二三"):
        assert pieces(text, size=3) == [text]
    assert pieces("one two thre", size=12, unit="characters") == ["one two thre"]
    assert pieces("one two three", size=12, unit="characters") == ["one two", "three"]


def test_a_word_longer_than_a_passage_is_one() -> None:
    assert pieces("a " + "x" * 50 + " b", size=10, unit="characters") == ["a", "x" * 50, "b"]


def test_windows_line_ends_are_one_break() -> None:
    assert pieces("a b\r\nc d\r\n\r\ne f g h", size=5) == ["a b\r\nc d", "e f g h"]


TEXTS = st.text(alphabet="abc dé中文字。！？.,!\n\r\t “”(x)'\u3000😀1-", max_size=120)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(1, 12), st.sampled_from(["words", "characters"]))
def test_nothing_but_white_space_is_lost_and_no_passage_is_too_long(text: str, size: int, unit: str) -> None:
    found = pieces(text, size=size, unit=unit)
    assert "".join("".join(found).split()) == "".join(text.split())
    for piece in found if len(found) > 1 else ():
        if unit == "characters":
            inner = re.sub(r"^\s+|\s+$", "", piece)
            words = re.findall(r"[中文字]|[a-zé\d](?:[.,'-]?[a-zé\d])*", inner)
            assert len(inner) <= size or len(words) <= 1, piece


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "bb", "中", "c.", "d\n\n"]), max_size=40), st.integers(1, 9), st.integers(0, 8))
def test_overlap_repeats_the_end_of_the_passage_before(words: list[str], size: int, overlap: int) -> None:
    text = " ".join(words)
    found = pieces(text, size=size, overlap=min(overlap, size - 1))
    for one, other in pairwise(found):
        head, tail = other.split(), one.split()
        shared = max((n for n in range(min(len(head), len(tail)) + 1) if head[:n] == tail[len(tail) - n :]), default=0)
        assert shared >= min(overlap, size - 1, len(tail) - 1)
        assert len(tail) <= size


@pytest.mark.parametrize("text", ["word " * 200_000, "中" * 1_000_000, "x" * 1_000_000, "." * 1_000_000, "a.b\n" * 250_000])
def test_a_megabyte_is_cut_without_loss(text: str) -> None:
    found = pieces(text, size=500, overlap=0)
    assert "".join("".join(found).split()) == "".join(text.split())


@pytest.mark.parametrize("overlap", [4, 5, 400])
def test_an_overlap_of_a_whole_passage_is_refused(overlap: int) -> None:
    with pytest.raises(Error, match=f"`overlap = {overlap}` is as long as a whole passage") as raised:
        Passages(size=4, overlap=overlap)

    assert raised.value.problems[0].code == "wrong-value"
    assert pieces("one two three four five six", size=4, overlap=3)[:2] == ["one two three four", "two three four five"]
