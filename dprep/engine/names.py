"""Columns that only the rows tell: `check` reads the start of a file, a name may come later, and it may be any text."""

from __future__ import annotations

from collections.abc import Iterable

from dprep.base.columns import SYSTEM_COLUMNS
from dprep.base.problem import Error, Place, Problem, fail
from dprep.base.step import Step
from dprep.store.formats.kinds import can_be_named

HELPERS = frozenset(
    {"__line", "__order", "__old", "__parent_order", "__drop", "__twin", "__alike", "__before", "__made", "__times", "__place"}
)
"""Columns that the engine and the families add for a moment."""


def check_names(names: Iterable[str], file: str) -> None:
    """Raise Error where a column that `file` brings cannot be carried, or is one that dprep makes."""
    for name in names:
        if not name or name in HELPERS or not can_be_named(name):
            problem = "bad-name", f"`{file}` has a column `{name[:120]}`, and none can be called so"
        elif name in SYSTEM_COLUMNS and name != "part":
            problem = "system-column", f"`{file}` has a column `{name}`, which is the name of one that dprep makes"
        else:
            continue
        ours = f"file_{name}" if name.isidentifier() else "other"
        cure = "leave such columns out with `keep = []`"
        if name and name.isprintable() and '"' not in name:
            cure = f'`columns = {{ {ours} = "{name}" }}` gives it another name; `keep = []` leaves out all that is not named'
        raise fail(*problem, cure, Place(file))


def check_made(steps: Iterable[Step], names: Iterable[str]) -> None:
    """Raise Error where a step makes a column that the files turned out to have."""
    there = set(names)
    problems = [
        Problem(
            "overwritten-column",
            f"step `{step.name}` would overwrite the column `{name}`, which a later row of the files has",
            help=f'`keep = []` leaves it out; `columns = {{ file_{name} = "{name}" }}` gives it another name',
        )
        for step in steps
        for name in step.op.makes()
        if name in there and name not in SYSTEM_COLUMNS
    ]
    if problems:
        raise Error(problems, exit_code=1)
