from __future__ import annotations

import polars as pl

from dprep.base.step import Step, run_step
from dprep.ops.filter.length import Length


def outcome(op, *texts: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Kept texts, and the dropped ones with their reasons."""
    done = run_step(Step("length", "filter.length", op), pl.DataFrame({"text": texts}, schema={"text": pl.String}))
    return done.kept["text"].to_list(), list(zip(done.dropped["text"], done.dropped["reason"], strict=True))


def test_texts_without_words_are_dropped_by_default():
    kept, dropped = outcome(Length(), "a word", "", " \n", "¡¿?!", "👍🏽", "好")

    assert kept == ["a word", "好"]
    assert dropped == [("", "min_words"), (" \n", "min_words"), ("¡¿?!", "min_words"), ("👍🏽", "min_words")]


def test_each_bound_includes_its_limit_and_names_the_reason():
    op = Length(min_words=2, max_words=3, min_characters=4, max_characters=9)

    kept, dropped = outcome(op, "one", "a b", "one two", "a b c d", "one two three", "a bc def", "三个字吗")

    assert kept == ["one two", "a bc def"]
    assert dropped == [
        ("one", "min_words"),
        ("a b", "min_characters"),
        ("a b c d", "max_words"),
        ("one two three", "max_characters"),
        ("三个字吗", "max_words"),
    ]


def test_characters_are_code_points_not_bytes():
    assert outcome(Length(min_characters=4, min_words=None), "你好吗", "你好吗！")[0] == ["你好吗！"]


def test_no_limit_is_none_and_zero_is_zero():
    assert outcome(Length(min_words=None), "", "a")[0] == ["", "a"]
    assert outcome(Length(min_words=0, max_words=0), "", "a") == ([""], [("a", "max_words")])
