"""What every part of a run needs to know: the plan, where its checkpoints go, the workers, and whom to tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dprep.base.step import Step
from dprep.engine.blocks import Sizes
from dprep.engine.pool import Pool, Task
from dprep.engine.warming import COMPILING, cold, warm
from dprep.plan.model import Plan
from dprep.store import layout

Progress = Callable[[str, int, int], None]
"""Called with (what is done, pieces done, pieces in all)."""


def quiet(_what: str, _done: int, _total: int) -> None:
    """No progress shown."""


@dataclass(frozen=True)
class Work:
    """A run under way."""

    plan: Plan
    store: Path
    prints: dict[str, str]
    """Content hash of every input file, by path."""
    sizes: Sizes
    pool: Pool
    limit: int | None = None
    """Rows of input for a trial."""
    progress: Progress = quiet
    checkpoints: str = ""
    """A folder of the cache for this run alone, where a run may use nothing that others left."""

    @property
    def cache(self) -> Path:
        return layout.cache(self.store) / self.checkpoints

    def map(self, what: str, tasks: Sequence[Task], pool: Pool | None = None, steps: Sequence[Step] = ()) -> list[Any]:
        """The results of `tasks`, in their order, with progress told as they finish.

        pool: other workers than the run's; steps: what the tasks run, told where it must be compiled first.
        """
        results: list[Any] = [None] * len(tasks)
        self.progress(what, 0, len(tasks))
        marks = cold(steps) if tasks else []
        if marks:
            self.progress(COMPILING, 0, 1)
        for done, (place, result) in enumerate((pool or self.pool).run(tasks, first_alone=bool(marks)), 1):
            if marks and done == 1:
                warm(marks)
                self.progress(COMPILING, 1, 1)
            results[place] = result
            self.progress(what, done, len(tasks))
        return results
