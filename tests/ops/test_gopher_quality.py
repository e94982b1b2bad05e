from __future__ import annotations

import math

import pytest

from dprep.ops.filter.gopher_quality import GopherQuality
from tests.ops.web_filters import STRANGE, measured, reasons


def only(rule: str, limit: float, **more) -> GopherQuality:
    """One rule; the others hold for whatever is measured."""
    off = {name: None for name in GopherQuality.model_fields if name.startswith(("min_", "max_"))}
    return GopherQuality(**{**off, rule: limit, **more})


# a text, and what is measured of it by hand from the published definitions
TABLE = [
    ("datatrove", "words", "One two, three!", 3),
    ("datatrove", "mean_word_length", "a bb ccc , dddd", 2.5),
    ("datatrove", "hash_ratio", "# one two three", 1 / 4),
    ("datatrove", "ellipsis_ratio", "one … two three… four", 2 / 6),
    ("datatrove", "bullet_lines", "- a\n  • b\nc\n* d", 2 / 4),
    ("datatrove", "ellipsis_lines", "one...  \r\ntwo…\nthree", 2 / 3),
    ("datatrove", "alphabetic_words", "one 2 3 four ?", 2 / 5),
    ("datatrove", "stop_words", "the the The of and", 3),
    ("dolma", "words", "One two, three !", 4),
    ("dolma", "median_word_length", "a bb cccc dddddddd", 3.0),
    ("dolma", "symbol_ratio", "#one tw#o# … ... four", 3 / 5),
    ("dolma", "bullet_lines", "- a\n  - b\n* c\n• d", 2 / 4),
    ("dolma", "ellipsis_lines", "one...\ntwo…\nthree… ", 1 / 3),
    ("dolma", "alphabetic_words", "one 2 3a four ?", 3 / 5),
    ("dolma", "stop_words", "the the The of and.", 3),
    ("dclm", "words", "One two, three !", 3),
    ("dclm", "mean_word_length", "a bb ccc , dddd", 11 / 5),
    ("dclm", "symbol_ratio", "#one . . . two ... three… four", 4 / 8),
    ("dclm", "bullet_lines", "- a\n\n ● b\n* c\nd", 3 / 4),
    ("dclm", "ellipsis_lines", "one . . .\n \ntwo… \nthree", 2 / 3),
    ("dclm", "stop_words", "the the The of and.", 4),
]


@pytest.mark.parametrize(("flavour", "name", "text", "expected"), TABLE)
def test_measures_are_those_of_the_published_definition(flavour, name, text, expected):
    op = only(f"max_{name}" if "median" in name else "min_words", 10, flavour=flavour)

    assert measured(op, text)[name] == expected


@pytest.mark.parametrize(("flavour", "name", "text", "expected"), TABLE)
def test_a_limit_itself_is_kept_and_the_next_number_is_not(flavour, name, text, expected):
    for rule, worse in ((f"min_{name}", math.inf), (f"max_{name}", -math.inf)):
        if rule not in GopherQuality.model_fields:
            continue
        whole = isinstance(expected, int)
        beyond = expected + (1 if worse > 0 else -1) if whole else math.nextafter(expected, worse)

        assert reasons(only(rule, expected, flavour=flavour), text) == [None]
        assert reasons(only(rule, beyond, flavour=flavour), text) == [rule]


def test_the_first_rule_in_the_order_of_the_source_is_the_reason():
    assert reasons(GopherQuality(), "# # # ...") == ["min_words"]
    assert reasons(GopherQuality(min_words=0), "# # # ...") == ["min_mean_word_length"]


def test_limits_of_a_flavour_yield_to_those_that_are_given():
    assert GopherQuality(flavour="zh").max_mean_word_length == 5.0
    assert GopherQuality(flavour="zh", max_mean_word_length=7.0).max_mean_word_length == 7.0
    assert GopherQuality(flavour="dolma").max_hash_ratio is None


def test_stop_words_may_be_the_users_own():
    op = GopherQuality(min_words=1, stop_words=("le", "la"), min_stop_words=2)

    assert reasons(op, "voici toujours le chat dans la maison", "the cat with the hat") == [None, "min_stop_words"]


def test_texts_without_words_are_dropped_by_the_first_rule():
    assert reasons(only("max_hash_ratio", 1.0), "", " \n", "a") == ["max_hash_ratio", "max_hash_ratio", None]


def test_chinese_goes_by_jieba_and_chinese_stop_words():
    pytest.importorskip("jieba")
    text = "他在北京的一家医院工作，每天都很忙，晚上回家以后还要照顾两个孩子和年老的母亲。"
    op = GopherQuality(flavour="zh", min_words=15)

    assert reasons(op, text, "她笑嘻嘻跑出去玩耍，" * 6) == [None, "min_stop_words"]
    assert measured(op, text)["stop_words"] == 4  # 他 在 的 和
    assert measured(op, "的年在月")["words"] >= 2


@pytest.mark.parametrize("flavour", ["datatrove", "dolma", "dclm"])
def test_strange_texts_do_not_raise(flavour):
    assert len(reasons(GopherQuality(flavour=flavour), *STRANGE)) == len(STRANGE)
    assert reasons(GopherQuality(flavour=flavour), "x" * 1_000_000) == ["min_words"]
