"""Files and artifacts that operators name: found from the recipe's root or in the store, told where they are missing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from dprep.base.artifact import wanted_kinds
from dprep.base.operator import Operator
from dprep.base.problem import Error, Problem, did_you_mean_file
from dprep.plan.artifacts import located
from dprep.plan.flow import Flow
from dprep.recipe.model import RecipeStep
from dprep.store import artifacts

_PACKAGES = {
    "/usr/share/wordnet": "wordnet-base",
    "/usr/share/mythes/th_en_US": "mythes-en-us",
    "/usr/share/mythes/th_de_DE": "mythes-de",
    "/usr/share/mythes/th_es": "mythes-es",
    "/usr/share/mythes/th_ru_RU": "mythes-ru",
    "/usr/share/mythes/th": "mythes-fr",
}
"""Debian's packages of resources, by where they put them."""


def with_files(op: Operator, step: RecipeStep, flow: Flow) -> Operator:
    """`op` with absolute paths for the files that the recipe names; a problem for each that is not there."""
    found: dict[str, Any] = {}
    before = len(flow.problems)
    for name in type(op).file_parameters():
        value, kinds = getattr(op, name, None), wanted_kinds(type(op), name)
        if isinstance(value, str):
            found[name] = _resolved(value, kinds, step, flow, (name,))
        elif isinstance(value, tuple):
            found[name] = tuple(_resolved(each, kinds, step, flow, (name, place)) for place, each in enumerate(value))
    if not found:
        return op
    op = op.model_copy(update=found)
    if len(flow.problems) == before:
        _check_files(op, step, flow)
    return op


def _check_files(op: Operator, step: RecipeStep, flow: Flow) -> None:
    if not all(hasattr(op, name) for name in type(op).model_fields):  # some parameters are wrong, and missing here
        return
    try:
        op.check_files()
    except Error as error:
        flow.problems += [replace(problem, place=flow.value(step, "op")) for problem in error.problems]


def _resolved(named: str, kinds: tuple[str, ...], step: RecipeStep, flow: Flow, path: tuple[str | int, ...]) -> str:
    found = located(named, flow.recipe.root, flow.store, kinds)
    if isinstance(found, Path):
        return str(found)
    place = flow.value(step, *path) if path[0] in step.params else flow.value(step, "op")
    if isinstance(found, Problem):
        flow.problems.append(replace(found, place=place))
    else:
        flow.problem("no-such-file", f"there is no file `{named}`", place, _near(named, flow.recipe.root, flow.store))
    return named


def _near(named: str, root: Path, store: Path) -> str:
    if package := next((package for folder, package in _PACKAGES.items() if named.startswith(folder)), ""):
        return f"`apt install {package}` puts it there; or name another file or folder"
    if re.fullmatch(r"[\w.-]+/[\w.-]+", named) and not (root / named).parent.exists():
        folder = named.partition("/")[2]
        return f"nothing is downloaded: `hf download {named} --local-dir {folder}` makes a folder, then name `{folder}`"
    if named in artifacts.names(store):
        return f"the artifact of that name is `{named}@latest`"
    try:
        missing = (root / named).resolve()
        names = [entry.name for entry in list(missing.parent.iterdir())[:500]]
    except (OSError, ValueError, RuntimeError):
        return f"paths start from `{root.name or root}`; `--root` changes that"
    return did_you_mean_file(missing.name, names) or f"paths start from `{root.name or root}`; `--root` changes that"
