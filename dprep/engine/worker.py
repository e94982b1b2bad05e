"""One worker process: reads tasks from stdin, writes results to a pipe, ends when its parent is gone."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dprep.base.problem import Error
from dprep.engine.pool import OPS_FOLDER, out_of_memory, receive, send


def main(results_end: int, *, ready: bool = False) -> None:
    """Serve tasks from stdin until it closes; results go to the pipe `results_end`. ready: import at once what tasks need."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()
    os.set_inheritable(results_end, False)
    if folder := os.environ.get(OPS_FOLDER):
        serve_operators(folder)
    if ready:
        get_ready()
    tasks, results = sys.stdin.buffer, os.fdopen(results_end, "wb")
    while True:
        try:
            task = receive(tasks)
        except EOFError:
            return
        answer = _answer(*task)
        try:
            send(results, answer)
        except (pickle.PicklingError, AttributeError, TypeError):  # nothing is written before all is pickled
            send(results, (False, RuntimeError(traceback.format_exc())))


def get_ready() -> None:
    """Import what nearly every task needs, while the parent still makes its plan."""
    gc.disable()  # what is imported stays: looking for garbage among it takes a tenth of the time
    with suppress(Exception):  # the task that needs it tells
        from dprep.engine import spool, stages, writing  # noqa: F401
        from dprep.kernels import jit

        jit.start()
    gc.freeze()
    gc.enable()


def serve_operators(folder: str) -> None:
    """Let this process import a recipe's own operators, which it is sent by name."""
    from dprep import ops

    sys.meta_path.append(ops.Finder(Path(folder)))


def _answer(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[bool, object]:
    try:
        return True, function(*arguments)
    except Error as error:
        return False, error
    except MemoryError:
        return False, out_of_memory()
    except OSError as fault:
        return False, OSError(fault.errno, *fault.args[1:]) if fault.errno else OSError(str(fault))
    except BaseException:  # a panic of polars is no Exception
        return False, RuntimeError(traceback.format_exc())


def _watch_parent(parent: int) -> None:
    """A killed parent must not leave a worker behind in the middle of a long task."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), ready=len(sys.argv) > 2)
