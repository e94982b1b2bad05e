"""Word and character repetition, against the definitions written with strings and counters."""

from __future__ import annotations

import math
import random
from collections import Counter

import polars as pl
import pytest

from dprep.base.step import Step, run_step
from dprep.base.text import Text
from dprep.kernels import repeated_runs
from dprep.ops.filter.character_repetition import CharacterRepetition
from dprep.ops.filter.word_repetition import WordRepetition


def by_words(text: str, n: int) -> float:
    words = text.lower().split()
    found = Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
    return sum(c for c in found.values() if c > 1) / max(1, sum(found.values()))


def by_characters(text: str, n: int) -> float:
    found = Counter(text[i : i + n] for i in range(len(text) - n + 1))
    frequent = sorted(found.values(), reverse=True)
    taken = min(int(math.sqrt(len(frequent))), sum(c > 1 for c in frequent))
    return sum(frequent[:taken]) / max(1, sum(frequent))


def texts() -> list[str]:
    luck = random.Random(5)
    made = [" ".join(luck.choices(["a", "bb", "Ccc", "Éé", "longerword", "3"], k=luck.randint(0, 60))) for _ in range(200)]
    return [*made, "", "one", "中文 中文 中文 " * 9, "aaaaaaaaaaaa", "😀😀😀 😀😀😀 é é é"]


def ratios(op) -> list[float]:
    return op.measure(Text(pl.Series(texts())))["ratio"].to_list()


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10])
def test_word_ratios_are_those_of_the_definition(n):
    plain = [text for text in texts() if not any(c > "\u3000" for c in text)]  # han and emoji are split otherwise

    found = WordRepetition(ngram=n).measure(Text(pl.Series(plain)))["ratio"].to_list()

    assert found == pytest.approx([by_words(text, n) for text in plain], abs=0)


@pytest.mark.parametrize("n", [1, 2, 4, 10])
def test_character_ratios_are_those_of_the_definition(n):
    assert ratios(CharacterRepetition(ngram=n)) == pytest.approx([by_characters(text, n) for text in texts()], abs=0)


def test_sorting_counts_as_the_table_does(monkeypatch):
    small = "the end of the line " * 3
    # texts over a million runs are sorted
    long = small * (repeated_runs.MOST_IN_TABLE // len(small) + 2) + "and no more"
    found = CharacterRepetition(ngram=5).measure(Text(pl.Series([long])))["ratio"][0]

    assert found == by_characters(long, 5)


def test_han_characters_are_words():
    assert WordRepetition(ngram=2).measure(Text(pl.Series(["中文很好中文", "中文很好"])))["ratio"].to_list() == [2 / 5, 0.0]


@pytest.mark.parametrize(("name", "cls"), [("word_repetition", WordRepetition), ("character_repetition", CharacterRepetition)])
def test_a_ratio_equal_to_its_limit_is_kept(name, cls):
    text = "a b c d a b e f g h"
    ratio = cls(ngram=2).measure(Text(pl.Series([text])))["ratio"][0]
    rows = pl.DataFrame({"text": [text]})

    def kept(limit: float) -> int:
        return len(run_step(Step("f", f"filter.{name}", cls(ngram=2, max_ratio=limit)), rows).kept)

    assert 0 < ratio < 1
    assert (kept(ratio), kept(math.nextafter(ratio, 0))) == (1, 0)


def test_flavours_have_the_numbers_of_their_sources():
    assert (WordRepetition().ngram, WordRepetition().max_ratio) == (10, 0.5)
    assert (WordRepetition(flavour="bloom").ngram, WordRepetition(flavour="bloom").max_ratio) == (5, 0.19)
    assert (CharacterRepetition(flavour="bloom").ngram, CharacterRepetition(flavour="bloom").max_ratio) == (10, 0.106)
