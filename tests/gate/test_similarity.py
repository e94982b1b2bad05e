from __future__ import annotations

import math
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text, buffers
from dprep.kernels.chrf import chrf
from dprep.ops.gate.similarity import Similarity

ALPHABET = "ab .\t\n\x1c\x85\xa0\u3000\u200b中文，！é한👩🏽\U00020000"
TEXT = st.text(alphabet=ALPHABET, max_size=30)
PAIRS = [
    ("Where is my parcel?", "Where is my package?"),
    ("我的包裹在哪里？", "包裹在哪里呢？"),
    ("aaaaaaa aaaa", "aaaa"),
    ("a", "a"),
    ("a", "b"),
    ("ab", "a b"),
    ("abcdefg", "gfedcba"),
    ("x" * 300, "x" * 299 + "y"),
]


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    before, after = (buffers(pl.Series([pair[side] for pair in pairs], dtype=pl.String)) for side in (0, 1))
    return [float(score) for score in chrf(before, after)]


def likeness(before: str, after: str, gate: Similarity | None = None) -> dict[str, float | None]:
    found = (gate or Similarity(min_chrf=0)).compare(Text(pl.Series([before])), Text(pl.Series([after])))
    return {name: series.fill_nan(None)[0] for name, series in found.items()}


def test_chrf_is_that_of_sacrebleu_to_the_last_bit() -> None:
    sacrebleu = pytest.importorskip("sacrebleu.metrics", reason="sacrebleu is the oracle")
    oracle = sacrebleu.CHRF()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
    def agrees(pairs: list[tuple[str, str]]) -> None:
        for (before, after), found in zip(pairs, scores(pairs), strict=True):
            if before.split() and after.split():
                assert found == oracle.sentence_score(after, [before]).score, (before, after)
            else:
                assert math.isnan(found), (before, after)

    agrees()
    for (before, after), found in zip(PAIRS, scores(PAIRS), strict=True):
        assert found == oracle.sentence_score(after, [before]).score


def test_the_parent_is_the_reference_of_chrf() -> None:
    long, short = "my parcel has not come yet", "my parcel"
    assert scores([(long, short)])[0] < scores([(short, long)])[0]  # what the reference has and the other lacks counts more
    assert likeness(long, short)["chrf"] == scores([(long, short)])[0]
    assert likeness(short, long)["chrf"] == scores([(short, long)])[0]


def test_chrf_of_known_pairs() -> None:
    # ab / ac: of single characters half are shared, of pairs none: (0.5 + 0) / 2
    assert scores([("ab", "ac")]) == [25.0]
    assert scores([("same text", "same text")]) == [100.0]
    assert scores([("abc", "xyz")]) == [0.0]


def test_chrf_of_a_megabyte_in_one_line() -> None:
    text = "Where is my parcel? " * 50_000
    (same, most) = scores([(text, text), (text, text[:-400_000])])
    assert same == 100.0
    assert 60 < most < 80


def words(text: str) -> set[str]:
    """Words of plain texts, each han character its own."""
    return set(re.findall(r"[一-鿿]|[a-z0-9]+", text.lower()))


@given(st.text(alphabet="ABab1 ,.中文", max_size=20), st.text(alphabet="ABab1 ,.中文", max_size=20))
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
def test_jaccard_is_that_of_the_sets_of_words(before: str, after: str) -> None:
    # a full stop or comma between two digits is inside a word
    before, after = (re.sub(r"(?<=1)[,.](?=1)", " ", text) for text in (before, after))
    one, other = words(before), words(after)

    found = likeness(before, after)["jaccard"]

    assert found == (len(one & other) / len(one | other) if one | other else None)


def test_each_bound_keeps_its_limit_and_drops_the_next_number() -> None:
    gate = Similarity(min_jaccard=0.4, max_jaccard=0.9, min_chrf=30, max_chrf=80)
    limits = {bound.reason: bound for bound in gate.bounds()}
    for reason, limit, beyond in (
        ("min_jaccard", 0.4, math.nextafter(0.4, 0)),
        ("max_jaccard", 0.9, math.nextafter(0.9, 1)),
        ("min_chrf", 30.0, math.nextafter(30, 0)),
        ("max_chrf", 80.0, math.nextafter(80, 100)),
    ):
        series = pl.DataFrame({limits[reason].measure: [limit, beyond, None]})
        assert series.select(limits[reason].kept()).to_series().to_list() == [True, False, False]


def test_two_of_five_words_are_exactly_at_the_lower_bound() -> None:
    assert likeness("a b", "a b c d e")["jaccard"] == 0.4


def test_texts_without_words_have_no_likeness() -> None:
    assert likeness("👍", "👎") == {"jaccard": None, "chrf": 0.0}
    assert likeness("", " \u3000") == {"jaccard": None, "chrf": None}
    assert likeness("👍", "yes")["jaccard"] == 0.0


def test_chrf_is_only_measured_where_a_bound_asks() -> None:
    assert set(likeness("a", "b", Similarity())) == {"jaccard"}


def test_case_counts_for_chrf_alone() -> None:
    found = likeness("WHERE IS IT", "where is it")
    assert found["jaccard"] == 1.0
    assert found["chrf"] == 0.0
