"""From a step's `op` and parameters to a checked operator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dprep import ops
from dprep.base.operator import Filter, Operator
from dprep.base.problem import Error, Place, Problem, did_you_mean
from dprep.plan.wording import problems_of
from dprep.recipe.model import RecipeStep
from dprep.recipe.places import Places


def operator_class(name: str, folder: Path | None, place: Place) -> type[Operator] | Problem:
    """The class of operator `name`, or why there is none."""
    try:
        return ops.find(name, folder)
    except KeyError:
        if name in known(folder):
            return Problem("broken-operator", f"the file of `{name}` defines no operator", place, "it must define one class")
        return Problem("unknown-operator", f"there is no operator `{name}`", place, _meant(name, known(folder)))
    except ModuleNotFoundError as fault:
        return _missing(name, fault, place)
    except Error as fault:
        return fault.problems[0]
    except Exception as fault:
        # the file of an operator is code by anyone: whatever it raises is a fact about the recipe's folder
        sentence = f"the file of `{name}` cannot be imported: {type(fault).__name__}: {_first_line(fault)}"
        return Problem("broken-operator", sentence, place, "mend the operator's file")


def operator_of(step: RecipeStep, cls: type[Operator], places: Places) -> Operator | list[Problem]:
    """The operator with the step's parameters, or what is wrong with them."""
    return validated(cls, step.op, step.params, ("step", step.index), places)


def validated(
    cls: type[Operator], name: str, params: Mapping[str, Any], path: tuple[str | int, ...], places: Places
) -> Operator | list[Problem]:
    """`cls` with `params` that stand at `path` in the recipe, or what is wrong with them."""
    try:
        op = cls.model_validate(dict(params))
    except ValidationError as fault:
        return problems_of(fault, cls, name, path, params, places)
    except Error as fault:
        return [_placed(problem, places.value((*path, "op"))) for problem in fault.problems]
    return _empty_ranges(op, path, places) or op


def known(folder: Path | None) -> tuple[str, ...]:
    """Every operator that a recipe with this folder of its own can name."""
    return (*(ops.local_names(folder) if folder else ()), *ops.names())


def _empty_ranges(op: Operator, path: tuple[str | int, ...], places: Places) -> list[Problem]:
    """Problems for filters that no row can pass."""
    if not isinstance(op, Filter):
        return []
    limits = {bound.reason: bound for bound in op.bounds()}
    found = []
    for reason, low in limits.items():
        high = limits.get(f"max_{low.measure}")
        if low.side == "min" and reason == f"min_{low.measure}" and high and low.limit > high.limit:
            sentence = f"no row can pass: `{reason}` is {low.limit:g} and `{high.reason}` is {high.limit:g}"
            found.append(Problem("nothing-passes", sentence, places.value((*path, reason)), "exchange the two, or drop one"))
    return found


def _meant(name: str, names: tuple[str, ...]) -> str:
    word = name.rpartition(".")[2]
    same_word = [other for other in names if other.rpartition(".")[2] == word]
    if same_word:
        return f"did you mean `{same_word[0]}`?"
    return did_you_mean(name, names) or "`dprep ops` lists the operators"


def _missing(name: str, fault: ModuleNotFoundError, place: Place) -> Problem:
    what = fault.name or "a library"
    sentence = f"`{name}` needs the library `{what}`, which is not installed"
    return Problem("missing-library", sentence, place, f"`dprep doctor` names the command; `pip install {what}` may do")


def _placed(problem: Problem, place: Place) -> Problem:
    return Problem(problem.code, problem.sentence, problem.place or place, problem.help, problem.notes, problem.severity)


def _first_line(fault: Exception) -> str:
    return (str(fault).splitlines() or [""])[0][:200]
