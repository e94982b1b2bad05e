"""The Python door: `from dprep import check, run, open, diff`. Each raises `dprep.Error` with problems, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dprep.base.problem import Error, Problem

if TYPE_CHECKING:
    from dprep.engine.local import Progress
    from dprep.engine.run import Ran
    from dprep.plan.model import Plan
    from dprep.store.compare import Difference
    from dprep.store.versions import Version

STORE = "store"


def plan(
    recipe: str | Path, *, root: str | Path | None = None, set: Sequence[str] = (), store: str | Path = STORE
) -> tuple[Plan, list[Problem]]:
    """The checked plan of a recipe and its warnings. Raises Error with all that is wrong.

    `store`: where the artifacts lie that the recipe names.
    """
    from dprep.plan.check import check as check_recipe
    from dprep.recipe.read import read_recipe

    found, problems = check_recipe(read_recipe(Path(recipe), Path(root) if root else None, tuple(set)), Path(store))
    if found is None:
        raise Error(problems)
    return found, problems


def check(
    recipe: str | Path, *, root: str | Path | None = None, set: Sequence[str] = (), store: str | Path = STORE
) -> list[Problem]:
    """Everything that is wrong with a recipe, and every piece of advice; reads no data but column names."""
    try:
        return plan(recipe, root=root, set=set, store=store)[1]
    except Error as error:
        return list(error.problems)


def run(
    recipe: str | Path,
    *,
    store: str | Path = STORE,
    root: str | Path | None = None,
    workers: int | None = None,
    memory: str | None = None,
    limit: int | None = None,
    until: str | None = None,
    fresh: bool = False,
    set: Sequence[str] = (),
    progress: Progress | None = None,
) -> Ran:
    """Make the version that `recipe` asks for, or find it. Raises Error.

    `workers`: processes (default: the cores); `memory`: a ceiling such as "4G"; `limit`: rows of input for a trial;
    `until`: the last step of a trial; `fresh`: use nothing that earlier runs left.
    """
    from dprep.engine.local import quiet
    from dprep.engine.run import Request, run_plan
    from dprep.report.html import write_report

    checked, _ = plan(recipe, root=root, set=set, store=store)
    return run_plan(checked, Request(Path(store), workers, memory, limit, until, fresh), write_report, progress or quiet)


def open(reference: str, *, store: str | Path = STORE) -> Version:
    """A version: "name@v3", "name@latest", "name", "name@<hash prefix>" or the path of its folder. Raises Error."""
    from dprep.store.versions import resolve

    return resolve(Path(store), reference)


def diff(a: str, b: str, *, store: str | Path = STORE, sample: int = 5) -> Difference:
    """Rows added, removed and changed from version `a` to version `b`, by step and reason. Raises Error."""
    from dprep.store.compare import compare

    return compare(open(a, store=store), open(b, store=store), sample)
