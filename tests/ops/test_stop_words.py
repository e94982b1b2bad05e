"""Stop words against counts by hand, and against a slow count in Python."""

from __future__ import annotations

import math
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.models.stopwords import LISTS, read_words
from dprep.ops.filter.stop_words import StopWords


def measured(*texts: str, **parameters) -> list[tuple[float, int]]:
    found = StopWords(**parameters).measure(Text(pl.Series(texts, dtype=pl.String)))
    return list(zip(found["share"].to_list(), found["distinct"].to_list(), strict=True))


@pytest.fixture
def words(tmp_path):
    def write(*lines: str) -> str:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        return str(path)

    return write


def test_share_is_of_all_words_and_distinct_counts_each_once():
    assert measured("The cat and the dog", "nothing here", "THE") == [(3 / 5, 2), (0.0, 0), (1.0, 1)]


def test_a_stop_word_inside_a_word_is_none():
    assert measured("other withal beast") == [(0.0, 0)]


def test_a_text_without_words_has_no_share():
    ((share, distinct),) = measured("?! 👍")

    assert math.isnan(share)
    assert distinct == 0


def test_chinese_is_read_by_character():
    # 现 在 是 中 国 的 年: 在 是 中 的 年
    assert measured("现在是中国的年", language="zh") == [(5 / 7, 5)]
    assert measured("現在の日本は", language="ja") == [(2 / 6, 2)]


def test_the_longest_entry_is_taken_and_all_its_words_count(words):
    path = words("of", "of course", "一个", "不是", "不")

    assert measured("of course it is, of course", "OF COURSEWORK", "不是一个人", "个一", words=path) == [
        (4 / 6, 1),
        (1 / 2, 1),
        (4 / 5, 2),
        (0.0, 0),
    ]


def test_a_list_may_have_comments_blank_lines_capitals_and_repeats(words):
    assert read_words(words("\ufeff# German", "", "Der", " die ", "der", "É\r")) == ("der", "die", "é")


def test_capitals_of_any_script_are_the_same_word(words):
    assert measured("ÉTÉ Και ПРИВЕТ", words=words("été", "ΚΑΙ", "привет")) == [(1.0, 3)]


@pytest.mark.parametrize("content", [b"", b"# only\n\n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_list_is_a_problem(tmp_path, content):
    (tmp_path / "list.txt").write_bytes(content)

    with pytest.raises(Error) as raised:
        measured("text", words=str(tmp_path / "list.txt"))
    assert raised.value.problems[0].code == "unreadable-file"


@given(st.lists(st.lists(st.sampled_from(["the", "The", "of", "cat", "a", "b"]), max_size=12), max_size=6))
def test_as_counted_word_by_word(texts):
    joined = [" ".join(words) for words in texts]
    slow = []
    for text in joined:
        words = re.findall(r"[a-z]+", text.lower())
        hits = [word for word in words if word in LISTS["en"]]
        slow.append((len(hits) / len(words) if words else None, len(set(hits))))

    assert [(None if math.isnan(share) else share, n) for share, n in measured(*joined)] == slow


def test_a_long_user_list(words):
    entries = [f"word{n}" for n in range(5_000)]

    assert measured(" ".join(entries), "word5000 word1", words=words(*entries)) == [(1.0, 5_000), (0.5, 1)]


def test_the_lists_of_fineweb_2_are_single_words():
    assert " ".join(LISTS["zh"]) == "的 年 在 月 是 和 日 了 於 為 有 被 人 中 为 他 與 後 也 而 由"
    assert " ".join(LISTS["ja"]) == "の に を は た て が と で 年 し 月 れ さ"
    assert all(share == 1.0 for share, _ in measured(*LISTS["zh"], language="zh"))


def test_a_line_of_a_megabyte():
    assert measured("the cat " * 125_000) == [(0.5, 1)]
