from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.ops.augment.eda import Eda
from tests.ops.strange import batches

pytest.importorskip("lemminflect")
jieba = pytest.importorskip("jieba")

FILES = Path(__file__).parents[1] / "laws" / "files"
SMALL, SMALL_ZH = str(FILES / "wordnet"), str(FILES / "wordnet-zh.tab")
SENTENCE = "we could not find the parcel with the big order yesterday"
CHINESE = "我们昨天没有找到那个很大的包裹"


def luck(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def variants(text: str, n: int = 200, **parameters) -> list[str | None]:
    made = Eda(**({"synonyms": SMALL} | parameters)).variant(Text(pl.Series([text] * n)), luck(n), 1)
    assert made.dtype == pl.String
    return made.to_list()


def words(text: str) -> Counter[str]:
    return Counter(text.split())


def test_swap_keeps_the_words():
    made = variants(SENTENCE, operations=("swap",))

    assert all(words(v) == words(SENTENCE) and v != SENTENCE for v in made)


def test_one_swap_moves_two_words():
    for v in variants(SENTENCE, operations=("swap",)):
        assert sum(a != b for a, b in zip(SENTENCE.split(), v.split(), strict=True)) == 2


def test_delete_only_takes_words_away():
    for v in variants(SENTENCE, operations=("delete",), alpha_delete=0.5):
        rest = iter(SENTENCE.split())
        assert 0 < len(v.split()) < len(SENTENCE.split())
        assert all(word in rest for word in v.split())


@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_alpha_is_the_share_of_words_deleted(alpha):
    text = "some little words " * 200
    gone = [1 - len(v.split()) / len(text.split()) for v in variants(text, n=50, operations=("delete",), alpha_delete=alpha)]

    assert np.mean(gone) == pytest.approx(alpha, rel=0.1)


def test_insert_adds_synonyms_before_words():
    for v in variants(SENTENCE, operations=("insert",), alpha_insert=0.2):
        assert sum((words(v) - words(SENTENCE)).values()) == 2  # 0.2 * 11 words
        assert set(words(v) - words(SENTENCE)) <= {"package", "large"}


def test_replace_exchanges_words_for_synonyms():
    assert set(variants(SENTENCE, operations=("replace",))) == {
        SENTENCE.replace("parcel", "package"),
        SENTENCE.replace("big", "large"),
    }
    assert set(variants(SENTENCE, operations=("replace",), alpha_replace=0.5)) == {
        SENTENCE.replace("parcel", "package").replace("big", "large")
    }


def test_all_four_operations_are_drawn():
    kinds = Counter()
    for v in variants(SENTENCE, n=400):
        more, less = sum((words(v) - words(SENTENCE)).values()), sum((words(SENTENCE) - words(v)).values())
        kinds["replace" if more and less else "insert" if more else "delete" if less else "swap"] += 1

    assert set(kinds) == {"replace", "insert", "delete", "swap"}
    assert all(70 < n < 130 for n in kinds.values())


def test_what_cannot_be_done_gives_way_to_another():
    assert None not in variants("no words known here", operations=("replace", "delete"))


def test_the_article_follows_an_inserted_word():
    assert "the is an automobile car" in variants("the is a car", operations=("insert",))


def test_chinese_words_are_swapped_whole():
    cut = list(jieba.cut(CHINESE))
    for v in variants(CHINESE, operations=("swap",)):
        assert sorted(v) == sorted(CHINESE)
        assert v != CHINESE
        assert sum(1 for a, b in zip(cut, _aligned(v, cut), strict=True) if a != b) == 2


def _aligned(text: str, cut: list[str]) -> list[str]:
    """`text` as two of the words of `cut` with their places changed."""
    for i in range(len(cut)):
        for j in range(i + 1, len(cut)):
            other = [*cut]
            other[i], other[j] = cut[j], cut[i]
            if "".join(other) == text:
                return other
    raise AssertionError(text)


def test_chinese_words_are_deleted_whole_and_without_blanks():
    cut = list(jieba.cut(CHINESE))
    for v in variants(CHINESE, operations=("delete",), alpha_delete=0.4):
        rest, at = v, 0
        for word in cut:
            if rest.startswith(word):
                rest, at = rest[len(word) :], at + 1
        assert not rest
        assert 0 < at < len(cut)


def test_chinese_synonyms_are_inserted_and_exchanged():
    text = "我们昨天看了电影很高兴"

    assert set(variants(text, synonyms=SMALL_ZH, operations=("replace",))) == {text.replace("电影", "影片")}
    assert all("影片" in v and " " not in v for v in variants(text, synonyms=SMALL_ZH, operations=("insert",)))


@pytest.mark.parametrize(
    "text", ["", " \n", "12345 ２", "👍🏽", "me@example.org https://a.b/c?d=e @you {name} <b>", "Hello", "one"]
)
def test_where_nothing_can_be_done_there_is_no_variant(text):
    assert set(variants(text, n=20)) == {None}


KEPT = ["http://a.b/c?d=e", "me@example.org", "@you", "#tag", "{name}", "<b>", "`x y`", "a_b", "3,000", "AB-12", "Carr", "20%"]


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("around", ["the big parcel {} was late", "我的{}包裹 {} 昨天没有到"])
def test_what_is_protected_stays_whole_and_once(kept, around):
    text = around.replace("{}", kept)
    for v in variants(text, alpha_delete=0.7, alpha_swap=0.7, alpha_insert=0.7):
        assert v is None or v.count(kept) == text.count(kept)


def test_listed_words_and_names_of_works_stay():
    assert all("broken order" in v for v in variants("my broken order is late again", protect=("broken order",)))
    assert all("《电影商品》" in v for v in variants("我们昨天看了《电影商品》很高兴", synonyms=SMALL_ZH))


def test_numbers_do_not_run_together():
    text = "3居室68万的大房子3.5折"
    numbers = re.findall(r"[\d.]+", text)

    assert all(re.findall(r"[\d.]+", v) == numbers for v in variants(text, alpha_delete=0.9, alpha_swap=0.9))


@given(batches, st.floats(0.01, 1.0), st.sampled_from([SMALL, SMALL_ZH]))
@settings(max_examples=80, deadline=None)
def test_any_text_gives_a_different_text_or_none_by_its_own_luck(rows, alpha, book):
    rows = [row + " big parcel, 电影商品" for row in rows] + rows
    alphas = {f"alpha_{kind}": alpha for kind in ("replace", "insert", "swap", "delete")}
    op, chance = Eda(synonyms=book, **alphas), luck(len(rows), seed=3)
    made = op.variant(Text(pl.Series(rows, dtype=pl.String)), chance, 1).to_list()

    assert all(v is None or v != row for v, row in zip(made, rows, strict=True))
    assert made == [op.variant(Text(pl.Series([r])), chance[i : i + 1], 1)[0] for i, r in enumerate(rows)]


def test_a_line_of_a_megabyte_comes_out():
    text = "word and more " * 75_000
    (made,) = variants(text, n=1, operations=("swap",))

    assert words(made) == words(text)


def test_no_blanks_are_left_where_words_go():
    rng = random.Random(5)
    text = " ".join(rng.choice(["word", "more,", "then."]) for _ in range(60))
    for v in variants(text, n=50, operations=("delete",), alpha_delete=0.5):
        assert "  " not in v
        assert v == v.strip()
        assert not re.search(r" [,.]", v)


def test_synonyms_are_asked_for():
    with pytest.raises(Error, match="apt install wordnet-base"):
        Eda()
    assert Eda(operations=("swap", "delete")).synonyms is None
