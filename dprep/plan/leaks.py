"""The check for leaks at the end of a recipe with a split: the plan puts it there, by what the splits say."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from dprep.base.leaks import TRAIN, Leaks
from dprep.base.operator import Split
from dprep.base.step import Step
from dprep.plan.candidates import Candidate
from dprep.plan.flow import Flow
from dprep.plan.operators import operator_class
from dprep.recipe.table import listed

CHECK = "dedup.leaks"
NAME = "leaks"


def closing(flow: Flow, seed: int) -> list[Step]:
    """The step that looks for leaks among the final rows; empty without a split, or where the recipe has such a step itself."""
    splits = [each for each in flow.candidates if isinstance(each.op, Split)]
    if not splits or any(each.cls and issubclass(each.cls, Leaks) for each in flow.candidates):
        return []
    for split in splits:
        _check_train(split, flow)
    if len(flow.parts) < 2 and not flow.open_parts:
        return []
    cls = operator_class(CHECK, None)
    assert isinstance(cls, type)
    op = cls.model_validate(_settings(splits))
    taken = {each.step.name for each in flow.candidates}
    name = next(name for number in range(len(taken) + 1) if (name := NAME + "-check" * number) not in taken)
    return [Step(name, CHECK, op, flow.texts(), seed=seed)]


def _settings(splits: list[Candidate]) -> dict[str, Any]:
    """What the splits say together: the last that says what is done; near twins where any wants them."""
    # folds and few-shot sets make no parts: what they keep together says nothing of those that another split made
    together = [split for split in splits if "twins" in getattr(split.op, "unit", ()) and _divides(split)]
    said = [leak for split in splits if (leak := getattr(split.op, "leak", None))]
    near = [split for split in splits if _near(split)]
    twins = getattr(near[-1].op, "twins", None) if near else None
    return {
        "leak": said[-1] if said else "fail" if together else "report",
        "check": "near" if near else "exact",
        **(twins.model_dump() if isinstance(twins, BaseModel) else {}),
    }


def _near(split: Candidate) -> bool:
    said = getattr(split.op, "leak_check", None)
    return bool(said == "near" if said else "twins" in getattr(split.op, "unit", ()) and _divides(split))


def _divides(split: Candidate) -> bool:
    """Whether it puts rows into several parts; also where it does not say."""
    try:
        return not isinstance(split.op, Split) or len(split.op.parts()) > 1
    except Exception:
        return True


def _check_train(split: Candidate, flow: Flow) -> None:
    if getattr(split.op, "leak", None) != "drop-from-train" or flow.open_parts or TRAIN in flow.parts:
        return
    sentence = f"step `{split.step.name}` would take leaks out of `{TRAIN}`, which is no part here"
    help = f'set `leak = "fail"` or `leak = "report"`: there are {listed(list(flow.parts))}'
    flow.problem("unknown-part", sentence, flow.value(split.step, "leak"), help)
