"""The recipe beside a version, with the lines that something else of the report tells of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dprep.base.problem import Error
from dprep.recipe.model import Recipe
from dprep.recipe.places import Path as KeyPath
from dprep.recipe.read import read_text, recipe_from_text
from dprep.report.reading.found import Found

LONGEST = 100_000
"""Characters of a recipe that are shown."""
DECIDED = 10
"""Keys that are told of, those that dropped most."""
VALUE = 200
"""Characters of a key's value."""


@dataclass(frozen=True)
class Place:
    """A line (from 1) where the recipe names a step or a source."""

    line: int
    name: str
    number: int
    """Of the step in the ledger (0 is `read`), or of the source from 1."""


@dataclass(frozen=True)
class Decided:
    """A reason for which rows were dropped, and the key of the recipe that says so."""

    step: str
    number: int
    reason: str
    rows: int
    key: str
    """Empty where no single key decides."""
    value: str
    """As the run used it; empty where no single key decides."""
    line: int | None
    """Where the key stands, or, where it is left to its default, the step."""
    written: bool
    """Whether the recipe writes the key; else it had its default."""


@dataclass(frozen=True)
class Override:
    """A value given by `--set` for this run; `line`: where the recipe says otherwise, or the thing around it."""

    text: str
    line: int | None


@dataclass(frozen=True)
class RecipeFacts:
    """The recipe as it stands beside the version."""

    text: str
    """At most LONGEST characters."""
    characters: int
    fault: str
    """Why it cannot be read, and nothing of it can be marked; empty where it can."""
    steps: tuple[Place, ...]
    sources: tuple[Place, ...]
    decided: tuple[Decided, ...]
    """The largest first."""
    overrides: tuple[Override, ...]
    own_operators: str
    """The folder of its own operators, relative to where it lay; empty where it has none."""


def recipe_facts(found: Found) -> RecipeFacts:
    """The places of the steps, the sources, the keys that decided. A recipe that cannot be read is shown without them."""
    overrides = tuple(str(text) for text in found.manifest.get("overrides", ()))
    try:
        written = _read(found, ())
    except Error as fault:
        text = _raw(found)
        why = fault.problems[0].sentence
        unplaced = tuple(Override(text, None) for text in overrides)
        return RecipeFacts(text[:LONGEST], len(text), why, (), (), tuple(_decided(found, None, {})), unplaced, "")
    numbers = {step.name: step.index for step in written.steps}
    return RecipeFacts(
        written.places.text[:LONGEST],
        len(written.places.text),
        "",
        tuple(_steps(found, written)),
        tuple(
            Place(_line(written, ("source", source.index)) or 1, source.name or str(source.index + 1), source.index + 1)
            for source in written.sources
        ),
        tuple(_decided(found, written, numbers)),
        tuple(_overrides(found, written, overrides)),
        written.dataset.ops.name if written.dataset.ops else "",
    )


def _read(found: Found, overrides: tuple[str, ...]) -> Recipe:
    text = read_text(found.folder / "recipe.toml", "recipe.toml")
    return recipe_from_text(text, "recipe.toml", found.folder, found.folder, overrides)


def _raw(found: Found) -> str:
    """The text of a recipe that is none; empty where there is no file."""
    file = found.folder / "recipe.toml"
    if not file.is_file():
        return ""
    with file.open("rb") as opened:
        return opened.read(4 * LONGEST).decode("utf-8", "replace").replace("\r\n", "\n")


def _steps(found: Found, recipe: Recipe) -> list[Place]:
    numbers = _numbers(found)
    lines = ((step.name, _line(recipe, ("step", step.index))) for step in recipe.steps)
    return [Place(line, name, numbers[name]) for name, line in lines if line and name in numbers]


def _numbers(found: Found) -> dict[str, int]:
    return {entry["name"]: number for number, entry in enumerate(found.ledger["steps"])}


def _line(recipe: Recipe, path: KeyPath) -> int | None:
    return recipe.places.key(path).line or None


def _decided(found: Found, recipe: Recipe | None, indices: Mapping[str, int]) -> list[Decided]:
    """The reasons that dropped most rows, with their keys."""
    numbers, told = _numbers(found), []
    doors = [(rows, entry["name"], reason) for entry in found.ledger["steps"] for reason, rows in entry["reasons"].items()]
    for rows, name, reason in sorted(doors, key=lambda door: (-door[0], numbers[door[1]], door[2]))[:DECIDED]:
        key, value = _key(found.steps.get(name, {}), reason)
        path: KeyPath = ("step", indices[name], *([key] if key else [])) if name in indices else ()
        line = _line(recipe, path) if recipe and path else None
        written = bool(recipe and key and path in recipe.places.keys)
        told.append(Decided(name, numbers[name], reason, rows, key, value, line, written))
    return told


def _key(step: Mapping[str, Any], reason: str) -> tuple[str, str]:
    """The parameter that a reason is named for, or the threshold of likeness, with its value."""
    parameters = step.get("parameters", {})
    for key in (reason, reason.removeprefix("gate."), *(["threshold"] if reason == "duplicate" else [])):
        if key in parameters:
            return key, str(parameters[key])[:VALUE]
    return "", ""


def _overrides(found: Found, written: Recipe, overrides: tuple[str, ...]) -> list[Override]:
    """Where the recipe says what `--set` changed."""
    paths = {place.text: path for path, place in _read(found, overrides).places.said.items()}
    return [Override(text, _line(written, paths[text]) if text in paths else None) for text in overrides]
