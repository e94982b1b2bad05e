"""Whether what was read has the fields that the task and the steps reach into: known only when the rows are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from dprep.base.columns import ColumnPath
from dprep.base.problem import Error, Problem
from dprep.plan.model import Plan


def check_shapes(plan: Plan, schema: Mapping[str, pl.DataType]) -> None:
    """Raise Error (`missing-column`) where a path such as `messages.content` leads nowhere in columns of these types."""
    problems: dict[str, Problem] = {}
    for path, reader in _paths(plan):
        if path.column not in schema or not path.field:
            continue
        found = _fields(schema[path.column])
        lacking = [name for name in ([path.field, "role"] if path.role else [path.field]) if name not in found]
        if lacking and str(path) not in problems:
            problems[str(path)] = _missing(path, lacking[0], found, reader)
    if problems:
        raise Error(list(problems.values()), exit_code=1)


def _paths(plan: Plan) -> Iterator[tuple[ColumnPath, str]]:
    for path in plan.text_columns:
        yield ColumnPath.parse(path), f'`task = "{plan.task}"`'
    for step in plan.steps:
        for path in step.columns:
            yield ColumnPath.parse(path), f"step `{step.name}`"


def _fields(dtype: pl.DataType) -> list[str]:
    """The names of the fields of objects, or of the objects in lists."""
    inner = dtype.inner if isinstance(dtype, pl.List) else dtype
    return [field.name for field in inner.fields] if isinstance(inner, pl.Struct) else []


def _missing(path: ColumnPath, field: str, found: list[str], reader: str) -> Problem:
    there = f"its fields are {', '.join(f'`{name}`' for name in found[:10])}" if found else "it holds no objects"
    cure = f"bring the files into this form first; in `{path.column}`, every object has `{field}`"
    return Problem("missing-column", f"{reader} reads `{path}`, and `{path.column}` has no field `{field}`: {there}", help=cure)
