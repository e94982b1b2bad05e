"""The rows among which leaks are looked for: the shards of a version and files, block by block, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet

from dprep.base.columns import ColumnPath, joined
from dprep.base.dedup import Sets
from dprep.base.problem import Error, Problem, fail
from dprep.base.text import Text
from dprep.engine.blocks import read_array, read_frame, write_array, write_frame
from dprep.engine.contents import Rows
from dprep.kernels.hashing import text_hashes
from dprep.kernels.plain_shingles import BINS, plain_profile, plain_sets, shape_of
from dprep.kernels.rare_first import count_members, counters, rare_postings
from dprep.kernels.shingles import shingle_sets
from dprep.plan.tasks import TASKS
from dprep.store.formats import Chunk, Reading, expand, read, settle
from dprep.store.versions import Version

U64 = npt.NDArray[np.uint64]
Masks = np.uint64 | U64

USUAL = ("passage", "context", "premise", "question", "prompt", "problem", "instruction", "input", "query", "text", "sentence")
"""Columns of a file that are compared where it has none of the version's."""
NO_PROFILE = np.zeros(2 + BINS, np.int64)


@dataclass(frozen=True)
class Shape:
    """What a shingle is."""

    characters: bool
    ngram: int
    folded: bool = False
    """Without accents, by `kernels.shingles`: so indexes keep them. Else by `kernels.plain_shingles`."""


class Block(Protocol):
    """Some rows of one group: a part, a file or an index. Goes to worker processes."""

    @property
    def group(self) -> int: ...
    def masks(self) -> Masks:
        """Bit g is set for rows that group g holds: of all rows, or (rows,)."""
        ...

    @property
    def path(self) -> str:
        """Where the rows are."""
        ...

    @property
    def rows(self) -> int: ...
    @property
    def stem(self) -> str:
        """What is known of the block lies in files that begin so."""
        ...

    @property
    def hashes(self) -> str:
        """The file that `content` is kept in."""
        ...

    @property
    def asks(self) -> bool:
        """Whether it lacks columns that the version has."""
        ...

    def content(self) -> U64:
        """(rows, 2): 128-bit hashes of the texts."""
        ...

    def profile(self) -> npt.NDArray[np.int64]:
        """As `plain_profile` has it."""
        ...

    def sets(self, shape: Shape, local: npt.NDArray[np.int64] | None = None) -> Sets:
        """The shingles of all rows, or of these."""
        ...

    def shown(self, local: Sequence[int]) -> pl.DataFrame:
        """`id`, `origin` and `text` of these rows."""
        ...


@dataclass(frozen=True)
class TextBlock:
    """Some rows whose texts are in a file."""

    group: int
    path: str
    row_group: int
    """Of a Parquet file; -1: a block on disk."""
    columns: tuple[str, ...]
    """Column paths whose texts are compared, joined by a newline."""
    rows: int
    stem: str
    """What is known of the block lies in files that begin so."""
    asks: bool = False
    """Whether it lacks columns that the version has: it holds questions alone, or the like."""

    @property
    def hashes(self) -> str:
        return self.stem + ".content.npy"

    def frame(self, *more: str) -> pl.DataFrame:
        """The columns that the texts come from, and `more` of those that are there."""
        wanted = {*(ColumnPath.parse(path).column for path in self.columns), *more}
        if self.row_group < 0:
            return read_frame(self.path).select(pl.col(name) for name in ("id", "origin", "text") if name in wanted)
        file = parquet.ParquetFile(self.path)
        names = [name for name in file.schema_arrow.names if name in wanted]
        found = pl.from_arrow(file.read_row_group(self.row_group, columns=names, use_threads=False))
        assert isinstance(found, pl.DataFrame)
        return found

    def text(self) -> Text:
        """The texts that are compared."""
        return Text(joined(self.frame(), self.columns))

    def content(self) -> U64:
        return text_hashes(self.text().buffers)

    def masks(self) -> Masks:
        return np.uint64(1) << np.uint64(self.group)

    def profile(self) -> npt.NDArray[np.int64]:
        return plain_profile(self.text().buffers)

    def sets(self, shape: Shape, local: npt.NDArray[np.int64] | None = None) -> Sets:
        text = self.text()
        chosen = text if local is None else Text(text.series.gather(local))
        return sets_of(chosen, shape)

    def shown(self, local: Sequence[int]) -> pl.DataFrame:
        rows = self.frame("id", "origin")[list(local)]
        return rows.select("id", "origin", text=joined(rows, self.columns))


def sets_of(text: Text, shape: Shape) -> Sets:
    """The shingles of each text."""
    made = shingle_sets if shape.folded else plain_sets
    return made(text.buffers, shape.characters, shape.ngram)


@dataclass(frozen=True)
class LeakRows:
    """Rows as `contents` and `candidates` ask for them; `measure` and `find_postings` have been there."""

    blocks: Sequence[Block]
    shape: Shape
    bands: int = 0

    @property
    def counts(self) -> Sequence[int]:
        return [block.rows for block in self.blocks]

    def content(self, block: int) -> U64:
        return read_array(self.blocks[block].hashes)

    def check(self, block: int) -> U64 | None:
        return None

    def rank(self, block: int) -> U64 | None:
        return None

    def keys(self, block: int, band: int) -> U64:
        raise IndexError(f"there is no band {band}")

    def postings(self, block: int) -> U64:
        return read_array(self.blocks[block].stem + ".posts.npy")

    def sets(self, block: int, local: npt.NDArray[np.int64]) -> Sets:
        return self.blocks[block].sets(self.shape, local)

    def only(self, block: int) -> Rows:
        return LeakRows(self.blocks[block : block + 1], self.shape)


def version_blocks(version: Version, parts: Sequence[str], columns: tuple[str, ...], folder: Path) -> Iterator[TextBlock]:
    """The row groups of a version's shards; `parts` are the groups from 0 on; columns: those compared, or the task's texts.

    Raises Error (`missing-column`).
    """
    for group, part in enumerate(parts):
        for path in version.data_files(part):
            file = parquet.ParquetFile(path)
            compared = _chosen(version, file.schema_arrow, columns) if columns else _text_columns(version, file.schema_arrow)
            for number in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(number).num_rows
                yield TextBlock(group, str(path), number, compared, rows, str(folder / f"{path.stem}-{number:06d}"))


def _chosen(version: Version, schema: pa.Schema, columns: tuple[str, ...]) -> tuple[str, ...]:
    """These columns of the version, if they hold texts; of messages their contents. Raises Error (`missing-column`)."""
    found = []
    for path in columns:
        column = ColumnPath.parse(path).column
        kind = schema.field(column).type if column in schema.names else pa.null()
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_nested(kind)):
            help = f"its texts are in {', '.join(f'`{name}`' for name in _text_columns(version, schema))}"
            raise Error(Problem("missing-column", f"`{version}` has no column of text `{column}`", help=help))
        found.append(_contents(path, column, kind))
    return tuple(found)


def _contents(path: str, column: str, kind: pa.DataType) -> str:
    messages = (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and pa.types.is_struct(kind.value_type)
    return f"{path}.content" if messages and path == column else path


def _text_columns(version: Version, schema: pa.Schema) -> tuple[str, ...]:
    """Where the texts of the version's task are: those it may have as well, too; of messages their contents."""
    task = TASKS[version.manifest["task"]]
    found = []
    for path in (*task.texts, *(name for name in task.optional if name in task.types)):
        column = ColumnPath.parse(path).column
        if column in schema.names:
            found.append(_contents(path, column, schema.field(column).type))
        elif path in task.texts:
            help = "run its recipe again"
            raise Error(Problem("missing-column", f"`{version}` has no column `{column}`", help=help))
    return tuple(found)


def file_names(patterns: Sequence[str]) -> dict[str, str]:
    """The files that `patterns` mean: what they are called, and their paths. Raises Error (`no-such-file`)."""
    found: dict[str, str] = {}
    for pattern in patterns:
        files = expand(pattern, Path())
        if not files:
            raise Error(Problem("no-such-file", f"`--against {pattern}` means no file", help="name files: `tests/*.jsonl`"))
        found |= {file.name: file.path for file in files}
    return found


def file_blocks(name: str, path: str, group: int, ours: tuple[str, ...], folder: Path) -> Iterator[TextBlock]:
    """The rows of a file, written as blocks; ours: what the version's texts are called.

    Raises Error (`unreadable-file`, `missing-column`).
    """
    (file,) = expand(path, Path())
    lines = 0
    for number, chunk in enumerate(read(file, Reading())):
        if chunk.fault:
            raise fail("unreadable-file", f"`{name}` breaks off: {chunk.fault}", "fetch or make the file again")
        rows = _settled(chunk)
        named = f"{name}:" + pl.Series(chunk.places + lines).cast(pl.String)
        lines += chunk.lines
        compared = _columns(name, rows, ours)
        told = pl.DataFrame({"id": named, "origin": named, "text": joined(rows, compared)})
        stem = folder / f"against-{group:02d}-{number:06d}"
        write_frame(stem.with_suffix(".arrow"), told)
        yield TextBlock(group, str(stem.with_suffix(".arrow")), -1, ("text",), len(told), str(stem), compared != ours)


def _settled(chunk: Chunk) -> pl.DataFrame:
    """The rows in their final types; numbers as text."""
    columns = [settle(column, chunk.kinds[column.name], chunk.kinds[column.name]) for column in chunk.rows]
    return pl.DataFrame([column.cast(pl.String) if column.dtype.is_numeric() else column for column in columns])


def _columns(name: str, rows: pl.DataFrame, ours: tuple[str, ...]) -> tuple[str, ...]:
    """The column paths of a file that are compared: the version's if it has any of them, else the usual ones."""
    textual = {column for column, dtype in rows.schema.items() if dtype == pl.String or dtype.is_nested()}
    found = tuple(path for path in ours if ColumnPath.parse(path).column in textual)
    found = found or tuple(column for column in USUAL if rows.schema.get(column) == pl.String)
    if found:
        return found
    help = f"rename one to `{ours[0]}`: it has {', '.join(f'`{column}`' for column in rows.columns[:12])}"
    raise Error(Problem("missing-column", f"`{name}` has no column of text that can be compared", help=help))


def measure(block: Block) -> npt.NDArray[np.int64]:
    """Task: keep the hashes of the texts; the profile of the block."""
    write_array(Path(block.hashes), block.content())
    return block.profile()


def settled(shingles: str, ngram: int, profile: npt.NDArray[np.int64], *, folded: bool = False) -> Shape:
    """Every `auto` settled from the profile of all rows; see `dprep leaks --help`. folded: as indexes have their shingles."""
    return Shape(*shape_of(profile, shingles, ngram), folded)


def count_shingles(blocks: Sequence[Block], shape: Shape, tokens: int, into: str) -> None:
    """Task: write how many rows hold each shingle, by counters for about so many."""
    counts = counters(tokens)
    for block in blocks:
        count_members(block.sets(shape).hashes, counts)
    write_array(Path(into), counts)


def find_postings(block: Block, shape: Shape, least: float, counts: str) -> None:
    """Task: keep the keys by which the rows of a block meet all that are like them."""
    found = rare_postings(block.sets(shape), least, read_array(counts, mapped=True))
    write_array(Path(block.stem + ".posts.npy"), np.stack([found.keys, found.rows.astype(np.uint64)]))
