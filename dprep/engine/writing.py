"""The last verb: rows to the files of a version. Where files and row groups are cut depends on the rows alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dprep.engine.blocks import read_array, read_frame
from dprep.engine.identity import row_hashes
from dprep.engine.pool import Task
from dprep.engine.stages import Handle, load, row_sizes
from dprep.engine.work import Work
from dprep.store.commit import guarded, remove, write_file
from dprep.store.layout import check_part
from dprep.store.versions import Version

DEFAULT_PART = "train"
"""Of rows that no split has put anywhere."""
SEGMENT = 128 * 2**20
"""Bytes of text whose rows go to one shard per part."""
GROUP_ROWS = 10_000
GROUP_BYTES = 8 * 2**20
"""A row group is closed by the row that fills either."""
REPEATING = {"part", "made_by", "variant", "piece", "label", "lang", "step", "reason", "task"}
"""Columns worth a dictionary; for the others trying one costs a tenth of the writing time."""


@dataclass(frozen=True)
class Slice:
    """Rows start <= place < stop of a block."""

    handle: Handle
    start: int
    stop: int


@dataclass(frozen=True)
class Dropped:
    """The rows that left at a step."""

    number: int
    """Of the step."""
    step: str
    pieces: tuple[str, ...]
    """Files of blocks, in order."""


class ShardWriter:
    """One Parquet file, fed any pieces; its bytes depend on the rows only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._pending: list[pl.DataFrame] = []
        self._held = (0, 0)  # rows and bytes of the open row group
        self._file: pq.ParquetWriter | None = None

    def add(self, rows: pl.DataFrame, sizes: npt.NDArray[np.uint32]) -> None:
        """Append `rows`; `sizes` are their bytes of text."""
        done = 0
        for end in _group_ends(sizes, *self._held):
            self._pending.append(rows[done:end])
            self._flush()
            done = end
            self._held = (0, 0)
        if done < len(rows):
            self._pending.append(rows[done:])
            self._held = (self._held[0] + len(rows) - done, self._held[1] + int(sizes[done:].sum(dtype=np.uint64)))
        self.rows += len(rows)

    def close(self, empty: pl.DataFrame | None = None) -> None:
        """Finish the file; without a row it is written with the columns of `empty`."""
        if self._pending or (self._file is None and empty is not None):
            self._pending = self._pending or [empty]  # type: ignore[list-item]
            self._flush()
        if self._file is not None:
            self._file.close()

    def _flush(self) -> None:
        # one chunk per column: chunk ends would move Parquet's page ends
        table = pl.concat(self._pending).rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
        table = table.replace_schema_metadata(None)
        self._pending = []
        if self._file is None:
            repeating = [
                name
                for name in table.column_names
                if name in REPEATING and not pa.types.is_nested(table.schema.field(name).type)
            ]
            self._file = pq.ParquetWriter(
                self.path, table.schema, compression="zstd", compression_level=1, use_dictionary=repeating or False
            )
        if len(table):  # readers stumble over row groups without rows
            self._file.write_table(table, row_group_size=len(table))


def _group_ends(sizes: npt.NDArray[np.uint32], rows: int, held: int) -> Iterable[int]:
    """Places after which a row group is full, when the open one already has `rows` rows and `held` bytes."""
    total = np.cumsum(sizes, dtype=np.uint64)
    start, before = 0, 0
    while start < len(sizes):
        # the row that fills the group closes it; one past the end means that the group stays open
        by_bytes = int(np.searchsorted(total, np.uint64(max(0, before + GROUP_BYTES - held)))) + 1
        end = max(start + 1, min(by_bytes, start + GROUP_ROWS - rows))
        if end > len(sizes):
            return
        yield end
        start, rows, held, before = end, 0, 0, int(total[end - 1])


def segments(blocks: Sequence[Handle]) -> list[list[Slice]]:
    """The rows of all blocks, in order, cut where the bytes of text before them pass a multiple of SEGMENT."""
    found: list[list[Slice]] = []
    passed = 0
    for handle in blocks:
        sizes = read_array(handle.stem + ".size.npy")
        if not len(sizes):
            continue
        ends = np.cumsum(sizes, dtype=np.uint64) + np.uint64(passed)
        number = ((ends - sizes) // np.uint64(SEGMENT)).astype(np.int64)  # of each row
        passed = int(ends[-1])
        cuts = np.flatnonzero(np.diff(number, prepend=-1))
        for start, stop in zip(cuts, [*cuts[1:], len(number)], strict=True):
            while len(found) <= number[start]:
                found.append([])
            found[int(number[start])].append(Slice(handle, int(start), int(stop)))
    # a version without rows still has its columns: one empty shard
    return [segment for segment in found if segment] or [[Slice(handle, 0, 0)] for handle in blocks[:1]]


def write_segment(
    number: int, slices: Sequence[Slice], folder: str, default_part: str, columns_in: Sequence[str] = ()
) -> dict[str, Any]:
    """Task: one shard per part from the rows of a segment. `columns_in`: the order of the columns, if that is given."""
    writers: dict[str, ShardWriter] = {}
    got, labels = 0, Counter[str]()
    columns: dict[str, str] = {}
    with guarded(Path(folder) / "data"):
        for piece in slices:
            rows = finished(load(piece.handle)[piece.start : piece.stop], default_part)
            rows = rows.select(columns_in) if columns_in else rows
            got += row_hashes(rows.drop("origin"))
            columns = {name: str(dtype) for name, dtype in rows.schema.items()}
            labels += label_counts(rows)
            for part in rows.get_column("part").unique(maintain_order=True).to_list():
                chosen = rows.filter(pl.col("part") == part)
                if part not in writers:
                    writers[part] = ShardWriter(Path(folder) / "data" / f"{check_part(part)}-{number:05d}.segment")
                writers[part].add(chosen, row_sizes(chosen))
        if not writers:
            writers[default_part] = ShardWriter(Path(folder) / "data" / f"{default_part}-{number:05d}.segment")
        for writer in writers.values():
            writer.close(rows)
    return {
        "rows": {part: w.rows for part, w in writers.items()},
        "got": f"{got % (1 << 128):032x}",
        "labels": dict(labels),
        "columns": columns,
    }


def finished(rows: pl.DataFrame, default_part: str) -> pl.DataFrame:
    """Rows as a version shows them: every row has a part; system columns stand in front, `part` third."""
    part = pl.col("part").fill_null(default_part) if "part" in rows.columns else pl.lit(default_part)
    rows = rows.with_columns(part.cast(pl.String).alias("part"))
    return rows.select("id", "origin", "part", pl.exclude("id", "origin", "part"))


def label_counts(rows: pl.DataFrame) -> Counter[str]:
    """How often each label stands in `rows`; lists of labels count one by one."""
    if "label" not in rows.columns:
        return Counter()
    labels = rows.get_column("label")
    if isinstance(labels.dtype, pl.List):
        labels = labels.explode(empty_as_null=False, keep_nulls=False)
    if labels.dtype != pl.String:
        return Counter()
    return Counter(dict(labels.drop_nulls().value_counts().iter_rows()))


def write_data(work: Work, folder: Path, cut: list[list[Slice]], gone: Sequence[Dropped]) -> dict[str, Any]:
    """All shards of a version into `folder/data`, and the rows dropped into `folder/dropped`; what the manifest says of the
    shards.

    Where it extends another, the numbers of that one's shards are left free, and a shard without rows is not needed.
    """
    base = work.plan.extends
    with guarded(folder / "data"):
        (folder / "data").mkdir(parents=True, exist_ok=True)
    order = tuple(base.manifest["columns"]) if base else ()
    # a step's dropped rows are one file: it may be the longest task, so it goes first
    tasks: list[Task] = [(write_dropped, (folder, one)) for one in gone]
    tasks += [(write_segment, (n, slices, str(folder), DEFAULT_PART, order)) for n, slices in enumerate(cut)]
    notes = work.map("write", tasks)[len(gone) :]
    parts: Counter[str] = Counter()
    where: dict[str, list[int]] = {}
    for number, note in enumerate(notes):
        for part, rows in note["rows"].items():
            if base and not rows:
                remove(folder / "data" / f"{part}-{number:05d}.segment")
                continue
            parts[part] += rows
            where.setdefault(part, []).append(number)
    before = {part: len(files) for part, files in shards_of(base, parts).items()} if base else {}
    shards = {part: before.get(part, 0) + len(numbers) for part, numbers in where.items()}
    for part, numbers in where.items():
        for place, number in enumerate(numbers, before.get(part, 0)):
            name = f"{part}-{place:05d}-of-{shards[part]:05d}.parquet"
            (folder / "data" / f"{part}-{number:05d}.segment").rename(folder / "data" / name)
    parts = Counter({part: parts[part] for part in sorted(parts, key=lambda part: _rank(work, part))})
    labels = sum((Counter(note["labels"]) for note in notes), Counter[str]())
    got = sum(int(note["got"], 16) for note in notes) % (1 << 128)
    columns = notes[0]["columns"] if notes else {}
    return {"parts": dict(parts), "got": f"{got:032x}", "labels": labels, "columns": columns, "shards": shards}


def shards_of(base: Version, parts: Mapping[str, int]) -> dict[str, list[Path]]:
    """The shards of a version that is extended by `parts`: those without rows only where there are no rows at all."""
    rows = base.manifest["rows"]["parts"]
    whole = any(rows.values()) or any(parts.values())
    return {part: base.data_files(part) for part in base.parts if rows[part] or not whole}


def _rank(work: Work, part: str) -> tuple[int, str]:
    """Parts in the order in which the split names them."""
    splits = work.plan.splits
    return (splits.index(part) if part in splits else len(splits), part)


def write_dropped(folder: Path, gone: Dropped) -> None:
    """Task: `dropped/<n>-<step>.parquet` from the blocks' dropped rows, in their order."""
    target = folder / "dropped" / f"{gone.number:02d}-{gone.step}.parquet"
    with guarded(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        writer = ShardWriter(target)
        for piece in gone.pieces:
            rows = read_frame(piece)
            part = pl.col("part") if "part" in rows.columns else pl.lit(None, dtype=pl.String)
            last = ["part", "step", "reason", "measured", "twin"]
            rows = rows.with_columns(part.alias("part"), pl.lit(gone.step).alias("step")).select(pl.exclude(last), *last)
            writer.add(rows, row_sizes(rows))
        writer.close()


def write_rejected(folder: Path, records: Sequence[tuple[int, Any]], names: Sequence[str]) -> None:
    """`rejected/<n>-<source>.jsonl`: file, line, reason, detail, raw."""
    by_source: dict[int, list[bytes]] = {}
    for number, record in records:
        by_source.setdefault(number, []).append(orjson.dumps(asdict(record)))
    for number, lines in by_source.items():
        stem = f"{number + 1}-{names[number]}" if names[number] else str(number + 1)
        write_file(folder / "rejected" / f"{stem}.jsonl", b"\n".join(lines) + b"\n")
