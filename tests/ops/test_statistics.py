"""Text statistics and readability, against their definitions written with strings."""

from __future__ import annotations

import math
import re
from collections import Counter

import numpy as np
import polars as pl
import pytest

from dprep.base.text import Text
from dprep.kernels.statistics import han_counts, syllables
from dprep.kernels.words import words
from dprep.ops.tag.readability import Readability
from dprep.ops.tag.statistics import Statistics

TEXTS = [
    "The QUICK brown fox.\nIt jumped... over\n• a bullet {x}\n– no",
    "#tag #TAG … end…  \nLorem ipsum LOREM IPSUM javascript: JavaScript",
    "ÀÉ ЖУК ǅ a_b _ 12 A1 1A\r\nЖук",
    "one",
    "",
    " \n ",
    "!!! ??? ”",
]


def note(op, *texts: str) -> pl.DataFrame:
    return pl.DataFrame(op.note(Text(pl.Series(texts, dtype=pl.String))))


def share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None


def expected(text: str) -> dict[str, float | None]:
    tokens = re.findall(r"\w+|[^\w\s]+", text)
    lines = text.splitlines()
    symbols = sum(text.count(symbol) for symbol in ("#", "...", "…"))
    return {
        "all_caps_words": share(sum(t.isupper() for t in tokens), len(tokens)),
        "no_letter_words": share(sum(not any(c.isalpha() for c in t) for t in tokens), len(tokens)),
        "symbol_ratio": share(symbols, len(tokens)),
        "ellipsis_lines": share(sum(line.rstrip().endswith(("...", "…")) for line in lines), len(lines)),
        "bullet_lines": share(sum(line.lstrip().startswith(tuple("•‣▶◀◦■□▪▫–")) for line in lines), len(lines)),
        "terminal_lines": share(sum(line.rstrip().endswith((".", "!", "?", "”")) for line in lines), len(lines)),
        "digit_share": share(sum(c.isdecimal() for c in text), len(text)),
        "curly_brackets": share(sum(c in "{}" for c in text), len(text)),
        "lorem_ipsum": share(text.lower().count("lorem ipsum"), len(text)),
        "javascript": text.lower().count("javascript"),
    }


@pytest.mark.parametrize("text", TEXTS)
def test_signals_are_those_of_the_definition(text):
    found = note(Statistics(), text).row(0, named=True)

    assert {name: found[name] for name in expected(text)} == expected(text)


def test_words_recur_as_a_counter_says():
    text = "to be or not to be that is the question whether to be"
    counts = Counter(text.split())
    shares = [count / 13 for count in counts.values()]

    found = note(Statistics(), text).row(0, named=True)

    assert found["words"] == 13
    assert found["unique_words"] == share(len(counts), 13)
    assert found["unigram_entropy"] == round(-sum(p * math.log(p) for p in shares), 6)
    assert found["mean_word_length"] == share(sum(map(len, text.split())), 13)


def test_chinese_characters_are_words_and_tokens():
    found = note(Statistics(), "中文很好，OK").row(0, named=True)

    assert (found["words"], found["all_caps_words"], found["no_letter_words"]) == (5, share(1, 6), share(1, 6))


def test_only_the_signals_asked_for_are_made():
    assert Statistics(signals=["words", "javascript"]).notes() == {"words": pl.Int64(), "javascript": pl.Int64()}
    assert note(Statistics(signals=["javascript"]), "x").columns == ["javascript"]


def test_a_megabyte_in_one_line_is_counted():
    found = note(Statistics(), "word " * 200_000).row(0, named=True)

    assert (found["words"], found["unique_words"], found["unigram_entropy"]) == (200_000, 0.000005, 0.0)


SYLLABLES = {
    1: "the make makes asked time like house through friend school great place year world life state large those help change "
    "horse where since strength laughed watched stopped rhythm eye blue",
    2: "people water little table many number being before mother father picture study paper music letter river believe "
    "wanted needed boxes houses churches changes over under happy city even open seven money",
    3: "family important example another animal together beautiful several history government possible usual continue however "
    "remember computer september industry probably difficult area radio idea video banana potato tomato energy "
    "library",
    4: "information community education necessary experience situation january material television dictionary "
    "military american political security activity traditional ability society majority original population "
    "category operation",
}


def test_syllables_are_nearly_those_that_a_person_counts():
    listed = [(word, n) for n, row in SYLLABLES.items() for word in row.split()]
    series = pl.Series([word for word, _ in listed])
    text = Text(series)

    found = syllables(text.buffers, words(text))
    truth = np.array([n for _, n in listed])

    wrong = [(word, int(got)) for (word, n), got in zip(listed, found, strict=True) if got != n]
    assert len(wrong) <= 0.1 * len(listed), wrong
    assert -0.05 < found.sum() / truth.sum() - 1 < 0


def test_flesch_scores_are_the_formulas():
    found = note(Readability(), "The cat sat on the mat. It was happy.", "", "!").rows()

    # 9 words, 2 sentences, 10 syllables
    assert found[0] == (round(206.835 - 1.015 * 4.5 - 84.6 * 10 / 9, 2), round(0.39 * 4.5 + 11.8 * 10 / 9 - 15.59, 2))
    assert found[1:] == [(None, None)] * 2


def test_rare_characters_are_outside_daily_use_in_both_writings():
    found = han_counts(Text(pl.Series(["我们去河边", "這個國家", "饕餮", "\U00020000a。", "龘龘"])))

    assert found.tolist() == [[5, 0], [4, 0], [2, 0], [1, 1], [2, 2]]


def test_chinese_sentences_are_measured_in_han_characters():
    assert note(Readability(language="zh"), "我们去河边。OK 好吗？", "no han. at all").rows() == [(3.5, 0.0), (None, None)]
