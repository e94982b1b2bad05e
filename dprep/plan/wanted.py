"""Steps that others want before them: vectors for `dedup.semantic` with an `encoder`, counts for `per_class_target`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dprep.base.operator import Operator
from dprep.base.problem import Place
from dprep.base.step import Step
from dprep.plan.flow import Flow
from dprep.plan.operators import operator_class, validated
from dprep.recipe.model import RecipeStep


def wanted(asker: Step, step: RecipeStep, op: Operator, flow: Flow) -> list[Step]:
    """The step that `asker` wants before it; empty where it wants none, or where that cannot be made."""
    if not all(hasattr(op, name) for name in type(op).model_fields):
        return []
    told = op.wants()
    if told is None:
        return []
    flow.perhaps(op.spends())  # if it cannot be made, that is said once
    asking = next((key for key in ("encoder", "per_class_target") if key in step.params), "op")
    place = flow.value(step, asking)
    name = f"{asker.name}-{told.what}"
    parameters = dict(told.parameters)
    if "originals" in parameters:  # where nothing has been made yet, all rows are
        parameters["originals"] = [column for column in parameters["originals"] if column in flow.columns]
    maker = _maker(told.op, parameters, step, flow, place)
    if maker is None or not _is_free(name, op.spends(), step, flow, place):
        return []
    for path in maker.reads():
        said = flow.place_of(step, path)
        flow.reaches(path, step, place if said == flow.value(step, "op") else said)
    flow.columns.update({column: str(dtype) for column, dtype in maker.makes().items()})
    return [Step(name, told.op, maker, asker.columns, asker.parts, asker.when, asker.on_error, asker.seed)]


def _maker(op_name: str, params: Mapping[str, Any], step: RecipeStep, flow: Flow, place: Place) -> Operator | None:
    cls = operator_class(op_name, flow.recipe.dataset.ops, place)
    if not isinstance(cls, type):
        flow.problems.append(cls)
        return None
    found = validated(cls, op_name, params, ("step", step.index), flow.recipe.places)
    if isinstance(found, list):
        flow.problems += found
        return None
    return found


def _is_free(name: str, columns: tuple[str, ...], step: RecipeStep, flow: Flow, place: Place) -> bool:
    """Whether nothing else has the name of the step or of a column that it makes; a problem where something has."""
    before = len(flow.problems)
    if any(candidate.step.name == name for candidate in flow.candidates):
        sentence = f"`{step.op}` needs a step called `{name}`, and the recipe has one of that name"
        flow.problem("duplicate-name", sentence, place, "rename that step")
    for column in columns:
        if column in flow.columns:
            sentence = f"step `{step.name}` needs the name `{column}` for its own work, and there is a column of that name"
            flow.problem("overwritten-column", sentence, place, "give that column another name, or drop it")
    return len(flow.problems) == before
