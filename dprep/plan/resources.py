"""Files that operators name: found from the recipe's root, made absolute, told where they are missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dprep.base.operator import Operator
from dprep.base.problem import did_you_mean
from dprep.plan.flow import Flow
from dprep.recipe.model import RecipeStep


def with_files(op: Operator, step: RecipeStep, flow: Flow) -> Operator:
    """`op` with absolute paths for the files that the recipe names; a problem for each that is not there."""
    found: dict[str, Any] = {}
    for name in type(op).file_parameters():
        value = getattr(op, name, None)
        if isinstance(value, str):
            found[name] = _resolved(value, step, flow, (name,))
        elif isinstance(value, tuple):
            found[name] = tuple(_resolved(each, step, flow, (name, place)) for place, each in enumerate(value))
    return op.model_copy(update=found) if found else op


def _resolved(named: str, step: RecipeStep, flow: Flow, path: tuple[str | int, ...]) -> str:
    root = flow.recipe.root
    try:
        there = (root / os.path.expanduser(named)).resolve()
        if there.exists():
            return str(there)
    except (OSError, ValueError, RuntimeError):
        there = root
    place = flow.value(step, *path) if path[0] in step.params else flow.value(step, "op")
    flow.problem("no-such-file", f"there is no file `{named}`", place, _near(there, root))
    return named


def _near(missing: Path, root: Path) -> str:
    try:
        names = [entry.name for entry in list(missing.parent.iterdir())[:500]]
    except (OSError, ValueError):
        names = []
    return did_you_mean(missing.name, names) or f"paths start from `{root.name or root}`; `--root` changes that"
