"""Optimisers: their steps are those of the libraries' own or as reckoned by hand, and go on from what was saved bit by bit."""

from __future__ import annotations

import copy
import io
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

from dprep.base.problem import Error  # noqa: E402
from dprep.train.optimizing import optimizers  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from tests.train.tiny import tiny_model  # noqa: E402

torch.set_num_threads(1)
NAMES = ("adamw", "sgd", "adafactor", "muon")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("llama"), "llama")


def model_in(folder: Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(folder)


def groups_of(model: Any) -> list[dict[str, Any]]:
    """Matrices decay, biases and norms do not; the upper layer learns twice as fast."""
    named = list(model.named_parameters())
    upper = [weight for name, weight in named if "layers.1" in name]
    lower = [weight for name, weight in named if "layers.1" not in name and weight.ndim > 1]
    norms = [weight for name, weight in named if "layers.1" not in name and weight.ndim == 1]
    return [
        {"params": upper, "lr": 2e-3, "weight_decay": 0.1, "name": "upper"},
        {"params": lower, "lr": 1e-3, "weight_decay": 0.1, "name": "lower"},
        {"params": norms, "lr": 1e-3, "weight_decay": 0.0, "name": "norms"},
        {"params": [], "lr": 1e-3, "weight_decay": 0.0, "name": "nothing"},
    ]


def learn(model: Any, optimizer: Any, steps: int, first: int = 0) -> None:
    for step in range(first, first + steps):
        ids = torch.arange(12).reshape(2, 6) + 7 * step
        model(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def asked(name: str, **more: Any) -> Settings:
    return Settings(optimizer=name, learning_rate=1e-3, weight_decay=0.1, betas=(0.8, 0.95), epsilon=1e-7, **more)


def same(one: Any, other: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_adamw_takes_the_steps_of_torch(folder: Path) -> None:
    one, other = model_in(folder), model_in(folder)
    told = {"lr": 1e-3, "betas": (0.8, 0.95), "eps": 1e-7, "weight_decay": 0.1}
    plain = torch.optim.AdamW([each for each in groups_of(other) if each["params"]], **told)

    learn(one, optimizers.make(groups_of(one), asked("adamw")), 3)
    learn(other, plain, 3)

    assert same(one, other)


def test_sgd_with_momentum_by_hand() -> None:
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    made = optimizers.make([{"params": [weight], "lr": 0.1, "weight_decay": 0.0}], asked("sgd", momentum=0.5))

    for _ in range(2):
        weight.grad = torch.tensor([2.0])
        made.step()

    # 1 - 0.1 * 2 = 0.8; the second step goes by 0.5 * 2 + 2 = 3: 0.8 - 0.3
    assert weight.item() == pytest.approx(0.5)


def test_adafactor_takes_the_rate_that_it_is_told() -> None:
    weight = torch.nn.Parameter(torch.ones(4, 4))
    made = optimizers.make([{"params": [weight], "lr": 0.01, "weight_decay": 0.0}], asked("adafactor"))
    weight.grad = torch.ones(4, 4)

    made.step()

    # a gradient that is the same everywhere is divided by its own size: the step is the rate itself
    assert torch.allclose(weight, torch.full((4, 4), 0.99), atol=1e-4)


def test_muon_is_for_matrices_of_layers_and_adamw_for_the_rest(folder: Path) -> None:
    model = model_in(folder)
    matrices = {name for name, weight in model.named_parameters() if id(weight) in optimizers.hidden_matrices(model)}

    kinds = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    assert len(matrices) == 2 * len(kinds)
    assert {name.split(".")[-2] for name in matrices} == set(kinds)


@pytest.mark.parametrize(("type", "auto", "outside"), [
    ("bert", "AutoModelForSequenceClassification", {"classifier", "pooler", "embeddings"}),
    ("xlm-roberta", "AutoModelForTokenClassification", {"classifier", "embeddings"}),
    ("t5", "AutoModelForSeq2SeqLM", {"shared", "lm_head", "relative_attention_bias"}),
    ("modernbert", "AutoModelForMaskedLM", {"embeddings", "decoder", "head"}),
])  # fmt: skip
def test_heads_and_words_are_no_matrices_of_layers(tmp_path: Path, type: str, auto: str, outside: set[str]) -> None:
    model = getattr(transformers, auto).from_pretrained(tiny_model(tmp_path, type))
    matrices = {name for name, weight in model.named_parameters() if id(weight) in optimizers.hidden_matrices(model)}
    wide = {name for name, weight in model.named_parameters() if weight.ndim == 2}

    assert all(any(part in name for part in outside) for name in wide - matrices), wide - matrices
    assert not any(part in name.split(".") for name in matrices for part in outside), matrices
    assert matrices


def test_muon_takes_the_steps_of_its_two_parts(folder: Path) -> None:
    one, other = model_in(folder), model_in(folder)
    matrices = optimizers.hidden_matrices(other)
    parts = [(group, [w for w in group["params"] if id(w) in matrices]) for group in groups_of(other) if group["params"]]
    rest = [(group, [w for w in group["params"] if id(w) not in matrices]) for group in groups_of(other) if group["params"]]
    muon = torch.optim.Muon(
        [{"params": weights, "lr": group["lr"], "weight_decay": group["weight_decay"]} for group, weights in parts if weights],
        momentum=0.9,
        adjust_lr_fn="match_rms_adamw",
    )
    adamw = torch.optim.AdamW(
        [{"params": weights, "lr": group["lr"], "weight_decay": group["weight_decay"]} for group, weights in rest if weights],
        betas=(0.8, 0.95),
        eps=1e-7,
    )

    learn(one, optimizers.make(groups_of(one), asked("muon"), one), 3)
    for step in range(3):
        ids = torch.arange(12).reshape(2, 6) + 7 * step
        other(input_ids=ids, labels=ids).loss.backward()
        muon.step()
        adamw.step()
        other.zero_grad()

    assert same(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_an_optimiser_goes_on_from_what_was_saved_bit_by_bit(folder: Path, name: str) -> None:
    whole, halved = model_in(folder), model_in(folder)
    learn(whole, optimizers.make(groups_of(whole), asked(name), whole), 4)

    first = optimizers.make(groups_of(halved), asked(name), halved)
    learn(halved, first, 2)
    kept = io.BytesIO()
    torch.save(first.state_dict(), kept)
    again = copy.deepcopy(halved)
    second = optimizers.make(groups_of(again), asked(name), again)
    second.load_state_dict(torch.load(io.BytesIO(kept.getvalue()), weights_only=True))
    learn(again, second, 2, first=2)

    assert same(whole, again)


@pytest.mark.parametrize("name", NAMES)
def test_a_schedule_reaches_every_group(folder: Path, name: str) -> None:
    model = model_in(folder)
    made = optimizers.make(groups_of(model), asked(name), model)
    schedule = torch.optim.lr_scheduler.LambdaLR(made, lambda step: 0.0)
    before = copy.deepcopy(model)

    learn(model, made, 2)
    schedule.step()

    assert same(before, model)  # a rate of nothing moves nothing: neither by gradient nor by decay
    assert {group["lr"] for group in made.param_groups} == {0.0}


@pytest.mark.parametrize("name", NAMES)
def test_every_optimiser_learns(folder: Path, name: str) -> None:
    model = model_in(folder)
    made = optimizers.make(groups_of(model), asked(name), model)
    for group in made.param_groups:
        group["lr"] = 0.1 if name == "sgd" else 5e-3
    ids = torch.arange(12).reshape(2, 6)
    before = float(model(input_ids=ids, labels=ids).loss.detach())

    for _ in range(15):
        model(input_ids=ids, labels=ids).loss.backward()
        made.step()
        made.zero_grad()

    assert float(model(input_ids=ids, labels=ids).loss.detach()) < before / 2


def test_eight_bits_need_their_library_and_a_gpu(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_in(folder)
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)

    with pytest.raises(Error) as fault:
        optimizers.make(groups_of(model), asked("adamw_8bit"), model)

    assert fault.value.problems[0].code == "missing-library"
    assert "pip install bitsandbytes" in fault.value.problems[0].help
