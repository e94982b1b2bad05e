"""One worker process: reads tasks from stdin, writes results to stdout, ends when its parent is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback

from dprep.base.problem import Error, fail
from dprep.engine.pool import receive, send


def main() -> None:
    """Serve tasks until stdin closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()
    tasks, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with results
    while True:
        try:
            function, arguments = receive(tasks)
        except EOFError:
            return
        try:
            answer: tuple[bool, object] = (True, function(*arguments))
        except Error as error:
            answer = (False, error)
        except MemoryError:
            answer = (False, fail("out-of-memory", "a worker ran out of memory", "use fewer --workers or a smaller --memory"))
        except Exception:
            answer = (False, RuntimeError(traceback.format_exc()))
        send(results, answer)


def _watch_parent(parent: int) -> None:
    """A killed parent must not leave a worker behind in the middle of a long task."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main()
