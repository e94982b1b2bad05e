from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.ops.filter.gopher_repetition import GopherRepetition
from tests.ops.web_filters import STRANGE, measured, reasons

OFF = {name: 2.0 if "top" in name else 1.0 for name in GopherRepetition.model_fields if name.startswith("max_")}
VOCABULARY = ["a", "bb", "dé", "ccc", "eeeeeeeee"]
# few different words, so that long runs of them repeat and overlap
WORDS = st.integers(1, 5).flatmap(lambda size: st.lists(st.sampled_from(VOCABULARY[:size]), min_size=1, max_size=60))


def greedy(words: list[str], length: int) -> int:
    """Characters of n-grams seen before, going on behind each one found: the rule in words, slowly."""
    seen, total, at = set(), 0, 0
    while at + length <= len(words):
        gram = tuple(words[at : at + length])
        if gram in seen:
            total += sum(map(len, gram))
            at += length
        else:
            seen.add(gram)
            at += 1
    return total


def grams(words: list[str], length: int) -> Counter:
    return Counter(tuple(words[i : i + length]) for i in range(len(words) - length + 1))


@given(WORDS)
@settings(max_examples=200, deadline=None)
def test_n_grams_are_counted_as_by_hand(words):
    text = " ".join(words)
    found = measured(GopherRepetition(), text)

    for length in (2, 3, 4):
        counted = grams(words, length)
        most = max(counted, key=lambda gram: counted[gram]) if counted else ()
        assert found[f"top_{length}_gram"] == len(" ".join(most)) * counted[most] / len(text)
    for length in range(5, 11):
        assert found[f"duplicate_{length}_grams"] == greedy(words, length) / len(text)


@given(WORDS)
@settings(max_examples=100, deadline=None)
def test_n_grams_of_dolma_are_counted_as_by_hand(words):
    found, characters = measured(GopherRepetition(flavour="dolma"), " ".join(words)), sum(map(len, words))

    for length in (2, 3, 4):
        counted = grams(words, length)
        most = max(counted, key=lambda gram: counted[gram]) if counted else ()
        assert found[f"top_{length}_gram"] == len("".join(most)) * counted[most] / characters
    for length in range(5, 11):
        sizes = {gram: len("".join(gram)) * times for gram, times in grams(words, length).items()}
        twice = sum(size for gram, size in sizes.items() if grams(words, length)[gram] > 1)
        assert found[f"duplicate_{length}_grams"] == twice / max(sum(sizes.values()), 1)


LINES = [
    ("duplicate_lines", "a\nb\n\n\na\nc", 1 / 4),
    ("duplicate_lines", "\na\n", 1 / 3),  # an empty line in front and one at the end
    ("duplicate_line_characters", "aé\nb\naé\naé", 4 / 10),
    ("duplicate_paragraphs", " \n\na\nb\n\n\nc\n\na\nb\n\n", 1 / 3),
    ("duplicate_paragraphs", "a\n \na", 0),  # a blank is no empty line
    ("duplicate_paragraph_characters", "ab\n\nc\n\nab", 2 / 9),
]


@pytest.mark.parametrize(("name", "text", "expected"), LINES)
def test_lines_and_paragraphs_are_those_of_the_published_definition(name, text, expected):
    assert measured(GopherRepetition(), text)[name] == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("duplicate_lines", "a\n\nb\n\na", 4 / 5),
        ("duplicate_line_characters", "ab\nc\nab", 4 / 5),
    ],
)
def test_lines_of_dolma_count_the_first_and_the_empty_ones(name, text, expected):
    assert measured(GopherRepetition(flavour="dolma"), text)[name] == expected


LIMITS = [
    *((f"max_{name}", text, value) for name, text, value in LINES if value),
    ("max_top_2_gram", "a b c a b", 6 / 9),
    ("max_top_3_gram", "a b c a b c", 10 / 11),
    ("max_top_4_gram", "a b c d", 1.0),
    *((f"max_duplicate_{n}_grams", " ".join("abcdefghij"[:n] * 2), n / (4 * n - 1)) for n in range(5, 11)),
]


@pytest.mark.parametrize(("rule", "text", "value"), LIMITS)
def test_a_limit_itself_is_kept_and_the_next_number_is_not(rule, text, value):
    assert reasons(GopherRepetition(**{**OFF, rule: value}), text) == [None]
    assert reasons(GopherRepetition(**{**OFF, rule: math.nextafter(value, 0)}), text) == [rule]


def test_the_first_rule_in_the_order_of_the_source_is_the_reason():
    assert reasons(GopherRepetition(), "same\n\nsame") == ["max_duplicate_paragraphs"]
    assert reasons(GopherRepetition(max_duplicate_paragraphs=1.0), "same\n\nsame") == ["max_duplicate_paragraph_characters"]


def test_empty_texts_are_dropped_by_the_first_rule():
    assert reasons(GopherRepetition(), "") == ["max_duplicate_paragraphs"]
    assert reasons(GopherRepetition(flavour="dolma"), "") == ["max_duplicate_lines"]


def test_chinese_repeats_are_seen_word_by_word():
    pytest.importorskip("jieba")
    text = "我们的图书馆每天九点开门，晚上八点关门；周末和节假日只开半天，借书证可以在一楼大厅办理，读者需要带上身份证。"
    text += "孩子们喜欢三楼的阅览室，那里有许多童话，还有一位老人讲故事，讲到太阳落山为止。"

    found = reasons(GopherRepetition(flavour="zh"), text, "点击这里查看更多内容。" * 20)
    assert found == [None, "max_top_2_gram"]
    assert measured(GopherRepetition(flavour="zh"), text)["duplicate_5_grams"] == 0


@pytest.mark.parametrize("flavour", ["datatrove", "dolma"])
def test_strange_texts_do_not_raise(flavour):
    assert len(reasons(GopherRepetition(flavour=flavour), *STRANGE)) == len(STRANGE)
    assert measured(GopherRepetition(flavour=flavour), "word and the " * 50_000)["duplicate_10_grams"] > 0.7
