"""The tasks with heads learn and say the same, whether a model computes on padding or not."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from dprep.train.computing import documents  # noqa: E402
from dprep.train.task import Task  # noqa: E402
from tests.train import test_classification, test_qa, test_regression, test_tagging  # noqa: E402
from tests.train.heads import as_batched, encoded, model_for, said  # noqa: E402
from tests.train.tiny import tiny_tokenizer  # noqa: E402

PAIR = {"text": "where is my parcel", "text_pair": "谢谢", "label": ["lamp"]}
CASES: list[tuple[ModuleType, list[dict[str, Any]]]] = [
    (test_classification, test_classification.ROWS),
    (test_classification, [*test_classification.SEVERAL, PAIR]),
    (test_regression, [*test_regression.ROWS, {"text": "谢谢", "label": None}]),
    (test_tagging, test_tagging.ROWS),
    (test_qa, [*test_qa.ROWS, test_qa.NONE]),
]


def gradients(task: Task, model: Any, rows: list[dict[str, Any]]) -> tuple[float, dict[str, Any]]:
    loss = task.loss(model, task.collate(as_batched(encoded(task, rows))))
    model.zero_grad()
    loss.backward()
    return loss.item(), {name: each.grad.clone() for name, each in model.named_parameters() if each.grad is not None}


def close(one: Any, other: Any) -> bool:
    return bool(one == pytest.approx(other, abs=1e-3) if isinstance(one, float) else one == other)


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize(("type", "kind"), [("bert", "wordpiece"), ("xlm-roberta", "unigram")])
def test_padding_makes_no_difference(case: int, type: str, kind: str, tmp_path: Path) -> None:
    module, rows = CASES[case]
    tokenizer = tiny_tokenizer(tmp_path / "tokenizer", kind=kind)
    task = module.task_of(tokenizer) if module is test_tagging else module.task_of(tokenizer, rows)
    model = model_for(task, tmp_path / "model", type)
    loss, moved = gradients(task, model, rows)
    before = said(task, model, rows)
    assert documents.prepare(model, packing=True), documents.why_not(model)
    again, packed = gradients(task, model, rows)
    assert again == pytest.approx(loss, rel=1e-5)
    assert packed.keys() == moved.keys()
    assert all(torch.allclose(packed[name], moved[name], atol=1e-4) for name in moved)
    after = said(task, model, rows)
    assert all(close(one["prediction"], other["prediction"]) for one, other in zip(before, after, strict=True))
