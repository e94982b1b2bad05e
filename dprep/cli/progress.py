"""Progress bars on stderr while a run works; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, int, int], None]


@contextmanager
def bars(*, quiet: bool) -> Iterator[Progress | None]:
    """A function to tell (what is done, pieces done, pieces in all), or None where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from dprep.engine.warming import COMPILING

    title = TextColumn("{task.description}", markup=False)
    blocks = (BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.fields[unit]}"))
    columns = (SpinnerColumn(finished_text="✓"), title, *blocks, TimeElapsedColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what == COMPILING and done == total:  # its line is there only while it goes on
                shown.remove_task(tasks.pop(what))
                return
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total, unit="block" if total == 1 else "blocks")
            shown.update(tasks[what], completed=done, total=total)

        yield tell
