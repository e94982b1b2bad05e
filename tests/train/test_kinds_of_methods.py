"""What is particular to a method: ranks, turns, learnt tokens, small networks, sparse differences."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
peft = pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from torch.nn import functional  # noqa: E402

from dprep.base.problem import Error  # noqa: E402
from dprep.train.computing import documents  # noqa: E402
from tests.train.method_trials import LENGTHS, PAIRS, TASKS, base, batch, loss_of, made, said, train  # noqa: E402
from tests.train.tiny import tiny_model  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = tmp_path_factory.mktemp("models")
    return {kind: tiny_model(made / kind, kind) for kind in PAIRS}


# kin of LoRA


@pytest.mark.parametrize("options", [{"init": "gaussian"}, {"init": "orthogonal"}, {"init": "pissa", "variant": "rslora"}])
def test_starts_and_variants_of_lora_come_back(options: dict[str, Any], folders: dict[str, Path], tmp_path: Path) -> None:
    method = made("lora", rank=4, alpha=4.0, **options)
    model = method.apply(base(folders["llama"], "completion"), TASKS["completion"], 3)
    train(method, model, "completion", 3)
    method.save(model, tmp_path)

    again = made("lora").load(base(folders["llama"], "completion"), tmp_path, TASKS["completion"])

    with torch.no_grad():
        assert torch.allclose(said(again, "completion"), said(model, "completion"), atol=1e-5)


@pytest.mark.parametrize("name", ["pissa", "olora"])
def test_a_start_that_moves_the_base_is_saved_against_the_base_as_it_was(
    name: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    method = made(name, rank=4)
    model = method.apply(base(folders["bert"], "classification"), TASKS["classification"], 3)
    method.save(model, tmp_path)

    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert config["init_lora_weights"] is True  # nothing is factorised again on loading
    assert config["r"] == 8


@pytest.mark.parametrize(
    ("targets", "pattern"),
    [
        (["all"], r"(query|key|value|dense)"),
        (["attention"], r"attention\..*(query|key|value|dense)"),
        (["feedforward"], r"layer\.\d+\.(intermediate|output)\.dense"),
        (["query", "value"], r"attention\.self\.(query|value)"),
    ],
)
def test_targets_name_kinds_of_maps_or_maps(targets: list[str], pattern: str, folders: dict[str, Path]) -> None:
    model = base(folders["bert"], "classification")
    truth = {name for name, _ in model.named_modules() if ".layer." in name and re.search(pattern + "$", name)}

    adapted = made("lora", targets=targets).apply(model, TASKS["classification"], 3)

    found = {name for name, _ in adapted.get_base_model().named_modules() if hasattr(_, "lora_A")}
    assert found == truth


def test_a_target_that_no_map_is_called_by_is_refused_with_the_names_there_are(folders: dict[str, Path]) -> None:
    with pytest.raises(Error, match=r"train-method.*`quer`(.|\n)*`query`"):
        made("lora", targets=["quer"]).apply(base(folders["bert"], "classification"), TASKS["classification"], 3)


def test_loftq_and_qlora_say_what_they_need(folders: dict[str, Path]) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    for method in (made("lora", init="loftq"), made("qlora")):
        with pytest.raises(Error, match=r"needs a GPU"):
            method.apply(base(folders["bert"], "classification"), TASKS["classification"], 3)


def test_an_adapter_is_not_merged_into_a_quantised_base(folders: dict[str, Path]) -> None:
    """b2 #18."""
    method = made("lora")
    model = method.apply(base(folders["bert"], "classification"), TASKS["classification"], 3)
    model.get_base_model().is_loaded_in_4bit = True

    with pytest.raises(Error, match="train-merge"):
        method.merge(model)


# AdaLoRA


def test_the_penalty_of_adalora_is_what_peft_adds_to_the_loss(folders: dict[str, Path]) -> None:
    method = made("adalora", orthogonality=0.7)
    model = method.apply(base(folders["bert"], "classification"), TASKS["classification"], 3)
    rows = {"input_ids": torch.tensor([[7, 8, 9]]), "attention_mask": torch.ones((1, 3))}
    labels = torch.tensor([1])

    with_penalty = model(**rows, labels=labels).loss
    alone = functional.cross_entropy(model(**rows).logits, labels)

    assert torch.allclose(method.penalty(model), with_penalty - alone, atol=1e-5)


def test_adalora_comes_down_to_its_rank_on_the_average(folders: dict[str, Path]) -> None:
    method = made("adalora", rank=2, initial_rank=4)
    model = method.apply(base(folders["bert"], "classification"), TASKS["classification"], 12)
    train(method, model, "classification", 12)

    values = [weight for name, weight in model.named_parameters() if ".lora_E." in name]
    assert sum(len(value) for value in values) == 4 * len(values)
    assert sum(int((value != 0).sum()) for value in values) == 2 * len(values)


@pytest.mark.parametrize("steps", [2, 3, 4, 5])
def test_adalora_gives_rank_in_few_steps_too_but_not_in_one(steps: int, folders: dict[str, Path]) -> None:
    with pytest.raises(Error, match="two steps"):
        made("adalora").apply(base(folders["llama"], "completion"), TASKS["completion"], 1)
    method = made("adalora", rank=2, initial_rank=4)
    model = method.apply(base(folders["llama"], "completion"), TASKS["completion"], steps)
    train(method, model, "completion", steps)

    values = [weight for name, weight in model.named_parameters() if ".lora_E." in name]
    assert sum(int((value != 0).sum()) for value in values) == 2 * len(values)


def test_between_allocations_adalora_is_saved_as_it_answers(folders: dict[str, Path], tmp_path: Path) -> None:
    method = made("adalora", rank=2, initial_rank=4, warmup=0.0)
    model = method.apply(base(folders["llama"], "completion"), TASKS["completion"], 600)  # allocates each 6 steps
    train(method, model, "completion", 8)
    assert model.peft_config["default"].rank_pattern
    method.save(model, tmp_path)

    again = made("adalora").load(base(folders["llama"], "completion"), tmp_path, TASKS["completion"])

    with torch.no_grad():
        assert torch.equal(said(again, "completion"), said(model, "completion"))


@pytest.mark.parametrize("stop", [4, 7])
def test_adalora_goes_on_where_it_stopped(stop: int, folders: dict[str, Path]) -> None:
    def fresh() -> tuple[Any, Any]:
        torch.manual_seed(1)
        method = made("adalora", rank=2, initial_rank=4)
        return method, method.apply(base(folders["llama"], "completion"), TASKS["completion"], 8)

    def step(method: Any, model: Any, number: int) -> None:
        model.train()
        (loss_of(model, "completion") + method.penalty(model)).backward()
        with torch.no_grad():
            for weight in model.parameters():
                if weight.requires_grad:
                    weight -= 0.1 * weight.grad
        method.after_step(model, number)
        model.zero_grad()

    method, whole = fresh()
    for number in range(1, 9):
        step(method, whole, number)
        if number == stop:
            moving = {name: weight.detach().clone() for name, weight in whole.named_parameters() if weight.requires_grad}
            state = {name: value.clone() for name, value in method.state(whole).items()}
    other, stopped = fresh()
    stopped.load_state_dict(moving, strict=False)
    other.restore(stopped, state)
    for number in range(stop + 1, 9):
        step(other, stopped, number)

    ours = dict(stopped.named_parameters())
    assert all(torch.equal(weight, ours[name]) for name, weight in whole.named_parameters())


# learnt tokens


@pytest.mark.parametrize("name", ["prompt", "ptuning", "prefix"])
@pytest.mark.parametrize("kind", ["qwen2", "bert"])
def test_padding_does_not_change_what_is_said_behind_learnt_tokens(name: str, kind: str, folders: dict[str, Path]) -> None:
    model = made(name).apply(base(folders[kind], "classification"), TASKS["classification"], 3).eval()
    ids = batch()["input_ids"].split(LENGTHS.tolist())

    with torch.no_grad():
        together = said(model, "classification")
        alone = [documents.call(model, {"input_ids": each, "lengths": torch.tensor([len(each)])}).logits[0] for each in ids]

    assert torch.allclose(together, torch.stack(alone), atol=1e-5)


def test_a_prompt_begins_as_words_of_the_vocabulary(folders: dict[str, Path]) -> None:
    model = made("prompt", tokens=5).apply(base(folders["llama"], "completion"), TASKS["completion"], 3)

    words = model.get_base_model().get_input_embeddings().weight
    for each in model.prompt_encoder["default"].embedding.weight:
        assert (words == each).all(dim=1).any()


# own methods


@pytest.mark.parametrize(("style", "kind", "count"), [("houlsby", "bert", 4), ("pfeiffer", "bert", 2), ("houlsby", "t5", 10)])
def test_houlsby_has_one_network_behind_each_part_and_pfeiffer_one_a_layer(
    style: str, kind: str, count: int, folders: dict[str, Path]
) -> None:
    # two layers: attention and feed-forward each; a decoder has a second attention
    model = made("adapter", style=style, size=4).apply(base(folders[kind], PAIRS[kind]), TASKS[PAIRS[kind]], 3)

    assert sum(name.endswith(".bottleneck") for name, _ in model.named_modules()) == count


def test_an_adapter_is_read_back_with_the_options_it_was_made_with(folders: dict[str, Path], tmp_path: Path) -> None:
    method = made("adapter", style="pfeiffer", size=4, activation="relu")
    model = method.apply(base(folders["llama"], "completion"), TASKS["completion"], 3)
    train(method, model, "completion", 3)
    method.save(model, tmp_path)

    again = made("adapter").load(base(folders["llama"], "completion"), tmp_path, TASKS["completion"])

    with torch.no_grad():
        assert torch.equal(said(again, "completion"), said(model, "completion"))


def test_a_pruned_difference_changes_the_stated_share_of_weights(folders: dict[str, Path], tmp_path: Path) -> None:
    untouched = base(folders["llama"], "completion").state_dict()
    method = made("diff", share=0.01, fix_after=0.5)
    model = method.apply(base(folders["llama"], "completion"), TASKS["completion"], 6)
    losses = train(method, model, "completion", 6, rate=5e-3)
    method.save(model, tmp_path)

    merged = made("diff").load(base(folders["llama"], "completion"), tmp_path, TASKS["completion"]).state_dict()
    inside = [name for name in untouched if ".layers." in name and "norm" not in name]
    differing = {name: int((merged[name] != untouched[name]).sum()) for name in untouched}

    assert sum(differing[name] for name in inside) == round(0.01 * sum(untouched[name].numel() for name in inside))
    assert sum(differing.values()) == sum(differing[name] for name in inside)
    assert losses[-1] < losses[0]


def test_once_pruned_a_difference_stays_pruned_and_costs_no_penalty(folders: dict[str, Path]) -> None:
    method = made("diff", share=0.01, fix_after=0.5)
    model = method.apply(base(folders["llama"], "completion"), TASKS["completion"], 8)
    assert float(method.penalty(model)) == pytest.approx(1 / (1 + 2.718281828**-5))
    train(method, model, "completion", 4)
    assert method.penalty(model) is None
    weights = {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}

    # a run that goes on from there: the gates alone say that they are fixed
    later = made("diff", share=0.01, fix_after=0.5)
    resumed = later.apply(base(folders["llama"], "completion"), TASKS["completion"], 8)
    resumed.load_state_dict(weights, strict=False)
    assert later.penalty(resumed) is None
    shut = {name: (weight == 0).clone() for name, weight in resumed.named_parameters() if name.endswith("difference")}
    train(later, resumed, "completion", 4, first=4)
    assert all((dict(resumed.named_parameters())[name][zero] == 0).all() for name, zero in shut.items())


def test_turns_of_several_factors_keep_the_lengths_of_inputs_and_come_back(folders: dict[str, Path], tmp_path: Path) -> None:
    method = made("boft", factors=3)
    model = method.apply(base(folders["llama"], "completion"), TASKS["completion"], 3)
    losses = train(method, model, "completion", 3)
    method.save(model, tmp_path)
    again = made("boft").load(base(folders["llama"], "completion"), tmp_path, TASKS["completion"])

    turned, _scale = model.get_base_model().model.layers[0].self_attn.q_proj.get_delta_weight("default")
    assert not torch.allclose(turned, torch.eye(32), atol=1e-4)
    assert torch.allclose(turned @ turned.T, torch.eye(32), atol=1e-5)
    assert losses[-1] < losses[0]
    with torch.no_grad():
        assert torch.allclose(said(again, "completion"), said(model, "completion"), atol=1e-5)


def test_blocks_on_a_diagonal_are_those_of_torch_with_their_gradient() -> None:
    from dprep.train.methods.rotations import BlockDiagonal

    blocks = torch.randn((2, 3, 4, 4), generator=torch.Generator().manual_seed(1), requires_grad=True)
    truth = torch.stack([torch.block_diag(*each) for each in blocks])
    above = torch.randn((2, 12, 12), generator=torch.Generator().manual_seed(2))
    truth.backward(above)

    assert torch.equal(BlockDiagonal().forward(blocks.detach())[0], truth)
    assert torch.equal(BlockDiagonal().backward(above, blocks)[0], blocks.grad)


@pytest.mark.parametrize("name", ["pissa", "olora"])
def test_a_start_that_moves_the_base_is_refused_where_it_would_be_rounded(name: str, folders: dict[str, Path]) -> None:
    half = base(folders["bert"], "classification").to(torch.bfloat16)

    with pytest.raises(Error, match=r"train-method(.|\n)*full precision"):
        made(name).apply(half, TASKS["classification"], 3)
