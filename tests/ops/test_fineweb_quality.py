from __future__ import annotations

import math

import pytest

from dprep.ops.filter.fineweb_quality import FinewebQuality
from tests.ops.web_filters import STRANGE, measured, reasons

OFF = {"min_terminal_lines": 0.0, "max_short_lines": 1.0, "max_duplicate_line_characters": 1.0, "max_newline_ratio": 100.0}
TABLE = [
    ("min_terminal_lines", "Yes.\nNo\n\n \nWhat?", 2 / 3),
    ("min_terminal_lines", "Ends。\nEnds！\nDoes not…\nnor here. ", 2 / 4),
    ("max_short_lines", "x" * 30 + "\n" + "x" * 31 + "\n\n", 1 / 2),
    ("max_short_lines", "é" * 30 + "\n" + "👍" * 31, 1 / 2),
    ("max_duplicate_line_characters", "ab\ncde\n\nab\nab", 4 / 9),
    ("max_newline_ratio", "\none two\n\nthree.\n", 4 / 4),
]


@pytest.mark.parametrize(("rule", "text", "value"), TABLE)
def test_measures_are_those_of_the_published_definition(rule, text, value):
    assert measured(FinewebQuality(), text)[rule.partition("_")[2]] == value


@pytest.mark.parametrize(("rule", "text", "value"), TABLE)
def test_a_limit_itself_is_kept_and_the_next_number_is_not(rule, text, value):
    beyond = math.nextafter(value, 1 if rule.startswith("min_") else 0)

    assert reasons(FinewebQuality(**{**OFF, rule: value}), text) == [None]
    assert reasons(FinewebQuality(**{**OFF, rule: beyond}), text) == [rule]


def test_texts_without_an_ending_line_may_be_kept():
    op = FinewebQuality(**{**OFF, "min_terminal_lines": 0.6}, allow_no_terminal_lines=True)

    assert reasons(op, "none\nat all", "one.\nof two", " \n") == [None, "min_terminal_lines", "min_terminal_lines"]


def test_flavours_have_the_limits_of_their_language():
    chinese, japanese = FinewebQuality(flavour="zh"), FinewebQuality(flavour="ja")

    assert (chinese.min_terminal_lines, chinese.max_short_lines, chinese.max_newline_ratio) == (0.106, None, 0.178)
    assert (japanese.min_terminal_lines, japanese.max_duplicate_line_characters) == (0.096, 0.1)


def test_japanese_words_are_runs_of_one_script():
    # 私|は|学校|に|行|きました|。 and a line feed
    assert measured(FinewebQuality(flavour="ja"), "私は学校に行きました。\n")["newline_ratio"] == 1 / 7


def test_chinese_line_feeds_are_counted_per_word_of_jieba():
    pytest.importorskip("jieba")
    # 他 来到 北京 。
    assert measured(FinewebQuality(flavour="zh"), "他来到北京。\n")["newline_ratio"] == 1 / 4


@pytest.mark.parametrize("flavour", ["en", "ja"])
def test_strange_texts_do_not_raise(flavour):
    assert len(reasons(FinewebQuality(flavour=flavour), *STRANGE)) == len(STRANGE)
