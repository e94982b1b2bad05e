"""Scores of n-gram models. Truth: sums by hand, and what KenLM 0.3.0 says of the same ARPA files (its numbers: files/)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.text import Text, buffers
from dprep.kernels.ngram_counts import Vocabulary
from dprep.kernels.ngram_lm import token_hashes
from dprep.models.ngram import NgramModel, Reading, compiled, ngram_model, scorer
from dprep.models.ngram_arpa import read_arpa

FILES = Path(__file__).parent / "files"
HAND = r"""
\data\
ngram 1=6
ngram 2=5
ngram 3=2

\1-grams:
-1.5	<unk>
-99	<s>	-0.4
-0.9	</s>
-0.7	the	-0.3
-1.1	cat	-0.2
-1.2	sat	-0.25

\2-grams:
-0.2	<s> the	-0.15
-0.5	the cat	-0.1
-0.6	cat sat	-0.05
-0.3	sat </s>
-1.0	cat </s>

\3-grams:
-0.1	<s> the cat
-0.35	the cat sat

\end\
"""
BY_HAND = {
    # <s> the | <s> the cat | the cat sat | sat </s>, no longer n-gram and no back-off of `cat sat`'s own but -0.05
    "the cat sat": (-0.2 - 0.1 - 0.35 - (0.05 + 0.3), 4),
    # b(<s>) + p(cat) | b(cat) + p(the) | b(the) + p(the) | b(the) + p(sat) | b(sat) + p(<unk>) | p(</s>)
    "cat the the sat dog": (-(0.4 + 1.1) - (0.2 + 0.7) - (0.3 + 0.7) - (0.3 + 1.2) - (0.25 + 1.5) - 0.9, 6),
    # <s> the | b(<s> the) + b(the) + p(</s>)
    "the": (-0.2 - (0.15 + 0.3 + 0.9), 2),
    # b(<s>) + p(<unk>) | p(<unk>): unknown words have no back-off | p(</s>)
    "dog dog": (-(0.4 + 1.5) - 1.5 - 0.9, 3),
}


@pytest.fixture(scope="module")
def hand(tmp_path_factory):
    path = tmp_path_factory.mktemp("arpa") / "hand.arpa"
    path.write_text(HAND)
    return path


def log10(path: Path, *texts: str, unit: str = "token") -> tuple[list[float], list[int]]:
    totals, lengths = NgramModel(compiled(read_arpa(path)), Reading(unit)).log10(pl.Series(texts, dtype=pl.String))
    return totals.tolist(), lengths.tolist()


def test_scores_are_those_computed_by_hand(hand):
    totals, lengths = log10(hand, *BY_HAND)

    assert totals == pytest.approx([total for total, _ in BY_HAND.values()], abs=1e-6)
    assert lengths == [length for _, length in BY_HAND.values()]


def test_perplexity_is_ten_to_the_mean_surprise(hand):
    found = ngram_model(str(hand)).scores(Text(pl.Series(["the cat sat", "the"]))).perplexity

    assert found.tolist() == [round(10 ** (1.0 / 4), 3), round(10 ** (1.55 / 2), 3)]


def test_each_line_is_a_sentence_and_blank_lines_do_not_count(hand):
    whole, tokens = log10(hand, "the cat sat\n\n \t\r\n  the\n", "", " \n\n", unit="token")

    assert whole == pytest.approx([BY_HAND["the cat sat"][0] + BY_HAND["the"][0], 0, 0], abs=1e-6)
    assert tokens == [6, 0, 0]


@pytest.mark.parametrize("name", ["lmplz-3", "lmplz-4-pruned"])
def test_scores_agree_with_kenlm_on_the_same_file(name):
    told = json.loads((FILES / f"{name}-scores.json").read_text())
    texts = [text for text, _ in told if text]

    found, _ = log10(FILES / f"{name}.arpa.gz", *texts)

    assert len(texts) > 30
    assert found == pytest.approx([score for text, score in told if text], abs=1e-4)


def test_scores_agree_with_kenlm_itself_where_it_is_installed(tmp_path, hand):
    kenlm = pytest.importorskip("kenlm", reason="KenLM is not installed")
    plain = tmp_path / "model.arpa"
    plain.write_bytes(gzip.decompress((FILES / "lmplz-3.arpa.gz").read_bytes()))
    lines = (FILES / "lines.txt").read_text().splitlines()
    odd = ["<s> <unk> </s>", "the\u3000cat", "a\x0bb\x0cc", "\u00a0 the", "‮the cat‬", "the " * 500]
    texts = [line[::-1] for line in lines[:100]] + lines + odd

    for path in (plain, hand):
        oracle = kenlm.Model(str(path))
        assert log10(path, *texts)[0] == pytest.approx([oracle.score(text) for text in texts], rel=1e-5, abs=1e-4)


def test_a_model_that_lacks_the_ends_of_its_ngrams_scores_them_all_the_same(tmp_path):
    """As some pruning leaves it: `a b c` without `b c`. By the definition of back-off p(c | b) = b(b) + p(c)."""
    path = tmp_path / "pruned.arpa"
    path.write_text(
        "\\data\\\nngram 1=6\nngram 2=2\nngram 3=1\n\n\\1-grams:\n-2\t<unk>\n-99\t<s>\t-0.5\n-1\t</s>\n-0.8\ta\t-0.1\n"
        "-0.9\tb\t-0.2\n-1.1\tc\t-0.3\n\n\\2-grams:\n-0.4\ta b\t-0.25\n-0.45\t<s> a\n\n\\3-grams:\n-0.05\ta b c\n\n\\end\\\n"
    )
    found, _ = log10(path, "a b c", "b c", "b c c")

    after_c = -(0.3 + 1.0)
    assert found == pytest.approx(
        [
            -0.45 - 0.4 - 0.05 + after_c,
            -(0.5 + 0.9) - (0.2 + 1.1) + after_c,
            -(0.5 + 0.9) - (0.2 + 1.1) - (0.3 + 1.1) + after_c,
        ],
        abs=1e-6,
    )


def test_without_an_unknown_word_in_the_model_the_unknown_is_next_to_impossible(tmp_path, hand):
    path = tmp_path / "closed.arpa"
    path.write_text(HAND.replace("-1.5\t<unk>\n", "").replace("ngram 1=6", "ngram 1=5"))

    assert log10(path, "dog")[0] == pytest.approx([-0.4 - 100 - 0.9], abs=1e-4)


def test_spaces_may_stand_for_tabs_and_zeros_for_missing_back_offs(tmp_path, hand):
    path = tmp_path / "spaces.arpa.gz"
    path.write_bytes(gzip.compress(HAND.replace("\t", " ").replace("\n", "\r\n").encode()))

    assert log10(path, *BY_HAND) == log10(hand, *BY_HAND)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("ngram 2=5", "ngram 2=6"), "promises 6 n-grams of order 2 and has 5"),
        (("\\data\\", "data"), None),
        (("-0.35\tthe cat sat", "-0.35\tthe cat"), "too few words"),
        (("-0.35\t", "high\t"), "no number"),
        (("-0.35\t", "nan\t"), "no number"),
        (("-0.35\t", "0.35\t"), "over 0"),
        (("the cat sat", "the dog sat"), "not among the 1-grams"),
        (("-0.9\t</s>\n", "-0.9\tdot\n"), "lack `</s>`"),
        (("-1.2\tsat", "-1.2\tcat"), "twice"),
        (("\\end\\", "\\4-grams:"), "not the next section"),
        (("\\end\\\n", ""), "not the next section"),
    ],
)
def test_what_is_no_model_is_a_problem_that_says_why(tmp_path, change, why):
    path = tmp_path / "bad.arpa"
    path.write_text(HAND.replace(*change))

    if why is None:  # KenLM wants the title; its counts are all that is needed
        assert read_arpa(path)
        return
    with pytest.raises(Error, match=why) as caught:
        read_arpa(path)
    assert [problem.code for problem in caught.value.problems] == ["unreadable-file"]


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 5000, b"\x1f\x8b\x08 but no gzip", b"ngram 1=\n", "中文".encode()])
def test_files_of_another_kind_are_a_problem(tmp_path, content):
    for name in ("bad.arpa", "bad.arpa.gz"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Error, match="no n-gram model"):
            read_arpa(tmp_path / name)


def test_folders_of_another_kind_are_a_problem(tmp_path):
    with pytest.raises(Error, match="no n-gram model"):
        ngram_model(str(tmp_path))
    (tmp_path / "model.json").write_text('{"unit": "word", "lowercase": true, "percentiles": [1, 2]}')
    with pytest.raises(Error, match="no n-gram model"):
        ngram_model(str(tmp_path))


def tokens(text: str, unit: str) -> list[str]:
    vocabulary = Vocabulary(token_hashes(buffers(pl.Series(["<unk>", "<s>", "</s>"]))))
    _, numbers = vocabulary.encode(buffers(pl.Series([text])), unit)
    return [vocabulary.words[n].decode() for n in numbers]


@pytest.mark.parametrize(
    ("unit", "text", "expected"),
    [
        ("word", "don't panic: 3,141.59 is π!", "<s> don't panic : 3,141.59 is π ! </s>"),
        ("word", "a - b-c d- 'e' 1. 2", "<s> a - b-c d - ' e ' 1 . 2 </s>"),
        ("word", "我的iPhone坏了。𠮷", "<s> 我 的 iPhone 坏 了 。 𠮷 </s>"),
        ("word", "e\u0301te\u0301 👍🏽", "<s> e\u0301te\u0301 👍 🏽 </s>"),
        ("word", "a\n\n\u3000b\u00a0c\n", "<s> a </s> <s> b c </s>"),
        ("word", "<s> <unk>", "<s> < s > < unk > </s>"),
        ("token", "don't panic:\t3,141.59\u3000x", "<s> don't panic: 3,141.59\u3000x </s>"),
        ("token", "a <s> <unk> b", "<s> a <unk> <unk> b </s>"),
        ("character", " ab  c \n\u3000中 文", "<s> a b ▁ c </s> <s> 中 ▁ 文 </s>"),
        ("character", "\x00\x07", ""),
        ("word", "", ""),
    ],
)
def test_texts_fall_into_the_tokens_that_the_page_promises(unit, text, expected):
    assert tokens(text, unit) == expected.split(" ") * bool(expected)


@pytest.mark.parametrize("unit", ["token", "word", "character"])
def test_learning_and_scoring_cut_texts_alike(tmp_path, unit):
    """A model of all tokens of a text, each with log10 p = -1, knows every one of them."""
    odd = "it's 3.5 % of a-b\x0bc 中文，。㐀𠮷 é ʼn ‮x‬ 한국 ﬁ\u200d \ufeff 1,000,000 .5 5. 'tis a' \n \x85 z"
    vocabulary = Vocabulary(token_hashes(buffers(pl.Series(["<unk>", "<s>", "</s>"]))))
    _, numbers = vocabulary.encode(buffers(pl.Series([odd])), unit)
    lines = [b"%d\t%s\n" % (-50 if word == b"<unk>" else -1, word) for word in vocabulary.words]
    head = b"\\data\\\nngram 1=%d\n\n\\1-grams:\n" % len(lines)
    (tmp_path / "flat.arpa").write_bytes(head + b"".join(lines) + b"\n\\end\\\n")

    totals, lengths = log10(tmp_path / "flat.arpa", odd, unit=unit)

    scored = int((numbers != 1).sum())  # all but `<s>`
    assert (totals, lengths) == ([-scored], [scored])


def test_one_line_of_a_megabyte_and_hostile_texts_are_scored(hand):
    texts = ["the cat sat " * 90_000, "x" * 1_000_000, "\u202e\u0000\u0301" * 1000, "\n" * 100_000]

    for unit in ("token", "word", "character"):
        found = scorer(str(hand), unit)(Text(pl.Series(texts))).perplexity
        assert np.isnan(found[3])
        assert np.isfinite(found[:3]).all()


def test_scores_are_cut_down_with_the_rows(hand):
    scores = scorer(str(hand))(Text(pl.Series(["the", "cat", "sat"])))

    kept = scores.taken(np.array([0, 2]), np.array([0, -3]))

    assert kept.perplexity.tolist() == scores.perplexity[[0, 2]].tolist()


def test_the_view_of_the_same_model_is_the_same_function(hand):
    assert scorer(str(hand), "word", None) is scorer(str(hand), "word", None)
