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
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from dprep.base.problem import Error, fail

Task = tuple[Callable[..., Any], tuple[Any, ...]]
"""A module-level function and its arguments."""


class Pool:
    """`workers` processes that run tasks; with one worker the tasks run here, without a process."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
        self._processes = []

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        """(place of the task, its result), in the order in which tasks finish. The first failure ends the run."""
        if self.workers == 1 or len(tasks) <= 1:
            for place, (function, arguments) in enumerate(tasks):
                yield place, function(*arguments)
            return
        while len(self._processes) < min(self.workers, len(tasks)):
            self._processes.append(_start(self.workers))
        yield from self._spread(tasks)

    def _spread(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for place in range(len(tasks)):
            waiting.put(place)
        done: queue.SimpleQueue[tuple[int, bool, Any]] = queue.SimpleQueue()
        stopped = threading.Event()
        for process in self._processes:
            threading.Thread(target=_feed, args=(process, tasks, waiting, done, stopped), daemon=True).start()
        try:
            for _ in tasks:
                place, good, result = done.get()
                if not good:
                    raise result
                yield place, result
        finally:
            stopped.set()


def _start(workers: int) -> subprocess.Popen[bytes]:
    threads = str(max(1, (os.cpu_count() or 1) // workers))
    limits = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
    # Arrow's own pools keep what they once took: 80 MiB per worker while shards are written
    habits = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
    environment = {**habits, **os.environ, **limits, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-m", "dprep.engine.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def _feed(
    process: subprocess.Popen[bytes],
    tasks: Sequence[Task],
    waiting: queue.SimpleQueue[int],
    done: queue.SimpleQueue[tuple[int, bool, Any]],
    stopped: threading.Event,
) -> None:
    """Hand tasks to one worker, one at a time, until none is left."""
    assert process.stdin
    assert process.stdout
    while not stopped.is_set():
        try:
            place = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            send(process.stdin, tasks[place])
            good, result = receive(process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            done.put((place, False, _died(process)))
            return
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
    data = pipe.read(int.from_bytes(head, "little"))
    return pickle.loads(data)
