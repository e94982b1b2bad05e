"""dedup.exact: what counts as equal under each normalisation."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dprep.base.text import Text
from dprep.engine.cluster import cluster_texts
from dprep.ops.dedup.exact import Exact

SAME = [
    ("none", "a", "a"),
    ("case-space", "a b", " A \n\t B "),
    ("case-space", "É t", "é\u3000T"),
    ("letters", "你好，世界！", "你好 世界"),
    ("letters", "ＡＢＣ１", "abc-1"),
    ("letters", "re-sign", "Resign."),
    ("letters", "🙂", "🙂"),
]
DIFFERENT = [
    ("none", "a", "a "),
    ("none", "", " "),
    ("case-space", "a b", "ab"),
    ("case-space", "a.", "a"),
    ("letters", "🙂", "🙁"),
    ("letters", "", "!"),
    ("letters", "!", "\0!"),
    ("letters", "a1", "a2"),
    ("letters", "发", "發"),
]


def contents(normalize: str, *texts: str) -> list[tuple[int, int]]:
    op = Exact(normalize=normalize)  # type: ignore[arg-type]
    return [tuple(row) for row in op.content(Text(pl.Series(texts, dtype=pl.String))).tolist()]


@pytest.mark.parametrize(("normalize", "a", "b"), SAME)
def test_texts_that_differ_only_in_what_is_ignored_are_twins(normalize: str, a: str, b: str) -> None:
    left, right = contents(normalize, a, b)

    assert left == right


@pytest.mark.parametrize(("normalize", "a", "b"), DIFFERENT)
def test_any_other_difference_keeps_texts_apart(normalize: str, a: str, b: str) -> None:
    left, right = contents(normalize, a, b)

    assert left != right


def test_of_equal_texts_with_equal_claims_the_first_stays() -> None:
    texts = ["a", "b", "a", "c", "b", "a"] * 40

    found = cluster_texts(Exact(), pl.Series(texts), rank=np.zeros(len(texts), np.int64), block_rows=7)

    assert found.keeper.tolist() == [texts.index(t) for t in texts]
    assert found.size.tolist() == [texts.count(t) for t in texts]


def test_equal_content_is_all_that_counts() -> None:
    text = Text(pl.Series(["a", "b"]))

    assert Exact().keys(text).shape == (2, 0)
    assert Exact().least() == 1.0
