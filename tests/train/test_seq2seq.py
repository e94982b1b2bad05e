"""From one text to another: what is cut, what is learnt, and that models of two families learn it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("transformers", reason="needs transformers")

import torch
from torch.nn import functional

from dprep.train.computing import head
from dprep.train.settings import Settings
from dprep.train.task import Example, Unusable
from dprep.train.tasks.seq2seq import Seq2Seq, portions
from tests.models import tiny_translators
from tests.train.plain_loop import batch_of, learn
from tests.train.tiny import tiny_model

ROWS = [
    {"source": "thank you", "target": "谢谢"},
    {"source": "where is my parcel", "target": "我的包裹在哪里？"},
    {"source": "the lamp is broken", "target": "灯坏了"},
    {"source": "many thanks for your kind answer", "target": "非常感谢"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("t5"), "t5")


def loaded(folder: Path, limit: int = 64, **settings: Any) -> tuple[Seq2Seq, Any]:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    task = Seq2Seq(Settings(**settings), AutoTokenizer.from_pretrained(folder), limit=limit)
    return task, AutoModelForSeq2SeqLM.from_pretrained(folder).eval()


def only(task: Seq2Seq, source: Any, target: Any) -> Example | Unusable:
    (found,) = task.encode([{"source": source, "target": target}], 0)
    return found


def test_source_and_target_end_as_the_tokenizer_ends_them(folder: Path) -> None:
    task, _ = loaded(folder)

    found = only(task, "thank you", "谢谢")

    assert isinstance(found, Example)
    for name, text in (("input_ids", "thank you"), ("target_ids", "谢谢")):
        inner = task.tokenizer(text, add_special_tokens=False)["input_ids"]
        assert list(found.ids[name]) == [*inner, task.tokenizer.eos_token_id]
    assert (found.stop, found.cut, found.supervised) == (True, {}, len(found.ids["target_ids"]))
    assert task.train_order(found.ids) == len(found.ids["input_ids"]) + len(found.ids["target_ids"])


def test_a_long_source_keeps_its_end_mark_and_a_long_target_does_not_teach_to_stop(folder: Path) -> None:
    """b2 #3, #4: cuts are counted apart, and an end that was cut is no end."""
    task, _ = loaded(folder, limit=6, max_target_length=3)
    words = len(task.tokenizer("where is my parcel, the lamp")["input_ids"])
    said = len(task.tokenizer("我的包裹在哪里？")["input_ids"])

    found = only(task, "where is my parcel, the lamp", "我的包裹在哪里？")

    assert isinstance(found, Example)
    assert (len(found.ids["input_ids"]), len(found.ids["target_ids"])) == (6, 3)
    assert found.ids["input_ids"][-1] == task.tokenizer.eos_token_id
    assert found.ids["target_ids"][-1] != task.tokenizer.eos_token_id
    assert found.cut == {"text": words - 6, "target": said - 3}
    assert found.stop is False


def test_rows_that_teach_nothing_are_told(folder: Path) -> None:
    task, _ = loaded(folder, limit=4, long_rows="drop")

    assert only(task, "where is my parcel", "谢谢") == Unusable(0, "too_long")
    assert only(task, "a", "  ") == Unusable(0, "nothing_to_learn")
    found = only(task, "a", None)
    assert isinstance(found, Example)
    assert (found.supervised, found.reason, found.stop) == (0, "no_target", None)


def test_the_loss_is_that_of_the_model_itself(folder: Path) -> None:
    task, model = loaded(folder)
    batch = batch_of(task, ROWS)
    words = task.tokenizer
    asked = words([row["source"] for row in ROWS], padding=True, return_tensors="pt")
    labels = words(text_target=[row["target"] for row in ROWS], padding=True, return_tensors="pt").input_ids
    labels = labels.masked_fill(labels == words.pad_token_id, -100)
    with torch.inference_mode():
        expected = float(model(**asked, labels=labels).loss) * task.items(batch)
        smooth = functional.cross_entropy(
            model(**asked, labels=labels).logits.transpose(1, 2), labels, reduction="sum", label_smoothing=0.1
        )
        found = float(task.loss(model, batch))
        said = task.predict(model, batch)
        smoothed = float(loaded(folder, label_smoothing=0.1)[0].loss(model, batch))

    assert found == pytest.approx(expected, rel=1e-5)
    assert sum(each["nll"] for each in said) == pytest.approx(expected, rel=1e-5)
    assert [each["tokens"] for each in said] == batch["target_lengths"].tolist()
    assert smoothed == pytest.approx(float(smooth), rel=1e-5)


def test_the_parts_of_a_large_batch_sum_up_to_it(folder: Path) -> None:
    """b2 #11."""
    task, model = loaded(folder)
    with torch.inference_mode():
        parts = [float(task.loss(model, batch_of(task, rows))) for rows in (ROWS[:1], ROWS[1:])]
        whole = float(task.loss(model, batch_of(task, ROWS)))

    assert sum(parts) == pytest.approx(whole, rel=1e-5)


def test_logits_that_would_be_too_many_are_worked_out_for_some_documents_at_a_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """b2 #15: with the same loss, gradients and predictions."""
    task, model = loaded(folder, label_smoothing=0.1)
    batch = batch_of(task, ROWS)
    seen: list[tuple[float, Any, Any]] = []
    for limit in (2**24, 1):
        monkeypatch.setitem(head.LOGITS_AT_ONCE, "cpu", limit)
        model.zero_grad()
        loss = task.loss(model, batch)
        loss.backward()
        with torch.inference_mode():
            said = [each["nll"] for each in task.predict(model, batch)]
        seen.append((float(loss.detach()), model.shared.weight.grad.clone(), said))
    (whole, gradient, said), (parts, gradient_of_parts, said_of_parts) = seen

    assert [len(part["lengths"]) for part in portions(batch, 3)] == [3, 1]
    assert parts == pytest.approx(whole, rel=1e-6)
    assert said_of_parts == pytest.approx(said, rel=1e-5)
    torch.testing.assert_close(gradient_of_parts, gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("type", ["t5", "marian"])
def test_models_learn_to_say_the_target_and_to_stop(type: str, tmp_path: Path) -> None:
    if type == "marian":
        pytest.importorskip("sentencepiece", reason="needs sentencepiece")
        tiny_translators.marian(tmp_path, [(row["source"], row["target"]) for row in ROWS], steps=0)
    else:
        tiny_model(tmp_path, type)
    task, model = loaded(tmp_path, max_new_tokens=16)
    batch = batch_of(task, ROWS)

    first, last = learn(task, model, batch, steps=80)

    with torch.inference_mode():
        said = task.predict(model.eval(), batch)
    assert last < first / 2
    assert [each["prediction"] for each in said] == [
        task.tokenizer.decode(task.tokenizer(text_target=row["target"])["input_ids"], skip_special_tokens=True) for row in ROWS
    ]
    assert task.truth(ROWS[0]) == {"target": "谢谢"}


def test_sources_without_a_target_are_answered(folder: Path) -> None:
    task, model = loaded(folder, max_new_tokens=4)
    with torch.inference_mode():
        one = task.predict(model, batch_of(task, [{"source": "a", "target": None}]))
        mixed = task.predict(model, batch_of(task, [ROWS[0], {"source": "a", "target": None}]))

    assert [(each["nll"], each["tokens"]) for each in one] == [(0.0, 0)]
    assert mixed[0]["tokens"] > 0
    assert mixed[1]["tokens"] == 0
    assert isinstance(mixed[1]["prediction"], str)
