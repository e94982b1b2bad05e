"""Spans of tags, against seqeval and by hand."""

from __future__ import annotations

import random
import warnings

import pyarrow as pa
import pytest

from dprep.train.scoring import scores


def score(tags: list[list[str]], said: list[list[str] | None]) -> dict[str, float]:
    table = pa.table({"tags": pa.array(tags, pa.list_(pa.string())), "prediction": pa.array(said, pa.list_(pa.string()))})
    found = scores.score("tagging", table, resamples=0)
    values = {name: each["value"] for name, each in found["metrics"].items()}
    return {**values, **{line["label"]: line["f1"] for line in found["per_class"]}}


@pytest.mark.parametrize("prefixes", ["BI", "BIES", "IE", "I"])
def test_any_tags_give_what_seqeval_gives(prefixes: str) -> None:
    oracle = pytest.importorskip("seqeval.metrics", reason="seqeval says what is right")
    chance = random.Random(prefixes)
    known = ["O", *(f"{prefix}-{kind}" for prefix in prefixes for kind in ("PER", "LOC", "A-B"))]
    # any order of tags, so most are not valid: an I- that nothing begins, an E- alone, a change of type within a span
    tags = [[chance.choice(known) for _ in range(chance.randint(1, 12))] for _ in range(400)]
    said = [[tag if chance.random() < 0.7 else chance.choice(known) for tag in row] for row in tags]
    found = score(tags, said)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = oracle.classification_report(tags, said, output_dict=True, zero_division=0)
        assert found["token_accuracy"] == pytest.approx(oracle.accuracy_score(tags, said))
    for mine, theirs in (("", "micro avg"), ("_macro", "macro avg"), ("_weighted", "weighted avg")):
        for name, other in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert found[f"span_{name}{mine}"] == pytest.approx(report[theirs][other])
    for kind in ("PER", "LOC", "A-B"):
        assert found[kind] == pytest.approx(report[kind]["f1-score"])


def test_spans_end_with_their_row() -> None:
    found = score([["B-X"], ["I-X"]], [["B-X"], ["I-X"]])
    assert found["span_f1"] == 1.0
    assert score([["B-X", "I-X"]], [["B-X", "O"]])["span_f1"] == 0.0


def test_tags_without_prefix_are_runs_of_one_type() -> None:
    found = score([["PER", "PER", "O", "LOC"]], [["PER", "O", "O", "LOC"]])
    assert found["span_precision"] == 0.5
    assert found["span_recall"] == 0.5
    assert found["token_accuracy"] == 0.75


def test_bilou_says_the_same_as_bioes() -> None:
    found = score([["B-X", "I-X", "L-X", "U-X", "O"]], [["B-X", "I-X", "E-X", "S-X", "O"]])
    assert found["span_f1"] == 1.0


def test_what_was_not_said_is_not_right() -> None:
    found = score([["O", "O"], ["B-X", "O"]], [None, ["B-X"]])
    assert found["token_accuracy"] == 0.25
    assert found["row_accuracy"] == 0.0
    assert found["span_f1"] == 1.0


def test_types_met_late_count_from_there() -> None:
    tags = [["B-A"]] * 3000 + [["B-Z"]] * 1000
    found = scores.score("tagging", pa.table({"tags": tags, "prediction": tags}), resamples=20)
    assert [(line["label"], line["rows"]) for line in found["per_class"]] == [("A", 3000), ("Z", 1000)]
    assert found["metrics"]["span_f1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
