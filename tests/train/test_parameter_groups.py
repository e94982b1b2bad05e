"""Which weights decay, and what they learn at."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.train.methods import method_class  # noqa: E402
from dprep.train.optimizing.parameter_groups import parameter_groups  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from tests.train.tiny import tiny_model  # noqa: E402

torch.set_num_threads(1)
CLASSIFICATION: Any = SimpleNamespace(name="classification", peft_type="SEQ_CLS", new_head=True)
KINDS = ("bert", "modernbert", "qwen2", "t5", "marian", "distilbert")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = tmp_path_factory.mktemp("models")
    return {kind: tiny_model(made / kind, kind) for kind in KINDS}


def base(folder: Path, kind: str) -> Any:
    two_sided = kind in {"t5", "marian"}
    auto = transformers.AutoModelForSeq2SeqLM if two_sided else transformers.AutoModelForSequenceClassification
    model = auto.from_pretrained(folder)
    return model.requires_grad_(True)


def by_name(model: Any, groups: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    names = {id(weight): name for name, weight in model.named_parameters()}
    return {names[id(weight)]: group for group in groups for weight in group["params"]}


@pytest.mark.parametrize("kind", KINDS)
def test_each_weight_is_in_one_group_and_only_matrices_decay(kind: str, folders: dict[str, Path]) -> None:
    model = base(folders[kind], kind)

    groups = parameter_groups(model, Settings(learning_rate=1e-4, weight_decay=0.1))

    found = by_name(model, groups)
    assert found.keys() == {name for name, _ in model.named_parameters()}
    assert sum(len(group["params"]) for group in groups) == len(found)
    for name, weight in model.named_parameters():
        assert (found[name]["weight_decay"] == 0.1) == (weight.ndim == 2 and not name.endswith("bias")), name
        assert found[name]["lr"] == 1e-4


def test_the_rate_of_a_layer_is_a_share_of_that_of_the_layer_above(folders: dict[str, Path]) -> None:
    model = base(folders["bert"], "bert")

    found = by_name(model, parameter_groups(model, Settings(learning_rate=1.0, layer_decay=0.5, head_learning_rate=3.0)))

    assert found["classifier.weight"]["lr"] == 3.0
    assert found["bert.pooler.dense.weight"]["lr"] == 3.0
    assert found["bert.encoder.layer.1.output.dense.weight"]["lr"] == 0.5
    assert found["bert.encoder.layer.0.attention.self.query.bias"]["lr"] == 0.25
    assert found["bert.embeddings.word_embeddings.weight"]["lr"] == 0.125
    assert found["bert.embeddings.LayerNorm.weight"]["lr"] == 0.125


@pytest.mark.parametrize(
    ("kind", "name", "rate"),
    [
        ("qwen2", "model.norm.weight", 0.5),
        ("qwen2", "model.layers.0.mlp.up_proj.weight", 0.25),
        ("qwen2", "model.embed_tokens.weight", 0.125),
        ("modernbert", "model.final_norm.weight", 0.5),
        ("modernbert", "model.embeddings.norm.weight", 0.0625),
        ("t5", "decoder.final_layer_norm.weight", 0.5),
        ("t5", "decoder.block.0.layer.1.EncDecAttention.q.weight", 0.25),
        ("t5", "encoder.final_layer_norm.weight", 0.125),
        ("t5", "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", 0.0625),
        ("t5", "shared.weight", 0.03125),
    ],
)
def test_depth_is_found_in_every_architecture(kind: str, name: str, rate: float, folders: dict[str, Path]) -> None:
    model = base(folders[kind], kind)

    found = by_name(model, parameter_groups(model, Settings(learning_rate=1.0, layer_decay=0.5)))

    assert found[name]["lr"] == rate


def test_what_an_adapter_adds_has_the_depth_of_its_layer(folders: dict[str, Path]) -> None:
    model = method_class("lora")(Settings()).apply(base(folders["bert"], "bert"), CLASSIFICATION, 3)

    found = by_name(model, parameter_groups(model, Settings(method="lora", learning_rate=1.0, layer_decay=0.5)))

    rates = {name: group["lr"] for name, group in found.items()}
    assert {rate for name, rate in rates.items() if "layer.0." in name} == {0.25}
    assert {rate for name, rate in rates.items() if "layer.1." in name} == {0.5}
    assert {rate for name, rate in rates.items() if "classifier" in name or "pooler" in name} == {1.0}


def test_factors_in_one_row_do_not_decay(folders: dict[str, Path]) -> None:
    model = method_class("ia3")(Settings()).apply(base(folders["bert"], "bert"), CLASSIFICATION, 3)

    found = by_name(model, parameter_groups(model, Settings(method="ia3", learning_rate=1e-3, weight_decay=0.1)))

    assert {group["weight_decay"] for name, group in found.items() if "ia3_l" in name} == {0.0}
    assert found["base_model.model.classifier.modules_to_save.default.weight"]["weight_decay"] == 0.1


def test_a_new_head_does_not_learn_at_the_rate_of_learnt_tokens_unless_told(folders: dict[str, Path]) -> None:
    def rates(settings: Settings) -> set[float]:
        model = method_class("prompt")(Settings()).apply(base(folders["bert"], "bert"), CLASSIFICATION, 3)
        found = by_name(model, parameter_groups(model, settings))
        return {group["lr"] for name, group in found.items() if "classifier" in name}

    assert rates(Settings(method="prompt")) == {1e-3}
    assert rates(Settings(method="prompt", learning_rate=0.2)) == {0.2}
    assert rates(Settings(method="prompt", head_learning_rate=0.3)) == {0.3}


def test_what_does_not_move_is_in_no_group_and_the_order_is_always_the_same(folders: dict[str, Path]) -> None:
    model = base(folders["bert"], "bert")
    model.get_parameter("bert.embeddings.word_embeddings.weight").requires_grad_(False)
    settings = Settings(learning_rate=1.0, layer_decay=0.9)

    first, second = parameter_groups(model, settings), parameter_groups(model, settings)

    assert "bert.embeddings.word_embeddings.weight" not in by_name(model, first)
    assert [group["name"] for group in first] == [
        "embeddings, no decay",
        "embeddings",
        "layer 1, no decay",
        "layer 1",
        "layer 2, no decay",
        "layer 2",
        "head, no decay",
        "head",
    ]
    assert [[id(weight) for weight in group["params"]] for group in first] == [
        [id(weight) for weight in group["params"]] for group in second
    ]
    torch.optim.AdamW(first).step()
