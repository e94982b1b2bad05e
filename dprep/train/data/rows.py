"""The rows of a version, read with pyarrow alone, under the names that the task uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as parquet

from dprep.base.problem import fail
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
            help = "run the recipe again with `--fresh`"
            raise fail("broken-version", f"`{path.name}` of `{version}` cannot be read: {fault}", help) from None


def _renamed(row: dict[str, Any], wanted: Mapping[str, str]) -> dict[str, Any]:
    return {ours: row[theirs] for ours, theirs in wanted.items() if theirs in row}


def of_task(version: Version, part: str, task: type[Task] | Task, columns: Mapping[str, str]) -> Iterator[list[Row]]:
    """The rows of a part with the columns of a task. Of a version that mixes tasks, those of this one."""
    for block in blocks(version, part, [*task.columns, *task.optional, "task"], columns):
        yield [row for row in block if row.get("task") in {None, task.name}]
