"""The rows of a version, read with pyarrow alone, under the names that the task uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet

from dprep.base.problem import Error, fail
from dprep.store.versions import Version

if TYPE_CHECKING:
    from dprep.train.task import Row, Task

AT_ONCE = 1_000
"""Rows that are held as Python values."""
SYSTEM = ("id", "origin", "parent", "made_by")
"""Columns that come along where they are there: a ledger names rows by `id`, and sources by `origin`."""


def blocks(version: Version, part: str, names: Sequence[str], columns: Mapping[str, str]) -> Iterator[list[Row]]:
    """The rows of a part in order, so many at once, with the columns `names` as the task calls them, where they are there.

    columns: what the task calls a column = what the version calls it. Raises Error (`broken-version`).
    """
    for path in version.data_files(part):
        try:
            file = parquet.ParquetFile(path)
            present = set(file.schema_arrow.names)
            wanted = {ours: columns.get(ours, ours) for ours in [*SYSTEM, *names]}
            theirs = sorted({name for name in wanted.values() if name in present})
            for batch in file.iter_batches(AT_ONCE, columns=theirs):
                yield [_renamed(row, wanted) for row in batch.to_pylist()]
        except (OSError, ValueError) as fault:
            raise _broken(version, path, fault) from None


def ids(version: Version, part: str, task: type[Task] | Task, most: int) -> Iterator[pa.Array]:
    """The ids of the rows that `of_task` gives, in its order, at most so many at once. Raises Error (`broken-version`)."""
    for path in version.data_files(part):
        try:
            file = parquet.ParquetFile(path)
            mixed = "task" in file.schema_arrow.names
            for batch in file.iter_batches(most, columns=["id", "task"] if mixed else ["id"]):
                if mixed:
                    own = compute.equal(batch.column("task"), task.name)
                    batch = batch.filter(compute.fill_null(own, True))
                yield batch.column("id")
        except (OSError, ValueError) as fault:
            raise _broken(version, path, fault) from None


def _broken(version: Version, path: Path, fault: Exception) -> Error:
    return fail(
        "broken-version", f"`{path.name}` of `{version}` cannot be read: {fault}", "run the recipe again with `--fresh`"
    )


def _renamed(row: dict[str, Any], wanted: Mapping[str, str]) -> dict[str, Any]:
    return {ours: row[theirs] for ours, theirs in wanted.items() if theirs in row}


def of_task(version: Version, part: str, task: type[Task] | Task, columns: Mapping[str, str]) -> Iterator[list[Row]]:
    """The rows of a part with the columns of a task. Of a version that mixes tasks, those of this one."""
    for block in blocks(version, part, [*task.columns, *task.optional, "task"], columns):
        yield [row for row in block if row.get("task") in {None, task.name}]
