"""Every task with every method that makes sense for it, through the real trainer; and what is refused, and why.

A pair learns 16 rows on a tiny random model. Asked is: the loss on those rows halves (`LITTLE`: methods that can do less on a
random model that stays as it is); the weights that the method names move, and no others; what is saved answers alike when it
is opened again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.base.problem import Error  # noqa: E402
from dprep.store.versions import Version  # noqa: E402
from dprep.train import evaluation, finishing, job, loop, opened, preparing  # noqa: E402
from dprep.train.data.portions import ROWS, batch_of  # noqa: E402
from dprep.train.methods import METHODS  # noqa: E402
from dprep.train.preparing import Prepared  # noqa: E402
from dprep.train.runs import Run  # noqa: E402
from dprep.train.table import read_settings  # noqa: E402
from dprep.train.watcher import Nobody  # noqa: E402
from tests.train.sets import TASKS, TYPES, model_of, rows_of, version_of  # noqa: E402
from tests.train.test_methods import CHANGES, names_of  # noqa: E402

torch.set_num_threads(1)

RATES = {
    "full": (16, 1e-2, 1e-2),
    "head": (30, 2e-2, 2e-1),
    "bitfit": (30, 1e-2, 2e-1),
    "lora": (16, 2e-2, 2e-2),
    "rslora": (16, 1e-2, 1e-2),
    "dora": (16, 2e-2, 2e-2),
    "pissa": (16, 1e-2, 1e-2),
    "olora": (16, 1e-2, 1e-2),
    "adalora": (30, 2e-2, 5e-2),
    "vera": (16, 3e-2, 1e-1),
    "ia3": (24, 3e-2, 2e-1),
    "ln": (24, 2e-2, 2e-1),
    "oft": (16, 1e-2, 1e-2),
    "boft": (24, 2e-2, 5e-2),
    "adapter": (24, 1e-2, 5e-2),
    "diff": (24, 1e-2, 3e-2),
    "prefix": (30, 3e-2, 4e-1),
    "prompt": (30, 1e-2, 1e-1),
    "ptuning": (30, 3e-2, 3e-2),
}
"""Method -> steps, rate of tasks with a new head, rate of those that say words: large, for models of 32 numbers."""
OPTIONS = {"diff": {"share": 0.2, "penalty": 0.1}}
LITTLE = {"bitfit": 0.9, "ia3": 0.85, "ln": 0.8, "boft": 0.6, "prefix": 0.6, "prompt": 0.9, "ptuning": 0.95}
"""Share of the loss that is left, for tasks that say words: a head of random numbers that stays as it is cannot say them."""
LAYERS = {
    "bert": {"num_hidden_layers": 2},
    "t5": {"num_layers": 1, "num_decoder_layers": 1},
    "marian": {"encoder_layers": 1, "decoder_layers": 1},
    "qwen2": {"num_hidden_layers": 1},
    "llama": {"num_hidden_layers": 1},
}
WITH_BIASES = {"completion": "qwen2", "text": "qwen2", "seq2seq": "marian"}
"""Models for `bitfit`, where the usual one of the task has no biases."""
HEADS = r"(bert\.pooler|classifier|qa_outputs)\."
"""What is new in the models that get a head here."""
NEW_HEAD = {"classification", "regression", "tagging", "qa"}

PAIRS = [(task, method) for task in TASKS for method in RATES if method != "head" or task in NEW_HEAD]
REFUSED = [
    *(
        (task, "", "head", f"method `head` trains a new head, and task `{task}` has none")
        for task in TASKS
        if task not in NEW_HEAD
    ),
    *((task, "", "bitfit", "method `bitfit` trains biases, and this `{type}` model has none") for task in WITH_BIASES),
    (
        "tagging",
        "modernbert",
        "prefix",
        "`modernbert` models take no keys and values from outside, which method `prefix` needs",
    ),
    ("classification", "distilbert", "prefix", "`distilbert` models take no keys and values from outside"),
    ("seq2seq", "bert", "full", "the task `seq2seq` needs a model that is an encoder-decoder, and this one is an encoder"),
    ("seq2seq", "qwen2", "lora", "the task `seq2seq` needs a model that is an encoder-decoder, and this one is an decoder"),
    ("qa", "llama", "full", "the task `qa` needs a model that is an encoder, and this one is an decoder"),
    ("chat", "bert", "lora", "the task `chat` needs a model that is an decoder, and this one is an encoder"),
    ("preference", "t5", "full", "the task `preference` needs a model that is an decoder"),
]
"""Task, type of model (empty: the usual one), method, sentence."""


@dataclass(frozen=True)
class Sets:
    """Versions and models, each made once."""

    folder: Path

    @cache  # noqa: B019
    def version(self, task: str) -> Version:
        return version_of(self.folder / task, task, rows_of(task)[:24], ["train"] * 16 + ["test"] * 8)

    @cache  # noqa: B019
    def model(self, task: str, type: str) -> Path:
        return model_of(self.folder / f"{task}-{type}", task, type, **LAYERS.get(type, {}))

    @cache  # noqa: B019
    def prepared(self, task: str, type: str) -> Prepared:
        return self.prepare(task, type, "full")

    def prepare(self, task: str, type: str, method: str, **more: Any) -> Prepared:
        table = {"model": str(self.model(task, type)), "method": method, "batch_size": 16, "device": "cpu", "precision": "fp32"}
        settings = read_settings({**table, "schedule": "constant", "warmup": 0.0, "learning_rate": 1e-3, **more})
        return preparing.prepare(self.version(task), settings, self.folder / "store", Nobody())

    def run(self, name: str) -> Run:
        run = Run(self.folder / "store" / "runs" / name)
        run.folder.mkdir(parents=True)
        return run


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sets:
    return Sets(tmp_path_factory.mktemp("sets"))


def mean_loss(prepared: Prepared, model: Any) -> float:
    """Of the rows of train, by the task, without dropout."""
    batch = batch_of(prepared.task, prepared.train, range(len(prepared.train)))
    batch.pop(ROWS)
    model.eval()
    with torch.no_grad():
        return float(prepared.task.loss(model, batch)) / prepared.task.items(batch)


def tensors(model: Any) -> dict[str, Any]:
    """Every parameter and buffer, those of the base model included."""
    return {name: each.detach().clone() for name, each in [*model.named_parameters(), *model.named_buffers()]}


def answers(prepared: Prepared, model: Any) -> list[dict[str, Any]]:
    blocks = evaluation.said(model, prepared.task, prepared.parts["test"], prepared.rows("test"))
    return [row for block in blocks for row in block]


@pytest.mark.parametrize(("task", "method"), PAIRS, ids=lambda each: each)
def test_it_learns_moves_what_it_names_and_comes_back(task: str, method: str, sets: Sets) -> None:
    type = WITH_BIASES.get(task, TYPES[task]) if method == "bitfit" else TYPES[task]
    steps, *rates = RATES[method]
    rate = rates[task not in NEW_HEAD]
    more = {"max_steps": steps, "learning_rate": rate, "method": method, "options": OPTIONS.get(method, {})}
    prepared = sets.prepared(task, type)
    prepared.task.settings = replace(prepared.settings, **more)
    prepared, run = replace(prepared, settings=prepared.task.settings), sets.run(f"{task}-{method}")
    made = job.make(prepared, run, Nobody())
    before, first = tensors(made.model), mean_loss(made.prepared, made.model)

    loop.train(made.model, replace(made.job, save_at=frozenset(), told=lambda _line: None), run)

    last = mean_loss(made.prepared, made.model)
    assert last <= (0.5 if task in NEW_HEAD | {"preference"} else LITTLE.get(method, 0.5)) * first
    _only_the_named_moved(made.model, method, before, task)
    finishing.save(made.prepared, run, made, made.model.eval())
    assert finishing.round_trip(made.prepared, run, made.model) < 1e-5
    again = opened.model_of(run, prepared.task, prepared.base, prepared.settings)
    assert _alike(answers(made.prepared, again), answers(made.prepared, made.model))


def _only_the_named_moved(model: Any, method: str, before: dict[str, Any], task: str) -> None:
    after, plain = tensors(model), names_of(model)
    head = HEADS if task in NEW_HEAD else r"(?!)"
    allowed = re.compile(f"({CHANGES[method]})|({head})")
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed <= {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert [name for name in changed if not allowed.match(plain(name))] == []
    assert [name for name in changed if re.match(CHANGES[method], plain(name))] or method == "head"
    assert [name for name in changed if re.match(head, plain(name))] or task not in NEW_HEAD


def _alike(one: Any, other: Any) -> bool:
    """Equal, numbers up to a millionth."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(_alike(*pair) for pair in zip(one, other, strict=True))
    return bool(one == (pytest.approx(other, rel=1e-4, abs=1e-5) if isinstance(other, float) else other))


@pytest.mark.parametrize(("task", "type", "method", "sentence"), REFUSED, ids=lambda each: each if " " not in each else "")
def test_what_makes_no_sense_is_refused_with_a_sentence(task: str, type: str, method: str, sentence: str, sets: Sets) -> None:
    type = type or TYPES[task]
    with pytest.raises(Error) as refused:
        job.make(sets.prepare(task, type, method), sets.run(f"refused-{task}-{type}-{method}"), Nobody())
    (problem,) = refused.value.problems
    assert problem.code == "train-method"
    assert problem.sentence.startswith(sentence.format(type=type))


def test_a_quantised_model_needs_a_gpu(sets: Sets) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(Error, match=r"qlora"):
        job.make(sets.prepare("chat", "qwen2", "qlora"), sets.run("refused-qlora"), Nobody())


def test_every_method_is_in_the_table() -> None:
    assert {method for _, method in PAIRS} | {"qlora"} == set(METHODS)
    assert {task for task, _ in PAIRS} == set(TASKS)
