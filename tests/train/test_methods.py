"""Every method on real architectures: what moves, what is saved, what is read back, what is merged."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
peft = pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from torch.nn import functional  # noqa: E402

from dprep.base.problem import Error  # noqa: E402
from dprep.train import documents  # noqa: E402
from dprep.train.methods import METHODS, listed, method_class  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from tests.train.tiny import tiny_model  # noqa: E402

torch.set_num_threads(1)

TASKS: dict[str, Any] = {
    "classification": SimpleNamespace(name="classification", peft_type="SEQ_CLS", new_head=True),
    "tagging": SimpleNamespace(name="tagging", peft_type="TOKEN_CLS", new_head=True),
    "qa": SimpleNamespace(name="qa", peft_type="QUESTION_ANS", new_head=True),
    "completion": SimpleNamespace(name="completion", peft_type="CAUSAL_LM", new_head=False),
    "seq2seq": SimpleNamespace(name="seq2seq", peft_type="SEQ_2_SEQ_LM", new_head=False),
}
AUTO = {
    "classification": "AutoModelForSequenceClassification",
    "tagging": "AutoModelForTokenClassification",
    "qa": "AutoModelForQuestionAnswering",
    "completion": "AutoModelForCausalLM",
    "seq2seq": "AutoModelForSeq2SeqLM",
}
PAIRS = {
    "bert": "classification",
    "xlm-roberta": "tagging",
    "modernbert": "tagging",
    "distilbert": "qa",
    "llama": "completion",
    "qwen2": "classification",
    "t5": "seq2seq",
}
HEADS = {
    "bert": r"bert\.pooler\.|classifier\.",
    "xlm-roberta": r"classifier\.",
    "modernbert": r"head\.|classifier\.",
    "distilbert": r"qa_outputs\.",
    "llama": r"(?!)",
    "qwen2": r"score\.",
    "t5": r"(?!)",
}
"""What each model has beyond its backbone, for the task it is given here."""
KIN = {"rslora", "dora", "pissa", "olora", "vera", "oft", "boft", "ptuning"}
"""Methods that put their parts where another does, which is tried on every model."""
WITHOUT_BIASES = {"modernbert", "llama", "t5"}
WITHOUT_PREFIX = {"modernbert", "distilbert"}
LENGTHS = torch.tensor([5, 9, 3, 7])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = tmp_path_factory.mktemp("models")
    return {kind: tiny_model(made / kind, kind) for kind in PAIRS}


def base(folder: Path, task: str, seed: int = 0) -> Any:
    """The base model; its new head is as random as `seed`."""
    torch.manual_seed(seed)
    more = {"num_labels": 3} if task in {"classification", "tagging"} else {}
    model = getattr(transformers, AUTO[task]).from_pretrained(folder, **more)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def batch() -> dict[str, Any]:
    ids = torch.randint(6, 40, (int(LENGTHS.sum()),), generator=torch.Generator().manual_seed(1))
    return {"input_ids": ids, "lengths": LENGTHS}


def said(model: Any, task: str) -> Any:
    """(items, classes): what the model says of the batch."""
    more = {}
    if task == "seq2seq":
        more = {"decoder_input_ids": torch.randint(6, 40, (4, 6), generator=torch.Generator().manual_seed(2))}
    output = documents.call(model, batch(), **more)
    if task == "qa":
        return documents.flat(torch.stack([output.start_logits, output.end_logits], dim=-1), LENGTHS)
    if task == "classification":
        return output.logits
    return output.logits.flatten(0, 1) if task == "seq2seq" else documents.flat(output.logits, LENGTHS)


def loss_of(model: Any, task: str) -> Any:
    logits = said(model, task)
    return functional.cross_entropy(logits, torch.arange(len(logits)) % min(3, logits.shape[-1]))


def train(method: Any, model: Any, task: str, steps: int, rate: float = 0.0, first: int = 0) -> list[float]:
    moving = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=rate or method.learning_rate, weight_decay=0.0)
    losses = []
    model.train()
    for step in range(first + 1, first + steps + 1):
        loss = loss_of(model, task)
        losses.append(float(loss.detach()))
        penalty = method.penalty(model)
        (loss if penalty is None else loss + penalty).backward()
        optimizer.step()
        optimizer.zero_grad()
        method.after_step(model, step)
    model.eval()
    return losses


def tensors(model: Any) -> dict[str, Any]:
    return {name: each.detach().clone() for name, each in [*model.named_parameters(), *model.named_buffers()]}


def made(name: str, **options: Any) -> Any:
    return method_class(name)(Settings(method=name, options=options))


CHANGES = {
    "full": r".*",
    "head": r"(?!)",
    "bitfit": r".*bias$",
    "ln": r".*([nN]orm)",
    "lora": r".*\.lora_[AB]\.",
    "rslora": r".*\.lora_[AB]\.",
    "dora": r".*\.lora_([AB]|magnitude_vector)\.",
    "pissa": r".*\.lora_[AB]\.",
    "olora": r".*\.lora_[AB]\.",
    "adalora": r".*\.lora_[ABE]\.",
    "vera": r".*\.vera_lambda_[bd]\.",
    "ia3": r".*\.ia3_l\.",
    "oft": r".*\.oft_R\.",
    "boft": r".*\.boft_[Rs]\.",
    "adapter": r".*\.bottleneck\.",
    "diff": r".*\.(difference|gate)$",
    "prefix": r"prompt_encoder\.",
    "prompt": r"prompt_encoder\.",
    "ptuning": r"prompt_encoder\.",
}
"""What each method may move, by name, besides a new head."""


def names_of(model: Any) -> Any:
    """Names as the base model has them, as far as peft did not add the weight."""
    return lambda name: re.sub(r"^base_model\.(model\.)?|\.modules_to_save\.default|\.parametrizations", "", name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in METHODS if name != "qlora" for kind in PAIRS if kind in {"bert", "llama"} or name not in KIN],
)
def test_only_the_named_weights_move_and_what_is_saved_and_merged_answers_alike(
    name: str, kind: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    task = PAIRS[kind]
    if name == "head" and not TASKS[task].new_head:
        assert "new head" in method_class(name).refuses(TASKS[task], "decoder")
        return
    method, model = made(name), base(folders[kind], task)
    if (name == "bitfit" and kind in WITHOUT_BIASES) or (name == "prefix" and kind in WITHOUT_PREFIX):
        with pytest.raises(Error, match="train-method"):
            method.apply(model, TASKS[task], 3)
        return
    ordinary = set(model.state_dict())
    model = method.apply(model, TASKS[task], 3)

    before = tensors(model)
    losses = train(method, model, task, 3, rate=1e-3 if name == "full" else 0.0)
    after = tensors(model)

    plain = names_of(model)
    allowed = re.compile(f"({CHANGES[name]})|({HEADS[kind]})")
    changed = {entry for entry, value in after.items() if not torch.equal(value, before[entry])}
    assert changed <= {entry for entry, weight in model.named_parameters() if weight.requires_grad}
    assert not [entry for entry in changed if not allowed.match(plain(entry))]
    assert [entry for entry in changed if re.match(CHANGES[name], plain(entry))] or name == "head"
    assert [entry for entry in changed if re.match(HEADS[kind], plain(entry))] or not TASKS[task].new_head
    assert losses[-1] < losses[0] or name in {"prompt", "ptuning"}

    method.save(model, tmp_path / "saved")
    again = made(name).load(base(folders[kind], task, seed=9), tmp_path / "saved", TASKS[task])
    with torch.no_grad():
        truth = said(model, task)
        assert torch.allclose(said(again, task), truth, atol=1e-5)  # b2 #16: its head is the saved one
        if method.merges:
            merged = method.merge(again)
            assert set(merged.state_dict()) == ordinary
            assert torch.allclose(said(merged, task), truth, atol=1e-4)
    assert {path.suffix for path in (tmp_path / "saved").iterdir()} <= {".safetensors", ".json"}


@pytest.mark.parametrize(
    "name", ["lora", "dora", "pissa", "adalora", "vera", "ia3", "ln", "oft", "prefix", "prompt", "ptuning"]
)
def test_peft_alone_reads_what_was_saved_with_its_head(name: str, folders: dict[str, Path], tmp_path: Path) -> None:
    """b2 #16: the head comes back, on a base whose own head is another."""
    method = made(name)
    model = method.apply(base(folders["bert"], "classification"), TASKS["classification"], 3)
    train(method, model, "classification", 3)
    method.save(model, tmp_path)

    again = peft.PeftModel.from_pretrained(base(folders["bert"], "classification", seed=3), tmp_path).eval()

    with torch.no_grad():
        assert torch.allclose(said(again, "classification"), said(model, "classification"), atol=1e-5)


@pytest.mark.parametrize("name", ["head", "adapter", "diff", "lora"])
def test_a_head_that_is_held_back_is_saved_all_the_same(name: str, folders: dict[str, Path], tmp_path: Path) -> None:
    """b2 #16: it is random, and a base made again would have another."""
    method = made(name)
    model = method.apply(base(folders["bert"], "classification"), TASKS["classification"], 3)
    for entry, weight in model.named_parameters():
        if "classifier" in entry:
            weight.requires_grad_(False)
    train(method, model, "classification", 2)
    method.save(model, tmp_path)

    again = made(name).load(base(folders["bert"], "classification", seed=3), tmp_path, TASKS["classification"])

    with torch.no_grad():
        assert torch.allclose(said(again, "classification"), said(model, "classification"), atol=1e-6)


@pytest.mark.parametrize("name", ["lora", "dora", "adalora", "ia3", "oft", "boft", "adapter", "diff"])
def test_untrained_the_model_answers_as_the_base_does(name: str, folders: dict[str, Path]) -> None:
    model = base(folders["llama"], "completion")
    with torch.no_grad():
        truth = said(model, "completion")
        assert torch.allclose(said(made(name).apply(model, TASKS["completion"], 3).eval(), "completion"), truth, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in METHODS if name not in {"qlora", "bitfit", "head"}])
def test_documents_are_packed_with_the_same_answers_or_not_at_all(name: str, folders: dict[str, Path]) -> None:
    method = made(name)
    model = method.apply(base(folders["llama"], "completion"), TASKS["completion"], 3)
    train(method, model, "completion", 2)
    with torch.no_grad():
        padded = said(model, "completion")
        packs = documents.prepare(model, method.packs)
        assert packs == method.packs
        assert torch.allclose(said(model, "completion"), padded, atol=1e-5)


def test_marian_trains_and_merges(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "marian", "marian")
    for name in ("full", "lora", "ia3", "adapter"):
        method = made(name)
        model = method.apply(base(folder, "seq2seq"), TASKS["seq2seq"], 3)
        losses = train(method, model, "seq2seq", 3)
        assert losses[-1] < losses[0]
        assert all("embed_positions" not in entry for entry, weight in model.named_parameters() if weight.requires_grad)
        method.save(model, tmp_path / name)
        again = made(name).load(base(folder, "seq2seq"), tmp_path / name, TASKS["seq2seq"])
        with torch.no_grad():
            assert torch.allclose(said(again, "seq2seq"), said(model, "seq2seq"), atol=1e-5)


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


# what is read back


def _saved(name: str, folder: Path, base_model: Any) -> None:
    method = made(name)
    method.save(method.apply(base_model, TASKS["completion"], 3), folder)


@pytest.mark.parametrize(("name", "file"), [("lora", "adapter_model.safetensors"), ("adapter", "adapter.safetensors")])
def test_an_adapter_that_is_not_whole_is_a_problem_not_a_model(
    name: str, file: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    _saved(name, tmp_path, base(folders["llama"], "completion"))
    weights = load_file(tmp_path / file)
    weights.pop(sorted(weights)[0])
    save_file(weights, tmp_path / file)

    with pytest.raises(Error, match=r"train-method.*(not whole|lacks)"):
        made(name).load(base(folders["llama"], "completion"), tmp_path, TASKS["completion"])


@pytest.mark.parametrize("name", ["lora", "adapter", "diff", "bitfit"])
def test_an_adapter_of_another_model_is_a_problem(name: str, folders: dict[str, Path], tmp_path: Path) -> None:
    method = made(name)
    model = method.apply(base(folders["qwen2"], "completion"), TASKS["completion"], 3)
    train(method, model, "completion", 1)
    method.save(model, tmp_path)

    with pytest.raises(Error, match="train-method"):
        made(name).load(base(folders["bert"], "classification"), tmp_path, TASKS["classification"])


@pytest.mark.parametrize("name", ["lora", "adapter", "diff", "bitfit"])
def test_a_damaged_or_absent_adapter_is_a_problem(name: str, folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(Error, match="train-method"):
        made(name).load(base(folders["qwen2"], "completion"), tmp_path / "nowhere", TASKS["completion"])
    _saved(name, tmp_path, base(folders["qwen2"], "completion"))
    next(tmp_path.glob("*.safetensors")).write_bytes(b"not tensors")

    with pytest.raises(Error, match="train-method"):
        made(name).load(base(folders["qwen2"], "completion"), tmp_path, TASKS["completion"])


# the table of methods


def test_an_unknown_method_is_a_problem_with_the_likely_one() -> None:
    with pytest.raises(Error, match=r"train-method(.|\n)*did you mean `lora`"):
        method_class("lorra")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rang": 4}, r"no option `rang`(.|\n)*did you mean `rank`"),
        ({"rank": 0}, "at least 1"),
        ({"rank": 4.5}, "a whole number"),
        ({"rank": True}, "a whole number"),
        ({"init": "pisa"}, "one of `default`, `pissa`"),
        ({"targets": "all"}, "a list of texts"),
        ({"dropout": "much"}, "a number"),
        ({"alpha": float("nan")}, "at least"),
    ],
)
def test_a_wrong_option_is_a_problem(options: dict[str, Any], words: str) -> None:
    with pytest.raises(Error, match=f"train-option(.|\n)*{words}"):
        made("lora", **options)


def test_every_method_tells_what_it_is_without_loading_torch() -> None:
    code = "import sys; from dprep.train.methods import listed; listed(); print('torch' in sys.modules, 'peft' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert shown.split() == ["False", "False"]
    assert [name for name, _ in listed()] == list(METHODS)
    assert len({sentence for _, sentence in listed()}) == len(METHODS)
    assert all(method_class(name).name == name for name in METHODS)
