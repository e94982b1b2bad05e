"""What stays as it is, and what begins to move later."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.base.problem import Error  # noqa: E402
from dprep.train.computing import anatomy  # noqa: E402
from dprep.train.methods import method_class  # noqa: E402
from dprep.train.optimizing.freezing import freeze, unfreezing  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from tests.train.tiny import tiny_model  # noqa: E402

torch.set_num_threads(1)
CLASSIFICATION: Any = SimpleNamespace(name="classification", peft_type="SEQ_CLS", new_head=True)
KINDS = ("bert", "distilbert", "modernbert", "xlm-roberta", "qwen2", "t5", "marian")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = tmp_path_factory.mktemp("models")
    return {kind: tiny_model(made / kind, kind) for kind in KINDS}


def classifier(folder: Path) -> Any:
    torch.manual_seed(0)
    return transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3)


def trained(model: Any, settings: Settings) -> set[str]:
    """Plain names of what still moves."""
    method = method_class(settings.method)(settings)
    adapted = method.apply(model, CLASSIFICATION, 3)
    freeze(adapted, settings)
    marks = r"^base_model\.model\.|\.modules_to_save\.default"
    return {re.sub(marks, "", name) for name, weight in adapted.named_parameters() if weight.requires_grad}


@pytest.mark.parametrize(
    ("kind", "auto", "expected"),
    [
        ("bert", "AutoModelForSequenceClassification", ["bert.encoder.layer.0", "bert.encoder.layer.1"]),
        ("distilbert", "AutoModelForTokenClassification", ["distilbert.transformer.layer.0", "distilbert.transformer.layer.1"]),
        ("modernbert", "AutoModelForMaskedLM", ["model.layers.0", "model.layers.1", "model.layers.2"]),
        ("qwen2", "AutoModelForCausalLM", ["model.layers.0", "model.layers.1"]),
        ("t5", "AutoModelForSeq2SeqLM", ["encoder.block.0", "encoder.block.1", "decoder.block.0", "decoder.block.1"]),
        (
            "marian",
            "AutoModelForSeq2SeqLM",
            ["model.encoder.layers.0", "model.encoder.layers.1", "model.decoder.layers.0", "model.decoder.layers.1"],
        ),
    ],
)
def test_layers_come_from_below_and_the_encoder_first(
    kind: str, auto: str, expected: list[str], folders: dict[str, Path]
) -> None:
    model = getattr(transformers, auto).from_pretrained(folders[kind])

    assert [name for name, _ in anatomy.layers(model)] == expected


@pytest.mark.parametrize(
    ("kind", "auto", "expected"),
    [
        ("bert", "AutoModelForSequenceClassification", ["classifier", "bert.pooler"]),
        ("bert", "AutoModelForQuestionAnswering", ["qa_outputs"]),
        ("bert", "AutoModelForMaskedLM", ["cls"]),
        ("bert", "AutoModel", ["pooler"]),
        ("distilbert", "AutoModelForSequenceClassification", ["pre_classifier", "classifier"]),
        ("modernbert", "AutoModelForTokenClassification", ["head", "classifier"]),
        ("xlm-roberta", "AutoModelForSequenceClassification", ["classifier"]),
        ("qwen2", "AutoModelForSequenceClassification", ["score"]),
        ("qwen2", "AutoModelForCausalLM", ["lm_head"]),
        ("qwen2", "AutoModel", []),
        ("t5", "AutoModelForSeq2SeqLM", ["lm_head"]),
        ("t5", "AutoModelForQuestionAnswering", ["qa_outputs"]),
        ("marian", "AutoModelForSeq2SeqLM", ["lm_head"]),
    ],
)
def test_the_head_is_what_lies_outside_of_the_backbone(
    kind: str, auto: str, expected: list[str], folders: dict[str, Path]
) -> None:
    assert anatomy.head_names(getattr(transformers, auto).from_pretrained(folders[kind])) == expected


def test_expressions_hold_back_weights_by_name(folders: dict[str, Path]) -> None:
    model = classifier(folders["bert"])
    every = {name for name, _ in model.named_parameters()}

    left = trained(model, Settings(freeze=(r"^bert\.embeddings\.", r"layer\.0\.attention")))

    assert left == {name for name in every if not name.startswith("bert.embeddings.") and "layer.0.attention" not in name}


def test_layers_are_frozen_from_below_with_the_embeddings(folders: dict[str, Path]) -> None:
    model = classifier(folders["bert"])
    every = {name for name, _ in model.named_parameters()}

    assert trained(model, Settings(freeze_layers=1)) == {
        name for name in every if not name.startswith(("bert.embeddings.", "bert.encoder.layer.0."))
    }


def test_layers_of_an_adapter_are_frozen_by_the_layer_they_are_in(folders: dict[str, Path]) -> None:
    left = trained(classifier(folders["bert"]), Settings(method="lora", freeze_layers=1))

    assert not [name for name in left if "layer.0." in name]
    assert [name for name in left if "layer.1." in name and "lora_A" in name]
    assert {"classifier.weight", "bert.pooler.dense.weight"} <= left


def test_the_head_alone_or_all_but_the_head(folders: dict[str, Path]) -> None:
    every = {name for name, _ in classifier(folders["xlm-roberta"]).named_parameters()}
    head = {name for name in every if name.startswith("classifier.")}

    assert trained(classifier(folders["xlm-roberta"]), Settings(train_only="head")) == head
    assert trained(classifier(folders["xlm-roberta"]), Settings(train_only="encoder")) == every - head


def test_of_an_encoder_decoder_the_encoder_alone(folders: dict[str, Path]) -> None:
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folders["t5"])
    model.requires_grad_(True)

    freeze(model, Settings(train_only="encoder"))

    left = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert left == {name for name, _ in model.named_parameters() if name.startswith("encoder.")}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(freeze=("embedings",)), "`embedings` fits no name(.|\n)*bert.embeddings.word_embeddings.weight"),
        (Settings(freeze=("(",)), "no regular expression"),
        (Settings(freeze_layers=3), "the model has 2"),
        (Settings(freeze=(".*",)), "everything"),
        (Settings(train_only="tail"), "`all`, `head` and `encoder`"),
    ],
)
def test_what_cannot_be_held_back_is_a_problem(settings: Settings, words: str, folders: dict[str, Path]) -> None:
    with pytest.raises(Error, match=f"train-freeze(.|\n)*{words}"):
        trained(classifier(folders["bert"]), settings)


def test_without_a_new_head_there_is_no_head_alone(folders: dict[str, Path]) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(folders["qwen2"])
    adapted = method_class("lora")(Settings()).apply(
        model, SimpleNamespace(name="text", peft_type="CAUSAL_LM", new_head=False), 3
    )

    with pytest.raises(Error, match="trains no head"):
        freeze(adapted, Settings(train_only="head"))


def test_layers_begin_to_move_from_the_top_one_at_a_time(folders: dict[str, Path]) -> None:
    model = classifier(folders["bert"])
    model.requires_grad_(True)
    waiting = unfreezing(model, Settings(unfreeze_every=0.5))
    assert waiting is not None
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    places = {"classifier.": 0.0, "bert.encoder.layer.1.": 0.5, "bert.encoder.layer.0.": 1.0, "bert.embeddings.": 1.5}

    for epoch in (0.0, 0.4, 0.5, 1.0, 1.4, 1.5):
        before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
        model(input_ids=torch.tensor([[2, 9, 8, 3]]), labels=torch.tensor([1])).loss.backward()
        waiting.drop(epoch)
        optimizer.step()
        optimizer.zero_grad()
        moved = {name for name, weight in model.named_parameters() if not torch.equal(weight, before[name])}
        for place, begins in places.items():
            assert any(name.startswith(place) for name in moved) == (epoch >= begins), (epoch, place)


def test_all_at_once_unless_asked_otherwise(folders: dict[str, Path]) -> None:
    assert unfreezing(classifier(folders["bert"]), Settings()) is None
