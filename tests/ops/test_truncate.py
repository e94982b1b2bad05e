from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dprep.base.text import Text
from dprep.kernels.words import counts
from dprep.ops.clean.truncate import Truncate
from tests.ops.strange import edited, texts

LONG = st.lists(
    st.sampled_from(["One two. ", "No, ", "e.g. x ", "好的。", "真的！”", "今天天气", "3.14 ", "\n\n", "👩‍🚀", "é", "word"])
).map("".join)


def sentence_ends(text: str) -> list[str]:
    """What may stay of a text: every start of it that ends with a plain sentence."""
    return [text[:n] for n in range(1, len(text) + 1) if text[n - 1] in ".!?。！？；"]


@pytest.mark.parametrize(
    ("most", "before", "after"),
    [
        (20, "", ""),
        (20, "x" * 20, "x" * 20),
        (20, "x" * 21, "x" * 20),
        (20, "He came home. He slept well.", "He came home."),
        (20, "He came home? “Yes.” Well then.", "He came home? “Yes.”"),
        (20, "Dr. Who met Mr. J. Smith again.", "Dr. Who met Mr. J."),
        (20, "It is 3.1415926535 and a lot", "It is 3.1415926535"),
        (20, "A heading of ours\n\nThen the text goes on", "A heading of ours"),
        (20, "hard wrapped line\ngoes on and on", "hard wrapped line"),
        (20, "今天天气很好。我们去公园玩。然后回家吃饭睡觉", "今天天气很好。我们去公园玩。"),
        (20, "他说：“今天天气很好。”然后我们去公园玩了很久", "他说：“今天天气很好。”"),
        (20, "今天天气很好我们去公园玩然后回家吃饭，睡觉，好", "今天天气很好我们去公园玩然后回家吃饭，睡"),
        (3, "今天天，气很好", "今天"),
        (4, "今天天，气很好", "今天天，"),
        (20, "今天我用Python写了一个internationalization", "今天我用Python写了一个"),
    ],
)
def test_examples_by_hand(most, before, after):
    assert edited(Truncate(max_length=most), before) == [after]


@pytest.mark.parametrize(
    ("cut", "after"), [("sentence", "One. Two."), ("word", "One. Two. Three"), ("hard", "One. Two. Three fo")]
)
def test_the_most_careful_cut_is_chosen(cut, after):
    assert edited(Truncate(max_length=18, cut=cut), "One. Two. Three four") == [after]


@pytest.mark.parametrize(("share", "after"), [(0.4, "One."), (0.41, "One. Two t")])
def test_a_sentence_must_leave_min_share(share, after):
    assert edited(Truncate(max_length=10, min_share=share), "One. Two three") == [after if share == 0.4 else "One. Two"]


def test_a_hard_cut_keeps_clusters_whole():
    op = Truncate(max_length=4, cut="hard")

    assert edited(op, "ab👩\u200d🚀cd", "abce\u0301\u0301f", "abc👍🏽", "ab\u200d" * 3) == ["ab", "abc", "abc", "ab\u200da"]


def test_the_ellipsis_counts_and_follows_every_cut():
    op = Truncate(max_length=10, ellipsis="...")

    assert edited(op, "0123456789", "01234567890", "First. Two. Three") == ["0123456789", "0123456...", "First...."]


def test_words_are_counted_if_asked():
    op = Truncate(max_length=4, unit="words", cut="word")

    assert edited(op, "a b c d", "a b, c d, e", "don't go to 3.14 x", "我爱 python 三 四") == [
        "a b c d",
        "a b, c d,",
        "don't go to 3.14",
        "我爱 python 三",
    ]


@pytest.mark.parametrize("unit", ["characters", "words"])
def test_an_ellipsis_that_fills_the_limit_is_refused(unit):
    with pytest.raises(ValidationError, match="`ellipsis` must be shorter than `max_length`"):
        Truncate(max_length=3, unit=unit, ellipsis="a b c")


@given(
    st.one_of(texts, LONG),
    st.integers(2, 40),
    st.sampled_from(["characters", "words"]),
    st.sampled_from(["sentence", "word", "hard"]),
    st.sampled_from(["", "…"]),
    st.sampled_from([0.0, 0.5, 1.0]),
)
@settings(max_examples=400, deadline=None)
def test_a_text_is_a_start_of_itself_within_the_limit(text, most, unit, cut, ellipsis, share):
    op = Truncate(max_length=most, unit=unit, cut=cut, ellipsis=ellipsis, min_share=share)
    after = edited(op, text)[0]

    def size(one: str) -> int:
        return len(one) if unit == "characters" else int(counts(Text(pl.Series([one]))).words[0])

    assert (after == text) == (size(text) <= most) or text.startswith(after)
    assert size(after) <= most
    assert text.startswith(after.removesuffix(ellipsis)) or after == text
    assert edited(op, after) == [after]


@given(LONG, st.integers(10, 40))
@settings(max_examples=200, deadline=None)
def test_with_a_sentence_in_reach_no_other_cut_is_made(text, most):
    text = text.replace("e.g. x ", "").replace("3.14 ", "")
    after = edited(Truncate(max_length=most, min_share=0.0), text)[0]
    reachable = [one for one in sentence_ends(text) if len(one) < most and text[len(one) : len(one) + 1] not in {"”", ""}]

    if len(text.rstrip()) > most and reachable:
        assert after.rstrip("”")[-1:] in set(".!?。！？；") or text[len(after) :].lstrip(" ").startswith("\n\n")
        assert len(after) >= len(reachable[-1])


def test_a_megabyte_on_one_line():
    assert edited(Truncate(max_length=500_000), "好" * 1_000_000, "a" * 1_000_000) == ["好" * 500_000, "a" * 500_000]


def test_short_texts_are_not_copied():
    series = pl.Series(["plain", "你好"])

    assert Truncate().edit(Text(series)) is series
