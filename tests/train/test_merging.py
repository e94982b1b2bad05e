"""Merging is checked: the ordinary model answers as the adapter did, or there is a problem."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.base.problem import Error  # noqa: E402
from dprep.train import merging  # noqa: E402
from dprep.train.methods import method_class  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from tests.train.tiny import tiny_model  # noqa: E402

torch.set_num_threads(1)
CLASSIFICATION: Any = SimpleNamespace(name="classification", peft_type="SEQ_CLS", new_head=True)
SEQ2SEQ: Any = SimpleNamespace(name="seq2seq", peft_type="SEQ_2_SEQ_LM", new_head=False)
BATCHES = [
    {"input_ids": torch.tensor([5, 6, 7, 8, 9, 10, 11]), "lengths": torch.tensor([4, 3])},
    {"input_ids": torch.tensor([12, 13]), "lengths": torch.tensor([2])},
]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("bert"), "bert")


def adapted(folder: Path, name: str = "lora", dtype: Any = None) -> tuple[Any, Any]:
    """A classifier with an adapter that is not nothing."""
    torch.manual_seed(0)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3, dtype=dtype or torch.float32)
    method = method_class(name)(Settings(method=name))
    wrapped = method.apply(model, CLASSIFICATION, 3)
    with torch.no_grad():
        for weight in wrapped.parameters():
            if weight.requires_grad:
                weight += 0.1 * torch.randn(weight.shape)
    return method, wrapped.eval()


@pytest.mark.parametrize("name", ["lora", "dora", "ia3", "ln", "bitfit", "diff"])
def test_what_is_merged_is_an_ordinary_model_with_the_same_answers(name: str, bert: Path, tmp_path: Path) -> None:
    method, model = adapted(bert, name)
    before = merging.answers(model, BATCHES)

    whole, difference = merging.merged(method, model, BATCHES)
    whole.save_pretrained(tmp_path)
    again = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()

    assert type(whole) is type(again)
    assert difference <= 1e-4
    with torch.no_grad():
        mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
        logits = again(input_ids=torch.tensor([[5, 6, 7, 8], [9, 10, 11, 0]]), attention_mask=mask).logits
    assert torch.allclose(logits, before[0]["logits"], atol=1e-4)


def test_half_precision_is_merged_within_its_own_error(bert: Path) -> None:
    method, model = adapted(bert, dtype=torch.bfloat16)

    _whole, difference = merging.merged(method, model, BATCHES)

    assert difference <= merging.HALF


def test_a_merge_that_changes_answers_is_a_problem(bert: Path) -> None:
    method, model = adapted(bert)
    honest = type(method).merge

    def broken(model: Any) -> Any:
        whole = honest(method, model)
        with torch.no_grad():
            whole.get_parameter("bert.encoder.layer.0.output.dense.weight").mul_(1.01)
        return whole

    method.merge = broken
    with pytest.raises(Error, match=r"train-merge(.|\n)*answers otherwise"):
        merging.merged(method, model, BATCHES)


def test_answers_that_are_no_numbers_are_no_agreement(bert: Path) -> None:
    (_, one), (_, other) = adapted(bert), adapted(bert)
    with torch.no_grad():
        other.get_base_model().classifier.modules_to_save["default"].weight.fill_(float("nan"))

    with pytest.raises(Error, match="train-merge"):
        merging.check(one, other, BATCHES)


def test_two_models_with_the_same_weights_agree_and_others_do_not(bert: Path) -> None:
    (_, one), (_, same), (_, other) = adapted(bert), adapted(bert), adapted(bert, "ia3")

    assert merging.check(one, same, BATCHES) == 0.0
    with pytest.raises(Error, match="train-merge"):
        merging.check(one, other, BATCHES)


@pytest.mark.parametrize("name", ["adapter", "prompt"])
def test_what_has_no_place_in_an_ordinary_model_is_not_merged(name: str, bert: Path) -> None:
    method, model = adapted(bert, name)

    with pytest.raises(Error, match=r"train-merge(.|\n)*cannot be merged"):
        merging.merged(method, model, BATCHES)


def test_nothing_is_merged_into_a_quantised_base(bert: Path) -> None:
    """b2 #18: rounding again changes outputs."""
    method, model = adapted(bert)
    model.get_base_model().is_loaded_in_8bit = True

    with pytest.raises(Error, match=r"train-merge(.|\n)*quantised"):
        merging.merged(method, model, BATCHES)


def test_an_encoder_decoder_is_compared_by_what_it_decodes(tmp_path: Path) -> None:
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(tiny_model(tmp_path, "t5"))
    method = method_class("lora")(Settings(method="lora"))
    wrapped = method.apply(model, SEQ2SEQ, 3)
    batch = {**BATCHES[0], "decoder_input_ids": torch.tensor([[0, 5, 6], [0, 7, 8]])}

    _whole, difference = merging.merged(method, wrapped, [batch])

    assert difference <= 1e-4
