"""The rows of a version as they are learnt from: one part, a condition, a sample; block by block, never all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as parquet

from dprep.base.chance import luck
from dprep.base.columns import ColumnPath, joined
from dprep.base.problem import Error, Problem, did_you_mean, fail
from dprep.fit.kinds import Fit
from dprep.plan.conditions import Fault, read_condition
from dprep.plan.tasks import TASKS
from dprep.store.versions import Version

Tell = Callable[[int, int], None]
"""Called with (blocks done, blocks in all)."""
_LARGEST = np.uint64(2**64 - 1)


class VersionRows:
    """The rows of `version` that `asked` names. Raises Error where a column, the part or the condition is wrong."""

    def __init__(self, version: Version, asked: Fit, tell: Tell = lambda _done, _all: None) -> None:
        self.version, self.asked, self.tell = version, asked, tell
        self.files = version.data_files(asked.part)
        self.columns = asked.columns or TASKS[version.manifest["task"]].texts
        self.needs(ColumnPath.parse(path).column if _is_path(path) else path for path in self.columns)
        self.read = () if asked.when is None else self._condition(asked.when)

    def needs(self, names: Iterator[str]) -> None:
        """Raise Error (`missing-column`) unless the version has these columns."""
        there = [*self.version.manifest["columns"], "part"]
        for name in names:
            if name not in there:
                help = did_you_mean(name, there) or f"it has {', '.join(f'`{each}`' for each in there[:12])}"
                raise Error(Problem("missing-column", f"`{self.version}` has no column `{name}`", help=help))

    def __len__(self) -> int:
        return min(self.chosen, self.asked.sample)

    def texts(self) -> Iterator[pl.Series]:
        """Their texts (String, no nulls)."""
        paths = dict.fromkeys(ColumnPath.parse(path).column for path in self.columns)
        for rows in self._blocks(("id", *paths, *self.read)):
            yield joined(rows, self.columns)

    def frames(self) -> Iterator[pl.DataFrame]:
        """All their columns, with `__text`."""
        for rows in self._blocks(None):
            yield rows.with_columns(joined(rows, self.columns).alias("__text"))

    def shard(self, path: Path, columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        """The row groups of one of `files`, cut to the rows for which the condition holds."""
        for group in range(parquet.read_metadata(path).num_row_groups):
            yield self._kept(_row_group(path, group, columns))

    @property
    def chosen(self) -> int:
        """Rows of the part for which the condition holds, before the sample is drawn."""
        return len(self._lucks)

    @cached_property
    def _lucks(self) -> np.ndarray:
        """(rows,): the luck of every chosen row; 8 bytes each."""
        found = [self._luck(rows) for _, rows in self._read(("id", *self.read))]
        return np.concatenate(found) if found else np.zeros(0, np.uint64)

    @cached_property
    def _limit(self) -> np.uint64:
        """The largest luck of a drawn row."""
        if self.chosen <= self.asked.sample:
            return _LARGEST
        return np.uint64(np.partition(self._lucks, self.asked.sample - 1)[self.asked.sample - 1])

    def _luck(self, rows: pl.DataFrame) -> np.ndarray:
        return luck(self.asked.seed, "fit", rows.get_column("id"))

    def _blocks(self, columns: tuple[str, ...] | None) -> Iterator[pl.DataFrame]:
        """The drawn rows of every row group that has some."""
        if not len(self):
            raise fail("no-rows", f"`{self.version}` has no row to learn from", "look at `part` and `when`")
        for (done, total), rows in self._read(columns):
            drawn = rows if self._limit == _LARGEST else rows.filter(pl.Series(self._luck(rows) <= self._limit))
            if len(drawn):
                yield drawn
            self.tell(done, total)

    def _read(self, columns: tuple[str, ...] | None) -> Iterator[tuple[tuple[int, int], pl.DataFrame]]:
        """Row groups in order, cut to the rows for which the condition holds, with how many are done."""
        groups = [(path, group) for path in self.files for group in range(parquet.read_metadata(path).num_row_groups)]
        for done, (path, group) in enumerate(groups, 1):
            yield (done, len(groups)), self._kept(_row_group(path, group, columns))

    def _kept(self, rows: pl.DataFrame) -> pl.DataFrame:
        if self.asked.when is None:
            return rows
        return rows.filter(pl.sql_expr(self.asked.when).cast(pl.Boolean).fill_null(False))

    def _condition(self, when: str) -> tuple[str, ...]:
        """The columns that the condition reads."""
        found = read_condition(when, "when")
        if isinstance(found, Fault):
            raise Error(Problem("bad-condition", found.sentence, help=found.help))
        self.needs(iter(found.reads))
        return found.reads


def _row_group(path: Path, group: int, columns: tuple[str, ...] | None) -> pl.DataFrame:
    """A row group with those of `columns` that its file has; `part` from the file's name where it has none."""
    file = parquet.ParquetFile(path)
    names = file.schema_arrow.names
    wanted = names if columns is None else [name for name in names if name in columns]
    found = pl.from_arrow(file.read_row_group(group, columns=wanted, use_threads=False))
    assert isinstance(found, pl.DataFrame)
    missing = {"part": path.name.rpartition("-of-")[0].rpartition("-")[0]} if "part" not in names else {}
    other = {name: None for name in columns or () if name not in names and name != "part"}
    return found.with_columns(pl.lit(value, dtype=pl.String).alias(name) for name, value in {**missing, **other}.items())


def _is_path(path: str) -> bool:
    try:
        ColumnPath.parse(path)
    except ValueError:
        raise Error(
            Problem("bad-column-path", f"`{path}` is not a column path", help="write `text` or `messages.content`")
        ) from None
    return True
