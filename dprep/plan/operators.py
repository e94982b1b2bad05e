"""From a step's `op` and parameters to a checked operator. The file of an operator is code by anyone: it may do anything."""

from __future__ import annotations

import linecache
import sys
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dprep import ops
from dprep.base.dedup import Conflict, Dedup
from dprep.base.dedup_spans import DedupSpans
from dprep.base.gate import Gate, GateAmongAll
from dprep.base.leaks import Leaks
from dprep.base.match import Match
from dprep.base.mixing import Mixing
from dprep.base.operator import Augment, Clean, Expand, Filter, Operator, Split, Tag
from dprep.base.problem import Error, Place, Problem, nearest
from dprep.base.sample import Sample
from dprep.plan.conditions import CONDITIONS
from dprep.plan.wording import problems_of
from dprep.recipe.places import Places

KERNELS: tuple[tuple[type[Operator], str], ...] = (
    (Clean, "edit"),
    (Filter, "measure"),
    (Tag, "note"),
    (Expand, "pieces"),
    (Mixing, "mixed"),
    (Augment, "variant"),
    (GateAmongAll, "content"),
    (Gate, "compare"),
    (Dedup, "content"),
    (Conflict, "votes"),
    (Leaks, "content"),
    (DedupSpans, "sites"),
    (Split, "decide"),
    (Sample, "decide"),
    (Match, "find"),
)
"""What an operator of each family must define."""
_MEND = "mend the operator's file"


def operator_class(name: str, folder: Path | None, place: Place | None = None) -> type[Operator] | Problem:
    """The class of operator `name`, or why there is none that can be used. `place`: where the recipe names it."""
    if name not in known(folder):
        likely = meant(name, known(folder))
        help = f"did you mean `{likely}`?" if likely else "`dprep ops` lists the operators"
        return Problem("unknown-operator", f"there is no operator `{name}`", place, help)
    file = _local_file(name, folder)
    try:
        holder = ops.module(name, folder)
    except ModuleNotFoundError as fault:
        if not (fault.name or "dprep").startswith("dprep"):
            return _missing(name, str(fault.name), place)
        return _broken(name, file, "cannot be imported", place, fault)
    except Error as fault:
        return fault.problems[0]
    except (Exception, SystemExit) as fault:
        return _broken(name, file, "cannot be imported", place, fault)
    try:
        cls = ops.operator_of(holder)
    except KeyError:
        return _broken(name, file, "defines no operator", place, None, "it must define one class")
    return _unsound(name, cls, file, place) or cls


def validated(
    cls: type[Operator], name: str, params: Mapping[str, Any], path: tuple[str | int, ...], places: Places
) -> Operator | list[Problem]:
    """`cls` with `params` that stand at `path` in the recipe, or what is wrong with them."""
    place = places.value((*path, "op"))
    try:
        op = cls.model_validate(dict(params))
        _ask(op, params)
    except ValidationError as fault:
        return problems_of(fault, cls, name, path, params, places)
    except Error as fault:
        return [replace(problem, place=problem.place or place) for problem in fault.problems]
    except Exception as fault:
        return [_raised(name, cls, place, fault)]
    return _empty_ranges(op, path, places) or op


def known(folder: Path | None) -> tuple[str, ...]:
    """Every operator that a recipe with this folder of its own can name."""
    return (*(ops.local_names(folder) if folder else ()), *ops.names())


def meant(name: str, names: tuple[str, ...]) -> str:
    """The operator that is likely meant by a name which there is not; empty where none is near."""
    word = name.rpartition(".")[2]
    same_word = [other for other in names if other.rpartition(".")[2] == word]
    return same_word[0] if same_word else nearest(name, names)


def _unsound(name: str, cls: type[Operator], file: Path | None, place: Place | None) -> Problem | None:
    """Why the class cannot be used whatever its parameters."""
    kernel = next(((family, kernel) for family, kernel in KERNELS if issubclass(cls, family)), None)
    if kernel is None:
        families = ", ".join(f"`{family.__name__}`" for family, _ in KERNELS)
        help = f"inherit from one of {families}"
        return _broken(name, file, f"defines `{cls.__name__}`, which is of no family", place, None, help)
    if getattr(cls, kernel[1]) is getattr(kernel[0], kernel[1]):
        what = f"defines `{cls.__name__}`, which lacks `{kernel[1]}`"
        return _broken(name, file, what, place, None, f"`{kernel[1]}` is what the operator does")
    try:
        _ask(cls.model_validate({}), {})
    except (ValidationError, Error):  # it needs parameters: they are judged where they are given
        return None
    except Exception as fault:
        return _raised(name, cls, place, fault)
    return None


def _ask(op: Operator, params: Mapping[str, Any]) -> None:
    """Ask an operator all that a plan will ask it. Raises whatever it raises."""
    dict(op.makes())
    if not any(name in params for name in CONDITIONS):  # a condition is read, and worded, on its own
        tuple(op.reads())
    if isinstance(op, Split):
        tuple(op.parts())
    if isinstance(op, (Split, Sample)):
        op.asks()
    if isinstance(op, (Filter, Gate)):
        list(op.bounds())


def _empty_ranges(op: Operator, path: tuple[str | int, ...], places: Places) -> list[Problem]:
    """Problems for filters that no row can pass."""
    if not isinstance(op, (Filter, Gate)):
        return []
    limits = {bound.reason: bound for bound in op.bounds()}
    found = []
    for reason, low in limits.items():
        high = limits.get(f"max_{low.measure}")
        if low.side == "min" and reason == f"min_{low.measure}" and high and low.limit > high.limit:
            sentence = f"no row can pass: `{reason}` is {low.limit:g} and `{high.reason}` is {high.limit:g}"
            found.append(Problem("nothing-passes", sentence, places.value((*path, reason)), "exchange the two, or drop one"))
    return found


def _missing(name: str, library: str, place: Place | None) -> Problem:
    sentence = f"`{name}` needs the library `{library}`, which is not installed"
    return Problem("missing-library", sentence, place, f"`dprep doctor` names the command; `pip install {library}` may do")


def _raised(name: str, cls: type[Operator], place: Place | None, fault: Exception) -> Problem:
    """An operator that cannot be made, or cannot say what it reads and makes."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return _broken(name, Path(file) if file else None, "cannot be used", place, fault)


def _broken(
    name: str, file: Path | None, what: str, place: Place | None, fault: BaseException | None, help: str = _MEND
) -> Problem:
    """The file of an operator that cannot be used; the place in that file stands below the place in the recipe, if any."""
    sentence = f"the file of `{name}` {what}" + (f": {_worded(fault)}" if fault else "")
    there = _place_in(file, fault) if file else None
    if place is None or there is None:
        return Problem("broken-operator", sentence, place or there, help)
    return Problem("broken-operator", sentence, place, help, (("raised here" if there.line else "this file", there),))


def _local_file(name: str, folder: Path | None) -> Path | None:
    """The file of an operator of the recipe's own."""
    if folder is None or name not in ops.local_names(folder):
        return None
    family, _, stem = name.partition(".")
    return (folder / family / f"{stem}.py").resolve()


def _place_in(file: Path, fault: BaseException | None) -> Place:
    """Where in `file` the fault arose; the file as a whole where it arose elsewhere."""
    shown = str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)
    if isinstance(fault, SyntaxError) and fault.filename == str(file):
        return Place(shown, fault.lineno or 0, max(fault.offset or 1, 1), 1, (fault.text or "").rstrip())
    frames = traceback.extract_tb(fault.__traceback__) if fault else []
    lines = [frame.lineno for frame in frames if frame.filename == str(file) and frame.lineno]
    if not lines:
        return Place(shown)
    text = linecache.getline(str(file), lines[-1]).rstrip()
    start = len(text) - len(text.lstrip())
    return Place(shown, lines[-1], start + 1, len(text) - start, text)


def _worded(fault: BaseException) -> str:
    said = fault.msg if isinstance(fault, SyntaxError) else (str(fault).splitlines() or [""])[0].partition(". ")[0][:200]
    return f"{type(fault).__name__}: {said}".rstrip(": ")
