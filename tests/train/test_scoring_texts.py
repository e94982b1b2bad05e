"""Scores of texts: BLEU and chrF against sacrebleu, ROUGE against rouge_score, answers by hand."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from dprep.train.scoring import scores
from dprep.train.scoring.texts import longest_common

WORDS = [
    *("the", "a", "cat", "dog", "sat", "on", "mat", "3.5", "1,000", "U.S.", "well-known", "isn't", "(see)", "costs", "$4.20,"),
    *('"yes"', "&amp;", "no.", "and/or", "e-mail@x.org", "...", "10-20", "naïve", "—", "“quoted”", "end-\nof-line", "<b>"),
    *("[1]", "{x}", "a_b\tTab"),
]
HAN = [*"今天天气很好我们去公园玩吧他说不行", "，", "。", "GPU", "3.5", "（", "）", "“", "！", "㎏", "ab12"]


def written(target: list[str], said: list[str | None], resamples: int = 0) -> dict[str, float]:
    table = pa.table({"target": target, "prediction": pa.array(said, pa.string())})
    found = scores.score("seq2seq", table, resamples=resamples)
    return {name: each["value"] for name, each in found["metrics"].items()}


def texts(words: list[str], between: str, seed: int, rows: int = 120, change: float = 0.3) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)
    target = [[chance.choice(words) for _ in range(chance.randint(1, 18))] for _ in range(rows)]
    said = [[word if chance.random() > change else chance.choice(words) for word in row] for row in target]
    said = [row[: chance.randint(0, len(row))] if chance.random() < 0.2 else row for row in said]
    return [between.join(row) for row in target], [between.join(row) for row in said]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("words", "between", "tokenizer"), [(WORDS, " ", "13a"), (HAN, "", "zh")])
def test_bleu_and_chrf_are_those_of_sacrebleu(words: list[str], between: str, tokenizer: str, seed: int) -> None:
    oracle = pytest.importorskip("sacrebleu", reason="sacrebleu says what is right")
    target, said = texts(words, between, seed)
    found = written(target, said)
    assert found["bleu"] == pytest.approx(oracle.corpus_bleu(said, [target], tokenize=tokenizer, force=True).score, abs=1e-9)
    assert found["chrf"] == pytest.approx(oracle.corpus_chrf(said, [target]).score, abs=1e-9)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (["a b c d e"], ["x y z"]),  # nothing in common
        (["a b c d e"], ["a c b d"]),  # no pair in common: smoothed
        (["a b"], ["a b"]),  # too short for four words
        (["the cat sat here today"], [""]),
        (["a", "the cat sat on the mat"], ["", "the cat sat on the mat"]),
    ],
)
def test_odd_cases_are_those_of_sacrebleu(target: list[str], said: list[str]) -> None:
    oracle = pytest.importorskip("sacrebleu", reason="sacrebleu says what is right")
    found = written(target, said)
    assert found["bleu"] == pytest.approx(oracle.corpus_bleu(said, [target], force=True).score, abs=1e-9)
    assert found["chrf"] == pytest.approx(oracle.corpus_chrf(said, [target]).score, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_rouge_is_that_of_rouge_score_on_english(seed: int) -> None:
    oracle = pytest.importorskip("rouge_score.rouge_scorer", reason="rouge_score says what is right")
    target, said = texts([word for word in WORDS if word.isascii()], " ", seed)
    scorer = oracle.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    theirs = [scorer.score(one, other) for one, other in zip(target, said, strict=True)]
    found = written(target, said)
    for name in ("rouge1", "rouge2", "rougeL"):
        assert found[name] == pytest.approx(sum(each[name].fmeasure for each in theirs) / len(theirs))


def test_chinese_rouge_counts_characters() -> None:
    # 我 爱 北京 against 我 爱 南京: of 4 and 4 characters 3 agree, of 3 and 3 pairs 1, in order 3
    found = written(["我爱北京"], ["我爱南京"])
    assert (found["rouge1"], found["rouge2"], found["rougeL"]) == pytest.approx((0.75, 1 / 3, 0.75))


def test_the_tokenizer_of_bleu_is_told() -> None:
    def tokenizer(target: str) -> str:
        table = pa.table({"target": [target], "prediction": [target]})
        return scores.score("seq2seq", table, resamples=0)["definitions"]["bleu"]

    assert tokenizer("今天天气很好，我们去玩") == "tok:zh|smooth:exp"
    assert tokenizer("The weather is good (今天)") == "tok:13a|smooth:exp"
    assert tokenizer("今日はとても天気がいいですね") == "tok:char|smooth:exp"


def test_nothing_written_is_scored_as_nothing() -> None:
    found = written(["a b c d", "e f g h"], ["a b c d", None])
    assert found["exact_match"] == 0.5
    assert found["rougeL"] == 0.5


def test_surprise_goes_along_where_it_was_measured() -> None:
    table = pa.table({"target": ["a b"], "prediction": ["a b"], "nll": [3.0], "tokens": [2]})
    assert scores.score("seq2seq", table, resamples=0)["metrics"]["nll"]["value"] == 1.5


def test_longest_common_subsequence_is_that_of_the_table() -> None:
    chance = random.Random(8)
    for _ in range(200):
        one, other = ([chance.choice("abcd") for _ in range(chance.randint(0, 90))] for _ in range(2))
        row = [0] * (len(other) + 1)
        for left in one:
            before = row[:]
            for at, right in enumerate(other, 1):
                row[at] = before[at - 1] + 1 if left == right else max(row[at - 1], before[at])
        assert longest_common(one, other) == row[-1]


def answered(golds: list[list[str]], said: list[str | None]) -> dict[str, float]:
    answers = [{"text": gold, "answer_start": [0] * len(gold)} for gold in golds]
    kind = pa.struct([("text", pa.list_(pa.string())), ("answer_start", pa.list_(pa.int64()))])
    table = pa.table({"answers": pa.array(answers, kind), "prediction": pa.array(said, pa.string())})
    return {name: each["value"] for name, each in scores.score("qa", table, resamples=0)["metrics"].items()}


@pytest.mark.parametrize(
    ("golds", "said", "exact", "f1"),
    [
        (["The Eiffel Tower"], "eiffel tower.", 1, 1),  # case, article, punctuation
        (["in 1999", "1999"], "1999", 1, 1),  # the best of two
        (["Denver Broncos"], "the Broncos team", 0, 0.5),
        (["to to be"], "to be be", 0, 2 / 3),  # each word as often as both have it
        (["a"], "the", 1, 1),  # nothing is left of either
        (["北京大学"], "北京大学。", 1, 1),
        (["北京大学"], "北京", 0, 2 * 2 / (4 + 2)),  # by characters
        (["使用GPU训练"], "GPU训练", 0, 2 * 3 / (5 + 3)),  # 使 用 gpu 训 练
        (["“李白”"], "李 白", 1, 1),
        ([], "", 1, 1),
        ([], "something", 0, 0),
        (["x"], "", 0, 0),
        ([], None, 0, 0),  # was not asked
    ],
)
def test_answers_by_hand(golds: list[str], said: str | None, exact: float, f1: float) -> None:
    found = answered([golds], [said])
    assert (found["exact_match"], found["f1"]) == pytest.approx((exact, f1))


def test_questions_without_an_answer_are_told_apart() -> None:
    found = answered([["x"], [], [], ["y"]], ["x", "", "z", "n"])
    assert found["exact_match"] == 0.5
    assert found["answerable_exact_match"] == 0.5
    assert found["unanswerable_accuracy"] == 0.5
    assert "unanswerable_accuracy" not in answered([["x"]], ["x"])
