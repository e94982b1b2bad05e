"""Every score against a library that people trust, and every interval against what it promises."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dprep.base.problem import Error
from dprep.train.scoring import scores
from dprep.train.scoring.score_tables import as_markdown, as_text


def metrics(task: str, columns: dict[str, Any], labels: tuple[str, ...] = (), resamples: int = 0) -> dict[str, float]:
    found = scores.score(task, pa.table(columns), labels=labels, seed=1, resamples=resamples)
    return {name: each["value"] for name, each in found["metrics"].items()}


def test_every_task_knows_its_scores_and_its_best() -> None:
    for task in scores.KINDS:
        assert scores.best(task) in scores.names(task)
    assert scores.larger_is_better("accuracy")
    assert not scores.larger_is_better("perplexity")
    with pytest.raises(Error, match="there is no task `taging`"):
        scores.best("taging")


def test_tasks_and_scores_agree_on_the_best() -> None:
    pytest.importorskip("torch", reason="the tasks need torch")
    pytest.importorskip("transformers", reason="the tasks need transformers")
    from dprep.train.tasks import TASKS, task_class

    for name in TASKS:
        task = task_class(name)
        assert (task.best, task.larger_is_better) == (scores.best(name), scores.larger_is_better(task.best)), name


class TestClassification:
    def test_report_is_that_of_scikit_learn(self) -> None:
        oracle = pytest.importorskip("sklearn.metrics", reason="scikit-learn says what is right")
        chance = random.Random(3)
        labels = tuple("abcdefgz")  # nobody says z, and it is never true
        truth = [chance.choice(labels[:6]) for _ in range(500)]
        said = [each if chance.random() < 0.6 else chance.choice(labels[1:7]) for each in truth]
        found = scores.score("classification", pa.table({"label": truth, "prediction": said}), labels=labels, resamples=0)
        report = oracle.classification_report(truth, said, output_dict=True, zero_division=0)
        values = {name: each["value"] for name, each in found["metrics"].items()}
        assert values["accuracy"] == pytest.approx(report["accuracy"])
        for average in ("macro", "weighted"):
            for name, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
                assert values[f"{name}_{average}"] == pytest.approx(report[f"{average} avg"][theirs])
        for line in found["per_class"]:
            if line["label"] in report:
                theirs = report[line["label"]]
                mine = line["precision"], line["recall"], line["f1"], line["rows"]
                assert mine == pytest.approx((theirs["precision"], theirs["recall"], theirs["f1-score"], theirs["support"]))
        assert found["confusion"]["matrix"] == oracle.confusion_matrix(truth, said, labels=labels).tolist()

    def test_several_labels_a_row_as_scikit_learn_has_them(self) -> None:
        oracle = pytest.importorskip("sklearn.metrics", reason="scikit-learn says what is right")
        chance = np.random.default_rng(5)
        labels = tuple("abcde")
        truth, said = chance.random((300, 5)) < 0.4, chance.random((300, 5)) < 0.5
        said = np.where(chance.random((300, 5)) < 0.6, truth, said)
        named = [[[labels[at] for at in np.flatnonzero(row)] for row in side] for side in (truth, said)]
        found = metrics("classification", {"label": named[0], "prediction": named[1]}, labels)
        assert found["subset_accuracy"] == pytest.approx(oracle.accuracy_score(truth, said))
        assert found["hamming_loss"] == pytest.approx(oracle.hamming_loss(truth, said))
        for average in ("micro", "macro", "weighted"):
            theirs = oracle.precision_recall_fscore_support(truth, said, average=average, zero_division=0)[:3]
            assert [found[f"{name}_{average}"] for name in ("precision", "recall", "f1")] == pytest.approx(theirs)
        assert "accuracy" not in found

    def test_rows_without_an_answer_are_wrong_and_counted(self) -> None:
        columns = {"label": ["a", "b", "b", "a"], "prediction": ["a", None, "b", "a"]}
        found = scores.score("classification", pa.table(columns), labels=("a", "b"), resamples=0)
        assert found["unanswered"] == 1
        assert found["metrics"]["accuracy"]["value"] == 0.75
        several = {"label": pa.array([[], ["a"]], pa.list_(pa.string())), "prediction": pa.array([None, ["a"]])}
        assert metrics("classification", several, ("a",))["subset_accuracy"] == 0.5

    def test_labels_that_training_never_saw_are_named(self) -> None:
        columns = {"label": ["a", "neu"], "prediction": ["a", "a"], "probabilities": [[1.0], [1.0]]}
        found = scores.score("classification", pa.table(columns), labels=("a",), resamples=10)
        assert found["unseen_labels"] == ["neu"]
        assert found["metrics"]["brier"]["value"] == pytest.approx((0 + (1 + 1)) / 2)

    def test_calibration_error_and_brier_by_hand(self) -> None:
        # two bins of use: (0.6, 0.6667] holds 0.61 right and 0.65 wrong; (0.9333, 1] holds 0.99 right
        columns = {
            "label": ["a", "a", "b"],
            "prediction": ["a", "b", "b"],
            "confidence": [0.61, 0.65, 0.99],
            "probabilities": [[0.61, 0.39], [0.35, 0.65], [0.01, 0.99]],
        }
        found = scores.score("classification", pa.table(columns), labels=("a", "b"), resamples=0)
        ece = (2 * abs(0.5 - 0.63) + 1 * abs(1 - 0.99)) / 3
        brier = (2 * 0.39**2 + 2 * 0.65**2 + 2 * 0.01**2) / 3
        assert found["metrics"]["ece"]["value"] == pytest.approx(ece)
        assert found["metrics"]["brier"]["value"] == pytest.approx(brier)
        used = [each for each in found["calibration"] if each["rows"]]
        assert [(each["from"], each["rows"], each["accuracy"]) for each in used] == [(9 / 15, 2, 0.5), (14 / 15, 1, 1.0)]

    def test_a_confidence_between_two_bins_is_in_the_lower_one(self) -> None:
        columns = {"label": ["a"] * 3, "prediction": ["a"] * 3, "confidence": [0.0, 0.6, 1.0]}
        found = scores.score("classification", pa.table(columns), labels=("a",), resamples=0)
        assert [at for at, each in enumerate(found["calibration"]) if each["rows"]] == [0, 8, 14]

    def test_ten_thousand_labels_give_a_short_list_of_confusions(self) -> None:
        labels = tuple(f"l{at}" for at in range(10_000))
        truth = list(labels[:3000])
        said = [truth[0] if at % 3 else each for at, each in enumerate(truth)]
        found = scores.score("classification", pa.table({"label": truth, "prediction": said}), labels=labels, resamples=5)
        assert "matrix" not in found["confusion"]
        assert len(found["confusion"]["top"]) == 100
        assert found["confusion"]["confused"] == 2000

    def test_probabilities_of_other_labels_are_refused(self) -> None:
        columns = {"label": ["a"], "prediction": ["a"], "probabilities": [[0.5, 0.5]]}
        with pytest.raises(Error, match="2 probabilities for 1 rows and 1 labels"):
            metrics("classification", columns, ("a",))


def test_numbers_are_those_of_scikit_learn_and_scipy() -> None:
    oracle = pytest.importorskip("sklearn.metrics", reason="scikit-learn says what is right")
    stats = pytest.importorskip("scipy.stats", reason="scipy says what is right")
    chance = np.random.default_rng(2)
    truth = np.round(chance.normal(1e6, 1, 700), 1)
    said = truth + np.round(chance.normal(0.2, 0.7, 700), 1)
    found = metrics("regression", {"label": truth, "prediction": said})
    assert found["mse"] == pytest.approx(oracle.mean_squared_error(truth, said))
    assert found["rmse"] == pytest.approx(oracle.root_mean_squared_error(truth, said))
    assert found["mae"] == pytest.approx(oracle.mean_absolute_error(truth, said))
    assert found["r2"] == pytest.approx(oracle.r2_score(truth, said))
    assert found["pearson"] == pytest.approx(stats.pearsonr(truth, said).statistic)
    assert found["spearman"] == pytest.approx(stats.spearmanr(truth, said).statistic)


def test_numbers_that_do_not_vary_have_no_correlation() -> None:
    found = scores.score("regression", pa.table({"label": [2.0, 2.0, 2.0], "prediction": [1.0, None, 3.0]}), resamples=20)
    assert found["unanswered"] == 1
    assert set(found["metrics"]) == {"mse", "rmse", "mae"}
    assert found["metrics"]["mse"]["value"] == 1.0


class TestLanguage:
    def test_perplexity_weighs_rows_by_their_tokens(self) -> None:
        found = metrics("text", {"nll": [10.0, 2.0], "tokens": [9, 1], "characters": [20, 4], "bytes": [60, 4]})
        assert found["nll"] == pytest.approx(1.2)
        assert found["perplexity"] == pytest.approx(math.exp(1.2))
        assert found["bits_per_character"] == pytest.approx(12 / math.log(2) / 24)
        assert found["bits_per_byte"] == pytest.approx(12 / math.log(2) / 64)

    def test_rows_the_model_was_not_asked_count_for_nothing(self) -> None:
        found = scores.score("chat", pa.table({"nll": [6.0, None], "tokens": [3, None]}), resamples=0)
        assert found["unanswered"] == 1
        assert found["metrics"]["nll"]["value"] == 2.0

    def test_answers_of_chats_are_scored_where_there_are_some(self) -> None:
        columns = {"nll": [1.0], "tokens": [2], "prediction": ["the cat sat"], "reference": ["the cat sat"]}
        assert metrics("chat", columns)["rougeL"] == 1.0
        assert "bleu" not in metrics("chat", {"nll": [1.0], "tokens": [2]})


def test_preference_takes_equal_for_wrong() -> None:
    found = metrics("preference", {"margin": [0.5, 0.0, -0.1, None]})
    assert found["accuracy"] == 0.25
    assert found["margin"] == pytest.approx(0.4 / 3)


def test_the_file_gives_the_same_scores_as_the_table(tmp_path: Path) -> None:
    chance = random.Random(1)
    truth = [chance.choice("abc") for _ in range(5000)]
    table = pa.table(
        {"id": [str(at) for at in range(5000)], "label": truth, "prediction": [*truth[1:], "a"], "confidence": [0.5] * 5000}
    )
    pq.write_table(table, tmp_path / "test.parquet", row_group_size=777)
    whole = scores.score("classification", table, labels=("a", "b", "c"), seed=4, resamples=50)
    read = scores.score_file("classification", tmp_path / "test.parquet", labels=("a", "b", "c"), seed=4, resamples=50)
    assert whole == read
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole
    assert whole != scores.score("classification", table, labels=("a", "b", "c"), seed=5, resamples=50)


def test_predictions_that_cannot_be_scored_are_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Error, match="predictions of task `tagging` lack `tags`, `prediction`"):
        scores.score("tagging", pa.table({"id": ["a"]}))
    (tmp_path / "test.parquet").write_bytes(b"no parquet")
    with pytest.raises(Error, match="cannot be read"):
        scores.score_file("qa", tmp_path / "test.parquet")


def test_no_rows_give_no_scores() -> None:
    empty = pa.table({"label": pa.array([], pa.string()), "prediction": pa.array([], pa.string())})
    found = scores.score("classification", empty, labels=("a",), resamples=10)
    assert found["rows"] == 0
    json.dumps(found, allow_nan=False)
    texts = pa.table({"target": pa.array([], pa.string()), "prediction": pa.array([], pa.string())})
    assert scores.score("seq2seq", texts, resamples=10)["metrics"] == {}


def test_tables_are_aligned_where_labels_are_chinese_or_hostile() -> None:
    columns = {"label": ["体育", "体育", "a\x1b[2J|b"], "prediction": ["体育", "a\x1b[2J|b", "a\x1b[2J|b"]}
    found = scores.score("classification", pa.table(columns), labels=("a\x1b[2J|b", "体育"), resamples=20)
    text, card = as_text(found), as_markdown(found)
    assert "\x1b" not in text + card
    assert "体育       " in text
    assert "1 x 体育 taken for" in text
    assert "2J\\|b" in card
