"""`--set step.minhash.threshold=0.7`: one value of a recipe, changed for one run."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from dprep.base.problem import Place, Problem, did_you_mean
from dprep.recipe.naming import step_names
from dprep.recipe.places import Path, Places
from dprep.recipe.table import listed

_SHAPE = "write `--set step.NAME.parameter=value`, `--set dataset.seed=9` or `--set source.1.path=…`"


def apply(overrides: Sequence[str], data: dict[str, Any], places: Places) -> list[Problem]:
    """Change `data` and `places` as the overrides say; what is wrong with them comes back."""
    problems = [_apply_one(text, data, places) for text in overrides]
    return [problem for problem in problems if problem]


def _apply_one(text: str, data: dict[str, Any], places: Places) -> Problem | None:
    key, equals, value = text.partition("=")
    words = [word.strip() for word in key.split(".")]
    if not equals or len(words) < 2 or not all(words):
        return Problem("bad-override", f"`--set {text}` names no key and value", help=_SHAPE)
    found = _target(words, data)
    if isinstance(found, Problem):
        return Problem(found.code, found.sentence, Place("--set", 0, 1, len(key), text), found.help)
    path, rest = found
    table = _table(data, path, rest[:-1])
    if table is None:
        place = Place("--set", 0, 1, len(key), text)
        return Problem("bad-override", f"`{key.strip()}` is not a table's key", place, _SHAPE)
    table[rest[-1]] = _value(value.strip())
    _move(places, (*path, *rest), Place("--set", 0, 1, max(1, len(text)), text))
    return None


def _table(data: dict[str, Any], path: Path, inner: list[str]) -> dict[str, Any] | None:
    """The table at `path` and within it `inner`, made where it is missing; None where something else stands there."""
    table: Any = data
    for part in path:
        if isinstance(table, dict):
            table = table.setdefault(str(part), {})
        elif isinstance(table, list) and isinstance(part, int):
            table = table[part]
    for name in inner:
        table = table.setdefault(name, {}) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _target(words: list[str], data: dict[str, Any]) -> tuple[Path, list[str]] | Problem:
    """The table that an override reaches into, and the keys within it."""
    section = words[0]
    if section in ("dataset", "train"):
        return (section,), words[1:]
    if section not in ("step", "source"):
        help = did_you_mean(section, ("dataset", "source", "step", "train")) or _SHAPE
        return Problem("bad-override", f"a recipe has no `{section}`", help=help)
    items = data.get(section)
    items = items if isinstance(items, list) else []
    names = step_names(items) if section == "step" else _source_names(items)
    for end in range(2, len(words)):  # a name may hold dots
        name = ".".join(words[1:end])
        if name in names:
            return (section, names.index(name)), words[end:]
    name = words[1]
    if section == "source" and name.isdecimal() and 1 <= int(name) <= len(items) and len(words) > 2:
        return (section, int(name) - 1), words[2:]
    if len(words) == 2:
        return Problem("bad-override", f"`{section}.{name}` names no key to set", help=_SHAPE)
    help = did_you_mean(name, names) or (f"there are {listed(names)}" if names else "")
    return Problem("bad-override", f"no {section} is called `{name}`", help=help)


def _source_names(items: list[Any]) -> list[str]:
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    return [name if isinstance(name, str) else str(number) for number, name in enumerate(names, 1)]


def _value(text: str) -> Any:
    """`text` as TOML, or as a string where TOML cannot read it."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text


def _move(places: Places, path: Path, place: Place) -> None:
    """From now on `path` and all below it stand at `place`."""
    for known in (places.keys, places.values, places.said):
        for old in [old for old in known if old[: len(path)] == path]:
            del known[old]
    places.said[path] = place
