"""What models answered, kept so that the same question gets the same answer again: the first one, to the last bit.

A folder holds the answers of one model with one set of parameters. It grows by segments `a000001.arrow`: columns `high` and
`low` (the 128-bit hash of what was asked) and those of the answer. A segment is renamed into place and never changed, so a
killed run loses only what it had not handed over. Whoever answers first is right: what another process has kept by then is not
written again. Where answers come in small batches, 32 segments of like size are joined into one, `a000001-000032.arrow`, and
removed; a segment within the numbers of another counts no more, so nothing is lost whenever a run is killed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc

from dprep.store.commit import remove, write_file
from dprep.store.layout import locked

U64 = npt.NDArray[np.uint64]
KEY = ("high", "low")
TOGETHER = 32
"""Segments of like size that are joined."""
MOST_BYTES = 64 << 20
"""Of segments that are joined: they are read into memory."""
_NAME = re.compile(r"a(\d{6,})(?:-(\d{6,}))?\.arrow")
_SCHEMA = {"high": pl.UInt64, "low": pl.UInt64, "segment": pl.UInt32, "row": pl.UInt32}

Found = TypeVar("Found")


class Segment(NamedTuple):
    """A file of answers, by the numbers of the segments that it holds."""

    first: int
    last: int
    path: Path


class AnswerStore:
    """The answers in one folder. Holds 24 bytes in memory for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._forget()

    def known(self, keys: U64) -> npt.NDArray[np.bool_]:
        """(n,): which of the questions (n, 2) have an answer."""
        return self._again(lambda: self._of(keys).get_column("row").is_not_null().to_numpy())

    def find(self, keys: U64) -> pl.DataFrame:
        """The answers to questions (n, 2) that are all known, in their order."""
        return self._again(lambda: self._found(keys))

    def keep(self, keys: U64, answers: pl.DataFrame) -> None:
        """Keep the answers to distinct questions (n, 2), but for those that have one by now."""
        with locked(self.folder / ".lock"):
            new = pl.Series(~self.known(keys), dtype=pl.Boolean)
            if new.any():
                told = pl.DataFrame({"high": keys[:, 0], "low": keys[:, 1]}).hstack(answers).filter(new)
                _write(self.folder / f"a{_last(self._read) + 1:06d}.arrow", told)
                self._join()

    def _again(self, ask: Callable[[], Found]) -> Found:
        """What `ask` gives; asked again where another process has joined the segments that it was about to read."""
        while True:
            try:
                return ask()
            except FileNotFoundError:
                self._forget()

    def _forget(self) -> None:
        self._read: list[Segment] = []
        self._places = pl.DataFrame(schema=_SCHEMA)

    def _found(self, keys: U64) -> pl.DataFrame:
        places = self._of(keys).with_row_index("place")
        found = []
        for (segment,), some in places.partition_by("segment", as_dict=True).items():
            answers = _table(self._read[int(segment)].path).take(some.get_column("row").to_arrow())
            found.append(pl.DataFrame(answers).drop(KEY).with_columns(__place=some.get_column("place")))
        return pl.concat(found).sort("__place").drop("__place")

    def _of(self, keys: U64) -> pl.DataFrame:
        """Segment and row of each question's answer; null where there is none."""
        self._look()
        asked = pl.DataFrame({"high": keys[:, 0], "low": keys[:, 1]}, schema={"high": pl.UInt64, "low": pl.UInt64})
        return asked.join(self._places, on=KEY, how="left", maintain_order="left").select("segment", "row")

    def _look(self) -> None:
        """Read the keys of segments that have come since."""
        there = segments(self.folder)
        if set(self._read) - set(there):
            self._forget()
        known = set(self._read)
        new = [segment for segment in there if segment not in known]
        if new:
            self._places = pl.concat([self._places, *self._keys(new)])

    def _keys(self, new: list[Segment]) -> Iterator[pl.DataFrame]:
        for segment in new:
            keys = pl.DataFrame(_table(segment.path, only_keys=True))
            yield keys.with_columns(
                segment=pl.lit(len(self._read), dtype=pl.UInt32), row=pl.int_range(len(keys), dtype=pl.UInt32)
            )
            self._read.append(segment)

    def _join(self) -> None:
        """Join the last segments where there are enough of like size. Under the lock."""
        there = segments(self.folder)
        for path in set(self.folder.glob("a*.arrow")) - {segment.path for segment in there}:
            remove(path)  # left behind by a run that was killed here
        alike = _alike(there)
        if alike:
            whole = self.folder / f"a{alike[0].first:06d}-{alike[-1].last:06d}.arrow"
            # all of them as one: those who ask later look for an answer in few files
            _write(whole, pl.concat([pl.DataFrame(_table(segment.path)) for segment in alike], how="vertical"))
            for segment in alike:
                remove(segment.path)
            self._join()


def segments(folder: Path) -> list[Segment]:
    """The segments that count, in the order of their numbers."""
    found: list[Segment] = []
    named = [(_NAME.fullmatch(path.name), path) for path in folder.glob("a*.arrow")]
    every = [Segment(int(name[1]), int(name[2] or name[1]), path) for name, path in named if name]
    for segment in sorted(every, key=lambda each: (each.first, -each.last)):
        if not found or segment.first > found[-1].last:
            found.append(segment)
    return found


def _alike(there: list[Segment]) -> list[Segment]:
    """The last TOGETHER segments, if all of them were joined of as many, and are small."""
    last = there[-TOGETHER:]
    span = last[-1].last - last[-1].first if last else 0
    alike = len(last) == TOGETHER and all(each.last - each.first == span for each in last)
    return last if alike and sum(each.path.stat().st_size for each in last) <= MOST_BYTES else []


def _last(read: list[Segment]) -> int:
    return max((segment.last for segment in read), default=0)


def _table(path: Path, only_keys: bool = False) -> pa.Table:
    options = ipc.IpcReadOptions(included_fields=[0, 1] if only_keys else None)
    with pa.memory_map(str(path)) as file:
        return ipc.open_file(file, options=options).read_all()


def _write(path: Path, rows: pl.DataFrame) -> None:
    table = rows.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())

    def save(place: Path) -> None:
        with pa.OSFile(str(place), "wb") as file, ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    write_file(path, save, durable=True)
