"""Two runs on the same rows."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dprep.base.problem import Error
from dprep.train.runs import Run
from dprep.train.scoring.compare_runs import compare
from dprep.train.scoring.score_tables import comparison_as_markdown, comparison_as_text


def run(folder: Path, columns: dict[str, Any], task: str = "classification", **told: Any) -> Run:
    (folder / "predictions").mkdir(parents=True)
    (folder / "asked.json").write_text("{}", "utf-8")
    about = {"task": task, "labels": ["a", "b"] if task == "classification" else [], "dataset": "d@v1", "got": "1", **told}
    (folder / "run.json").write_text(json.dumps(about), "utf-8")
    pq.write_table(pa.table(columns), folder / "predictions" / "test.parquet")
    return Run(folder)


def answers(ids: range, right: float, seed: int) -> dict[str, Any]:
    truth = ["ab"[at % 2] for at in ids]
    chance = random.Random(seed)
    said = [each if chance.random() < right else "ba"[each == "b"] for each in truth]
    return {"id": [f"r{at}" for at in ids], "label": truth, "prediction": said}


def test_changed_rows_are_counted_and_named(tmp_path: Path) -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy says what is right")
    one, two = answers(range(400), 0.6, 1), answers(range(400), 0.8, 2)
    found = compare(run(tmp_path / "one", one), run(tmp_path / "two", two), resamples=300)
    right = [[said == truth for said, truth in zip(each["prediction"], each["label"], strict=True)] for each in (one, two)]
    worse = [name for name, a, b in zip(one["id"], *right, strict=True) if a and not b]
    better = [name for name, a, b in zip(one["id"], *right, strict=True) if b and not a]
    assert found["changed"]["right_to_wrong"] == {"rows": len(worse), "ids": worse[:20]}
    assert found["changed"]["wrong_to_right"] == {"rows": len(better), "ids": better[:20]}
    line = found["metrics"]["accuracy"]
    assert line["delta"] == pytest.approx((len(better) - len(worse)) / 400)
    assert line["p"] == pytest.approx(stats.binomtest(len(worse), len(worse) + len(better)).pvalue)
    assert line["low"] < line["delta"] < line["high"]
    assert line["better"] == "b"
    assert found["metrics"]["f1_macro"]["p"] < 0.01
    assert found["notes"] == []
    assert compare(Run(tmp_path / "one"), Run(tmp_path / "two"), resamples=300) == found
    assert "McNemar" in comparison_as_text(found)
    assert "| accuracy |" in comparison_as_markdown(found)


def test_the_order_of_rows_makes_no_difference(tmp_path: Path) -> None:
    one, two = answers(range(50), 0.6, 1), answers(range(50), 0.8, 2)
    turned = {name: values[::-1] for name, values in two.items()}
    a, b, c = run(tmp_path / "a", one), run(tmp_path / "b", two), run(tmp_path / "c", turned)
    assert compare(a, b, resamples=50)["metrics"] == compare(a, c, resamples=50)["metrics"]


def test_two_versions_are_compared_on_what_they_share(tmp_path: Path) -> None:
    one, two = answers(range(100), 0.9, 1), answers(range(30, 120), 0.9, 2)
    two["label"][0] = "b"  # r30, an `a` in the first
    found = compare(run(tmp_path / "one", one), run(tmp_path / "two", two, dataset="d@v2", got="2"), resamples=50)
    assert (found["rows"], found["only_a"], found["only_b"], found["other_truth"]) == (69, 30, 20, 1)
    assert found["notes"][0].startswith("the runs learnt from different versions, d@v1 and d@v2; only the 69 rows")
    assert "20 rows that only two was asked are left out" in comparison_as_text(found)


def test_too_few_common_rows_are_refused(tmp_path: Path) -> None:
    one, two = run(tmp_path / "one", answers(range(100), 0.9, 1)), run(tmp_path / "two", answers(range(51, 151), 0.9, 2))
    with pytest.raises(Error, match="the runs share 49, which is too few") as caught:
        compare(one, two)
    assert caught.value.problems[0].code == "train-compare"


def test_runs_of_other_tasks_or_labels_are_refused(tmp_path: Path) -> None:
    one = run(tmp_path / "one", answers(range(9), 0.9, 1))
    other = run(tmp_path / "other", answers(range(9), 0.9, 1), labels=["a", "c"])
    with pytest.raises(Error, match="2 are known to one of them alone, such as `b`, `c`"):
        compare(one, other)
    text = run(tmp_path / "text", {"id": ["r0"], "nll": [1.0], "tokens": [1]}, "text")
    with pytest.raises(Error, match="`one` is a run of task `classification` and `text` of task `text`"):
        compare(one, text)
    with pytest.raises(Error, match="has no predictions of part `validation`"):
        compare(one, one, "validation")


def test_perplexity_is_not_compared_across_tokenizers(tmp_path: Path) -> None:
    ids = [f"r{at}" for at in range(40)]
    columns = {"id": ids, "nll": [2.0] * 40, "tokens": [4] * 40, "characters": [9] * 40, "bytes": [10] * 40}
    worse = {**columns, "nll": [2.5 + at % 3 for at in range(40)]}
    one = run(tmp_path / "one", columns, "text", contract={"tokenizer": "x"})
    same = run(tmp_path / "same", worse, "text", contract={"tokenizer": "x"})
    other = run(tmp_path / "other", worse, "text", contract={"tokenizer": "y"})
    found = compare(one, same, resamples=50)
    assert found["changed"] is None
    assert found["metrics"]["perplexity"]["better"] == "a"
    assert found["metrics"]["perplexity"]["p"] < 0.01
    found = compare(one, other, resamples=50)
    assert set(found["metrics"]) == {"bits_per_character", "bits_per_byte"}
    assert "different tokenizers" in found["notes"][-1]


@pytest.mark.parametrize(
    ("task", "columns", "changed"),
    [
        (
            "tagging",
            {"tags": [["B-X", "O"], ["O"], ["B-Y"]], "prediction": [["B-X", "O"], ["O"], ["O"]]},
            {"prediction": [["O", "O"], ["O"], ["B-Y"]]},
        ),
        (
            "qa",
            {"answers": [{"text": ["x y"], "answer_start": [0]}] * 3, "prediction": ["x y", "x", "z"]},
            {"prediction": ["x", "x y", "x y"]},
        ),
        ("seq2seq", {"target": ["a b c d e"] * 3, "prediction": ["a b c d e", "a b c d", ""]}, {"prediction": ["a b"] * 3}),
        ("regression", {"label": [1.0, 2.0, 3.0], "prediction": [1.0, 2.5, 2.5]}, {"prediction": [3.0, 2.0, 1.0]}),
        ("preference", {"margin": [1.0, -1.0, 0.5]}, {"margin": [1.0, 1.0, 0.5]}),
        ("chat", {"nll": [1.0, 2.0, 3.0], "tokens": [2, 2, 2]}, {"nll": [1.0, 1.0, 1.0]}),
    ],
)
def test_deltas_are_the_differences_of_the_scores(tmp_path: Path, task: str, columns: Any, changed: Any) -> None:
    from dprep.train.scoring.scores import score

    before = {"id": ["1", "2", "3"], **columns}
    after = {**before, **changed}
    found = compare(run(tmp_path / "one", before, task), run(tmp_path / "two", after, task), resamples=20)
    one, two = (score(task, pa.table(each), resamples=0)["metrics"] for each in (before, after))
    assert set(found["metrics"]) == set(one) & set(two)
    for name, line in found["metrics"].items():
        assert (line["a"], line["b"]) == pytest.approx((one[name]["value"], two[name]["value"])), name
        assert line["delta"] == pytest.approx(line["b"] - line["a"])
    assert json.dumps(found, allow_nan=False)


def test_answers_of_two_runs_can_change_sides_row_by_row() -> None:
    from dprep.train.scoring.numbers import Numbers

    chance = np.random.default_rng(1)
    truth = chance.normal(100, 3, 40)
    a, b = truth + chance.normal(0, 1, 40), truth + chance.normal(20, 2, 40)
    pair = Numbers(0).pair(*(pa.table({"label": truth, "prediction": said}) for said in (a, b)))
    first, second = np.arange(20), np.arange(20, 40)
    mixed = pair.metrics(pair.sums_a(np.ones((1, 20)), first) + pair.sums_b(np.ones((1, 20)), second))
    said = np.concatenate([a[:20], b[20:]])
    assert mixed["pearson"][0] == pytest.approx(np.corrcoef(truth, said)[0, 1])
    assert mixed["r2"][0] == pytest.approx(1 - ((said - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
