"""kill -9 at any moment, then the same command again: the same bytes, and the store unharmed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.engine.runs import books, command, content, environment, run, write_recipe

BLOCKS = {"DPREP_BLOCK_ROWS": "60", "DPREP_RANGE_BYTES": "60000"}
KILLS_PER_STORE = 5


def committed(store: Path) -> int:
    """Blocks whose side file is in place: it is written last."""
    # never below a stage's folder: what a decision works in comes and goes while this looks
    return sum(1 for _ in (store / "cache" / "stages").glob("*/b*.json"))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    folder = tmp_path_factory.mktemp("reference")
    done = run(write_recipe(folder), folder / "store", "--workers", "1", **BLOCKS)
    return Path(done["path"]), committed(folder / "store")


def kill_when(recipe: Path, store: Path, workers: str, wanted: int, pause: float) -> int | None:
    """Start a run, kill it a moment after `wanted` blocks are there, one of them its own; how many there were then.

    None if it ended before.
    """
    wanted = max(wanted, committed(store) + 1)
    process = subprocess.Popen(
        command(recipe, store, "--workers", workers),
        env=environment(**BLOCKS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while committed(store) < wanted and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(pause)
    ended = process.poll() is not None
    if ended:
        return None
    # the parent alone in one half of the cases: its workers must see it and go
    if workers == "1":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    return committed(store)


@pytest.mark.parametrize("number", range(4))
def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path, reference: tuple[Path, int], number: int) -> None:
    version, blocks = reference
    chance = random.Random(number)
    recipe, store, workers = write_recipe(tmp_path), tmp_path / "store", "12"[number % 2]
    moments = []
    for wanted in sorted(chance.sample(range(1, blocks - 2), KILLS_PER_STORE)):
        moments.append(kill_when(recipe, store, workers, wanted, chance.uniform(0, 0.02)))

    done = run(recipe, store, "--workers", workers, **BLOCKS)

    between = [moment for moment in moments if moment is not None and 0 < moment < blocks]
    assert len(between) >= 2, f"of {KILLS_PER_STORE} kills too few fell between the first and the last block: {moments}"
    assert content(version) == content(Path(done["path"]))
    assert books(version) == books(Path(done["path"]))
    assert done["version"] == "v1"
    assert [path.name for path in (store / "datasets" / "inbox").iterdir() if not path.name.startswith(".")] == ["v1"]


def test_ctrl_c_says_how_to_go_on_and_the_same_command_finishes(tmp_path: Path, reference: tuple[Path, int]) -> None:
    recipe, store = write_recipe(tmp_path), tmp_path / "store"
    process = subprocess.Popen(
        command(recipe, store, "--workers", "2"),
        env=environment(**BLOCKS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while committed(store) < 3 and process.poll() is None:
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert b"same command" in errors
    assert content(reference[0]) == content(Path(run(recipe, store, **BLOCKS)["path"]))


def test_two_runs_at_once_make_one_version(tmp_path: Path, reference: tuple[Path, int]) -> None:
    recipe, store = write_recipe(tmp_path), tmp_path / "store"
    start = {"env": environment(**BLOCKS), "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    both = [subprocess.Popen(command(recipe, store), **start) for _ in range(2)]
    errors = [process.communicate(timeout=120)[1] for process in both]

    assert [process.returncode for process in both] == [0, 0], errors
    assert [path.name for path in (store / "datasets" / "inbox").iterdir() if not path.name.startswith(".")] == ["v1"]
    assert content(reference[0]) == content(store / "datasets" / "inbox" / "v1")


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    recipe, store = write_recipe(tmp_path), tmp_path / "store"
    process = subprocess.Popen(
        command(recipe, store, "--workers", "2"),
        env=environment(**BLOCKS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while committed(store) < 1 and process.poll() is None:
        time.sleep(0.001)
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout.split()
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() and _runs(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert children
    assert not any(_runs(child) for child in children)


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
