"""The same recipe twice gives the same bits; so does a run that was killed on the way and goes on in another process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.store.versions import Version  # noqa: E402
from dprep.train.runs import Run  # noqa: E402
from dprep.train.table import read_settings  # noqa: E402
from dprep.train.training import train  # noqa: E402
from dprep.train.watcher import Nobody  # noqa: E402
from tests.train.sets import model_of, version_of  # noqa: E402

torch.set_num_threads(1)

LORA = {"name": "lora", "rank": 4, "dropout": 0.1}
DROPOUT = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
STEPS = 12
"""Of 16 rows: 3 epochs of 4 steps. Scored and kept behind each epoch, and every 5 steps."""


@dataclass(frozen=True)
class Case:
    """A run that is killed. at: behind which step, or when which stage begins; last: the step it goes on from."""

    settings: Mapping[str, Any]
    task: str = "classification"
    type: str = "bert"
    at: int | str = 7
    last: int = 5
    config: Mapping[str, Any] = field(default_factory=lambda: DROPOUT)


CASES = {
    "full": Case({}),
    "lora with dropout": Case({"method": LORA}),
    "accumulation": Case({"accumulate": 2, "batch_size": 2}),
    "packs": Case({"batch_tokens": 48}),
    "packs of lora, accumulated": Case({"batch_tokens": 24, "accumulate": 2, "method": LORA}),
    "padded": Case({"packing": False}),
    "packs of chats": Case({"batch_tokens": 96, "method": LORA}, "chat", "qwen2", config={}),
    "hidden tokens": Case({}, "text", "bert"),
    "answers compared": Case({"method": LORA}, "preference", "qwen2", config={}),
    "encoder and decoder": Case({}, "seq2seq", "t5", config={"dropout_rate": 0.1}),
    "adalora": Case({"method": "adalora"}, at=11, last=10),
    "diff, gates fixed": Case({"method": "diff"}, at=11, last=10),
    "muon": Case({"optimizer": "muon", "learning_rate": 1e-3}),
    "layers wait": Case({"unfreeze_every": 0.5}),
    "patience": Case({"patience": 2, "learning_rate": 1e-9, "epochs": 9, "keep_best": True}, at=11, last=10),
    "behind patience": Case({"patience": 2, "learning_rate": 1e-9, "epochs": 9, "keep_best": True}, at="saving", last=12),
    "behind the last step": Case({"method": LORA}, at="saving", last=12),
}
ELSEWHERE = {
    # a huge rate makes all that follows the first epoch worse
    "moved": Case({"learning_rate": 0.3, "metric": "accuracy", "keep_best": True}, at="saving", last=12),
    "torn": Case({}, at=11, last=9),
}
"""Cases with a store of their own."""


def table(case: Case, model: Path) -> dict[str, Any]:
    usual = {"model": str(model), "batch_size": 4, "epochs": 3, "checkpoint_every": 5, "device": "cpu", "learning_rate": 5e-3}
    asked = {**usual, "keep_best": False, **case.settings}
    if "batch_tokens" in case.settings:
        del asked["batch_size"], asked["epochs"]
        asked["max_steps"] = STEPS
    return asked


@dataclass(frozen=True)
class Ready:
    """Versions and models of the cases, and their runs, each killed once."""

    folder: Path
    versions: Mapping[str, Version]
    models: Mapping[str, Path]

    @property
    def store(self) -> Path:
        return self.folder / "store"


class Counter(Nobody):
    """Which steps were done."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def step(self, numbers: Mapping[str, Any]) -> None:
        if len(numbers) == 2:
            self.steps.append(numbers["step"])


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    folder = tmp_path_factory.mktemp("again")
    versions = {case.task: version_of(folder, case.task) for case in CASES.values()}
    models = {name: _model(folder, case) for name, case in CASES.items()}
    found = Ready(folder, versions, models)
    asked = [_asked(found, case, name, found.store) for name, case in CASES.items()]
    asked += [_asked(found, case, name, folder / name) for name, case in ELSEWHERE.items()]
    command = [sys.executable, "-m", "tests.train.killed"]
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(command, input=json.dumps(asked), text=True, capture_output=True, check=False, cwd=root)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return found


def _asked(ready: Ready, case: Case, name: str, store: Path) -> dict[str, Any]:
    model = ready.models.get(name, ready.models["full"])
    version = str(ready.versions[case.task].folder)
    return {"version": version, "table": table(case, model), "store": str(store), "name": _run_name(name), "at": case.at}


def _model(folder: Path, case: Case) -> Path:
    path = folder / f"{case.task}-{case.type}"
    return path if path.is_dir() else model_of(path, case.task, case.type, **case.config)


def _run_name(name: str) -> str:
    return name.replace(", ", "-").replace(" ", "-")


def _train(ready: Ready, name: str, run: str, **more: Any) -> tuple[Run, list[int]]:
    counter = Counter()
    asked = {**table(CASES[name], ready.models[name]), **more}
    trained = train(ready.versions[CASES[name].task], read_settings(asked), ready.store, counter, name=run)
    return trained.run, counter.steps


def bits(run: Run) -> dict[str, bytes]:
    """What was learnt and what was said, as it lies on the disk."""
    heard = [run.folder / "dynamics.parquet"] if run.told["task"] not in {"regression", "qa"} else []
    paths = [*run.model.glob("*.safetensors"), *(run.folder / "predictions").glob("*"), run.folder / "metrics.json", *heard]
    assert len(paths) >= 4
    return {str(path.relative_to(run.folder)): path.read_bytes() for path in paths}


@pytest.mark.parametrize("name", CASES)
def test_a_killed_run_goes_on_to_the_same_bits(name: str, ready: Ready) -> None:
    case, broken = CASES[name], Run(ready.store / "runs" / _run_name(name))
    assert not broken.whole
    assert (broken.checkpoints / f"checkpoint-{case.last}").is_dir()

    whole, all_steps = _train(ready, name, f"whole-{_run_name(name)}")
    resumed, steps = _train(ready, name, broken.name)

    assert resumed.folder == broken.folder
    assert steps == all_steps[case.last :]  # nothing is done twice
    assert bits(resumed) == bits(whole)
    assert not broken.checkpoints.exists()


def test_the_same_recipe_twice_gives_the_same_bits_and_another_seed_does_not(ready: Ready) -> None:
    for name in ("full", "lora with dropout", "hidden tokens"):
        once, _ = _train(ready, name, f"once-{_run_name(name)}")
        twice, _ = _train(ready, name, f"twice-{_run_name(name)}")
        other, _ = _train(ready, name, f"other-{_run_name(name)}", seed=8)
        assert bits(once) == bits(twice)
        learnt = {path for path in bits(once) if path.endswith(".safetensors")}
        assert all(bits(once)[path] != bits(other)[path] for path in learnt)


def test_what_looks_on_changes_nothing(ready: Ready) -> None:
    """How often it is kept, and how many are, and in what portions it is asked."""
    once, _ = _train(ready, "lora with dropout", "kept-often", checkpoint_every=2, keep_checkpoints=1, eval_batch_tokens=8192)
    twice, _ = _train(ready, "lora with dropout", "kept-rarely", checkpoint_every=0)
    assert bits(once) == bits(twice)


def test_a_store_that_was_moved_goes_on_with_its_best_checkpoint(ready: Ready) -> None:
    """The best checkpoint is one of before; paths in checkpoints are those of then."""
    shutil.move(ready.folder / "moved", ready.folder / "moved-away")
    kept = [path.name for path in Run(ready.folder / "moved-away" / "runs" / "moved").checkpoints.iterdir()]
    assert "checkpoint-4" in kept  # though only two are kept: so it is the best

    resumed, whole, _ = _elsewhere(ready, "moved", ready.folder / "moved-away")

    assert bits(resumed) == bits(whole)
    assert not (ready.folder / "moved").exists()


def test_a_checkpoint_that_was_not_written_to_its_end_is_passed_over(ready: Ready) -> None:
    """Killed while the checkpoint is written: its files are there, the last of them in part."""
    state = Run(ready.folder / "torn" / "runs" / "torn").checkpoints / "checkpoint-10" / "trainer_state.json"
    state.write_text(state.read_text()[:100])

    resumed, whole, steps = _elsewhere(ready, "torn", ready.folder / "torn")

    assert steps[0] == ELSEWHERE["torn"].last
    assert bits(resumed) == bits(whole)


def _elsewhere(ready: Ready, name: str, store: Path) -> tuple[Run, Run, list[int]]:
    """The run that goes on, one that was never killed, and the steps of the first."""
    version, settings = ready.versions["classification"], read_settings(table(ELSEWHERE[name], ready.models["full"]))
    counter = Counter()
    resumed = train(version, settings, store, counter, name=name).run
    return resumed, train(version, settings, store, Nobody(), name=f"whole-{name}").run, counter.steps
