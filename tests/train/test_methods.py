"""Every method on real architectures: what moves, what is saved, what is read back, what is merged."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
peft = pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.base.problem import Error  # noqa: E402
from dprep.train.computing import documents  # noqa: E402
from dprep.train.methods import METHODS, listed, method_class  # noqa: E402
from tests.train.method_trials import PAIRS, TASKS, base, made, said, tensors, train  # noqa: E402
from tests.train.tiny import tiny_model  # noqa: E402

torch.set_num_threads(1)

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


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = tmp_path_factory.mktemp("models")
    return {kind: tiny_model(made / kind, kind) for kind in PAIRS}


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
