"""Gates that ask a model: the folders of the examples, and vectors and scores worked out here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("transformers", reason="needs the extra `train`")

from dprep.base.outcome import Step
from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.engine.answering import question
from dprep.ops.gate.embedding import Embedding
from dprep.ops.gate.label import Label
from dprep.ops.tag.classifier import SequenceClassifier
from dprep.ops.tag.embedding import Embedding as Tagged

FILES = Path(__file__).resolve().parents[1] / "laws/files"
ENCODER, CLASSIFIER = str(FILES / "tiny-encoder"), str(FILES / "tiny-classifier")
TEXTS = ["where is my parcel", "thank you, the lamp is great", "我的包裹在哪里？", "the lamp is broken", " \n"]


def text(values: list[str], labels: list[object] | None = None) -> Text:
    series = pl.Series("text", values, dtype=pl.String)
    return Text(series) if labels is None else Text(series, pl.DataFrame({"text": series, "label": pl.Series(labels)}))


def test_the_cosine_is_that_of_both_vectors() -> None:
    before, after = TEXTS * 2, TEXTS + TEXTS[::-1]
    vectors = Tagged(encoder=ENCODER).note(text(TEXTS))["embedding"].to_list()
    known = dict(zip(TEXTS, vectors, strict=True))

    found = Embedding(encoder=ENCODER).compare(text(before), text(after))["cosine"].to_list()

    for one, other, cosine in zip(before, after, found, strict=True):
        if known[one] is None or known[other] is None:
            assert cosine is None
        else:
            assert cosine == pytest.approx(float(np.dot(known[one], known[other])), abs=2e-4)


def test_no_text_no_cosine() -> None:
    assert Embedding(encoder=ENCODER).compare(text([" "]), text(["a"]))["cosine"].to_list() == [None]
    assert Embedding(encoder=ENCODER).compare(text([]), text([]))["cosine"].to_list() == []


def scored(labels: tuple[str, ...]) -> dict[str, list[float]]:
    notes = SequenceClassifier(classifier=CLASSIFIER, labels=labels).note(text(TEXTS[:4]))
    return {label: notes[f"score_{label}"].to_list() for label in labels}


def test_confidence_and_lead_are_of_the_rows_own_label() -> None:
    labels = ("thanks", "complaint", "question")
    scores = scored(labels)
    for label in labels:
        others = [max(scores[other][n] for other in labels if other != label) for n in range(4)]

        found = Label(classifier=CLASSIFIER).compare(text(TEXTS[:4]), text(TEXTS[:4], [label] * 4))

        assert found["confidence"].to_list() == scores[label]
        expected = [own - other for own, other in zip(scores[label], others, strict=True)]
        assert found["lead"].to_list() == pytest.approx(expected, abs=1e-4)


def test_several_labels_are_as_likely_as_the_least_of_them() -> None:
    scores = scored(("thanks", "complaint", "question"))
    rows = text(TEXTS[:4], [["thanks", "complaint"]] * 4)

    found = Label(classifier=CLASSIFIER).compare(rows, rows)

    least = [min(pair) for pair in zip(scores["thanks"], scores["complaint"], strict=True)]
    assert found["confidence"].to_list() == least
    assert found["lead"].to_list() == pytest.approx(
        [one - other for one, other in zip(least, scores["question"], strict=True)], abs=1e-4
    )


def test_rows_without_label_or_text_have_no_confidence() -> None:
    rows = text(["hello", " ", "hello"], [None, "thanks", "thanks"])

    found = Label(classifier=CLASSIFIER).compare(rows, rows)

    assert [value is None for value in found["confidence"]] == [True, True, False]
    assert [value is None for value in found["lead"]] == [True, True, False]


def test_a_label_that_the_classifier_does_not_know_is_a_problem() -> None:
    rows = text(["hello"], ["thank"])
    with pytest.raises(Error, match="knows no label `thank`"):
        Label(classifier=CLASSIFIER).compare(rows, rows)


def test_another_bound_asks_the_model_nothing_new() -> None:
    steps = [Step("e", "gate.embedding", Embedding(encoder=ENCODER, min_cosine=least)) for least in (0.5, 0.9)]
    other = Step("e", "gate.embedding", Embedding(encoder=ENCODER, max_tokens=16))
    assert question(steps[0], None) == question(steps[1], None)
    assert question(other, None) != question(steps[0], None)


def test_tokens_are_no_measure() -> None:
    assert {bound.reason for bound in Label(classifier=CLASSIFIER, min_lead=0).bounds()} == {"min_confidence", "min_lead"}
    gate = Embedding(encoder=ENCODER, max_tokens=16, max_cosine=0.9)
    assert {bound.reason for bound in gate.bounds()} == {"min_cosine", "max_cosine"}
