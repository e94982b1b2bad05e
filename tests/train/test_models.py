"""Models to begin with: found, whole, and with nothing random but what is new."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

from safetensors.torch import load_file, save_file  # noqa: E402

from dprep.base.problem import Error  # noqa: E402
from dprep.train.loading import models  # noqa: E402
from dprep.train.loading.bases import resolve  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from dprep.train.tasks import task_class  # noqa: E402
from tests.train.tiny import KINDS, tiny_model, tiny_tokenizer  # noqa: E402

torch.set_num_threads(1)
ENCODERS, BOTH = {"bert", "distilbert", "modernbert", "xlm-roberta"}, {"t5", "marian"}
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("llama"), "llama")


def loaded(folder: Path, task: str = "classification", labels: tuple[str, ...] = ("a", "b", "c"), **settings: Any) -> Any:
    asked = models.settled(Settings(model=str(folder), **settings))
    base = models.resolve(asked, folder)
    words = models.load_tokenizer(base, asked, folder)
    return models.load_model(task_class(task)(asked, words, labels), base, asked)


def copied(source: Path, target: Path, weights: Change = lambda _: None, config: Change = lambda _: None) -> Path:
    """A model's folder with other weights or another configuration."""
    target.mkdir(exist_ok=True)
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    held, told = load_file(target / "model.safetensors"), json.loads((target / "config.json").read_text())
    weights(held)
    config(told)
    save_file(held, target / "model.safetensors", metadata={"format": "pt"})
    (target / "config.json").write_text(json.dumps(told))
    return target


# found


def test_a_package_is_found_and_its_code_is_not_run(bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "small_model_package"
    package.mkdir()
    copied(bert, package / "model")
    (package / "__init__.py").write_text("raise SystemExit('the code of a package was run')")
    monkeypatch.syspath_prepend(str(tmp_path))

    found = resolve("package:small-model-package", tmp_path)

    assert (found.folder, found.name) == (package / "model", "small-model-package")
    assert "small_model_package" not in sys.modules


@pytest.mark.parametrize(
    ("named", "sentence", "help"),
    [
        ("package:no-such-model-anywhere", "there is no package", "pip install no-such-model-anywhere"),
        ("package:json", "holds no model", "config.json"),
        ("package:../x", "there is no package", ""),
        ("run:nowhere", "there is no run `nowhere`", "dprep train"),
        ("run:", "there is no run", ""),
        ("./nowhere", "there is no model", "name a folder"),
        ("bert-base", "there is no model `bert-base`", "org/name"),
    ],
)
def test_what_is_not_there_is_told_with_its_cure(tmp_path: Path, named: str, sentence: str, help: str) -> None:
    with pytest.raises(Error) as fault:
        resolve(named, tmp_path)

    (problem,) = fault.value.problems
    assert problem.code == "train-model"
    assert sentence in problem.sentence
    assert help in problem.help


def test_a_misspelt_folder_is_guessed(bert: Path, tmp_path: Path) -> None:
    copied(bert, tmp_path / "encoder")

    with pytest.raises(Error) as fault:
        resolve(str(tmp_path / "encodr"), tmp_path)

    assert fault.value.problems[0].help == "did you mean `encoder`?"


def test_pickled_weights_are_refused(bert: Path, tmp_path: Path) -> None:
    folder = copied(bert, tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(Error, match="pickle may run code"):
        resolve(str(folder), tmp_path)


def test_a_run_is_gone_on_from_when_it_is_whole(bert: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "first"
    (run / "model").mkdir(parents=True)
    with pytest.raises(Error, match="is not finished"):
        resolve("run:first", tmp_path)
    (run / "run.json").write_text("{}")
    with pytest.raises(Error, match="kept an adapter"):
        resolve("run:first", tmp_path)
    copied(bert, run / "model")
    (run / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n")

    found = resolve("run:first", tmp_path)

    assert (found.name, found.license, found.folder) == ("run:first", "cc-by-4.0", run / "model")


def test_the_hash_is_of_what_the_model_is_made_of(bert: Path, tmp_path: Path) -> None:
    def heavier(held: dict[str, Any]) -> None:
        held["bert.embeddings.word_embeddings.weight"][3, 3] += 1e-3

    same, other = copied(bert, tmp_path / "same"), copied(bert, tmp_path / "other", heavier)
    before = models.folder(same).hash
    (same / "README.md").write_text("---\nlicense: 'MIT'\n---\nlicense: gpl\n")
    (same / "notes.pdf").write_bytes(b"...")

    assert models.folder(same).hash == before
    assert models.folder(same).license == "MIT"
    assert models.folder(other).hash != before
    assert models.folder(other).license == ""


@pytest.mark.parametrize("type", sorted(KINDS))
def test_kinds_and_limits_of_models(tmp_path: Path, type: str) -> None:
    base, words = models.folder(tiny_model(tmp_path, type)), models.load_tokenizer_folder(tmp_path)
    kind = models.kind_of(base)

    assert kind == ("encoder" if type in ENCODERS else "encoder-decoder" if type in BOTH else "decoder")
    assert models.limit(base, Settings(), kind, words) == 128
    words.model_max_length = 10**30
    assert models.limit(base, Settings(), kind, words) == (512 if type == "t5" else 128)
    assert models.limit(base, Settings(max_length=77), kind, words) == 77
    if type in {"bert", "distilbert", "xlm-roberta", "marian"}:  # each place has weights, or a row of a table
        with pytest.raises(Error, match="has places for 128 tokens"):
            models.limit(base, Settings(max_length=129), kind, words)
    else:
        assert models.limit(base, Settings(max_length=400), kind, words) == 400


# new weights


def test_a_new_head_is_drawn_from_the_seed_and_the_rest_is_what_was_saved(bert: Path) -> None:
    saved = load_file(bert / "model.safetensors")
    before = torch.get_rng_state()

    one, same, other = (loaded(bert, seed=seed).state_dict() for seed in (1, 1, 2))

    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["classifier.weight"], other["classifier.weight"])
    assert all(torch.equal(one[name], saved[name]) for name in one if name in saved)
    assert torch.equal(before, torch.get_rng_state())


def test_what_is_new_is_told(bert: Path) -> None:
    model = loaded(bert, "tagging")

    assert model.dprep_new == ("classifier.bias", "classifier.weight")
    assert model.dprep_told == ("new weights, to be learnt: `classifier.bias`, `classifier.weight`",)


def test_a_head_for_other_labels_is_made_anew(bert: Path, tmp_path: Path) -> None:
    loaded(bert, labels=("a", "b", "c")).save_pretrained(tmp_path)
    models.load_tokenizer_folder(bert).save_pretrained(tmp_path)

    five = loaded(tmp_path, labels=("a", "b", "c", "d", "e"))

    assert five.classifier.weight.shape == (5, 32)
    assert five.config.id2label == {0: "a", 1: "b", 2: "c", 3: "d", 4: "e"}
    assert five.dprep_new == ("classifier.bias", "classifier.weight")


def test_missing_weights_of_the_backbone_are_a_problem(bert: Path, tmp_path: Path) -> None:
    def holed(held: dict[str, Any]) -> None:
        del held["bert.encoder.layer.1.output.dense.weight"]

    with pytest.raises(Error) as fault:
        loaded(copied(bert, tmp_path / "holed", holed))

    (problem,) = fault.value.problems
    assert problem.code == "train-model"
    assert "`bert.encoder.layer.1.output.dense.weight`" in problem.sentence


def test_weights_of_other_shapes_are_a_problem(bert: Path, tmp_path: Path) -> None:
    with pytest.raises(Error, match="have other shapes, and would be random"):
        loaded(copied(bert, tmp_path / "wide", config=lambda told: told.update(intermediate_size=96)))


def test_layers_without_a_place_are_told(bert: Path, tmp_path: Path) -> None:
    model = loaded(copied(bert, tmp_path / "short", config=lambda told: told.update(num_hidden_layers=1)))

    assert "no place for are left out: `bert.encoder.layer.1.attention" in model.dprep_told[1]


def test_a_language_model_without_its_head_is_a_problem(llama: Path, tmp_path: Path) -> None:
    def headless(held: dict[str, Any]) -> None:
        del held["lm_head.weight"]

    with pytest.raises(Error, match=r"are missing, and would be random: `lm_head\.weight`"):
        loaded(copied(llama, tmp_path / "headless", headless), "completion")


@pytest.mark.parametrize(
    ("type", "task"), [("xlm-roberta", "chat"), ("bert", "seq2seq"), ("llama", "seq2seq"), ("t5", "tagging")]
)
def test_a_task_that_a_model_cannot_do_is_refused(tmp_path: Path, type: str, task: str) -> None:
    with pytest.raises(Error, match=f"cannot do task `{task}`"):
        loaded(tiny_model(tmp_path, type), task)


def test_a_configuration_that_is_none_is_told(bert: Path, tmp_path: Path) -> None:
    for number, config in enumerate(({"model_type": "unheard-of"}, {"model_type": "bert", "hidden_size": 33})):
        with pytest.raises(Error, match="holds no model that can be used"):
            loaded(copied(bert, tmp_path / str(number), config=lambda told, config=config: told.update(config)))


# tokens


def test_a_new_padding_token_gets_a_row_that_is_the_mean_of_the_others(llama: Path, tmp_path: Path) -> None:
    words = tiny_tokenizer(tmp_path / "words", kind="bpe")
    words.add_special_tokens({"pad_token": "<pad>"})
    folder = copied(llama, tmp_path / "model")
    words.save_pretrained(folder)

    model = loaded(folder, "completion")

    before = load_file(llama / "model.safetensors")
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        after = model.state_dict()[name]
        assert torch.equal(after[:400], before[name])
        assert torch.allclose(after[400], before[name].mean(0), atol=1e-6)
    assert model.config.pad_token_id == model.generation_config.pad_token_id == 400
    assert model.dprep_told == ("tokens that are new to the model, and begin as the mean of the others: 1",)


def test_the_tokenizer_of_another_model_is_refused(bert: Path, tmp_path: Path) -> None:
    words = tiny_tokenizer(tmp_path / "words")
    words.add_tokens([f"word{n}" for n in range(300)])
    words.save_pretrained(tmp_path / "words")

    with pytest.raises(Error, match="the tokenizer has 482 tokens, and the model knows 182"):
        loaded(bert, tokenizer=str(tmp_path / "words"))


def test_dropout_is_set_wherever_a_model_has_some(bert: Path, tmp_path: Path) -> None:
    for folder in (bert, tiny_model(tmp_path, "modernbert")):
        shares = {module.p for module in loaded(folder, dropout=0.3).modules() if isinstance(module, torch.nn.Dropout)}
        assert shares == {0.3}


def test_what_a_model_says_does_not_depend_on_chance_left_behind(llama: Path) -> None:
    torch.manual_seed(3)
    one = loaded(llama, "classification", seed=4).score.weight
    torch.manual_seed(5)
    assert torch.equal(one, loaded(llama, "classification", seed=4).score.weight)


def test_a_gpu_that_is_not_there_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(Error) as fault:
        models.settled(Settings(device="cuda"))

    assert fault.value.problems[0].code == "train-device"
    assert models.settled(Settings(device="auto")).device == "cpu"
    assert models.settled(Settings(device="cpu")).precision == "fp32"


def test_models_are_read_without_polars_and_pydantic() -> None:
    code = "import sys\nfor name in ('polars', 'pydantic', 'numba', 'sentencepiece'):\n    sys.modules[name] = None\n"
    code += "from dprep.train import faults\n"
    code += "from dprep.train.computing import throughput\n"
    code += "from dprep.train.loading import architectures, hub, models, tokenizer_files\n"
    code += "from dprep.train.optimizing import optimizers, schedules\n"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
