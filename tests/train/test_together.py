"""Several processes, started by `torchrun` on CPU: they give what one process gives with as many times the batch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")
pytest.importorskip("peft", reason="training needs the extra `train`")

from pyarrow.parquet import read_table
from safetensors.torch import load_file

from tests.train.sets import model_of, version_of

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_CHANCE = ["--set", "dropout=0.0", "--set", "max_leaked_share=1.0", "--epochs", "2", "--learning-rate", "1e-3"]


def _train(folder: Path, name: str, processes: int, *more: str) -> dict[str, Any]:
    """A run in a process of its own, or in several; what `--json` says."""
    start = ["-m", "torch.distributed.run", "--nproc-per-node", str(processes)] if processes > 1 else []
    words = [
        "-m",
        "dprep",
        "train",
        "chat@v1",
        "--store",
        "store",
        "--model",
        "model",
        "--device",
        "cpu",
        "--name",
        name,
        "--json",
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, *start, *words, *WITHOUT_CHANCE, *more],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])
    return told


def test_two_processes_give_what_one_gives_with_twice_the_batch(tmp_path: Path) -> None:
    version_of(tmp_path, "chat")
    model_of(tmp_path / "model", "chat")

    alone = _train(tmp_path, "alone", 1, "--batch-size", "4")
    two = _train(tmp_path, "two", 2, "--batch-size", "2")

    one, other = (load_file(Path(tmp_path, told["path"], "model", "model.safetensors")) for told in (alone, two))
    before = load_file(tmp_path / "model" / "model.safetensors")
    assert max(float((one[name] - other[name]).abs().max()) for name in one) < 1e-5
    assert max(float((one[name] - before[name]).abs().max()) for name in one) > 1e-3, "something was learnt"
    assert alone["plan"]["steps"] == two["plan"]["steps"]
    heard = [read_table(Path(tmp_path, told["path"], "dynamics.parquet")).to_pylist() for told in (alone, two)]
    assert [(line["id"], line["epoch"]) for line in heard[0]] == [(line["id"], line["epoch"]) for line in heard[1]]
    assert [line["confidence"] for line in heard[1]] == pytest.approx([line["confidence"] for line in heard[0]], rel=1e-3)
    assert len(heard[0]) == 2 * 16
    assert two["metrics"]["test"]["nll"] == pytest.approx(alone["metrics"]["test"]["nll"], abs=1e-4)
