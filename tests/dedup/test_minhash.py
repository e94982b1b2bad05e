"""dedup.minhash: what `auto` settles on, and who are twins."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dprep.base.text import Text
from dprep.engine.cluster import cluster_texts
from dprep.ops.dedup.minhash import MinHash


def text(*texts: str) -> Text:
    return Text(pl.Series(texts, dtype=pl.String))


AUTO = [
    ("word " * 200, "words", 5),
    ("word " * 30, "words", 3),
    ("word " * 10, "characters", 5),
    ("word", "characters", 3),
    ("中" * 500, "characters", 5),
    ("中" * 60, "characters", 3),
    ("中" * 19, "characters", 2),
    ("", "characters", 3),
]


@pytest.mark.parametrize(("sample", "shingles", "ngram"), AUTO)
def test_auto_goes_by_script_and_middle_length(sample: str, shingles: str, ngram: int) -> None:
    op = MinHash()

    settled = op.resolved(op.profile(text(sample, sample + " x", "")))

    assert (settled.shingles, settled.ngram) == (shingles, ngram)
    assert len(settled.profile(text(sample))) == 0


def test_what_is_stated_stays() -> None:
    op = MinHash(shingles="words")
    settled = op.resolved(op.profile(text("中" * 500)))

    assert (settled.shingles, settled.ngram) == ("words", 5)
    assert MinHash(ngram=4).resolved(MinHash(ngram=4).profile(text("a " * 99))).ngram == 4


@settings(deadline=None)
@given(st.lists(st.text(max_size=50), max_size=12), st.integers(0, 12))
def test_profiles_add_up(texts: list[str], cut: int) -> None:
    op = MinHash()

    pieces = op.profile(text(*texts[:cut])) + op.profile(text(*texts[cut:]))

    assert pieces.tolist() == op.profile(text(*texts)).tolist()


@settings(deadline=None)
@given(st.lists(st.text(max_size=50), min_size=1, max_size=12), st.integers(0, 12), st.booleans())
def test_keys_are_row_local(texts: list[str], cut: int, characters: bool) -> None:
    op = MinHash(shingles="characters" if characters else "words", ngram=3, sketch=32)

    whole = op.keys(text(*texts))

    assert whole.shape[0] == len(texts)
    assert np.concatenate([op.keys(text(*texts[:cut])), op.keys(text(*texts[cut:]))]).tolist() == whole.tolist()


def test_texts_without_letters_are_twins_only_of_equal_ones() -> None:
    found = cluster_texts(MinHash(), pl.Series(["", "!", "🙂", "", "?", "🙂", " "]))

    assert found.keeper.tolist() == [0, 1, 2, 0, 4, 2, 6]


def test_texts_without_letters_are_no_candidates() -> None:
    keys = MinHash(shingles="words", ngram=2).keys(text("!", "?", "", "!"))

    assert len({tuple(row) for row in keys.tolist()}) == 3


def test_short_texts_are_compared_whole() -> None:
    found = cluster_texts(MinHash(shingles="words", ngram=5), pl.Series(["Thanks!", "thanks", "thanks a lot", "thank you"]))

    assert found.keeper.tolist() == [0, 0, 2, 3]


def test_keys_need_a_settled_operator() -> None:
    with pytest.raises(ValueError, match="resolved"):
        MinHash().keys(text("a"))


@pytest.mark.parametrize(
    "wrong", [{"threshold": 0}, {"threshold": 1.1}, {"ngram": -1}, {"sketch": 4}, {"sketch": 1024}, {"shingles": "x"}]
)
def test_broken_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MinHash(**wrong)
