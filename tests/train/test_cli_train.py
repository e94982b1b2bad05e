"""The commands around a training: what they print, what they refuse, and what is left when they are stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner, Result

from dprep.cli.main import cli
from tests.train.conftest import Place

SLOW = 60
"""Seconds that a process may take until it has trained a little."""


def call(*words: object, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def here(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store of its own, in which the run `first` is."""
    shutil.copytree(place.store, tmp_path / "store")
    for name in ("classification.jsonl", "classification.toml"):
        shutil.copy(place.folder / name, tmp_path / name)
    shutil.copytree(place.base, tmp_path / "base")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def recipe(folder: Path, train: str) -> Path:
    """The recipe of the version, with a table `[train]`."""
    path = folder / "classification.toml"
    path.write_text(f"{path.read_text('utf-8')}\n[train]\n{train}\n", "utf-8")
    return path


SHORT = 'model = "base"\nmethod = "lora"\nmax_steps = 2\nbatch_size = 8\ndevice = "cpu"'


# train


def test_a_recipe_is_trained_and_the_same_again_is_found(here: Path) -> None:
    recipe(here, SHORT)

    first = call("train", "classification.toml")
    again = call("train", "classification.toml", "--json")

    assert re.search(r"^test: 8 rows$", first.stdout, re.MULTILINE)
    assert re.search(r"^run +classification-v\d+-lora-1, made in ", first.stdout, re.MULTILINE)
    assert "dprep predict classification-v" in first.stdout
    told = json.loads(again.stdout.splitlines()[-1])
    assert (told["cached"], told["plan"]["steps"], told["task"]) == (True, 2, "classification")
    assert told["metrics"]["test"].keys() == told["metrics"]["validation"].keys()


def test_options_and_keys_change_what_the_recipe_says(here: Path) -> None:
    recipe(here, SHORT)

    words = ("--method", "lora", "--set", "method.rank=2", "--set", "train.max_steps=1", "--seed", 5, "--name", "mine")
    told = json.loads(call("train", "classification.toml", *words, "--json").stdout.splitlines()[-1])

    assert (told["run"], told["plan"]["steps"]) == ("mine", 1)
    assert (told["settings"]["options"], told["settings"]["seed"]) == ({"rank": 2}, 5)


def test_a_model_beside_the_recipe_is_found_from_anywhere(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe(here, SHORT)
    (here / "else").mkdir()
    monkeypatch.chdir(here / "else")

    call("train", "../classification.toml", "--store", "../store", "--name", "far", "--quiet")
    monkeypatch.chdir(here)

    call("evaluate", "far")


def test_a_recipe_without_a_model_is_refused_before_any_row_is_read(here: Path) -> None:
    shutil.rmtree(here / "store")

    done = call("train", "classification.toml", code=2)

    assert "error[train-model]: `classification.toml` says nothing of a model" in done.stderr
    assert not (here / "store").exists()


def test_a_version_without_a_model_is_refused_with_the_cure(here: Path) -> None:
    done = call("train", "classification@v1", code=2)

    assert "error[train-model]" in done.stderr
    assert "architecture" in done.stderr


def test_a_wrong_key_of_a_recipe_is_shown_where_it_stands(here: Path) -> None:
    recipe(here, f"{SHORT}\nepoch = 3")

    done = call("train", "classification.toml", code=2)

    assert "error[train-key]: `[train]` has no key `epoch`" in done.stderr
    assert "did you mean `epochs`?" in done.stderr


@pytest.mark.parametrize("words", [("--set", "epochs"), ("--set", "=5"), ("--set", "train.a.b.c=1")])
def test_an_override_that_says_nothing_is_a_problem(words: tuple[str, ...], here: Path) -> None:
    assert "error[bad-override]" in call("train", "classification@v1", "--model", "base", *words, code=2).stderr


def test_a_name_is_not_used_twice(here: Path) -> None:
    words = ("train", "classification@v1", "--model", "base", "--set", "max_steps=1", "--device", "cpu", "--name", "first")

    assert "error[run-name]" in call(*words, code=2).stderr


def test_methods_and_keys_are_listed() -> None:
    methods, keys = call("train", "--methods").stdout, call("train", "--keys").stdout

    assert re.search(r"^lora +low-rank", methods, re.MULTILINE)
    assert re.search(r"^epochs = 3\.0 +How often", keys, re.MULTILINE)


# what comes after


def test_a_run_is_scored_and_listed(here: Path) -> None:
    metrics = json.loads((here / "store/runs/first/metrics.json").read_bytes())["parts"]["test"]["metrics"]

    shown, told = call("evaluate", "first"), json.loads(call("evaluate", "first", "--json").stdout)

    assert re.search(rf"^accuracy +{metrics['accuracy']['value']:.4g}", shown.stdout, re.MULTILINE)
    assert told["metrics"] == metrics
    assert f"f1_macro {metrics['f1_macro']['value']:.4g} on test" in call("runs").stdout
    assert json.loads(call("runs", "--json").stdout)[0]["run"] == "first"


def test_a_run_that_broke_off_is_told_so(here: Path) -> None:
    (here / "store/runs/first/run.json").unlink()

    assert "first  broke off; the same `dprep train` goes on with it" in call("runs").stdout
    assert "error[broken-run]" in call("evaluate", "first", code=1).stderr


def test_a_damaged_run_does_not_hide_the_others(here: Path) -> None:
    shutil.copytree(here / "store" / "runs" / "first", here / "store" / "runs" / "bad")
    (here / "store" / "runs" / "bad" / "run.json").write_text("[]")

    bad, first = call("runs").stdout.splitlines()

    assert "damaged" in bad
    assert "f1_macro" in first
    assert [run["whole"] for run in json.loads(call("runs", "--json").stdout)] == [False, True]


def test_two_runs_are_compared_by_the_differences_of_their_scores(here: Path) -> None:
    call("train", "classification@v1", "--model", "base", "--set", "max_steps=1", "--device", "cpu", "--name", "b", "--quiet")
    a, b = (json.loads((here / f"store/runs/{name}/metrics.json").read_bytes())["parts"]["test"] for name in ("first", "b"))

    told = json.loads(call("compare", "first", "b", "--json").stdout)
    shown = call("compare", "first", "b").stdout

    difference = b["metrics"]["accuracy"]["value"] - a["metrics"]["accuracy"]["value"]
    assert told["metrics"]["accuracy"]["delta"] == pytest.approx(difference)
    assert shown.startswith("a: first, classification@v1, base\nb: b, classification@v1, base\n8 rows of test\n")


def test_rows_of_a_file_are_asked_about(here: Path) -> None:
    (here / "new.csv").write_text("text,n\na red car,1\nodd\nblue,2\n")

    done = call("predict", "first", "new.csv")

    rows = [json.loads(line) for line in (here / "new.predicted.jsonl").read_text().splitlines()]
    assert [row["n"] for row in rows] == ["1", "2"]
    assert all(row["prediction"] in {"cold", "warm"} for row in rows)
    assert done.stdout.splitlines() == [
        "2 rows to new.predicted.jsonl",
        "1 line could not be read, see new.predicted.jsonl.rejected.jsonl",
    ]


@pytest.mark.parametrize("name", ["../../x", "a" * 300, "\x1b[31mred", "fisrt", "", "a\x00b"])
def test_a_run_that_is_not_there_is_a_problem_whatever_its_name(name: str, here: Path) -> None:
    (here / "new.csv").write_text("text\nred\n")

    for words in (("predict", name, "new.csv"), ("evaluate", name), ("merge", name, "--out", "m"), ("compare", "first", name)):
        done = call(*words, code=2)
        assert "error[no-such-run]" in done.stderr
        assert "\x1b[31mred" not in done.stderr


def test_why_goes_from_a_prediction_to_the_row_and_where_it_came_from(here: Path) -> None:
    said = parquet.read_table(here / "store/runs/first/predictions/test.parquet").to_pylist()[0]

    told = json.loads(call("why", "first", said["id"], "--json").stdout)
    shown = call("why", "first", "classification.jsonl:25").stdout

    assert told["prediction"]["values"]["prediction"] == said["prediction"]
    assert (told["life"]["id"], told["life"]["fate"]) == (said["id"], "kept in part `test`")
    assert re.search(rf"^prediction +{said['prediction']}$", shown, re.MULTILINE)
    assert re.search(r"^origin +classification\.jsonl:25 ", shown, re.MULTILINE)


def test_why_says_that_a_row_of_train_was_not_asked_about(here: Path) -> None:
    assert "error[train-no-prediction]" in call("why", "first", "classification.jsonl:1", code=2).stderr
    assert "kept in part `train`" in call("why", "classification@v1", "classification.jsonl:1").stdout


def test_a_merged_model_is_one_that_plain_transformers_loads(here: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    call("merge", "first", "--out", "whole")
    said = parquet.read_table(here / "store/runs/first/predictions/test.parquet").to_pylist()
    texts = {row.id: row.text for row in _rows(here)}
    model = AutoModelForSequenceClassification.from_pretrained("whole").eval()
    words = AutoTokenizer.from_pretrained("whole")
    for row in said:
        with torch.no_grad():
            chances = model(**words(texts[row["id"]], return_tensors="pt")).logits.softmax(-1)[0]
        assert model.config.id2label[int(chances.argmax())] == row["prediction"]
        assert chances.tolist() == pytest.approx(row["probabilities"], abs=1e-5)
    card = (here / "whole/README.md").read_text()
    assert "AutoModelForSequenceClassification.from_pretrained" in card
    assert "PeftModel" not in card
    assert json.loads((here / "whole/dprep.json").read_bytes())["dataset"] == "classification"


def _rows(here: Path) -> Iterator[Any]:
    from types import SimpleNamespace

    from dprep import api

    for path in api.open("classification", store=here / "store").data_files():
        yield from (SimpleNamespace(**row) for row in parquet.read_table(path, columns=["id", "text"]).to_pylist())


def test_what_does_not_merge_is_refused_with_the_reason(here: Path) -> None:
    words = ("train", "classification@v1", "--model", "base", "--set", "max_steps=1", "--device", "cpu", "--quiet")
    call(*words, "--name", "whole")
    call(*words, "--method", "prompt", "--name", "asked")
    (here / "there").mkdir()

    refused = {
        ("whole", "m"): "the run `whole` is a whole model already: there is nothing to merge",
        ("asked", "m"): "an adapter of method `prompt` does not become an ordinary model",
        ("first", "there"): "`there` is there already",
    }
    for (run, out), sentence in refused.items():
        assert f"error[train-merge]: {sentence}" in call("merge", run, "--out", out, code=2).stderr
    assert not (here / "m").exists()


def test_a_base_that_has_changed_is_refused(here: Path, place: Place) -> None:
    base = json.loads((here / "store/runs/first/run.json").read_bytes())["settings"]["model"]
    told = json.loads((here / "store/runs/first/asked.json").read_bytes())
    (here / "store/runs/first/asked.json").write_text(json.dumps({**told, "base": "0" * 32}))

    assert Path(base) == place.base
    assert "error[train-mismatch]" in call("evaluate", "first", code=2).stderr


def test_the_doctor_tells_what_training_has() -> None:
    import torch

    shown = call("doctor").stdout

    assert re.search(rf"^ok +training +torch {re.escape(torch.__version__.partition('+')[0])}", shown, re.MULTILINE)
    assert re.search(r"training on +(the CPU|\S)", shown)


@pytest.mark.parametrize("library", ["torch", "transformers", "peft"])
def test_without_its_libraries_every_command_says_how_to_get_them(
    library: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "new.csv").write_text("text\nred\n")
    monkeypatch.setitem(sys.modules, library, None)

    for words in (
        ("train", "classification@v1", "--model", "base"),
        ("evaluate", "first"),
        ("predict", "first", "new.csv"),
        ("merge", "first", "--out", "m"),
    ):
        done = call(*words, code=1)
        assert f"error[missing-library]: models need the library `{library}`" in done.stderr
        assert "pip install 'dprep[train]'" in done.stderr
    call("compare", "first", "first")
    call("runs")


@pytest.mark.parametrize(("metric", "more"), [("", True), ("accuracy", True), ("brier", False), ("ece", False)])
def test_the_best_checkpoint_is_chosen_in_the_direction_of_its_metric(metric: str, more: bool, place: Place) -> None:
    from types import SimpleNamespace

    from dprep.train.loop import arguments
    from dprep.train.settings import Settings

    task = SimpleNamespace(best="f1_macro")
    job: Any = SimpleNamespace(settings=Settings(metric=metric, device="cpu"), task=task, steps=10, evaluate=dict)

    told = arguments(job, place.run)

    assert (told.metric_for_best_model, told.greater_is_better) == (f"eval_{metric or 'f1_macro'}", more)


# stopping


def test_ctrl_c_leaves_a_run_that_the_same_command_goes_on_with(here: Path) -> None:
    words = ["train", "classification@v1", "--model", "base", "--method", "lora", "--device", "cpu", "--name", "long"]
    words += ["--set", "max_steps=100000", "--set", "checkpoint_every=5", "--set", "batch_size=4", "--quiet"]
    code = f"from dprep.cli.main import cli; cli.main({words!r})"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, text=True)
    checkpoints = here / "store/runs/long/checkpoints"
    began = time.monotonic()
    while process.poll() is None and not list(checkpoints.glob("checkpoint-*")) and time.monotonic() - began < SLOW:
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=SLOW)

    assert process.returncode == 130, said
    assert "stopped; the same command goes on from the last checkpoint" in said
    assert list(checkpoints.glob("checkpoint-*"))
    assert re.search(r"^long +broke off", call("runs").stdout, re.MULTILINE)
