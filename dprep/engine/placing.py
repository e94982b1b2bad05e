"""What stops a run is shown at its step in the recipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from dprep.base.leaks import Leaks
from dprep.base.problem import Error, Place
from dprep.base.step import Step
from dprep.plan.model import Plan


@contextmanager
def shown_at(plan: Plan, steps: Sequence[Step]) -> Iterator[None]:
    """Problems that have no place get that of the step; of several nobody knows which it was."""
    try:
        yield
    except Error as error:
        place = _place(plan, steps[0]) if len(steps) == 1 else None
        placed = [replace(problem, place=problem.place or place) for problem in error.problems]
        raise Error(placed, error.exit_code) from None


def _place(plan: Plan, step: Step) -> Place | None:
    """Where the recipe has the step, or the one that the plan has put it in for."""
    mine = [one for one in plan.recipe.steps if step.name == one.name or step.name.startswith(f"{one.name}-")]
    if not mine and isinstance(step.op, Leaks):
        mine = [one for one in plan.recipe.steps if one.op.startswith("split.")]
    return plan.recipe.places.value(("step", mine[0].index, "op")) if mine else None
