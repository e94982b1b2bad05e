"""From a recipe to a plan, with everything that is wrong. Data is not read, but for names of columns."""

from __future__ import annotations

from dprep.base.problem import Problem, did_you_mean, in_order
from dprep.plan.advice import advice
from dprep.plan.flow import Candidate, Flow
from dprep.plan.model import Plan
from dprep.plan.operators import operator_class, operator_of
from dprep.plan.sources import Brought, check_source
from dprep.plan.steps import follow
from dprep.plan.tasks import TASKS, Task
from dprep.recipe.model import Recipe
from dprep.recipe.table import listed


def check(recipe: Recipe) -> tuple[Plan | None, list[Problem]]:
    """The plan (None where there is any error) and all problems in the order of the recipe, warnings last."""
    problems: list[Problem] = []
    task_name, task = _task(recipe, problems)
    brought = _sources(recipe, task, problems)
    flow = _flow(recipe, task, brought, _candidates(recipe, problems))
    steps = follow(flow, recipe.dataset.seed or 0)
    problems += flow.problems
    problems += advice(flow)
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
    elif all(not source.columns or "text" in source.columns for source in recipe.sources):
        return "text", TASKS["text"]
    else:
        place = recipe.places.key(("dataset",))
        problems.append(Problem("missing-key", "`[dataset]` has no `task`", place, f"there are {listed(list(TASKS))}"))
    return name, Task((), ())


def _sources(recipe: Recipe, task: Task, problems: list[Problem]) -> list[Brought]:
    some_have_part = any(source.part or "part" in source.columns for source in recipe.sources)
    found = []
    for source in recipe.sources:
        own: list[Problem] = []
        found.append(check_source(source, recipe, task, own, some_have_part))
        problems += own
    return found


def _candidates(recipe: Recipe, problems: list[Problem]) -> list[Candidate]:
    """Every step with its operator, or None and problems."""
    found = []
    for step in recipe.steps:
        cls = operator_class(step.op, recipe.dataset.ops, recipe.places.value(("step", step.index, "op")))
        if isinstance(cls, Problem):
            problems.append(cls)
            found.append(Candidate(step, None))
            continue
        op = operator_of(step, cls, recipe.places)
        if isinstance(op, list):
            problems += op
        found.append(Candidate(step, None if isinstance(op, list) else op))
    return found


def _flow(recipe: Recipe, task: Task, brought: list[Brought], candidates: list[Candidate]) -> Flow:
    columns: dict[str, str] = {}
    for mine in brought:
        columns.update(mine.columns)
    unknown = any(mine.open or not mine.planned.files for mine in brought) or not task.texts
    flow = Flow(recipe, task, candidates, columns, unknown)
    for source, mine in zip(recipe.sources, brought, strict=True):
        if mine.has_part:
            place = recipe.places.value(("source", source.index, "part" if source.part else "path"))
            flow.split = flow.split or place
            flow.parts.update(dict.fromkeys(mine.parts, place))
            flow.open_parts = flow.open_parts or not mine.parts
    return flow
