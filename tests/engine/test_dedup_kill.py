"""Deduplication killed while blocks tell of themselves or are decided, and several runs at once: the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine.verdicts import emit_keys, keys_name, keys_path
from dprep.ops.dedup.minhash import MinHash
from tests.engine.runs import books, environment

BLOCKS = {"DPREP_BLOCK_ROWS": "150"}
ROWS = 3000
RECIPE = """
[dataset]
name = "inbox"
[[source]]
path = "rows.parquet"
[[step]]
op = "dedup.lines"
min_length = 10
[[step]]
op = "dedup.substring"
length = 120
[[step]]
op = "dedup.semantic"
vectors = "vector"
threshold = 0.995
[[step]]
op = "dedup.minhash"
recall = 1
keep = "longest"
"""


def recipe(folder: Path) -> Path:
    """Rows that share lines, passages, vectors or nearly all they have with rows of other blocks; their recipe."""
    chance = np.random.default_rng(7)
    lines = [" ".join(f"w{word}" for word in chance.integers(0, 4000, 14)) for _ in range(2 * ROWS)]
    texts = ["\n".join([*(lines[n] for n in chance.integers(0, len(lines), 2)), *lines[n : n + 4]]) for n in range(ROWS)]
    for row in range(0, ROWS, 9):
        texts[row] = texts[int(chance.integers(0, row + 1))] + f" and {row}"
    vectors = chance.normal(size=(ROWS, 8))
    vectors[::7] = vectors[chance.integers(0, ROWS, len(vectors[::7]))] + 0.001
    pl.DataFrame({"text": texts, "vector": vectors.tolist()}).write_parquet(folder / "rows.parquet")
    path = folder / "recipe.toml"
    path.write_text(RECIPE)
    return path


def start(path: Path, store: Path, workers: str) -> subprocess.Popen[bytes]:
    options = ["--root", str(path.parent), "--store", str(store), "--workers", workers]
    command = [sys.executable, "-m", "dprep", "run", str(path), *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment(**BLOCKS), start_new_session=True, **quiet)


def whole(path: Path, store: Path, workers: str = "1") -> Path:
    process = start(path, store, workers)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert b"Traceback" not in errors
    return store / "datasets" / "inbox" / "v1"


def content(version: Path) -> dict[str, bytes]:
    """The rows that stay and those that left."""
    files = [path for name in ("data", "dropped") for path in sorted((version / name).glob("*.parquet"))]
    return {path.name: path.read_bytes() for path in files}


def told(store: Path) -> int:
    """What blocks have told and been told so far: those files come last."""
    stages = store / "cache" / "stages"
    return sum(1 for pattern in ("*/b*.told", "*/v*.arrow") for _ in stages.glob(pattern))


def deciding(store: Path) -> bool:
    return any((store / "cache" / "stages").glob("*/work-*"))


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, int]:
    """The recipe, the version that a run makes of it, and how much its blocks tell."""
    folder = tmp_path_factory.mktemp("given")
    path = recipe(folder)
    made = whole(path, folder / "store")
    dropped = {file.stem[3:] for file in (made / "dropped").glob("*.parquet")}
    assert {"semantic", "minhash"} <= dropped
    return path, made, told(folder / "store")


def killed(path: Path, store: Path, workers: str, wanted: int, pause: float) -> int | None:
    """Start a run and kill it a moment after `wanted` files are there, or right in a decision; how many there were then."""
    wanted = max(wanted, told(store) + 1)
    process = start(path, store, workers)
    deadline = time.monotonic() + 120
    while told(store) < wanted and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    while pause > 0.01 and not deciding(store) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.0005)
    time.sleep(pause)
    if process.poll() is not None:
        return None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return told(store)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_deduplication_goes_on_to_the_same_bytes(tmp_path: Path, given: tuple[Path, Path, int], workers: str) -> None:
    path, made, files = given
    chance = random.Random(int(workers))
    store, moments = tmp_path / "store", []
    for wanted in sorted(chance.sample(range(1, files - 20), 4)):
        moments.append(killed(path, store, workers, wanted, chance.uniform(0, 0.02)))

    again = whole(path, store, workers)

    between = [moment for moment in moments if moment is not None and 0 < moment < files]
    assert len(between) >= 2, f"too few kills fell between the first and the last file: {moments} of {files}"
    assert content(made) == content(again)
    assert books(made) == books(again)


def test_runs_at_once_make_the_same_bytes(tmp_path: Path, given: tuple[Path, Path, int]) -> None:
    path, made, _ = given
    both = [start(path, tmp_path / "store", "1") for _ in range(2)]
    errors = [process.communicate(timeout=300)[1] for process in both]

    assert [process.returncode for process in both] == [0, 0], errors
    assert content(made) == content(tmp_path / "store" / "datasets" / "inbox" / "v1")


def test_keys_that_a_slow_run_has_guessed_are_not_taken_for_those_of_all_rows(tmp_path: Path) -> None:
    step, stem = Step("minhash", "dedup.minhash", MinHash()), tmp_path / "b000000-asks"
    rows = pl.DataFrame({"id": [f"{n:032x}" for n in range(3)], "text": ["a few words", "of few rows", "in one block"]})
    settled = MinHash(shingles="words", ngram=5)
    guessed = MinHash().resolved(MinHash().profile(Text(rows.get_column("text"))))

    emit_keys(stem, step, settled, rows)
    before = np.load(keys_path(str(stem), keys_name(settled), "keys"))
    emit_keys(stem, step, guessed, rows)

    assert (np.load(keys_path(str(stem), keys_name(settled), "keys")) == before).all()
    assert (np.load(keys_path(str(stem), keys_name(guessed), "keys")) != before).any()
