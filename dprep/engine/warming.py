"""Whether the loops of operators are compiled: their first run on a machine takes up to a minute more, and that is told.

A mark per operator lies beside the compiled code, whose folder changes with every kernel. A mark only decides what is told,
and whether one block goes ahead of the others; no row depends on it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import dprep.kernels  # noqa: F401  names the folder of compiled code
from dprep.base.step import Step

COMPILING = "compiling (first run of these operators)"
"""What the progress display calls it."""


def cold(steps: Iterable[Step]) -> list[Path]:
    """The missing marks of the operators that have loops to compile."""
    marks = {_mark(step.op_name): type(step.op).__module__ for step in steps}
    return [mark for mark, module in marks.items() if not mark.exists() and _has_kernels(module, set())]


def warm(marks: Iterable[Path]) -> None:
    """Leave the marks: these operators have run."""
    with suppress(OSError):  # where nothing can be kept, numba compiles every time, and it is told every time
        for mark in marks:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()


def _mark(operator: str) -> Path:
    return Path(os.environ["NUMBA_CACHE_DIR"], "ran", re.sub(r"[^\w.-]", "_", operator))


def _has_kernels(module: str, seen: set[str]) -> bool:
    """Whether a module names a kernel, by itself or through the modules of operators and models that it names."""
    seen.add(module)
    homes = {_home(value) for value in vars(sys.modules[module]).values()} if module in sys.modules else set()
    if any(home.startswith("dprep.kernels") for home in homes):
        return True
    return any(
        _has_kernels(home, seen) for home in homes if home.startswith(("dprep.ops.", "dprep.models.")) and home not in seen
    )


def _home(value: object) -> str:
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    return home if isinstance(home, str) else ""
