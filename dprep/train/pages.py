"""The keys of `[train]` and the methods, as pages: printed from the code, so that they cannot say anything else."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from typing import Any

from dprep.train import settings
from dprep.train.table import CHOICES, defaults

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
            words = f" One of {', '.join(f'`{word}`' for word in CHOICES[key] if word)}." if key in CHOICES and not said[key] else ""
            yield key, _toml(default), f"{said[key]}{words}".strip()


def keys() -> Iterator[str]:
    """Lines for the terminal."""
    for key, default, meaning in table():
        yield f"{f'{key} = {default}':<{WIDTH}}  {meaning.replace('`', '')}"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{}"
    return json.dumps(value, ensure_ascii=False)
