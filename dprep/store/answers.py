"""What models answered, kept so that the same question gets the same answer again: the first one, to the last bit.

A folder holds the answers of one model with one set of parameters. It grows by segments `a000001.arrow`: columns `high` and
`low` (the 128-bit hash of what was asked) and those of the answer. A segment is renamed into place and never touched again,
so a killed run loses only what it had not handed over. Whoever answers first is right: what another process has kept by then
is not written again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc

from dprep.store.commit import write_file
from dprep.store.layout import locked

U64 = npt.NDArray[np.uint64]
KEY = ("high", "low")


class AnswerStore:
    """The answers in one folder. Holds 24 bytes in memory for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: list[Path] = []
        self._places = pl.DataFrame(schema={"high": pl.UInt64, "low": pl.UInt64, "segment": pl.UInt32, "row": pl.UInt32})

    def known(self, keys: U64) -> npt.NDArray[np.bool_]:
        """(n,): which of the questions (n, 2) have an answer."""
        return self._of(keys).get_column("row").is_not_null().to_numpy()

    def find(self, keys: U64) -> pl.DataFrame:
        """The answers to questions (n, 2) that are all known, in their order."""
        places = self._of(keys).with_row_index("place")
        found = []
        for (segment,), some in places.partition_by("segment", as_dict=True).items():
            answers = _table(self._read[int(segment)]).take(some.get_column("row").to_arrow())
            found.append(pl.DataFrame(answers).drop(KEY).with_columns(__place=some.get_column("place")))
        return pl.concat(found).sort("__place").drop("__place")

    def keep(self, keys: U64, answers: pl.DataFrame) -> None:
        """Keep the answers to distinct questions (n, 2), but for those that have one by now."""
        with locked(self.folder / ".lock"):
            new = pl.Series(~self.known(keys), dtype=pl.Boolean)
            if new.any():
                told = pl.DataFrame({"high": keys[:, 0], "low": keys[:, 1]}).hstack(answers).filter(new)
                _write(self.folder / f"a{len(self._read) + 1:06d}.arrow", told)

    def _of(self, keys: U64) -> pl.DataFrame:
        """Segment and row of each question's answer; null where there is none."""
        self._look()
        asked = pl.DataFrame({"high": keys[:, 0], "low": keys[:, 1]}, schema={"high": pl.UInt64, "low": pl.UInt64})
        return asked.join(self._places, on=KEY, how="left", maintain_order="left").select("segment", "row")

    def _look(self) -> None:
        """Read the keys of segments that have come since."""
        new = [path for path in sorted(self.folder.glob("a*.arrow")) if path not in self._read]
        if new:
            self._places = pl.concat([self._places, *self._keys(new)])

    def _keys(self, paths: list[Path]) -> Iterator[pl.DataFrame]:
        for path in paths:
            keys = pl.DataFrame(_table(path, only_keys=True))
            yield keys.with_columns(
                segment=pl.lit(len(self._read), dtype=pl.UInt32), row=pl.int_range(len(keys), dtype=pl.UInt32)
            )
            self._read.append(path)


def _table(path: Path, only_keys: bool = False) -> pa.Table:
    options = ipc.IpcReadOptions(included_fields=[0, 1] if only_keys else None)
    with pa.memory_map(str(path)) as file:
        return ipc.open_file(file, options=options).read_all()


def _write(path: Path, rows: pl.DataFrame) -> None:
    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())

    def save(place: Path) -> None:
        with pa.OSFile(str(place), "wb") as file, ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    write_file(path, save, durable=True)
