"""From a recipe to a plan, with everything that is wrong. Data is not read, but for names of columns."""

from __future__ import annotations

from pathlib import Path

from dprep.base.operator import Split
from dprep.base.problem import Problem, did_you_mean, in_order
from dprep.plan import extends
from dprep.plan.advice import advice
from dprep.plan.candidates import Candidate, candidate_of
from dprep.plan.flow import Flow
from dprep.plan.model import Plan
from dprep.plan.sources import Brought, check_source
from dprep.plan.steps import follow
from dprep.plan.tasks import NO_TASK, TASKS, Task
from dprep.recipe.model import Recipe
from dprep.recipe.table import listed


def check(recipe: Recipe, store: Path = Path("store")) -> tuple[Plan | None, list[Problem]]:
    """The plan (None where there is any error) and all problems in the order of the recipe, warnings last.

    store: where the artifacts lie that the recipe names.
    """
    problems = list(recipe.problems)
    task_name, task = _task(recipe, problems)
    brought = _sources(recipe, task, problems)
    flow = _flow(recipe, task, brought, _candidates(recipe, problems))
    flow.store = store
    steps = follow(flow, recipe.dataset.seed or 0)
    problems += flow.problems
    problems += advice(flow)
    base = extends.base_of(recipe, store, problems)
    if base is not None:
        problems += extends.misfits(base, flow, task_name)
        problems += extends.advice(base, flow)
    problems = in_order(dict.fromkeys(problems))
    if any(problem.severity == "error" for problem in problems):
        return None, problems
    plan = Plan(
        recipe=recipe,
        name=recipe.dataset.name,
        seed=recipe.dataset.seed or 0,
        task=task_name,
        sources=tuple(source.planned for source in brought),
        steps=tuple(steps),
        text_columns=task.texts,
        columns={"id": "String", "origin": "String", **flow.columns},
        warnings=tuple(problems),
        splits=tuple(flow.parts),
        ops_folder=recipe.dataset.ops,
        extends=base,
    )
    return plan, problems


def _task(recipe: Recipe, problems: list[Problem]) -> tuple[str, Task]:
    """The task's name and contract; without a name, `text` where every source maps that column."""
    name = recipe.dataset.task
    if name in TASKS:
        return name, TASKS[name]
    if name:
        help = did_you_mean(name, TASKS) or f"there are {listed(list(TASKS))}"
        problems.append(Problem("unknown-task", f"there is no task `{name}`", recipe.places.value(("dataset", "task")), help))
    elif recipe.is_unclear("dataset", "task") or recipe.is_unclear("source"):
        return name, NO_TASK
    elif all(not source.columns or "text" in source.columns for source in recipe.sources):
        return "text", TASKS["text"]
    else:
        place = recipe.places.key(("dataset",))
        problems.append(Problem("missing-key", "`[dataset]` has no `task`", place, f"there are {listed(list(TASKS))}"))
    return name, NO_TASK


def _sources(recipe: Recipe, task: Task, problems: list[Problem]) -> list[Brought]:
    some_have_part = any(source.part or "part" in source.columns for source in recipe.sources)
    found = []
    for source in recipe.sources:
        own: list[Problem] = []
        found.append(check_source(source, recipe, task, own, some_have_part))
        problems += own
    return found


def _candidates(recipe: Recipe, problems: list[Problem]) -> list[Candidate]:
    found = []
    for step in recipe.steps:
        candidate, own = candidate_of(step, recipe)
        found.append(candidate)
        problems += own
    return found


def _flow(recipe: Recipe, task: Task, brought: list[Brought], candidates: list[Candidate]) -> Flow:
    columns: dict[str, str] = {}
    for mine in brought:
        columns.update(mine.columns)
    unknown = any(mine.open for mine in brought) or recipe.is_unclear("source")
    flow = Flow(recipe, task, candidates, columns, unknown, renamed=_renamed(brought))
    if task is NO_TASK:
        flow.perhaps({name for each in TASKS.values() for name in (*each.required, *each.optional)})
    divided = any(isinstance(c.op, Split) and not c.broken and c.step.parts is None for c in candidates)
    for source, mine in zip(recipe.sources, brought, strict=True):
        if mine.has_part:
            place = recipe.places.value(("source", source.index, "part" if source.part else "path"))
            flow.split = flow.split or place
            flow.parts.update(dict.fromkeys(mine.parts, place))
            flow.open_parts = flow.open_parts or not mine.parts
        # its files may say the part, though hardly where a step divides all rows
        if mine.broken and (not divided or recipe.is_unclear("source", source.index, "part")):
            flow.perhaps(("part",))
            flow.open_parts = True
    flow.open_parts = flow.open_parts or recipe.is_unclear("source")
    return flow


def _renamed(brought: list[Brought]) -> dict[str, tuple[str, str]]:
    """Columns that every source has mapped to another name: so they are not there, whatever else the files hold."""
    renamed: dict[str, tuple[str, str]] = {}
    for mine in brought:
        for ours, theirs in mine.mapped.items():
            renamed.setdefault(theirs, (ours, theirs))
            renamed.setdefault(theirs.partition(".")[0], (ours, theirs))
    here = {name for mine in brought for name in mine.columns}
    unsure = [mine.mapped.values() for mine in brought if mine.open]
    taken = [{name for theirs in mapped for name in (theirs, theirs.partition(".")[0])} for mapped in unsure]
    return {name: told for name, told in renamed.items() if name not in here and all(name in each for each in taken)}
