"""How each row was learnt: what is kept is what the model says of the row, in every epoch, and costs no other weights.

Models without dropout that stand still (a rate of 1e-12) say the same when they are trained and when they are asked: so what
was kept is compared with predictions on train, which come from other code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.store.versions import Version  # noqa: E402
from dprep.train import asking, dynamics  # noqa: E402
from dprep.train.computing import confidence  # noqa: E402
from dprep.train.runs import Run  # noqa: E402
from dprep.train.watcher import Nobody  # noqa: E402
from tests.train.sets import model_of, rows_of, trained, version_of  # noqa: E402

torch.set_num_threads(1)

STILL = 1e-12


def lines_of(run: Run) -> dict[str, dict[int, tuple[float, bool | None]]]:
    """Id -> epoch -> (confidence, right)."""
    found: dict[str, dict[int, tuple[float, bool | None]]] = {}
    for line in parquet.read_table(run.folder / "dynamics.parquet").to_pylist():
        told = found.setdefault(line["id"], {})
        assert line["epoch"] not in told, "a row is told once in an epoch"
        told[line["epoch"]] = line["confidence"], line["right"]
    return found


def said_of_train(run: Run, version: Version, store: Path) -> list[dict[str, Any]]:
    asking.evaluate(run, version, "train", store, Nobody(), "cpu")
    found: list[dict[str, Any]] = parquet.read_table(run.predictions("train")).to_pylist()
    return found


def standing(folder: Path, task: str, rows: Any = None, epochs: int = 2, **settings: Any) -> tuple[Run, Version]:
    """A run that learns nothing."""
    version = version_of(folder, task, rows)
    model = model_of(folder / "base", task)
    asked = {"epochs": epochs, "learning_rate": STILL, "max_leaked_share": 1.0, "keep_best": False, **settings}
    return trained(folder, version, model, **asked).run, version


def test_confidence_is_the_probability_of_the_true_label(tmp_path: Path) -> None:
    run, version = standing(tmp_path, "classification")
    told, said = lines_of(run), said_of_train(run, version, tmp_path / "store")

    assert len(told) == len(said) == 16
    assert len({round(line["confidence"], 4) for line in said}) > 4, "rows differ"
    for row in said:
        truth = row["probabilities"][run.told["labels"].index(row["label"])]
        for epoch in (1, 2):
            assert told[row["id"]][epoch][0] == pytest.approx(truth, abs=1e-5)
            assert told[row["id"]][epoch][1] == (row["prediction"] == row["label"])


def test_of_several_labels_it_is_the_mean_of_their_right_answers(tmp_path: Path) -> None:
    rows = [{**row, "label": ["red", "thing"] if place % 3 else []} for place, row in enumerate(rows_of("classification"))]
    run, version = standing(tmp_path, "classification", rows, epochs=1)
    told, labels = lines_of(run), run.told["labels"]

    for row in said_of_train(run, version, tmp_path / "store"):
        right = [p if label in row["label"] else 1 - p for label, p in zip(labels, row["probabilities"], strict=True)]
        assert told[row["id"]][1][0] == pytest.approx(sum(right) / len(right), abs=1e-5)
        assert told[row["id"]][1][1] == all(each >= 0.5 for each in right)


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("chat", {}),
        ("completion", {"batch_tokens": 96, "max_steps": 4, "epochs": 1.0}),
        ("seq2seq", {"packing": False}),
        ("seq2seq", {"label_smoothing": 0.1}),
        ("text", {"max_length": 9, "long_rows": "split"}),
    ],
    ids=["chat", "packs", "padded", "smoothed", "windows"],
)
def test_of_words_it_is_the_geometric_mean_over_tokens(task: str, settings: Mapping[str, Any], tmp_path: Path) -> None:
    run, version = standing(tmp_path, task, **settings)
    told = lines_of(run)

    said = said_of_train(run, version, tmp_path / "store")
    assert {row["id"] for row in said} == told.keys()
    for row in said:
        for value, right in told[row["id"]].values():
            assert value == pytest.approx(math.exp(-row["nll"] / row["tokens"]), rel=1e-4)
            assert right is None


def test_of_tags_it_is_the_geometric_mean_over_tokens_by_hand() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.5, 0.0], [9.0, 9.0], [0.0, 3.0]])
    labels = torch.tensor([0, 0, -100, -100, 1])

    means, right = confidence.of_tags(logits, labels, torch.tensor([2, 2, 1]))

    first, second, last = 1 / (1 + math.exp(-2)), 1 / (1 + math.e), 1 / (1 + math.exp(-3))
    assert means[0].item() == pytest.approx(math.sqrt(first * second), rel=1e-6)
    assert math.isnan(means[1].item()), "nothing was asked there"
    assert means[2].item() == pytest.approx(last, rel=1e-6)
    assert right is not None
    assert right.tolist()[0] is False
    assert right.tolist()[2] is True


def test_a_pair_is_sure_where_the_chosen_answer_wins(tmp_path: Path) -> None:
    run, _ = standing(tmp_path, "preference", epochs=4, learning_rate=5e-3, beta=0.5)
    told = lines_of(run)

    assert {value for row in told.values() for value, _ in [row[1]]} != {0.5}
    assert np.mean([row[4][0] for row in told.values()]) > np.mean([row[1][0] for row in told.values()]) > 0.49


def test_it_changes_no_weight_and_is_left_out_where_it_is_not_wanted(tmp_path: Path) -> None:
    version, model = version_of(tmp_path, "chat"), model_of(tmp_path / "base", "chat")
    with_it, without = (
        trained(tmp_path / name, version, model, name=name, dynamics=name == "with", epochs=2, max_leaked_share=1.0, seed=3).run
        for name in ("with", "without")
    )

    bits = [(run.model / "model.safetensors").read_bytes() for run in (with_it, without)]
    assert bits[0] == bits[1]
    assert (with_it.folder / "dynamics.parquet").is_file()
    assert not (without.folder / "dynamics.parquet").exists()


def test_regression_says_nothing(tmp_path: Path) -> None:
    run, _ = standing(tmp_path, "regression", epochs=1)

    assert not (run.folder / "dynamics.parquet").exists()


def test_rows_that_were_not_reached_have_no_line(tmp_path: Path) -> None:
    run, _ = standing(tmp_path, "classification", epochs=1, max_steps=3, batch_size=4)
    told = lines_of(run)

    assert len(told) == 12
    assert all(set(row) == {1} for row in told.values())


def test_of_many_epochs_every_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamics, "MOST", 16 * 2)  # 16 examples, 5 epochs: every third
    run, _ = standing(tmp_path, "classification", epochs=5)

    assert all(set(row) == {3} for row in lines_of(run).values())


def test_a_million_rows_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dynamics.Dynamics(1_000_000, 3)

    assert kept.confidence.nbytes + kept.right.nbytes <= 15_000_000
    monkeypatch.setattr(dynamics, "MOST", 5_000_000)
    assert dynamics.Dynamics(1_000_000, 100).confidence.size <= 5_000_000
