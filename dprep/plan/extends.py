"""The version that a recipe extends: found in the store, and whether rows made by the recipe can stand behind its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dprep.base.columns import SYSTEM_COLUMNS
from dprep.base.dedup import Dedup
from dprep.base.problem import Error, Problem
from dprep.plan.flow import Flow
from dprep.recipe.model import Recipe
from dprep.recipe.table import listed
from dprep.store import artifacts, versions
from dprep.store.versions import Version

_REFERENCE = re.compile(r"(?P<name>\w[\w.-]{0,99})@(?P<wanted>latest|v[1-9]\d*|[0-9a-f]{4,32})(?:#(?P<pin>[0-9a-f]{4,32}))?")
_SHAPE = "write `name@v3`, `name@latest` or `name@<hash prefix>`, each with `#` and the start of its `got` if you like"
_KEY = ("dataset", "extends")
AGAINST = "dedup.against"
"""The operator that looks new rows up among those of another version."""
WHOLE = "train"
"""The part of all rows where nothing is divided."""


def base_of(recipe: Recipe, store: Path, problems: list[Problem]) -> Version | None:
    """The version that the recipe extends; None where it extends none, or a problem is told."""
    said = recipe.dataset.extends
    if not said:
        return None
    place = recipe.places.value(_KEY)
    found = _REFERENCE.fullmatch(said)
    if found is None:
        problems.append(Problem("wrong-value", f"`{said}` names no version of a dataset", place, _SHAPE))
        return None
    try:
        base = versions.resolve(store, f"{found['name']}@{found['wanted']}")
    except Error as error:
        problems += [replace(problem, place=place) for problem in error.problems]
        return None
    got = str(base.manifest["got"])
    if not got.startswith(found["pin"] or ""):
        named = said.partition("#")[0]
        help = f"take it as it is with `{named}#{got[:12]}`, or bring back what it was"
        sentence = f"the rows of `{named}` have the hash `{got[:12]}`, not `{found['pin']}`"
        problems.append(Problem("artifact-changed", sentence, place, help))
    return base


def parts_of(base: Version) -> tuple[str, ...]:
    """The parts that a version's rows may have: those it holds, and those that its splits make but that got no row."""
    splits = [step for step in base.manifest["steps"] if step["op"].startswith("split.")]
    made = [part for step in splits for part in step["parameters"].get("ratios") or ()]
    return tuple(dict.fromkeys([*base.parts, *made]))


def misfits(base: Version, flow: Flow, task: str) -> Iterator[Problem]:
    """What can be known before the run of how the new rows differ from those of `base`."""
    place = flow.recipe.places.value(_KEY)
    theirs = str(base.manifest["task"])
    if task and theirs != task:
        help = f'say `task = "{theirs}"`, or extend another version'
        yield Problem("extends-other-task", f"`{base}` is of the task `{theirs}`, this recipe of `{task}`", place, help)
        return
    yield from _other_columns(base, flow)
    yield from _other_parts(base, flow)


def _other_columns(base: Version, flow: Flow) -> Iterator[Problem]:
    """Columns that the recipe certainly makes and `base` lacks; those that only the rows can tell are judged in the run."""
    theirs = base.manifest["columns"]
    new = {name: kind for name, kind in flow.columns.items() if name not in theirs and name not in SYSTEM_COLUMNS}
    if new and theirs:
        yield other_columns(base, {**theirs, **new}, flow)


def other_columns(base: Version, ours: Mapping[str, str], flow: Flow | None = None) -> Problem:
    """The problem that rows with the columns `ours` (name -> type) cannot stand behind those of `base`."""
    theirs = base.manifest["columns"]
    more, less = [name for name in ours if name not in theirs], [name for name in theirs if name not in ours]
    told = [f"{listed(less)} {_is(less)} missing"] if less else []
    told += [f"{listed(more)} {_is(more)} new"] if more else []
    told += [f"`{n}` is `{kind}`, there `{theirs[n]}`" for n, kind in ours.items() if n in theirs and kind != theirs[n]]
    sentence = f"the new rows do not have the columns of `{base}`: {'; '.join(told)}"
    lists = [", ".join(f"{name} {kind}".rstrip() for name, kind in columns.items()) for columns in (theirs, ours)]
    cure = "make them the same with `columns`, `keep`, `types` and the steps that made them there"
    help = f"{cure} (there: {lists[0]}; here: {lists[1]})"
    return Problem("extends-other-columns", sentence, flow.recipe.places.value(_KEY) if flow else None, help)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _other_parts(base: Version, flow: Flow) -> Iterator[Problem]:
    place, theirs = flow.recipe.places.value(_KEY), parts_of(base)
    if flow.open_parts:
        return
    if not flow.parts and theirs != (WHOLE,):
        sentence = f"`{base}` is divided into {listed(list(theirs))}, and nothing divides the new rows"
        help = "divide them by the same split, or give the source a `part`"
        yield Problem("extends-other-parts", sentence, place, help)
    elif new := [part for part in flow.parts if part not in theirs]:
        yield other_parts(base, new, flow)


def other_parts(base: Version, new: Sequence[str], flow: Flow | None = None) -> Problem:
    """The problem that new rows would stand in parts which `base` does not have."""
    theirs = parts_of(base)
    sentence = (
        f"the new rows would be in {'part' if len(new) == 1 else 'parts'} {listed(list(new))}, which `{base}` does not have"
    )
    help = f"it has {listed(list(theirs))}: put them there by a `part` of the source or the `ratios` of a split"
    return Problem("extends-other-parts", sentence, flow.recipe.places.value(_KEY) if flow else None, help)


def advice(base: Version, flow: Flow) -> Iterator[Problem]:
    """What runs, but likely is not meant."""
    said, place = flow.recipe.dataset.extends, flow.recipe.places.value(_KEY)
    if said.partition("@")[2].startswith("latest") and base.manifest["dataset"] == flow.recipe.dataset.name:
        sentence = f"`{said}` is another version after every run: running again adds the same rows once more"
        help = f'name the version: `extends = "{base}"`'
        yield Problem("extends-itself", sentence, place, help, severity="warning")
    looked_up = [candidate for candidate in flow.candidates if candidate.step.op == AGAINST]
    others = [_indexed(flow.store, getattr(candidate.op, "index", None)) for candidate in looked_up]
    if looked_up and all(found and base.manifest["got"] not in found.values() for found in others):
        sentence = f"step `{looked_up[0].step.name}` knows the rows of {listed(list(others[0]))}, not all those of `{base}`"
        help = f"make an index of it: `dprep index NAME --of {base}`"
        yield Problem("extends-without-against", sentence, flow.value(looked_up[0].step, "index"), help, severity="warning")
    if looked_up:
        return
    for candidate in flow.candidates:
        if isinstance(candidate.op, Dedup):
            sentence = f"step `{candidate.step.name}` looks for duplicates among the new rows only, not among those of `{base}`"
            help = f"put `{AGAINST}` with an index of `{base}` before it"
            yield Problem("extends-without-against", sentence, flow.value(candidate.step, "op"), help, severity="warning")
            return


def _indexed(store: Path, index: object) -> dict[str, str]:
    """The versions that an index was made of, and their `got`; none where that is not known, or it has files as well."""
    if not isinstance(index, str) or not artifacts.is_reference(index):
        return {}
    try:
        made_from = artifacts.resolve(store, index).manifest.get("made_from", {})
    except Error:
        return {}  # told where the parameter is resolved
    found = {f"{one['dataset']}@{one['version']}": str(one["got"]) for one in made_from.get("versions", ())}
    return found if len(found) == len(made_from.get("of", ())) else {}
