"""The benchmark of training on a GPU runs on a machine without one too, with a tiny shape, and what it tells makes sense."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is needed to train")
pytest.importorskip("accelerate", reason="Hugging Face's Trainer needs it")

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "gpu_train.py"
HIDDEN = "import runpy, sys; sys.modules.update(polars=None, pydantic=None, numba=None); sys.argv = sys.argv[1:]"


@pytest.mark.parametrize("way", ["ours", "plain"])
def test_both_ways_run_without_polars_and_pydantic(way: str) -> None:
    arguments = ["tiny", "--one", "--way", way, "--steps", "3", "--accumulate", "2", "--tokens", "512"]
    command = [sys.executable, "-c", f"{HIDDEN}; runpy.run_path(sys.argv[0], run_name='__main__')", str(SCRIPT), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(SCRIPT.parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["tokens_per_second"] > 0
    assert 0 < told["tokens_per_step"] <= 1024
    assert told.get("packed", way == "plain")
