"""What a user wants learnt, from a file of `[[fit]]` tables or from the words of a command, checked before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from dprep.base.artifact import wanted_kinds
from dprep.base.problem import Error, Problem
from dprep.fit.kinds import KINDS, Fit, parameters_of, unknown_kind
from dprep.plan.artifacts import located
from dprep.plan.wording import problems_of
from dprep.recipe.places import Places
from dprep.recipe.read import read_text
from dprep.recipe.syntax import parse


@dataclass(frozen=True)
class Request:
    """One thing to learn."""

    kind: str
    asked: Fit
    folder: Path
    """Where relative paths in `from` start."""

    @property
    def recipe(self) -> Path | None:
        """The recipe whose version is learnt from; None where `from` names a version."""
        return self.folder / self.asked.from_ if self.asked.from_.endswith(".toml") else None

    @property
    def version(self) -> str:
        """The reference or the path of the version that is learnt from."""
        path = self.folder / self.asked.from_
        return str(path) if "/" in self.asked.from_ and path.exists() else self.asked.from_


def read_requests(file: Path) -> list[Request]:
    """The `[[fit]]` tables of a file, in order. Raises Error with all that is wrong."""
    if not file.exists():
        help = f"a kind is one of {', '.join(f'`{kind}`' for kind in KINDS)}"
        raise Error(Problem("no-such-file", f"there is no file `{file}`", help=help))
    data, places = parse(read_text(file, str(file)), str(file))
    tables = data.get("fit")
    problems = [
        Problem("unknown-key", f"a file of fits takes no `{key}`", places.key((key,)), "it takes `[[fit]]` tables only")
        for key in data
        if key != "fit"
    ]
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        help = 'begin with `[[fit]]`, `kind = "tokenizer"`, `name = "…"` and `from = "…"`'
        raise Error([*problems, Problem("missing-key", "a file of fits needs `[[fit]]` tables", places.key(("fit",)), help)])
    found = [_request(table, ("fit", number), places, file.resolve().parent) for number, table in enumerate(tables)]
    problems += [problem for each in found if isinstance(each, list) for problem in each]
    if problems:
        raise Error(problems)
    return [each for each in found if isinstance(each, Request)]


def request(kind: str, parameters: Mapping[str, Any]) -> Request:
    """One thing to learn, from the words of a command. Raises Error."""
    given = {key.rstrip("_"): value for key, value in parameters.items()}  # `from` is no name in Python
    found = _request({"kind": kind, **given}, (), Places(f"fit {kind}", ""), Path())
    if isinstance(found, list):
        raise Error([replace(problem, place=None) for problem in found])
    return found


def with_files(request: Request, store: Path) -> Request:
    """With absolute paths for the files and artifacts that its parameters name. Raises Error."""

    def locate(cls: type[BaseModel], parameter: str, named: str) -> str:
        found = located(named, request.folder, store, wanted_kinds(cls, parameter))
        if found is None:
            raise Error(
                Problem("no-such-file", f"there is no file `{named}`", help=f"`{parameter}` takes a file or an artifact")
            )
        if isinstance(found, Problem):
            raise Error(found)
        return str(found)

    return replace(request, asked=request.asked.located(locate))


def _request(table: Mapping[str, Any], path: tuple[str | int, ...], places: Places, folder: Path) -> Request | list[Problem]:
    kind = table.get("kind")
    if kind is None:
        help = f"there are {', '.join(f'`{name}`' for name in KINDS)}"
        return [Problem("missing-key", "`[[fit]]` has no `kind`", places.key(path), help)]
    if kind not in KINDS:
        return [replace(unknown_kind(str(kind)), place=places.value((*path, "kind")))]
    cls = parameters_of(kind)
    params = {key: value for key, value in table.items() if key != "kind"}
    try:
        asked = cls.model_validate(params)
    except ValidationError as fault:
        return problems_of(fault, cls, kind, path, params, places)  # type: ignore[arg-type]
    if asked.until is not None and not asked.from_.endswith(".toml"):
        sentence = "`until` names a step of a recipe, and `from` names a version"
        return [Problem("wrong-value", sentence, places.value((*path, "until")), "drop the line, or name a recipe")]
    return Request(kind, asked, folder)
