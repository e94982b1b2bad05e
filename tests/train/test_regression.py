"""Regression: numbers in any unit, learnt in deviations from the mean."""

import math
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from dprep.train.settings import Settings  # noqa: E402
from dprep.train.task import Example, Unusable  # noqa: E402
from dprep.train.tasks.regression import Regression  # noqa: E402
from tests.train.heads import as_batched, encoded, loaded, model_for, said, trained  # noqa: E402
from tests.train.tiny import LINES, tiny_tokenizer  # noqa: E402

ROWS = [{"id": str(n), "text": text, "label": 5000.0 + 250.0 * (n % 7)} for n, text in enumerate(LINES[:16])]


@pytest.fixture(scope="module")
def wordpiece(tmp_path_factory: Any) -> Any:
    return tiny_tokenizer(tmp_path_factory.mktemp("wordpiece"))


def task_of(tokenizer: Any, rows: list[dict[str, Any]], limit: int = 64, **settings: Any) -> Regression:
    task = Regression(Settings(**settings), tokenizer, Regression.find_labels(rows), limit)
    task.prepared(as_batched(encoded(task, rows)))
    return task


def test_mean_and_deviation_are_those_of_train(wordpiece: Any) -> None:
    rows = [{"text": "a", "label": label} for label in (2, 4, 4, 4, 5, 5, 7, 9)]
    task = task_of(wordpiece, rows)
    assert task.facts == {"label_mean": 5.0, "label_deviation": 2.0}
    assert task.config()["label_deviation"] == 2.0
    assert task.collate(as_batched(encoded(task, rows)))["labels"].tolist() == [-1.5, -0.5, -0.5, -0.5, 0.0, 0.0, 1.0, 2.0]


@pytest.mark.parametrize("labels", [[3.0, 3.0], []])
def test_labels_that_are_all_the_same_stay_in_their_unit(wordpiece: Any, labels: list[float]) -> None:
    task = task_of(wordpiece, [{"text": "a", "label": label} for label in labels])
    assert task.facts["label_deviation"] == 1.0


def test_labels_that_are_no_numbers_teach_nothing(wordpiece: Any) -> None:
    labels = [math.nan, math.inf, -math.inf, 1e300, None, 3, True]
    rows: list[dict[str, Any]] = [*({"text": "thanks", "label": label} for label in labels), {"text": "thanks"}]
    task = task_of(wordpiece, ROWS)
    examples = encoded(task, rows)
    reasons = [each.reason for each in examples if isinstance(each, Example)]
    assert reasons == ["label_not_finite"] * 4 + ["no_label", "", "", "no_label"]
    batch = task.collate(as_batched(examples))
    assert task.items(batch) == 2
    assert [bool(task.truth(row)) for row in rows] == [False] * 5 + [True, True, False]


def test_rows_without_a_number_change_neither_loss_nor_gradient(wordpiece: Any, tmp_path: Path) -> None:
    task = task_of(wordpiece, ROWS)
    model = model_for(task, tmp_path)
    task.loss(model, task.collate(as_batched(encoded(task, [*ROWS[:2], {"text": "new", "label": math.nan}])))).backward()
    some = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
    model.zero_grad()
    task.loss(model, task.collate(as_batched(encoded(task, ROWS[:2])))).backward()
    assert some
    for name, weight in model.named_parameters():
        assert name not in some or torch.allclose(some[name], weight.grad, atol=1e-5), name


def test_the_loss_is_the_sum_of_squares(wordpiece: Any, tmp_path: Path) -> None:
    task = task_of(wordpiece, ROWS)
    model = model_for(task, tmp_path)
    batch = task.collate(as_batched(encoded(task, ROWS[:3])))
    with torch.no_grad():
        own = [
            float(model(**task.tokenizer(row["text"], return_tensors="pt")).logits) - float(label)
            for row, label in zip(ROWS, batch["labels"][:3], strict=False)
        ]
        assert float(task.loss(model, batch)) == pytest.approx(sum(each**2 for each in own), rel=1e-4)


@pytest.mark.parametrize(("type", "kind"), [("bert", "wordpiece"), ("distilbert", "wordpiece"), ("llama", "bpe")])
def test_it_learns_in_any_unit_and_says_the_same_after_reloading(type: str, kind: str, tmp_path: Path) -> None:
    task = task_of(tiny_tokenizer(tmp_path / "tokenizer", kind=kind), ROWS)
    model = model_for(task, tmp_path / "base", type)
    losses = trained(task, model, ROWS, steps=120)
    assert losses[-1] < 0.05 * losses[0]
    before = said(task, model, ROWS)
    assert all(abs(each["prediction"] - row["label"]) < 250 for each, row in zip(before, ROWS, strict=True))
    model.save_pretrained(tmp_path / "saved")
    again = Regression(Settings(), task.tokenizer, (), 64)
    assert said(again, loaded(None, tmp_path / "saved", task.auto_class()), ROWS) == before


def test_pairs_and_what_is_cut(wordpiece: Any) -> None:
    task = task_of(wordpiece, ROWS, limit=6)
    (example,) = encoded(task, [{"text": "where is my parcel", "text_pair": "谢谢", "label": 1.0}])
    assert isinstance(example, Example)
    pieces = wordpiece.convert_ids_to_tokens(example.ids["input_ids"])
    assert pieces == ["[CLS]", "where", "is", "[SEP]", "谢", "[SEP]"]
    assert example.cut == {"text": 3}
    assert task.collate(as_batched([example]))["token_type_ids"].tolist() == [0, 0, 0, 0, 1, 1]
    assert [each.row for each in task.encode([ROWS[0], {"text": None}], 100)] == [100, 101]
    assert encoded(task, [{"text": None, "label": 1.0}]) == [Unusable(0, "no_text")]
    assert task.join({}, []) == {"prediction": None}
