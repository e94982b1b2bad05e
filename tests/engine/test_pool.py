"""Worker processes: whatever a task, a library or the system does, the parent gets an answer and never waits for ever."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from dprep.base.problem import Error, fail
from dprep.engine.pool import Pool

HANGS = 60
"""Seconds after which a run of tasks counts as hanging."""


def own_process(_: int) -> int:
    return os.getpid()


def slower_first(place: int) -> int:
    time.sleep(0.2 if place == 0 else 0)
    return place * place


def large(size: int) -> bytes:
    return b"x" * size


def noisy(place: int) -> int:
    print("a library talks" * 1000)
    sys.stdout.flush()
    os.write(1, b"\xff" * 5000)
    return place


def fails_at(place: int, bad: int, how: str) -> int:
    if place == bad:
        if how == "problem":
            raise fail("operator-failed", "it failed", "mend it")
        if how == "memory":
            raise MemoryError
        if how == "disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        if how == "exit":
            os._exit(3)
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "panic":
            raise KeyboardInterrupt  # like a panic of polars, no Exception
        raise ZeroDivisionError("a fault of ours")
    return place


def unsendable(_: int) -> object:
    return threading.Lock()


def results(pool: Pool, tasks: list[tuple[object, tuple[object, ...]]]) -> dict[int, object]:
    """What `pool` answers, by place; fails where it has not ended after a minute."""
    found: dict[int, object] = {}
    faults: list[BaseException] = []

    def collect() -> None:
        try:
            found.update(pool.run(tasks))  # type: ignore[arg-type]
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    thread.join(HANGS)
    assert not thread.is_alive(), "the pool hangs"
    if faults:
        raise faults[0]
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_every_result_comes_with_the_place_of_its_task(workers: int) -> None:
    with Pool(workers) as pool:
        assert results(pool, []) == {}
        assert results(pool, [(slower_first, (3,))]) == {0: 9}
        assert results(pool, [(slower_first, (n,)) for n in range(20)]) == {n: n * n for n in range(20)}


def ended(folder: str, place: int) -> set[str]:
    """The tasks that had ended when this one began."""
    before = {path.name for path in Path(folder).iterdir()}
    time.sleep(0.3 if place == 0 else 0)
    Path(folder, str(place)).touch()
    return before


def test_the_others_wait_for_a_first_task_that_goes_alone(tmp_path: Path) -> None:
    with Pool(3) as pool:
        found = dict(pool.run([(ended, (str(tmp_path), n)) for n in range(9)], first_alone=True))

    assert sorted(found) == list(range(9))
    assert found.pop(0) == set()
    assert all("0" in before for before in found.values())


def test_results_larger_than_a_pipe_come_whole() -> None:
    sizes = [0, 1, 65_535, 65_537, 30_000_000]

    with Pool(2) as pool:
        found = results(pool, [(large, (size,)) for size in sizes])

    assert [len(found[n]) for n in range(len(sizes))] == sizes  # type: ignore[arg-type]


def test_what_a_library_prints_does_not_mix_with_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello from the start of Python' * 100, flush=True)\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    with Pool(2) as pool:
        assert results(pool, [(noisy, (n,)) for n in range(6)]) == {n: n for n in range(6)}


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("problem", "it failed"),
        ("memory", "out-of-memory"),
        ("disk", "No space left"),
        ("exit", "exit code 3"),
        ("killed", "signal 9"),
        ("fault", "ZeroDivisionError"),
        ("panic", "KeyboardInterrupt"),
    ],
)
def test_a_failure_in_the_middle_ends_the_run_with_its_cause(how: str, told: str) -> None:
    with Pool(2) as pool, pytest.raises((Error, OSError, RuntimeError), match=told) as raised:
        results(pool, [(fails_at, (n, 3, how)) for n in range(8)])

    if how in {"problem", "memory", "exit", "killed"}:
        assert isinstance(raised.value, Error)
        assert raised.value.exit_code == 1


def test_memory_that_runs_out_without_workers_is_a_problem_too() -> None:
    with Pool(1) as pool, pytest.raises(Error, match="out-of-memory"):
        results(pool, [(fails_at, (n, 1, "memory")) for n in range(3)])


def test_a_worker_killed_between_two_runs_of_tasks_is_told() -> None:
    with Pool(2) as pool:
        first = results(pool, [(own_process, (n,)) for n in range(4)])
        os.kill(int(str(first[0])), signal.SIGKILL)
        time.sleep(0.1)

        with pytest.raises(Error, match="worker-died"):
            results(pool, [(slower_first, (0,)) for _ in range(4)])  # slow enough that both workers are asked


def test_what_cannot_be_sent_is_an_error_and_no_hang() -> None:
    with Pool(2) as pool, pytest.raises(Exception, match="pickle"):
        results(pool, [(own_process, (threading.Lock(),)) for _ in range(3)])
    with Pool(2) as pool, pytest.raises(Exception, match="pickle"):
        results(pool, [(unsendable, (n,)) for n in range(3)])


def test_no_worker_is_left_when_the_pool_is_closed() -> None:
    with Pool(2) as pool:
        pids = {int(str(pid)) for pid in results(pool, [(own_process, (n,)) for n in range(6)]).values()}

    assert pids
    assert os.getpid() not in pids
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
