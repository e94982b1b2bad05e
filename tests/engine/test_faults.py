"""Disks that are full, read-only or closed, and workers that are killed: a problem, an unharmed store, and the same command
finishes once the fault is mended."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dprep.ops.augment._pool import made
from tests.engine.at_hand import recipe
from tests.engine.runs import environment

ROOT = Path(__file__).resolve().parents[2]
STEPS = """
[[step]]
op = "clean.whitespace"

[[step]]
op = "dedup.minhash"

[[step]]
op = "split.stratified"
"""
SMALL = {"DPREP_BLOCK_ROWS": "400", "DPREP_RANGE_BYTES": "60000"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
as_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe over about 300 KB."""
    rows = (f"mail {n} says   {'and '.join(str(n * k) + ' ' for k in range(1, 30))}" for n in range(1_500))
    return recipe(tmp_path_factory.mktemp("mails"), [json.dumps({"text": row}).encode() for row in rows], STEPS)


def command(recipe: Path, store: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "dprep", "run", str(recipe), "--store", str(store), "--json", *options]


def run(recipe: Path, store: Path, *options: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """`dprep run`, in a process of its own; `how` goes to subprocess."""
    words = command(recipe, store, *options)
    return subprocess.run(words, env=environment(**SMALL), capture_output=True, text=True, timeout=120, cwd=ROOT, **how)


def check_failed(done: subprocess.CompletedProcess[str], store: Path, code: str) -> None:
    """The run failed with the problem `code`, and nothing half-made is in the store."""
    assert done.returncode == 1, done.stderr
    assert f"error[{code}]" in done.stderr
    assert "Traceback" not in done.stderr
    assert "= help:" in done.stderr
    check_unharmed(store)


def check_unharmed(store: Path) -> None:
    """No version and no temporary file or folder is left."""
    assert [path for path in store.rglob("*") if path.name.endswith(".tmp")] == []
    assert [
        path for path in (store / "datasets").rglob("*") if path.name != ".lock" and path != store / "datasets" / "rows"
    ] == []


def check_finishes(recipe: Path, store: Path) -> None:
    """The same command makes the whole version."""
    done = run(recipe, store)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["version"], told["rows"]["in"]) == ("v1", 1_500)


def files_up_to(size: int) -> Callable[[], None]:
    """For a child process: no file may grow over `size` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@as_linux
@pytest.mark.parametrize(("workers", "size"), [("1", 50), ("2", 3_000), ("1", 9_000), ("2", 40_000)])
def test_a_file_that_may_not_grow_is_a_full_disk(mails: Path, tmp_path: Path, workers: str, size: int) -> None:
    done = run(mails, tmp_path / "store", "--workers", workers, preexec_fn=files_up_to(size))

    check_failed(done, tmp_path / "store", "disk-full")
    check_finishes(mails, tmp_path / "store")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of a given size; unmounts it at the end."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True)
        if made.returncode:
            pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
        return place

    yield mount
    subprocess.run(["umount", "-l", str(place)], capture_output=True)


def used(place: Path) -> int:
    return shutil.disk_usage(place).used


@as_root
@as_linux
def test_a_disk_that_fills_at_any_stage_is_told_and_the_run_goes_on_when_there_is_space(
    mails: Path, tmp_path: Path, small_disk: Callable[[str], Path]
) -> None:
    whole = tmp_path / "whole"
    check_finishes(mails, whole)
    needed = int(subprocess.run(["du", "-sk", str(whole)], capture_output=True, text=True).stdout.split()[0])
    disk = small_disk("size=64k")
    failed = 0

    for share in (0.02, 0.4, 0.7, 0.95):
        subprocess.run(["mount", "-o", f"remount,size={max(8, int(needed * share))}k", str(disk)], check=True)
        done = run(mails, disk / "store", "--workers", "12"[failed % 2])
        if done.returncode:
            check_failed(done, disk / "store", "disk-full")
            failed += 1

    assert failed >= 3, "the disk was too large to fill"
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    check_finishes(mails, disk / "store")


@as_root
@as_linux
def test_a_disk_that_fills_under_a_mapped_array_is_a_fault_and_no_signal(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("size=256k")

    assert made(disk / "small.npy", np.float32, (100, 10)).sum() == 0
    with pytest.raises(OSError, match=r"[Nn]o space left"):
        made(disk / "large.npy", np.float32, (100_000, 10))


@as_root
@as_linux
def test_a_disk_without_inodes_is_told(mails: Path, small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("size=64m,nr_inodes=30")

    done = run(mails, disk / "store")

    check_failed(done, disk / "store", "disk-full")


@as_root
@as_linux
def test_a_disk_that_becomes_read_only_is_told(mails: Path, tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("size=64m")
    (disk / "store").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    done = run(mails, disk / "store")

    check_failed(done, disk / "store", "store-not-writable")
    assert "read-only" in done.stderr
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    check_finishes(mails, disk / "store")


def test_a_store_that_is_a_file_is_told_and_the_file_is_left(mails: Path, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a diary")

    for store in (tmp_path / "store", tmp_path / "store" / "below"):
        done = run(mails, store)
        assert done.returncode in (1, 2)
        assert "error[" in done.stderr
        assert str(tmp_path / "store") in done.stderr
        assert "Traceback" not in done.stderr

    assert (tmp_path / "store").read_text() == "a diary"


AS_NOBODY = """
import os, sys
from dprep.cli.main import main
recipe, warm, store = sys.argv[1:]
words = ["run", recipe, "--json", "--quiet", "--workers", "1", "--store"]
if os.geteuid() == 0:  # root may write everywhere; another user may not find this Python's files, so load all of it first
    sys.argv[1:] = [*words, warm]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.argv[1:] = [*words, store]
main()
"""


def run_as_nobody(recipe: Path, warm: Path, store: Path) -> subprocess.CompletedProcess[str]:
    """`dprep run` as a user who owns nothing. `warm`: a store for a first run as root."""
    words = [sys.executable, "-c", AS_NOBODY, str(recipe), str(warm), str(store)]
    return subprocess.run(words, env=environment(**SMALL), capture_output=True, text=True, timeout=120, cwd=ROOT)


@pytest.fixture
def open_folder(mails: Path) -> Iterator[Path]:
    """A folder that everybody may enter, with the recipe and a store that everybody may write."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        for path in mails.parent.iterdir():
            shutil.copy(path, folder)
        for name in ("store", "store/cache", "store/runs", "store/datasets"):
            (folder / name).mkdir()
            (folder / name).chmod(0o777)
        yield folder


@pytest.mark.parametrize("closed", ["", "cache", "runs", "datasets"])
def test_a_folder_of_the_store_that_is_closed_is_told(open_folder: Path, tmp_path: Path, closed: str) -> None:
    store = open_folder / "store"
    if not closed:
        shutil.rmtree(store / "cache")
    (store / closed).chmod(0o555)

    done = run_as_nobody(open_folder / "recipe.toml", tmp_path / "warm", store)

    check_failed(done, store, "store-not-writable")
    assert "permission denied" in done.stderr
    (store / closed).chmod(0o777)
    check_finishes(open_folder / "recipe.toml", store)


def test_an_input_that_may_not_be_read_is_told(open_folder: Path, tmp_path: Path) -> None:
    (open_folder / "rows.jsonl").chmod(0o200)

    done = run_as_nobody(open_folder / "recipe.toml", tmp_path / "warm", open_folder / "store")

    assert done.returncode in (1, 2)
    assert "error[unreadable-file]" in done.stderr
    assert "Traceback" not in done.stderr
    check_unharmed(open_folder / "store")


@as_linux
def test_a_killed_worker_ends_the_run_and_the_same_command_finishes(mails: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    words = command(mails, store, "--workers", "2")
    process = subprocess.Popen(
        words, env=environment(**SMALL), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    found: list[str] = []
    deadline = time.monotonic() + 60
    while len(found) < 2 and process.poll() is None and time.monotonic() < deadline:
        found = children.read_text().split() if children.exists() else []
        time.sleep(0.001)
    for child in found:
        os.kill(int(child), signal.SIGKILL)
    errors = process.communicate(timeout=60)[1]

    assert len(found) == 2
    check_failed(subprocess.CompletedProcess(words, process.returncode, "", errors), store, "worker-died")
    check_finishes(mails, store)
