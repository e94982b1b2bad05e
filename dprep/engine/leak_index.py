"""Indexes among which leaks are looked for: `dprep index` has kept the shingles of their rows, not the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup import Sets
from dprep.base.problem import Error, Problem
from dprep.engine.leak_rows import NO_PROFILE, Masks, Shape
from dprep.models.index_arrays import mapped, names_at
from dprep.models.row_index import index_settings, row_index
from dprep.store import artifacts

U64 = npt.NDArray[np.uint64]

_NOT_THE_TEXT = np.uint64(0x5851F42D4C957F2D)


@dataclass(frozen=True)
class IndexBlock:
    """Some rows of one segment; one of `leak_rows.Rows`' blocks."""

    group: int
    path: str
    """The folder of the segment."""
    first: int
    rows: int
    whole_text: bool
    """Whether its hashes are of the very texts. Those of a benchmark are of letters and digits: all its twins count as near."""
    stem: str

    @property
    def hashes(self) -> str:
        return self.stem + ".content.npy"

    @property
    def asks(self) -> bool:
        return not self.whole_text

    def masks(self) -> Masks:
        return np.uint64(1) << np.uint64(self.group)

    def content(self) -> U64:
        hashes, rows = mapped(Path(self.path) / "content.u64").reshape(-1, 2), mapped(Path(self.path) / "content-rows.u32")
        here = (rows >= self.first) & (rows < self.first + self.rows)
        found = np.empty((self.rows, 2), np.uint64)
        found[rows[here].astype(np.int64) - self.first] = hashes[here]
        if not self.whole_text:
            found ^= _NOT_THE_TEXT
        return found

    def profile(self) -> npt.NDArray[np.int64]:
        return NO_PROFILE  # an index has settled what shingles are

    def sets(self, shape: Shape, local: npt.NDArray[np.int64] | None = None) -> Sets:
        rows = self.first + (np.arange(self.rows) if local is None else local)
        offsets, hashes = mapped(Path(self.path) / "set-offsets.i64"), mapped(Path(self.path) / "sets.u64")
        lengths = offsets[rows + 1] - offsets[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(starts[-1]) + np.repeat(offsets[rows] - starts[:-1], lengths)
        return Sets(starts, np.asarray(hashes[places]))

    def shown(self, local: Sequence[int]) -> pl.DataFrame:
        names = names_at(Path(self.path) / "names", self.first + np.array(local, np.int64))
        return pl.DataFrame({"id": names, "origin": names, "text": pl.repeat("", len(names), eager=True)})


@dataclass(frozen=True)
class Indexed:
    """An index that a version is compared with."""

    name: str
    folder: Path

    @property
    def shape(self) -> Shape:
        return Shape(*row_index(str(self.folder)).shingles, folded=True)

    def groups(self) -> dict[str, tuple[int, int]]:
        """What it holds: the name of each benchmark, its first row and the end; of rows, all in one."""
        benchmarks = index_settings(str(self.folder)).get("benchmarks")
        segments = row_index(str(self.folder)).segments
        if benchmarks is None:
            return {self.name: (0, sum(len(segment.content[1]) for segment in segments))}
        called = [names_at(each.folder / "names", np.arange(len(each.content[1]), dtype=np.int64)) for each in segments]
        names, found, first = pl.concat(called), {}, 0
        for name in [str(each["name"]) for each in benchmarks]:  # in their order; equal items are held once
            found[name] = first, first + int(names[first:].str.starts_with(f"{name}:").sum())
            first = found[name][1]
        return found

    def blocks(self, span: tuple[int, int], group: int, folder: Path) -> Iterator[IndexBlock]:
        """The rows first <= row < end of all segments, as blocks of `group`."""
        whole_text = "benchmarks" not in index_settings(str(self.folder))
        before = 0
        for number, segment in enumerate(row_index(str(self.folder)).segments):
            rows = len(segment.content[1])
            first, end = max(span[0] - before, 0), min(span[1] - before, rows)
            if first < end:
                stem = str(folder / f"index-{group:02d}-{number:06d}")
                yield IndexBlock(group, str(segment.folder), first, end - first, whole_text, stem)
            before += rows


def indexed(asked: str, store: Path) -> Indexed | None:
    """The index that `asked` means: `name@v3` in the store, or its folder. None: it means files. Raises Error."""
    if artifacts.is_reference(asked):
        found = artifacts.resolve(store, asked, "benchmark")
    else:
        opened = artifacts.open_artifact(Path(asked))
        if opened is None:
            return None
        found = opened
    if found.kind not in {"rows", "benchmark"}:
        raise Error(
            Problem("wrong-value", f"`{found}` is no index", help="`dprep index NAME --of FILES --kind benchmark` makes one")
        )
    return Indexed(str(found), found.folder)


def agreed(indexes: Sequence[Indexed], shingles: str, ngram: int) -> tuple[str, int]:
    """Kind and length of the shingles of all indexes, or what is asked where there is none. Raises Error (`wrong-value`)."""
    shapes = {index.name: index.shape for index in indexes}
    kinds = {name: ("characters" if shape.characters else "words", shape.ngram) for name, shape in shapes.items()}
    for name, (kind, length) in kinds.items():
        if (kind, length) != next(iter(kinds.values())) or shingles not in {"auto", kind} or ngram not in {0, length}:
            sentence = f"`{name}` holds runs of {length} {kind}, and can be compared by no others"
            help = f"write `--shingles {kind} --ngram {length}`, or give indexes that were made with other shingles apart"
            raise Error(Problem("wrong-value", sentence, help=help))
    return next(iter(kinds.values()), (shingles, ngram))
