from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from dprep.base.problem import Error
from dprep.ops.clean.replace import Replace
from tests.ops.strange import batches, edited


@pytest.mark.parametrize(
    ("pattern", "replacement", "theirs"),
    [
        (r"[a-z]+(\d)?", "<$1>", r"<\1>"),
        (r"(?P<han>[一-鿿])", "${han}$han", r"\g<han>\g<han>"),
        (r"^|\n", "$$", "$"),
        (r" +", "", ""),
    ],
)
@given(rows=batches)
@settings(max_examples=60, deadline=None)
def test_python_replaces_the_same(pattern, replacement, theirs, rows):
    assert edited(Replace(pattern=pattern, replacement=replacement), *rows) == [re.sub(pattern, theirs, row) for row in rows]


@given(rows=batches)
@settings(max_examples=60, deadline=None)
def test_literal_patterns_are_plain_strings(rows):
    op = Replace(literal=True, pairs=[["a", "$1"], [".", "(.)"], ["你", "您"]])

    assert edited(op, *rows) == [row.replace("a", "$1").replace(".", "(.)").replace("你", "您") for row in rows]


@pytest.mark.parametrize(("rounds", "after"), [(1, "x(a(b))y"), (2, "x(a)y"), (3, "xy"), (16, "xy")])
def test_rounds_are_counted_and_end_where_nothing_changes(rounds, after):
    assert edited(Replace(pattern=r"\([^()]*\)", rounds=rounds), "x(a(b(c)))y") == [after]


def test_pairs_are_applied_in_order_after_the_pattern():
    assert edited(Replace(pattern="a", replacement="b", pairs=[["b", "c"], ["c", "d"]]), "a b c") == ["d d d"]


def test_a_growing_replacement_stops_after_its_rounds():
    assert edited(Replace(pattern="a", replacement="aa", rounds=5), "a") == ["a" * 32]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(", "a `(` is not closed"),
        ("a)", "a `)` closes nothing"),
        ("[a", "a `[` is not closed"),
        ("*a", "repeats nothing"),
        ("[z-a]", "runs backwards"),
        ("a(?=b)", "look-ahead"),
        (r"(a)\1", "back-references"),
        (r"\p{Hanzi}", "no such class"),
        (r"\ghost", "unknown sign"),
        ("a{3", "a `{` is not closed"),
        ("a{900}{900}{900}", "too large"),
    ],
)
def test_a_bad_pattern_is_told_in_our_words(pattern, told):
    with pytest.raises(ValidationError) as fault:
        Replace(pattern=pattern)
    with pytest.raises(ValidationError) as in_pairs:
        Replace(pairs=[["fine", ""], [pattern, ""]])

    assert told in str(fault.value)
    assert "`pairs[2][1]` is no regular expression" in str(in_pairs.value)


@pytest.mark.parametrize(("replacement", "name"), [("$1st", "1st"), ("${2}", "2"), ("$who", "who")])
def test_a_group_that_is_not_there_is_told(replacement, name):
    with pytest.raises(ValidationError, match=f"`replacement` names group `{name}`"):
        Replace(pattern="(a)", replacement=replacement)


def test_no_pattern_at_all_is_told():
    with pytest.raises(Error, match="needs a pattern"):
        Replace()


def test_a_megabyte_on_one_line_takes_linear_time():
    assert edited(Replace(pattern=r"(a*)*b", replacement="x"), "a" * 1_000_000) == ["a" * 1_000_000]
