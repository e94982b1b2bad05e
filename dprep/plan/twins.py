"""`unit = ["twins"]`: the plan marks near-duplicates itself, just before the split that must not part them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from dprep.base.operator import Split
from dprep.base.step import Step
from dprep.plan.flow import Flow
from dprep.plan.operators import operator_class, validated
from dprep.recipe.model import RecipeStep

MARKER = "dedup.twins"


def marking(split: Step, step: RecipeStep, op: Split, flow: Flow) -> list[Step]:
    """The step that marks twins for `split`; empty where it asks for none, or where it cannot be made."""
    if "twins" not in getattr(op, "unit", ()):
        return []
    name, place = f"{split.name}-twins", flow.place_of(step, "twins")
    if any(candidate.step.name == name for candidate in flow.candidates):
        sentence = f"`twins` needs a step called `{name}`, and the recipe has one of that name"
        flow.problem("duplicate-name", sentence, place, "rename that step")
    if "cluster" in flow.columns:
        sentence = "`twins` marks near-duplicates, and an earlier step has marked its own"
        flow.problem(
            "overwritten-column", sentence, place, 'put `"cluster"` in place of `"twins"`, or drop the earlier marking'
        )
        return []
    cls = operator_class(MARKER, flow.recipe.dataset.ops, place)
    if not isinstance(cls, type):
        flow.problems.append(cls)
        return []
    params = {**_settings(getattr(op, "twins", None)), "action": "mark"}
    marker = validated(cls, MARKER, params, ("step", step.index, "twins"), flow.recipe.places)
    if isinstance(marker, list):
        flow.problems += marker
        return []
    texts = flow.texts()
    for path in texts:
        flow.reaches(path, step, place)
    flow.columns.update({column: str(dtype) for column, dtype in marker.makes().items()})
    return [Step(name, MARKER, marker, texts, split.parts, split.when, split.on_error, split.seed)]


def _settings(twins: Any) -> dict[str, Any]:
    return twins.model_dump() if isinstance(twins, BaseModel) else dict(twins or {})
