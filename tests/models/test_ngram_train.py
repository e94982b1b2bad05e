"""Learning n-gram models. Truth: KenLM's lmplz (its ARPA files are in files/), arithmetic by hand, and laws of probability."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.kernels.ngram_lm import score_grams
from dprep.models.ngram import NgramModel, Reading, compiled
from dprep.models.ngram_arpa import Arpa, read_arpa, write_arpa
from dprep.models.ngram_train import discounts, learn_model, read_corpus

FILES = Path(__file__).parent / "files"
LINES = (FILES / "lines.txt").read_text().splitlines()


def learnt(lines: list[str], order: int, prune: tuple[int, ...] = (0,), min_count: int = 1, unit: str = "token") -> Arpa:
    return learn_model(read_corpus([pl.Series(lines, dtype=pl.String)], unit, 10**9), order, prune, min_count)


def table(model: Arpa, order: int) -> dict[str, tuple[float, float]]:
    """n-gram -> log10 probability and back-off."""
    words = model.vocabulary.to_list()
    grams = model.grams[order - 1]
    names = [" ".join(words[n] for n in row) for row in grams.words.tolist()]
    return dict(zip(names, zip(grams.probabilities.tolist(), grams.backoffs.tolist(), strict=True), strict=True))


@pytest.mark.parametrize(("name", "order", "prune"), [("lmplz-3", 3, (0,)), ("lmplz-4-pruned", 4, (0, 0, 1))])
def test_every_number_is_that_of_lmplz(name, order, prune):
    """The last line brings a word that stands nowhere else: lmplz counts the last new word by how often it occurs, where its
    method (and its code for all other words) counts the words before it. That moves its discounts a little on small texts.
    """
    theirs, ours = read_arpa(FILES / f"{name}.arpa.gz"), learnt(LINES, order, prune)

    for n in range(1, order + 1):
        expected, found = table(theirs, n), table(ours, n)
        expected.pop("<s>", None)
        assert found.keys() - {"<s>"} == expected.keys()
        # lmplz gives back-offs of n-grams that no n-gram begins with as 0, and so do we
        assert np.allclose([found[gram] for gram in expected], list(expected.values()), atol=2e-6)


def test_a_tiny_model_is_what_its_arithmetic_says():
    """Lines `a b a` and `a c`, order 2. Counts of counts are too few, so D1 = 0.5, D2 = 1.

    Words by how many different words stand before them: a 2 (<s>, b), b 1 (a), c 1 (a), </s> 2 (a, c); sum 6.
    Taken off: 1 + 0.5 + 0.5 + 1 = 3, so 3/6 goes to the same chance for all of <unk>, </s>, a, b, c: 0.5 / 5 = 0.1 each.
    """
    model = learnt(["a b a", "a c"], 2)
    ones, twos = table(model, 1), table(model, 2)
    p = {"<unk>": 0.1, "</s>": (2 - 1) / 6 + 0.1, "a": (2 - 1) / 6 + 0.1, "b": 0.5 / 6 + 0.1, "c": 0.5 / 6 + 0.1}
    assert {word: 10 ** ones[word][0] for word in p} == pytest.approx(p)

    # after `a` (3 times): b, c and </s> once each, 0.5 taken off each
    gamma_a = 1.5 / 3
    assert 10 ** ones["a"][1] == pytest.approx(gamma_a)
    assert 10 ** twos["a b"][0] == pytest.approx(0.5 / 3 + gamma_a * p["b"])
    assert 10 ** twos["a </s>"][0] == pytest.approx(0.5 / 3 + gamma_a * p["</s>"])
    # after <s>: a, twice, 1 taken off
    assert 10 ** ones["<s>"][1] == pytest.approx(1 / 2)
    assert 10 ** twos["<s> a"][0] == pytest.approx(1 / 2 + 1 / 2 * p["a"])
    assert set(twos) == {"<s> a", "a b", "b a", "a </s>", "a c", "c </s>"}


def test_discounts_are_those_of_chen_and_goodman():
    """n1 … n4 = 8, 4, 2, 1: Y = 8 / (8 + 8) = 1/2; D1 = 1 - 2 Y 4/8, D2 = 2 - 3 Y 2/4, D3 = 3 - 4 Y 1/2."""
    counts = np.repeat([1.0, 2.0, 3.0, 4.0, 9.0], [8, 4, 2, 1, 3])

    assert discounts(counts).tolist() == [0, 0.5, 1.25, 2.0]


def test_probabilities_after_any_context_sum_to_one():
    model = learnt(LINES, 4, (0, 0, 1))
    tables = compiled(model)
    words = [word for word in range(len(model.vocabulary)) if word != 1]
    luck = np.random.default_rng(7)
    contexts = [row[:3].tolist() for row in luck.permutation(model.grams[3].words)[:15]]  # known ones
    contexts += luck.integers(0, len(model.vocabulary), (15, 3)).tolist()  # and what nobody ever wrote
    for context in contexts:
        grams = np.array([[*context, word] for word in words], np.int32)
        assert (10 ** score_grams(tables, grams)).sum() == pytest.approx(1, abs=1e-4)


def test_unseen_text_surprises_it_less_than_add_one_smoothing():
    seen, unseen = LINES[::2], LINES[1::2]
    totals, lengths = NgramModel(compiled(learnt(seen, 3)), Reading()).log10(pl.Series(unseen))

    pairs: dict[tuple[str, str], int] = {}
    firsts: dict[str, int] = {}
    for line in seen:
        words = ["<s>", *line.split(), "</s>"]
        for pair in pairwise(words):
            pairs[pair] = pairs.get(pair, 0) + 1
            firsts[pair[0]] = firsts.get(pair[0], 0) + 1
    size = len({word for line in seen for word in line.split()}) + 2
    add_one = 0.0
    for line in unseen:
        words = ["<s>", *line.split(), "</s>"]
        add_one += sum(math.log10((pairs.get(p, 0) + 1) / (firsts.get(p[0], 0) + size)) for p in pairwise(words))

    assert lengths.sum() == sum(len(line.split()) + 1 for line in unseen)
    assert 10 ** (-totals.sum() / lengths.sum()) < 0.5 * 10 ** (-add_one / lengths.sum())


def test_what_is_written_is_read_back(tmp_path):
    model = learnt(LINES, 3, unit="character")
    write_arpa(tmp_path / "model.arpa", model)
    again = read_arpa(tmp_path / "model.arpa")

    assert again.vocabulary.to_list() == model.vocabulary.to_list()
    for ours, theirs in zip(model.grams, again.grams, strict=True):
        assert (ours.words == theirs.words).all()
        assert np.allclose(ours.probabilities, theirs.probabilities, atol=1e-6)
        assert np.allclose(ours.backoffs, theirs.backoffs, atol=1e-6)


def test_kenlm_reads_what_is_written(tmp_path):
    kenlm = pytest.importorskip("kenlm", reason="KenLM is not installed")
    model = learnt(LINES[::2], 4)
    write_arpa(tmp_path / "model.arpa", model)
    oracle = kenlm.Model(str(tmp_path / "model.arpa"))

    totals, _ = NgramModel(compiled(model), Reading()).log10(pl.Series(LINES))

    assert totals.tolist() == pytest.approx([oracle.score(line) for line in LINES], rel=1e-5, abs=1e-4)


def test_rare_words_become_unknown_and_nothing_is_learnt_of_those():
    """Lines `a a b`, `a c`, `b d`: c and d are unknown. Before a: <s>, a; before b: a, <s>; before </s>: b, <unk>.

    Taken off each of the three: D2 = 1 (too few counts of counts), so (1 + 1 + 1) / 6 goes to <unk>, </s>, a, b alike.
    After `a` (3 times): a, b once each, and <unk>, whose whole share goes to the back-off: (0.5 + 0.5 + 1) / 3.
    """
    model = learnt(["a a b", "a c", "b d"], 2, min_count=2)

    assert model.vocabulary.to_list() == ["<unk>", "<s>", "</s>", "a", "b"]
    assert set(table(model, 2)) == {"<s> a", "<s> b", "a a", "a b", "b </s>"}
    assert 10 ** table(model, 1)["<unk>"][0] == pytest.approx(3 / 6 / 4)
    assert 10 ** table(model, 1)["a"][1] == pytest.approx(2 / 3)


def test_a_text_that_spells_the_ends_of_a_line_ends_none():
    model = learnt(["a <s> b", "</s> c", "<unk> a"], 2)

    assert model.vocabulary.to_list() == ["<unk>", "<s>", "</s>", "a", "b", "c"]
    assert set(table(model, 2)) == {"b </s>", "c </s>", "<s> a", "a </s>"}


def test_a_large_corpus_is_sampled_by_whole_texts_whatever_their_order():
    texts = [f"{n} stands here\nand there" for n in range(2000)]
    forth = read_corpus([pl.Series(texts)], "word", 5_000)
    back = read_corpus([pl.Series(texts[1000:][::-1]), pl.Series(texts[:1000])], "word", 5_000)

    assert 2_000 < forth.tokens <= 5_000
    assert forth.tokens == 9 * forth.texts  # two lines, five words
    chosen = [sorted(w for w in {*map(int, c.numbers())}) for c in (forth, back)]
    names = [{c.words[n] for n in some} for c, some in zip((forth, back), chosen, strict=True)]
    assert names[0] == names[1]


def test_blocks_do_not_matter():
    whole = read_corpus([pl.Series(LINES)], "word", 10**9)
    pieces = read_corpus([pl.Series(LINES[n : n + 7]) for n in range(0, len(LINES), 7)], "word", 10**9)

    assert whole.words == pieces.words
    assert (whole.numbers() == pieces.numbers()).all()


@pytest.mark.parametrize("texts", [[], [""], [" \n\n"]])
def test_nothing_to_learn_from_is_a_problem(texts):
    with pytest.raises(Error, match="no text"):
        learnt(texts, 3)


@pytest.mark.parametrize("texts", [["a"], ["a", "a"], ["中"], ["a b c d e f g h"]])
def test_the_smallest_corpora_make_models(texts):
    model = learnt(texts, 5)

    totals, _ = NgramModel(compiled(model), Reading()).log10(pl.Series([*texts, "x y z"]))
    assert (np.isfinite(totals)).all()
    assert (totals < 0).all()
