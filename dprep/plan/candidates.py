"""What can be known of a step's operator, also where its name or its parameters are wrong, so that the rest can be checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from dprep.base.dedup import Dedup
from dprep.base.gate import Gate
from dprep.base.operator import Augment, Clean, Expand, Filter, Operator, Split, Tag
from dprep.base.problem import Error, Problem, nearest
from dprep.base.sample import Sample
from dprep.plan.operators import known, meant, operator_class, validated
from dprep.recipe.model import STEP_KEYS, Recipe, RecipeStep

FAMILIES: dict[str, type[Operator]] = {
    family.family: family for family in (Clean, Filter, Tag, Expand, Augment, Gate, Dedup, Split, Sample)
}


@dataclass(frozen=True)
class Candidate:
    """A recipe step with its operator."""

    step: RecipeStep
    op: Operator | None
    """With broken parameters, what is left of it: asking for a broken one raises AttributeError. None: no such operator."""
    cls: type[Operator] | None
    """The operator's class; its family where there is no such operator; None where that cannot be told either."""
    broken: frozenset[str] = frozenset()
    """Parameters and step keys that say something which cannot be used."""

    def renames_at_will(self) -> bool:
        """Whether the names of what it makes stand in an `as` from which they cannot be read."""
        names = self.step.params.get("as")
        told = names.values() if isinstance(names, dict) else names if isinstance(names, list) else [names]
        return "as" in self.broken and not all(isinstance(name, str) for name in told)

    def said(self) -> frozenset[str]:
        """Every text in the broken parameters: names that might be columns, once they are mended."""
        return frozenset(text for key in self.broken for text in _texts(self.step.params.get(key)))


def candidate_of(step: RecipeStep, recipe: Recipe) -> tuple[Candidate, list[Problem]]:
    """The step with as much of its operator as there is, and what is wrong with that."""
    if recipe.is_unclear("step", step.index, "op"):
        return Candidate(step, None, None), []
    folder, path = recipe.dataset.ops, ("step", step.index)
    cls = operator_class(step.op, folder, recipe.places.value((*path, "op")))
    if isinstance(cls, Problem):
        may_be_local = cls.code == "unknown-operator" and recipe.is_unclear("dataset", "ops")
        return Candidate(step, None, _family(step.op, folder)), [] if may_be_local else [cls]
    op = validated(cls, step.op, step.params, path, recipe.places)
    if isinstance(op, Operator):
        return Candidate(step, op, cls), []
    broken = _broken(cls, step.params)
    rest = None if any(problem.code == "broken-operator" for problem in op) else _rest(cls, step.params, broken)
    return Candidate(step, rest, cls, broken), op


def _family(name: str, folder: Path | None) -> type[Operator] | None:
    """The family that an operator of this name would have; None where its name and what is likely meant do not agree."""
    said = FAMILIES.get(name.partition(".")[0])
    likely = FAMILIES.get(meant(name, known(folder)).partition(".")[0])
    return said if likely in (None, said) else likely if said is None else None


def _broken(cls: type[Operator], params: Any) -> frozenset[str]:
    """Names of the parameters that cannot be used, with those that misspelt ones are likely to mean."""
    try:
        cls.model_validate(dict(params))
    except ValidationError as fault:
        places = [error["loc"] for error in fault.errors(include_url=False)]
        names = {str(place[0]) for place in places if place} | {name for place in places if not place for name in params}
    except Error:
        names = set(params)
    else:
        return frozenset()
    fields = {field.alias or name for name, field in cls.model_fields.items()}
    return frozenset(names | {nearest(name, {*fields, *STEP_KEYS}) for name in names - fields})


def _rest(cls: type[Operator], params: Any, broken: frozenset[str]) -> Operator:
    """The operator without its broken parameters."""
    op = cls.model_construct()
    for name, field in cls.model_fields.items():
        op.__dict__.pop(name, None)
        key = field.alias or name
        if key in params and key not in broken:
            kind: Any = field.annotation
            for bound in field.metadata:
                kind = Annotated[kind, bound]
            op.__dict__[name] = TypeAdapter(kind).validate_python(params[key])
        elif key not in broken and not field.is_required():
            op.__dict__[name] = field.get_default(call_default_factory=True)
    return op


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
