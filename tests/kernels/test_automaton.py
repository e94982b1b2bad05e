"""The search for many phrases against regular expressions and plain loops."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import buffers
from dprep.kernels.automaton import automaton, matches, tallies

ALPHABET = "aAbcé_ .中文\U00020bb7"
words = st.lists(st.text(alphabet=ALPHABET, min_size=1, max_size=4), max_size=6)
texts = st.lists(st.text(alphabet=ALPHABET, max_size=20), max_size=4)


def found(rows: list[str], listed: list[str], **options: bool) -> list[list[str]]:
    """The matched strings of each row."""
    offsets, data = buffers(pl.Series(rows, dtype=pl.String))
    places = matches(offsets, data, automaton(listed, **options))
    raw = data.tobytes()
    return [
        [raw[places.starts[m] : places.ends[m]].decode() for m in range(places.rows[row], places.rows[row + 1])]
        for row in range(len(rows))
    ]


def expected(row: str, listed: list[str], fold: bool, edges: bool) -> list[str]:
    """Leftmost-longest by trying every place and every word."""
    here, told = 0, []
    while here < len(row):
        ends = [here + len(word) for word in listed if _same(row[here : here + len(word)], word, fold)]
        ends = [end for end in ends if not edges or _alone(row, here, end)]
        if not ends:
            here += 1
            continue
        told.append(row[here : max(ends)])
        here = max(ends)
    return told


def _same(part: str, word: str, fold: bool) -> bool:
    lowered = [re.sub("[A-Z]", lambda m: m[0].lower(), each) for each in (part, word)]
    return lowered[0] == lowered[1] if fold else part == word


def _alone(row: str, start: int, end: int) -> bool:
    return not re.fullmatch(r"\w", row[start - 1 : start]) and not re.fullmatch(r"\w", row[end : end + 1])


@given(texts, words, st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_matches_are_the_leftmost_longest_ones(rows, listed, fold, edges):
    assert found(rows, listed, fold=fold, edges=edges) == [expected(row, listed, fold, edges) for row in rows]


@given(texts, words)
@settings(max_examples=100, deadline=None)
def test_tallies_count_matches_and_their_characters(rows, listed):
    told = found(rows, listed)
    counted = tallies(*buffers(pl.Series(rows, dtype=pl.String)), automaton(listed))

    assert counted.matches.tolist() == [len(each) for each in told]
    assert counted.covered.tolist() == [sum(map(len, each)) for each in told]


def test_a_phrase_inside_another_is_found_where_the_longer_one_breaks_off():
    assert found(["abcabd", "xbcx"], ["abcabe", "bca", "bc"]) == [["bca"], ["bc"]]


def test_a_slice_is_searched_alone():
    series = pl.Series(["spam", "egg", "spam egg"]).slice(1, 2)

    assert tallies(*buffers(series), automaton(["spam"])).matches.tolist() == [0, 1]


def test_a_thousand_phrases_cost_no_more_steps_than_one():
    known = automaton([f"word{n:04}" for n in range(1000)])

    assert known.steps.dtype == np.int32
    assert len(known.depths) == 4 + 1 + 1 + 10 + 100 + 1000
