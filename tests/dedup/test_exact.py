"""dedup.exact: what counts as equal under each normalisation."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.engine.cluster import cluster_texts
from dprep.ops.dedup._normal import normalized
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


# the rules of huggingface/datatrove, utils/text.py `simplify_text`, told once more
_MARKS = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»"
_CONTROLS = "".join(chr(n) for a, b in ((0, 9), (11, 13), (13, 32), (127, 160)) for n in range(a, b))


def simplified(text: str) -> str:
    text = text.lower()
    digits = "".join(c if unicodedata.category(c) == "Nd" else "\0" for c in text)
    out, i = "", 0
    while i < len(text):
        if digits[i] == "\0":
            out, i = out + text[i], i + 1
            continue
        while i < len(text) and digits[i] != "\0":
            i += 1
        if i + 1 < len(text) and text[i] in ".,،٫⎖⎗⎘" and digits[i + 1] != "\0":
            i += 1
            while i < len(text) and digits[i] != "\0":
                i += 1
        out += "0"
    out = out.translate(str.maketrans(_MARKS + _CONTROLS, " " * len(_MARKS + _CONTROLS)))
    out = re.sub(r"\s+", " ", out.strip())
    return "".join(c for c in unicodedata.normalize("NFD", out) if unicodedata.category(c) != "Mn").strip()


NUMBERED = st.text(st.sampled_from("aB 1٣.,，年é！Ｅ１\u0301\t-"), max_size=12)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(NUMBERED, st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs", "Cn"]), max_size=9))))
def test_datatroves_normalisation_is_datatroves(texts: list[str]) -> None:
    assert normalized(pl.Series(texts, dtype=pl.String), "datatrove").to_list() == [simplified(t) for t in texts]


class Collides(Exact):
    """As if the 128-bit hash of all texts of a length were the same."""

    def content(self, text: Text) -> np.ndarray:
        length = text.series.str.len_chars().to_numpy().astype(np.uint64)
        return np.stack([length, length], axis=1)


def test_texts_that_collide_are_no_twins_and_are_counted() -> None:
    texts = pl.Series(["ab", "cd", "ab", "x", "ef", "cd", "xyz", "xyz"])

    found = cluster_texts(Collides(), texts, block_rows=3)

    assert found.keeper.tolist() == [0, 1, 0, 3, 4, 1, 6, 6]
    assert found.notes["collisions"] == 1
    assert "collisions" not in cluster_texts(Exact(), texts).notes


def test_whole_rows_are_compared_by_all_their_own_columns() -> None:
    rows = pl.DataFrame(
        {"id": ["1", "2", "3", "4"], "text": ["A", "a", "a", "a"], "n": [1, 1, 2, 1], "tags": [["x"], ["x"], ["x"], ["X"]]}
    )
    text = Text(rows.get_column("text"), rows)

    exactly, without_case = (Exact(whole_row=True, normalize=how).content(text) for how in ("none", "case-space"))

    assert len({tuple(row) for row in exactly.tolist()}) == 4
    assert without_case[0].tolist() == without_case[1].tolist()
    assert len({tuple(row) for row in without_case.tolist()}) == 3
