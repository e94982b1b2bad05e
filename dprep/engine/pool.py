"""Worker processes. A worker is `python -m dprep.engine.worker`: a fresh interpreter, never a fork (polars and OpenMP hang in
forked children), and never a second import of the user's main module, so a script or notebook may call `dprep.run` unguarded.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dprep.base.problem import Error, fail

OPS_FOLDER = "DPREP_OPS_FOLDER"
"""Tells a worker where the operators lie that are a recipe's own: what it is sent may be one of them."""
SMALL = 8 * 2**20
"""Bytes of input below which starting worker processes costs more than it gives."""
Task = tuple[Callable[..., Any], tuple[Any, ...]]
"""A module-level function and its arguments."""


@dataclass(frozen=True)
class Worker:
    """A process that takes tasks on its stdin."""

    process: subprocess.Popen[bytes]
    results: IO[bytes]


class Pool:
    """`workers` processes that run tasks; with one worker the tasks run here, without a process."""

    def __init__(self, workers: int, settings: Sequence[Mapping[str, str]] = (), ops_folder: Path | None = None) -> None:
        """`settings`: environment variables of each worker, if it needs some of its own; `ops_folder`: a recipe's operators."""
        self.workers = workers
        self._settings = settings
        self._shared = {OPS_FOLDER: str(ops_folder.absolute())} if ops_folder else {}
        self._workers: list[Worker] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.wait()
        self._workers = []

    def start(self) -> None:
        """Start all workers now, with what every task of a run needs, instead of at the first tasks without."""
        while self.workers > 1 and len(self._workers) < self.workers:
            self._add(ready=True)

    def _add(self, *, ready: bool) -> None:
        own = self._settings[len(self._workers)] if self._settings else {}
        self._workers.append(_start(self.workers, {**self._shared, **own}, ready=ready))

    def run(self, tasks: Sequence[Task], *, first_alone: bool = False) -> Iterator[tuple[int, Any]]:
        """(place of the task, its result), in the order in which tasks finish. The first failure ends the run.

        first_alone: the others wait for the first task, which compiles what all of them need.
        """
        if self.workers == 1 or (len(tasks) <= 1 and not self._workers):
            for place, (function, arguments) in enumerate(tasks):
                try:
                    result = function(*arguments)
                except MemoryError as fault:
                    raise out_of_memory() from fault
                yield place, result
            return
        while len(self._workers) < min(self.workers, len(tasks)):
            self._add(ready=False)
        ahead = 1 if first_alone else 0
        if ahead:
            yield from self._spread(tasks[:ahead])
        yield from ((ahead + place, result) for place, result in self._spread(tasks[ahead:]))

    def _spread(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for place in range(len(tasks)):
            waiting.put(place)
        done: queue.SimpleQueue[tuple[int, bool, Any]] = queue.SimpleQueue()
        stopped = threading.Event()
        for worker in self._workers:
            threading.Thread(target=_feed, args=(worker, tasks, waiting, done, stopped), daemon=True).start()
        try:
            for _ in tasks:
                place, good, result = done.get()
                if not good:
                    raise result
                yield place, result
        finally:
            stopped.set()


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start(workers: int, own: Mapping[str, str], *, ready: bool) -> Worker:
    threads = str(max(1, (os.cpu_count() or 1) // workers))
    limits = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
    # Arrow's own pools keep what they once took: 80 MiB per worker while shards are written
    habits = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
    environment = {**habits, **os.environ, **limits, **own, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    # results have a pipe of their own: whatever a library prints, even while Python starts, goes to stderr
    read_end, write_end = os.pipe()
    command = [sys.executable, "-m", "dprep.engine.worker", str(write_end), *(["ready"] if ready else [])]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=2, env=environment, pass_fds=(write_end,))
    except BaseException:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
    return Worker(process, os.fdopen(read_end, "rb"))


def _feed(
    worker: Worker,
    tasks: Sequence[Task],
    waiting: queue.SimpleQueue[int],
    done: queue.SimpleQueue[tuple[int, bool, Any]],
    stopped: threading.Event,
) -> None:
    """Hand tasks to one worker, one at a time, until none is left. Whatever happens is told: a silent thread is a hang."""
    assert worker.process.stdin
    while not stopped.is_set():
        try:
            place = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            send(worker.process.stdin, tasks[place])
            good, result = receive(worker.results)
        except (EOFError, OSError):
            good, result = False, _died(worker.process)
        except Exception as fault:  # a task or a result that cannot be sent is a fault of ours
            good, result = False, fault
        done.put((place, good, result))
        if not good:
            return


def _died(process: subprocess.Popen[bytes]) -> Error:
    code = process.wait()
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return fail(
        "worker-died",
        f"a worker process ended with {how}; the system may have run out of memory",
        "run the same command again with fewer --workers or a smaller --memory: finished blocks are kept",
    )


def out_of_memory() -> Error:
    """The problem of a process that gets no more memory."""
    return fail("out-of-memory", "a worker ran out of memory", "use fewer --workers or a smaller --memory")


def send(pipe: IO[bytes], message: object) -> None:
    """One message between our own processes."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(len(data).to_bytes(8, "little") + data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """The next message. Raises EOFError where the other side is gone."""
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError
    size = int.from_bytes(head, "little")
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)
