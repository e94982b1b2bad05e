"""The expected sentences were written down from the sentencizer's rule and seen once in spaCy 3.8.18."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from dprep.base.text import Text
from dprep.kernels.sentences import chinese_sentences, english_sentences
from tests.kernels.spans import strings
from tests.ops.strange import batches

ENGLISH = {
    "One. Two! Three?": ["One.", "Two!", "Three?"],
    "Mr. Smith left. He ran.": ["Mr. Smith left.", "He ran."],
    'He said "Go." Then he went.': ['He said "Go."', "Then he went."],
    "Wait... what?! Yes": ["Wait... what?!", "Yes"],
    "One.\nTwo.\n": ["One.", "Two.", ""],
    "One.  Two": ["One.", "Two"],
    "One.\n\n": ["One.", ""],
    "One. ": ["One."],
    "end.Start": ["end.", "Start"],
    "e.g. this, i.e. that": ["e.g. this, i.e. that"],
    "no end": ["no end"],
    "": [""],
    " ": [""],
    "...": ["..."],
    ". . .": [". . ."],
}
CHINESE = {
    "今天下雨。明天呢？好！": ["今天下雨。", "明天呢？", "好！"],
    "他说：“走。”然后走了。": ["他说：“走。”", "然后走了。"],
    "价格3.5元。": ["价格3.5元。"],
    "第一。\n第二。": ["第一。", "第二。"],
}


@pytest.mark.parametrize("text", ENGLISH)
def test_english_sentences_are_those_of_the_sentencizer(text):
    assert strings([text], english_sentences) == [ENGLISH[text]]


@pytest.mark.parametrize("text", CHINESE)
def test_chinese_sentences_are_those_of_the_sentencizer(text):
    pytest.importorskip("jieba")

    assert strings([text], chinese_sentences) == [CHINESE[text]]


def test_blank_sentences_count_or_not():
    found = english_sentences(Text(pl.Series(["One.\nTwo.\n", "", "a", " "])))

    assert found.counts().tolist() == [3, 1, 1, 1]
    assert found.filled_counts().tolist() == [2, 0, 1, 0]


@given(batches)
@settings(max_examples=150, deadline=None)
def test_sentences_hold_every_character_that_is_no_blank(rows):
    for row, found in zip(rows, strings(rows, english_sentences), strict=True):
        assert "".join("".join(found).split()) == "".join(row.split())
        assert all(sentence == sentence.strip() for sentence in found)


@given(batches)
@settings(max_examples=50, deadline=None)
def test_taken_rows_have_the_sentences_that_they_would_have_alone(rows):
    text = Text(pl.Series(rows, dtype=pl.String))
    kept = np.arange(1, len(rows), 2)
    alone = Text(text.series.gather(kept))
    shift = alone.buffers.offsets[:-1] - text.buffers.offsets[kept]

    taken, wanted = english_sentences(text).taken(kept, shift), english_sentences(alone)

    for ours, theirs in zip(taken, wanted, strict=True):
        assert ours.tolist() == theirs.tolist()


def test_a_megabyte_of_end_marks_is_one_sentence():
    assert strings(["! " * 500_000], english_sentences) == [["! " * 499_999 + "!"]]
