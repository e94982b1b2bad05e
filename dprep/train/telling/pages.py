"""The keys of `[train]` and the methods, as pages: printed from the code, so that they cannot say anything else."""

from __future__ import annotations

import ast
import inspect
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dprep.train import settings
from dprep.train.table import BOUNDS, CHOICES, defaults

WIDTH = 26


def descriptions() -> dict[str, str]:
    """Key -> what the docstring under it says. A key without one shares that of the next which has one."""
    body = next(node.body for node in ast.parse(inspect.getsource(settings)).body if isinstance(node, ast.ClassDef))
    found: dict[str, str] = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            found[node.target.id] = " ".join(str(said).split())
    return found


def table() -> Iterator[tuple[str, str, str]]:
    """(key, default as TOML, what it means) in the order of the settings."""
    said = descriptions()
    for key, default in defaults().items():
        if key != "options":
            choices = ", ".join(f"`{word}`" for word in CHOICES.get(key, ()) if word)
            words = f" One of {choices}." if choices and not said[key] else ""
            yield key, _toml(default), f"{said[key]}{words}".strip()


def keys() -> Iterator[str]:
    """Lines for the terminal."""
    for key, default, meaning in table():
        yield f"{f'{key} = {default}':<{WIDTH}}  {meaning.replace('`', '')}"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{}"
    return json.dumps(value, ensure_ascii=False)


def methods() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, its sentence, option -> default)."""
    from dprep.train.methods import METHODS, method_class

    for name in METHODS:
        found = method_class(name)
        yield name, found.sentence, dict(found.options())


def tasks() -> Iterator[tuple[str, str, str, str]]:
    """(task, columns that it reads, columns that say what is right, the metric that the best checkpoint is chosen by)."""
    from dprep.train.scoring.scores import BEST
    from dprep.train.tasks import TASKS

    for name, kind in TASKS.items():
        columns, asks = (_of_class(name, kind, wanted) for wanted in ("columns", "asks"))
        yield name, ", ".join(asks), ", ".join(each for each in columns if each not in asks), BEST[name]


def _of_class(task: str, kind: str, wanted: str) -> tuple[str, ...]:
    """What the class of a task says of itself, from its source: pages are printed where torch is not installed, too."""
    source = (Path(settings.__file__).parent / "tasks" / f"{task}.py").read_text("utf-8")
    body = next(node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == kind)
    found = (node for node in body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == wanted)
    return tuple(ast.literal_eval(next(found).value))


def schema() -> dict[str, Any]:
    """The JSON Schema of the table `[train]`, for completion and checks in editors."""
    from dprep.train.methods import METHODS

    properties: dict[str, Any] = {}
    for key, default, meaning in table():
        told = meaning if default in {'""', "{}", "[]"} else f"{meaning} Default: {default}."
        properties[key] = {**_shape(key, json.loads(default)), "description": told}
    named = {"type": "object", "required": ["name"], "properties": {"name": {"enum": list(METHODS)}}}
    properties["method"] = {"anyOf": [{"enum": list(METHODS)}, named], "description": properties["method"]["description"]}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _shape(key: str, default: Any) -> dict[str, Any]:
    """The type of a key, from its default."""
    texts = {"type": "array", "items": {"type": "string"}}
    if key in CHOICES:
        return {"enum": list(CHOICES[key])}
    if isinstance(default, dict):
        return {"type": "object"}
    if isinstance(default, list):
        numbers = {"type": "array", "items": {"type": "number"}, "minItems": len(default), "maxItems": len(default)}
        return numbers if default else {"anyOf": [{"type": "string"}, texts]}
    if isinstance(default, str | bool):
        return {"type": "boolean" if isinstance(default, bool) else "string"}
    low, high = BOUNDS.get(key, (0, math.inf))
    kind = "integer" if isinstance(default, int) else "number"
    return {"type": kind, "minimum": low, **({"maximum": high} if high < math.inf else {})}
