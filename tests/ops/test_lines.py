"""Line operators on lines written by hand: all-dressed rules, boilerplate, repeated lines, line lengths, mC4's paragraphs."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.step import Step, run_step
from dprep.base.text import Text
from dprep.ops.clean.boilerplate import Boilerplate
from dprep.ops.clean.lines import Lines
from dprep.ops.clean.repeated_lines import RepeatedLines
from dprep.ops.filter.c4_paragraphs import C4Paragraphs
from dprep.ops.filter.line_length import LineLength
from tests.ops.strange import batches, edited


def reasons(op, *texts: str) -> list[str | None]:
    rows = pl.DataFrame({"text": texts, "n": range(len(texts))}, schema={"text": pl.String, "n": pl.Int64})
    done = run_step(Step("step", "filter.step", op), rows)
    told = dict(zip(done.dropped["n"], done.dropped["reason"], strict=True))
    return [told.get(n) for n in range(len(texts))]


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("HALF half", True),  # 4 of 9
        ("ABcd", False),  # one word
        ("AB cde", True),
        ("ABC d", False),  # 3 of 5
        ("AB c", True),  # exactly half
        ("2024", False),
        ("2024 2025", True),  # a blank is no digit
        ("١٢٣", False),
        ("1,204 likes", False),
        ("3.4K followers!", False),
        ("* 12 comments", False),
        ("12 comments were left by her", True),
        ("12 条评论", False),
        ("1.2万次播放", False),
        ("十二条评论", True),
        ("word", False),
        ("two words", True),
        ("你好", True),
        ("カナ", True),
        ("!", False),
    ],
)
def test_each_line_is_judged_by_itself(line, stays):
    assert edited(Lines(), f"{line}\nThis line stays.") == [f"{line}\nThis line stays." if stays else "This line stays."]


def test_stubs_are_cut_out_of_short_lines_only():
    ten = "one two three four five six seven eight read more..."

    assert edited(Lines(), ten, f"nil {ten}") == ["one two three four five six seven eight", f"nil {ten}"]
    assert edited(Lines(), "SIGN-IN here or there\nyou sign-in twice") == ["here or there\nyou sign-in twice"]
    assert edited(Lines(), "3 items in cart and more\nread more... Read more...\nlast line") == ["3 and more\nlast line"]
    assert edited(Lines(inside=["a+b"]), "see a+b here\nsee aab here") == ["see here\nsee aab here"]


def test_newlines_are_limited_and_empty_lines_stay():
    assert edited(Lines(), "\na line\n\n\n\nHOME\n\nnext line\n") == ["a line\n\nnext line"]
    assert edited(Lines(max_newlines=1), "a line\n\nnext line") == ["a line\nnext line"]


def test_removed_lines_are_counted_by_kind():
    op, text = Lines(), Text(pl.Series(["ABC DE\n12\n7 likes\nword\ngo on Read more...\nRead more...", "nothing here"]))

    counts = {name: series.to_list() for name, series in op.counts(text, op.edit(text)).items()}

    assert counts == {"capitals": [1, 0], "digits": [1, 0], "counter": [1, 0], "few_words": [1, 0], "stub": [2, 0]}


@pytest.mark.parametrize("op", [Lines(), Boilerplate(), RepeatedLines(), RepeatedLines(adjacent=True, fewest_characters=1)])
@given(rows=batches)
@settings(max_examples=60, deadline=None)
def test_line_operators_remove_whole_lines_and_settle(op, rows):
    once = edited(op, *rows)

    assert edited(op, *once) == once
    for before, after in zip(rows, once, strict=True):
        if not isinstance(op, Lines):
            left = iter(before.split("\n"))
            assert after == "" or all(any(line == other for other in left) for line in after.split("\n"))


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("We use cookies to give you a better time.", "cookies"),
        ("本网站使用Cookie改善您的体验", "cookies"),
        ("© 2024 Brass & Sons. All Rights Reserved.", "legal"),
        ("版权所有 © 2020-2024 某某公司 京ICP备12345678号", "legal"),
        ("» Home «", "menu"),
        ("首页", "menu"),
        ("Log in", "menu"),
        ("Read more »", "more"),
        ("【展开全文】", "more"),
        ("1,024 views", "counters"),
        ("阅读量：3.2万", "counters"),
        ("Views: 1,024", "counters"),
        ("The cookies were warm.", None),
        ("I went home.", None),
        ("请展开你的想象。", None),
        ("更多的人来了。", None),
        ("We walked 12 miles.", None),
        ("We use cookies " + "and say so at length " * 6, None),
        ("", None),
    ],
)
def test_boilerplate_is_told_from_text(line, kind):
    op, text = Boilerplate(), Text(pl.Series([f"正文 text\n{line}"]))

    assert op.edit(text).to_list() == ["正文 text" if kind else f"正文 text\n{line}"]
    assert {name: n[0] for name, n in op.counts(text, op.edit(text)).items() if n[0]} == ({kind: 1} if kind else {})


WRAPPED = "This offer is made to you by the museum, strictly based on"


@pytest.mark.parametrize(
    ("op", "text", "after"),
    [
        (Boilerplate(), "{}\nthe following terms and conditions", None),
        (Boilerplate(), "> {}\n> the following terms and conditions", None),
        (Boilerplate(), "{}\nthe terms and conditions, and on\nthe privacy policy.", "{}\nthe terms and conditions, and on"),
        (Boilerplate(), "{}.\nterms and conditions", "{}."),
        (Boilerplate(), "{}\nTerms and conditions", "{}"),
        (Boilerplate(), "{}\n\nterms and conditions", "{}\n"),
        (Boilerplate(), "short line\nterms and conditions", "short line"),
        (Boilerplate(), "{} cookie settings\nterms and conditions\nhome", ""),
        (Boilerplate(), "home\nabout\ncontact\nplain", "plain"),
        (Lines(), "{}\nbecause\nof that", None),
        (Lines(), "{} our\nsign-in and more", None),
        (Lines(), "{}.\nbecause\nof that", "{}.\nof that"),
        (Lines(), "{}\nBecause\nof that", "{}\nof that"),
        (Lines(), "{} Read more...\nbecause", "{} Read more..."),
    ],
)
def test_wrapped_sentences_keep_their_lines(op, text, after):
    before = text.format(WRAPPED)

    assert edited(op, before) == [before if after is None else after.format(WRAPPED)]


@pytest.mark.parametrize(("characters", "stays"), [(45, True), (44, False)])
def test_a_wrapped_line_has_45_characters(characters, stays):
    line = ("ten words " * 5)[: characters - 1] + "x"

    assert edited(Boilerplate(), f"{line}\nhome") == [f"{line}\nhome" if stays else line]
    assert edited(Boilerplate(), line, "home") == [line, ""]


WRAPS = [
    "\n",
    "\n",
    "\n\n",
    f"{WRAPPED}\n",
    "x" * 45,
    "home",
    "because",
    "we use cookies",
    "word ",
    "read more...",
    "sign-in ",
    "ABC",
    ".",
]


@pytest.mark.parametrize("op", [Lines(), Lines(max_newlines=1, suffixes=["word"], short_words=20), Boilerplate()])
@given(text=st.lists(st.sampled_from(WRAPS), max_size=16).map("".join))
@settings(max_examples=150, deadline=None)
def test_wrapped_lines_settle(op, text):
    once = edited(op, text)

    assert edited(op, *once) == once


def test_kinds_and_phrases_choose_what_goes():
    text = "Home\nWe use cookies.\nSponsored BY you (c+)"

    assert edited(Boilerplate(kinds=["menu"]), text) == ["We use cookies.\nSponsored BY you (c+)"]
    assert edited(Boilerplate(kinds=[], phrases=["sponsored by", ""]), text) == ["Home\nWe use cookies."]
    assert edited(Boilerplate(kinds=[]), text) == [text]


def test_later_occurrences_go_within_one_text_only():
    first = "a line of words"

    assert edited(RepeatedLines(), f"{first}\nother\n {first.upper()} ", first) == [f"{first}\nother", first]
    assert edited(RepeatedLines(), "123456789\n123456789", "1234567890\n1234567890") == ["123456789\n123456789", "1234567890"]


def test_adjacent_lines_are_those_with_only_blank_lines_between():
    assert edited(RepeatedLines(adjacent=True, fewest_characters=1), "a\n\na\nb\na\na") == ["a\n\nb\na"]


def test_line_lengths_are_characters_of_lines():
    average = LineLength(min_average=3.0, max_average=4.0, min_longest=0)
    longest = LineLength(min_average=0.0, min_longest=3, max_longest=5)

    assert reasons(average, "ab\nabc", "ab\nab", "abc\nabcd", "abc\nabcde", "你好吗", "") == [
        None,  # 6 characters, the line feed among them, on 2 lines
        "min_average",
        None,
        "max_average",
        None,
        "min_average",
    ]
    assert reasons(longest, "ab\nabc", "ab\nab", "abcde\r\na", "abcdef", "你好", "") == [
        None,
        "min_longest",
        None,
        "max_longest",
        "min_longest",
        "min_longest",
    ]


def test_paragraphs_are_bounded_as_the_source_bounds_them():
    line = "x" * 200

    assert reasons(
        C4Paragraphs(),
        f"{line}\n{line}\n{line}",
        f"{line}\n{line}\n{line[1:]}",
        f"{line}\n{line}",
        f"{line}\nshort\n{line}\n{line}",
        "",
    ) == [None, "min_third_longest", "min_lines", None, "min_lines"]
    assert reasons(C4Paragraphs(), "好" * 200 + "\n" + "好" * 201 + "\n" + "好" * 200, "\r".join([line] * 3)) == [
        None,
        "min_lines",
    ]


def test_a_line_of_a_megabyte_and_an_empty_block_pass():
    long = "word " * 200_000

    for op in (Lines(), Boilerplate(), RepeatedLines()):
        assert edited(op, long) == [long]
        assert edited(op) == []
    assert reasons(LineLength(), long) == [None]
