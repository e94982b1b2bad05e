"""Rows of a file as a task reads them: columns under its names, values of its types, and nothing of an answer.

A row that lacks what the model reads is not asked about: it keeps its place, with a reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.train.data.column_types import TASKS

if TYPE_CHECKING:
    from dprep.train.task import Row, Task

_LISTED = 10


def demand(wanted: Iterable[str], columns: Mapping[str, str], block: Sequence[Mapping[str, Any]], file: str) -> None:
    """Raises Error (`train-columns`) where no row of `block` has a column that the model reads.

    wanted: as the task calls them; columns: what the task calls a column = what the file calls it.
    """
    there = list(dict.fromkeys(name for row in block for name in row))
    missing = [columns.get(name, name) for name in wanted if columns.get(name, name) not in there]
    if not missing:
        return
    listed = ", ".join(f"`{name[:60]}`" for name in there[:_LISTED])
    near = did_you_mean(missing[0], there)
    sentence = f"`{file}` has no column {_listed(missing)}, which the model reads"
    help = f"{f'{near} ' if near else ''}it has {listed or 'no columns'}: rename a column in the file"
    raise Error(Problem("train-columns", sentence, help=help))


def as_asked(task: Task, wanted: Sequence[str], columns: Mapping[str, str], row: Mapping[str, Any]) -> Row | str:
    """The row under the task's names, or why it cannot be asked about: a short snake_case reason."""
    found: dict[str, Any] = {"id": row.get("id")}
    for name in dict.fromkeys([*task.asks, *wanted, *task.optional]):
        kinds = TASKS[task.name][name].kinds
        value = _in_kind(row.get(columns.get(name, name)), kinds)
        if value is not None:
            found[name] = value
        elif name in wanted:
            return f"no_{name}" if row.get(columns.get(name, name)) is None else f"unfit_{name}"
    return found


def _in_kind(value: Any, kinds: Sequence[str]) -> Any:
    """`value`, if it is of one of the kinds; None if not. Cells of CSV hold lists and chats as JSON."""
    read = _from_json(value) if isinstance(value, str) and any(kind != "text" for kind in kinds) else value
    if "a chat" in kinds and _is_chat(read):
        return read
    if "a list of texts" in kinds and isinstance(read, list) and read and all(isinstance(each, str) for each in read):
        return read
    if "text" in kinds and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if "text" in kinds and isinstance(value, str) else None


def _from_json(text: str) -> Any:
    try:
        return json.loads(text) if text.lstrip()[:1] in {"[", "{"} else None
    except (ValueError, RecursionError):
        return None


def _is_chat(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) and "role" in each for each in value)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
