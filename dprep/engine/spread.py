"""More numbers than memory holds: records in files by their leading bits, and files whose touched pages are given back."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from dprep.store.commit import guarded

U64 = npt.NDArray[np.uint64]

_PART_ROWS = 1 << 18
"""Records that are sorted at once: some 20 MB with all that sorting takes."""
_MOST_PARTS = 64
"""Files open at once; above 16 million records a part takes a 64th of them."""


class Spread:
    """Records of unsigned numbers, to be gone through in the order of their first number, a part at a time.

    The first numbers must be hashes: a part holds those that share their leading bits. Few records stay in memory.
    """

    def __init__(self, rows: int, folder: Path) -> None:
        """`rows`: about how many records will come; `folder` must exist if there are many."""
        self._bits = 0
        while (_PART_ROWS << self._bits) < rows and (1 << self._bits) < _MOST_PARTS:
            self._bits += 1
        self._held: list[U64] = []
        self._folder = tempfile.TemporaryDirectory(dir=folder, prefix="spread-") if self._bits else None
        self._files = [self._path(part).open("wb") for part in range(1 << self._bits)] if self._bits else []
        self._width = 0

    def __enter__(self) -> Spread:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        for file in self._files:
            file.close()
        if self._folder:
            self._folder.cleanup()

    def _path(self, part: int) -> Path:
        assert self._folder
        return Path(self._folder.name) / f"{part:02d}.u64"

    def add(self, records: U64) -> None:
        """Take in records, (rows, width)."""
        self._width = records.shape[1]
        if not self._bits:
            self._held.append(records)
            return
        part = (records[:, 0] >> np.uint64(64 - self._bits)).astype(np.uint8)
        order = np.argsort(part, kind="stable")
        ends = np.searchsorted(part[order], np.arange(len(self._files) + 1))
        ordered = records[order]
        for number, file in enumerate(self._files):
            write(file, ordered[ends[number] : ends[number + 1]])

    def parts(self) -> Iterator[U64]:
        """Parts by ascending first number; in a part, records are in the order in which they came. Each is given once."""
        if not self._bits:
            if self._held:
                held, self._held = np.concatenate(self._held), []
                yield held
            return
        for number, file in enumerate(self._files):
            file.close()
            if self._path(number).stat().st_size:
                yield np.fromfile(self._path(number), np.uint64).reshape(-1, self._width)
            self._path(number).unlink()


def write(file: BinaryIO, array: npt.NDArray[Any]) -> None:
    """Append the numbers of `array`. Where the disk is full the fault says so, as that of `tofile` does not."""
    file.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def save(path: Path, array: npt.NDArray[Any]) -> None:
    """The numbers of `array` alone, for `np.fromfile` or `Kept`."""
    with guarded(path), path.open("wb") as file:
        write(file, array)


def runs(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Where each run of equal values begins, and the end of the last."""
    if not len(values):
        return np.zeros(1, np.int64)
    return np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1, [len(values)]])


def equal_pairs(records: U64) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """An order in which records with equal first two numbers are neighbours, else as they came; where the groups start."""
    first = np.ascontiguousarray(records[:, 0])
    order = np.argsort(first, kind="stable")
    starts = runs(first[order])
    second = records[order, 1]
    if (second != np.repeat(second[starts[:-1]], np.diff(starts))).any():
        # different hashes that agree in 64 of 128 bits
        order = np.lexsort((records[:, 1], first))
        starts = np.union1d(runs(first[order]), runs(records[order, 1]))
    return order, starts


class Kept:
    """An array in a file. The pages that were touched leave memory at `give_back` and come again from the file."""

    def __init__(self, path: Path, dtype: npt.DTypeLike, rows: int | None = None) -> None:
        """Map the file at `path`; with `rows`, make it anew, full of zeros."""
        kind = np.dtype(dtype)
        if rows is not None:
            with path.open("wb") as file:
                # not a hole: on a full disk a fault here is a problem told, one in the middle of the mapping kills the process
                for first in range(0, rows * kind.itemsize, 1 << 20):
                    file.write(bytes(min(1 << 20, rows * kind.itemsize - first)))
        self.path = path
        self._pages: mmap.mmap | None = None
        self.array: npt.NDArray[Any] = np.zeros(0, kind)
        if path.stat().st_size:
            with path.open("r+b") as file:
                self._pages = mmap.mmap(file.fileno(), 0)
            self.array = np.frombuffer(self._pages, kind)

    def give_back(self) -> None:
        """Let the system take the pages back; what was written stays in the file."""
        if self._pages is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._pages.madvise(mmap.MADV_DONTNEED)


def row_type(rows: int) -> npt.DTypeLike:
    """The smallest type that counts `rows` rows."""
    return np.uint32 if rows < 2**32 else np.int64
