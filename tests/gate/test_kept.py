from __future__ import annotations

import polars as pl
import pytest

from dprep.base.text import Text
from dprep.ops.gate._negations import CHINESE, NOT_CHINESE, SPACED
from dprep.ops.gate.kept import Kept


def measured(before: str, after: str, gate: Kept | None = None) -> dict[str, int]:
    """What is not 0."""
    found = (gate or Kept()).compare(Text(pl.Series([before])), Text(pl.Series([after])))
    return {name: series[0] for name, series in found.items() if series[0]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("I paid 1,000 dollars", "I paid 1000 dollars", {}),
        ("I paid １０００ dollars", "I paid 1000 dollars", {}),
        ("call me at 5", "call me at five", {"numbers_lost": 1}),
        ("call me at five", "call me at 5", {"numbers_new": 1}),
        ("5 and 5 are 10", "5 are 10", {}),
        ("3 of 4", "4 of 5", {"numbers_lost": 1, "numbers_new": 1}),
        ("it does not work", "it doesn't work", {}),
        ("it does not work", "it doesn’t work", {}),
        ("it DOESN'T work", "it does not work", {}),
        ("it doesnt work", "it does not work", {}),
        ("it does n't work", "it does not work", {}),
        ("it doesn ' t work", "it does not work", {}),
        ("I have no money", "I don't have any money", {}),
        ("it does not work", "it works", {"negations_lost": 1}),
        ("it works", "it never works", {"negations_new": 1}),
        ("nothing is not nothing", "something is", {"negations_lost": 3}),
        ("a knot in a note", "a bow in a letter", {}),
        ("hi {name}", "hello {name}", {}),
        ("hi {name}", "hello {nombre}", {"placeholders_lost": 1, "placeholders_new": 1}),
        ("%s and %(n)d", "%s", {"placeholders_lost": 1}),
        ("100% sure", "completely sure", {"numbers_lost": 1}),
        ("see https://a.org/b", "look at https://a.org/b", {}),
        ("see https://a.org/b", "look at https://a.org/c", {"links_lost": 1, "links_new": 1}),
        ("mail me@x.org", "write to x.org", {"links_lost": 1, "links_new": 1}),
        ("ask @kim #help", "ask #help", {"mentions_lost": 1}),
        ("ask them", "ask @them", {"mentions_new": 1}),
        ("", "", {}),
        ("", "not 1", {"numbers_new": 1, "negations_new": 1}),
        ("not 1", "", {"numbers_lost": 1, "negations_lost": 1}),
    ],
)
def test_what_was_lost_and_what_is_new(before: str, after: str, expected: dict[str, int]) -> None:
    assert measured(before, after) == expected


CHINESE_TRUTH = {
    "我没有收到包裹": 1,
    "包裹我还没收到": 1,
    "我收到了包裹": 0,
    "不过没关系": 0,
    "这个非常好": 0,
    "未来可期": 0,
    "你能不能帮我": 0,
    "我不能帮你": 1,
    "有没有优惠": 0,
    "没有优惠": 1,
    "请勿吸烟": 1,
    "别告诉别人": 1,
    "特别的区别": 0,
    "不得不说很好": 0,
    "无论如何都行": 0,
    "无法登录": 1,
    "并不是这样": 1,
    "从来不迟到": 1,
    "这不是我的错": 1,
    "差不多了": 0,
    "除非你来，否则我不去": 1,
    "我並沒有說過": 1,
    "從不遲到": 1,
    "對不起，我遲到了": 0,
    "不能不去": 2,
    "我不同意": 1,
    "两者不同": 0,
    "非洲和莫斯科": 0,
    "无锡的无线网络": 0,
    "你要不要去": 0,
    "尚未发货": 1,
}
"""How many negations a reader finds; each of a pair such as 不能不 is one."""


@pytest.mark.parametrize(("text", "negations"), CHINESE_TRUTH.items())
def test_chinese_negations_are_words(text: str, negations: int) -> None:
    assert measured(text, "好").get("negations_lost", 0) == negations


@pytest.mark.parametrize(
    ("language", "text", "negations"),
    [
        ("de", "Ich habe kein Geld und nichts zu tun", 2),
        ("fr", "Je n'ai pas d'argent, jamais", 2),
        ("es", "No tengo nada", 2),
        ("it", "Non ho niente", 2),
        ("pt", "Não tenho nada", 2),
        ("nl", "Ik heb geen geld, niet nu", 2),
        ("ru", "У меня нет денег, и не будет", 2),
        ("es", "I have no money", 1),
        ("de", "sin nada no", 0),
        ("zh", "not", 0),
        ("en", "不", 0),
    ],
)
def test_only_the_languages_that_are_set_negate(language: str, text: str, negations: int) -> None:
    gate = Kept.model_validate({"languages": [language]})
    assert measured(text, "x", gate).get("negations_lost", 0) == negations


def test_terms_of_ones_own_negate() -> None:
    gate = Kept(negations=("Hardly", "白"))
    assert measured("it hardly works", "it works", gate) == {"negations_lost": 1}
    assert measured("我白去了", "我去了", gate) == {"negations_lost": 1}
    assert measured("白天", "白天好", gate) == {}


def test_no_negating_term_ends_with_one_that_only_looks_so() -> None:
    # a term is of the kinds of the terms that it ends with, so such a one would not count
    wrong = {(term, other) for term in CHINESE.split() for other in NOT_CHINESE.split() if term.endswith(other)}
    assert wrong == set()
    assert set(CHINESE.split()) & set(NOT_CHINESE.split()) == set()


def test_lists_are_in_lower_case() -> None:
    assert all(words == words.lower() for words in SPACED.values())


def test_a_bound_is_the_most_that_is_kept() -> None:
    bounds = {bound.reason: bound for bound in Kept(max_numbers_lost=1).bounds()}
    lost = pl.DataFrame({"numbers_lost": [0, 1, 2]})
    assert lost.select(bounds["max_numbers_lost"].kept()).to_series().to_list() == [True, True, False]


def test_a_megabyte_in_one_line_is_compared() -> None:
    text = "not 7 {a} http://x.org @b " * 40_000
    assert measured(text, text) == {}
    assert measured(text, "nothing") == {
        "numbers_lost": 1,
        "negations_lost": 39_999,
        "placeholders_lost": 1,
        "links_lost": 1,
        "mentions_lost": 1,
    }


def test_many_rows_are_as_single_ones() -> None:
    pairs = [("not 1 {a}", "1"), ("", "2 @b"), ("没有5个", "5个"), ("x", "x"), ("no 3 no", "no 4")]
    found = Kept().compare(Text(pl.Series([a for a, _ in pairs])), Text(pl.Series([b for _, b in pairs])))
    rows = [{name: value for name, value in row.items() if value} for row in pl.DataFrame(found).to_dicts()]
    assert rows == [measured(a, b) for a, b in pairs]
