"""What a step is: its loss, its portions, what stops it, which of the checkpoints is kept, and what scoring costs in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from safetensors.torch import load_file, save_file  # noqa: E402

from dprep.base.problem import Error  # noqa: E402
from dprep.store.versions import Version  # noqa: E402
from dprep.train import evaluation, job, preparing  # noqa: E402
from dprep.train.data.portions import ROWS, batch_of  # noqa: E402
from dprep.train.runs import Run  # noqa: E402
from dprep.train.table import read_settings  # noqa: E402
from dprep.train.tasks.classification import Classification  # noqa: E402
from dprep.train.training import train  # noqa: E402
from dprep.train.watcher import Nobody  # noqa: E402
from tests.train.sets import model_of, rows_of, trained, version_of  # noqa: E402

torch.set_num_threads(1)


def lines(run: Run, name: str) -> list[float]:
    """A number of every line of the log that has it."""
    told = map(json.loads, (run.folder / "log.jsonl").read_text("utf-8").splitlines())
    return [each[name] for each in told if name in each]


def ids(version: Version, part: str) -> list[str]:
    return [each for path in version.data_files(part) for each in parquet.read_table(path, columns=["id"])["id"].to_pylist()]


def weights(run: Run) -> dict[str, Any]:
    (path,) = run.model.glob("*.safetensors")
    return dict(load_file(str(path)))


# portions


@pytest.mark.parametrize("packing", [True, False], ids=["packed", "padded"])
@pytest.mark.parametrize(("task", "type"), [("classification", "bert"), ("chat", "qwen2")])
def test_four_portions_of_four_rows_are_one_of_sixteen(task: str, type: str, packing: bool, tmp_path: Path) -> None:
    """b2 #11: also where rows have different numbers of words to learn, and the mean of means would be another number."""
    rows = rows_of(task)
    if task == "chat":
        for place, row in enumerate(rows):
            row["messages"][1]["content"] *= 1 + place % 4
    version, model = version_of(tmp_path, task, rows), model_of(tmp_path / "model", task, type)
    same = {"optimizer": "sgd", "learning_rate": 0.1, "epochs": 4, "packing": packing, "keep_best": False, "class_weights": ""}

    large = trained(tmp_path, version, model, name="large", batch_size=16, **same).run
    small = trained(tmp_path, version, model, name="small", batch_size=4, accumulate=4, **same).run

    assert lines(small, "loss") == pytest.approx(lines(large, "loss"), abs=1e-6)
    assert len(lines(large, "loss")) == 4
    before, truth, found = load_file(str(model / "model.safetensors")), weights(large), weights(small)
    assert max(float((found[name] - truth[name]).abs().max()) for name in truth) < 1e-6
    assert max(float((truth[name] - before[name]).abs().max()) for name in truth if name in before) > 1e-3


def test_the_loss_that_is_told_is_the_mean_over_items(tmp_path: Path) -> None:
    """By hand: the sum over the rows of the step by the untrained model, divided by their supervised words."""
    version, model = version_of(tmp_path, "chat"), model_of(tmp_path / "model", "chat")
    run = trained(tmp_path, version, model, batch_size=4, accumulate=2, max_steps=1).run

    settings = read_settings({"model": str(model), "batch_size": 4, "accumulate": 2, "max_steps": 1, "device": "cpu"})
    settings = replace(settings, precision="fp32", learning_rate=1e-3)
    made = job.make(preparing.prepare(version, settings, tmp_path / "store", Nobody()), run, Nobody())
    total, items = 0.0, 0
    for portion in (0, 1):
        batch = batch_of(made.job.task, made.job.encoded, made.job.learnt[made.job.plan.at(portion)[1]])
        batch.pop(ROWS)
        with torch.no_grad():
            total += float(made.job.task.loss(made.model.eval(), batch))
        items += made.job.task.items(batch)
    assert lines(run, "loss") == [pytest.approx(total / items, rel=1e-6)]


# which checkpoint


@pytest.mark.parametrize(("metric", "best"), [("rmse", min), ("spearman", max)])
def test_what_is_saved_is_the_best_checkpoint_by_the_metric(metric: str, best: Callable[..., float], tmp_path: Path) -> None:
    version, model = version_of(tmp_path, "regression"), model_of(tmp_path / "model", "regression")
    asked = {"metric": metric, "epochs": 4, "learning_rate": 2e-2, "schedule": "constant", "keep_checkpoints": 1}

    kept = trained(tmp_path, version, model, name="best", **asked).run
    last = trained(tmp_path, version, model, name="last", keep_best=False, **asked).run

    by_epoch = lines(kept, f"eval_{metric}")
    assert len(by_epoch) == 4
    assert best(by_epoch) != by_epoch[-1]
    assert kept.told["metrics"]["validation"][metric] == best(by_epoch)
    assert last.told["metrics"]["validation"][metric] == by_epoch[-1]


def test_a_score_that_is_not_defined_is_worse_than_any(tmp_path: Path) -> None:
    """All predictions are alike on rows that are alike, and there is no correlation with what does not vary."""
    rows = [{**row, "label": float(place), "text": "red car"} for place, row in enumerate(rows_of("regression"))]
    version, model = version_of(tmp_path, "regression", rows), model_of(tmp_path / "model", "regression")
    run = trained(tmp_path, version, model, metric="pearson", epochs=5, max_leaked_share=1.0, patience=1).run
    assert lines(run, "eval_pearson") == []
    assert len(lines(run, "eval_rmse")) == 2  # the second is no better than the first, and patience ends


@pytest.mark.parametrize("keep_best", [True, False])
def test_patience_ends_a_run_that_gets_no_better(keep_best: bool, tmp_path: Path) -> None:
    version, model = version_of(tmp_path, "classification"), model_of(tmp_path / "model", "classification")
    run = trained(tmp_path, version, model, patience=2, epochs=9, learning_rate=1e-9, keep_best=keep_best).run
    assert len(lines(run, "eval_f1_macro")) == 3  # the first is the best, and two are no better
    assert (run.told["plan"]["steps"], run.told["plan"]["steps_done"]) == (18, 6)


# what stops it


def refused(work: Callable[[], Any]) -> Any:
    with pytest.raises(Error) as told:
        work()
    assert len(told.value.problems) == 1
    return told.value.problems[0]


def test_a_loss_that_is_no_number_stops_and_names_the_rows(tmp_path: Path) -> None:
    version, model = version_of(tmp_path, "classification"), model_of(tmp_path / "model", "classification")
    held = load_file(str(model / "model.safetensors"))
    held["bert.embeddings.LayerNorm.weight"][3] = torch.inf
    save_file(held, str(model / "model.safetensors"), metadata={"format": "pt"})

    problem = refused(lambda: trained(tmp_path, version, model, name="nan"))

    assert problem.code == "train-nan"
    assert "at step 1" in problem.sentence
    assert sum(f"`{each}`" in problem.sentence for each in ids(version, "train")) == 8  # the batch
    assert not any(each in problem.sentence for each in [*ids(version, "validation"), *ids(version, "test")])
    assert not (tmp_path / "store" / "runs" / "nan" / "run.json").exists()


def test_a_last_step_that_breaks_the_weights_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its loss is a number, but the slope of a root at nought is none, and so are the weights behind it."""
    version, model = version_of(tmp_path, "classification"), model_of(tmp_path / "model", "classification")
    plain = Classification.loss

    def rooted(task: Any, model: Any, batch: Any) -> Any:
        weight = next(model.parameters())
        return plain(task, model, batch) + (weight - weight.detach()).abs().sum().sqrt()

    monkeypatch.setattr(Classification, "loss", rooted)
    problem = refused(lambda: trained(tmp_path, version, model, name="rooted", max_steps=1, warmup=0.0))
    assert problem.code == "train-nan"
    run = Run(tmp_path / "store" / "runs" / "rooted")
    assert not run.model.exists()
    assert not list(run.checkpoints.glob("checkpoint-*"))


def test_memory_that_runs_out_is_told_with_a_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version, model = version_of(tmp_path, "classification"), model_of(tmp_path / "model", "classification")

    def too_large(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB. GPU 0 has …")

    monkeypatch.setattr(Classification, "loss", too_large)
    problem = refused(lambda: trained(tmp_path, version, model))
    assert problem.code == "train-memory"
    assert "for 9.00 GiB more" in problem.sentence
    assert "`batch_size = 4` with `accumulate = 2`" in problem.help


def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file in the place of a folder, since whoever runs as root may write anywhere."""
    version, model = version_of(tmp_path, "classification"), model_of(tmp_path / "model", "classification")
    (tmp_path / "other").write_text("a file")
    settings = read_settings({"model": str(model), "device": "cpu"})
    assert refused(lambda: train(version, settings, tmp_path / "other", Nobody())).code == "store-not-writable"


def test_wrong_columns_and_unknown_models_are_told_before_anything_is_trained(tmp_path: Path) -> None:
    version, model = version_of(tmp_path, "classification"), model_of(tmp_path / "model", "classification")
    assert refused(lambda: trained(tmp_path, version, model, columns={"text": "txet"})).code == "train-columns"
    assert refused(lambda: trained(tmp_path, version, tmp_path / "nowhere")).code == "train-model"
    assert refused(lambda: trained(tmp_path, version, model, metric="rouge1")).code == "train-value"
    assert not list((tmp_path / "store").glob("runs/*/asked.json"))


# memory


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="reads the memory of the process from /proc, which is Linux's"
)
def test_scoring_ten_times_the_rows_takes_no_more_memory(tmp_path: Path) -> None:
    """b2 #15: logits of all rows would take 64 MiB per 100 rows here, and 1.2 GiB for 2,000."""
    model = model_of(tmp_path / "model", "text", "llama", vocab_size=16_000, num_hidden_layers=1)
    few, many = _peak(tmp_path / "few", model, 200), _peak(tmp_path / "many", model, 2_000)
    assert many - few < 150e6


def _peak(folder: Path, model: Path, rows: int) -> int:
    """Bytes that the process grows by at most while so many rows are scored."""
    texts = [{"text": f"I have a red car at home {place}", "name": str(place)} for place in range(rows + 16)]
    version = version_of(folder, "text", texts, ["train"] * 16 + ["test"] * rows)
    settings = read_settings({"model": str(model), "device": "cpu", "max_leaked_share": 1.0, "eval_batch_tokens": 1024})
    settings = replace(settings, precision="fp32", learning_rate=1e-3, max_steps=1)
    prepared = preparing.prepare(version, settings, folder / "store", Nobody())
    loaded, _ = job.begin(prepared)
    blocks = evaluation.said(loaded, prepared.task, prepared.parts["test"], prepared.rows("test"))
    with Watched() as watched:
        assert evaluation.write_predictions(folder / "said.parquet", prepared.task, blocks) == rows
    return watched.grown


class Watched:
    """Looks at the memory of this process a thousand times a second."""

    def __enter__(self) -> Watched:
        self._begun, self._seen, self._over = _resident(), [0], threading.Event()
        self._looking = threading.Thread(target=self._look)
        self._looking.start()
        return self

    def _look(self) -> None:
        while not self._over.wait(0.001):
            self._seen.append(_resident())

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looking.join()
        self.grown = int(np.max(self._seen)) - self._begun


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
