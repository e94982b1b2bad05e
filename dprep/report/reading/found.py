"""What a report of a version is made from: its books, its rows, and one sample of them that all sections share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet

from dprep.base.chance import luck
from dprep.report.reading.rejections import Rejection, rejections
from dprep.store.manifest import check_files, read_ledger, read_version
from dprep.store.versions import Version

ROWS = 20_000
"""Rows of a part that are looked at: those of the smallest luck."""
CHARACTERS = 1_000
"""Of each text of such a row, from its beginning; how long it is in all is in the column `<name>:characters`, which is there
where any text of the part is longer."""
ITEMS = 200
"""Of each list of such a row, from its beginning: turns of a chat, tokens."""
LENGTH = ":characters"
_BATCH = 65_536
_BUFFER = 1 << 16
_IDS = 16_384
_HELD = 2_000_000
"""Bytes of rows that are held at once besides those that are kept."""


@dataclass(frozen=True)
class Found:
    """A version, whole or under construction. `manifest` and `ledger` as in its files."""

    folder: Path
    manifest: Mapping[str, Any]
    ledger: Mapping[str, Any]
    _samples: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, folder: Path, manifest: Mapping[str, Any] | None = None, ledger: Mapping[str, Any] | None = None) -> Found:
        """Read what is not given. Raises Error (`not-a-version`, `broken-version`)."""
        told = read_version(folder) if manifest is None else manifest
        check_files(folder, told, "data")
        check_files(folder, told, "dropped")
        books = read_ledger(folder) if ledger is None else ledger
        return cls(folder, told, books)

    @cached_property
    def version(self) -> Version:
        """Its files, as lazy tables."""
        return Version(self.folder, dict(self.manifest))

    @property
    def parts(self) -> tuple[str, ...]:
        """In the order of the recipe."""
        return self.version.parts

    @cached_property
    def steps(self) -> dict[str, Mapping[str, Any]]:
        """Steps of the manifest by name: op, parameters, notes."""
        return {step["name"]: step for step in self.manifest["steps"]}

    @cached_property
    def rejected(self) -> Sequence[Rejection]:
        """Records that could not be read, by reason."""
        return rejections(self.folder)

    def rows(self, part: str) -> int:
        """How many rows a part has."""
        return int(self.manifest["rows"]["parts"][part])

    def sample(self, part: str) -> pl.DataFrame:
        """At most ROWS rows of a part in the order of the version, drawn by the recipe's seed, however rows lie in files.

        Long texts are cut to CHARACTERS, long lists to ITEMS; vectors are left out.
        """
        if part not in self._samples:
            self._samples[part] = _sampled(self.version.data_files(part), int(self.manifest["seed"]))
            pa.default_memory_pool().release_unused()  # row groups that were read and dropped
        return self._samples[part]

    def forget(self, part: str) -> None:
        """Free the sample of a part; it is read again where somebody asks for it."""
        self._samples.pop(part, None)


def _sampled(files: Sequence[Path], seed: int) -> pl.DataFrame:
    """About _HELD bytes at a time, so that no more than those are in memory besides what is kept."""
    chosen = _chosen(files, seed)
    frames, start = [], 0
    for file in files:
        with opened(file) as open_file:
            rows = open_file.metadata.num_rows
            here = chosen[(chosen >= start) & (chosen < start + rows)] - start
            frames += [
                _cut(pl.DataFrame(table))
                for table in taken(
                    open_file, here, [field.name for field in open_file.schema_arrow if not _is_vector(field.type)]
                )
            ]
            start += rows
    if not frames:
        return pl.DataFrame()
    whole = pl.concat(frames, how="diagonal_relaxed")
    lengths = [name for name in whole.columns if name.endswith(LENGTH)]
    short = [name for name in lengths if not (whole.get_column(name) > CHARACTERS).any()]
    others = [name for name in whole.columns if name not in lengths]
    return whole.select(*others, *(name for name in lengths if name not in short))


def opened(file: Path) -> parquet.ParquetFile:
    """Read as it is asked for: what is fetched ahead is the whole column of a file."""
    return parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)


def taken(file: parquet.ParquetFile, places: npt.NDArray[np.int64], columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """The rows of a file at `places`, which rise; together in tables of about _HELD bytes."""
    held, size, start = list[pa.RecordBatch](), 0, 0
    for group in range(file.num_row_groups):
        told = file.metadata.row_group(group)
        inside = places[np.searchsorted(places, start) : np.searchsorted(places, start + told.num_rows)] - start
        start += told.num_rows
        batches = _batches(file, group, columns) if len(inside) else iter(())
        for first, batch in batches:
            here = inside[(inside >= first) & (inside < first + len(batch))] - first
            if len(here):
                held.append(batch.take(pa.array(here)))
                size += held[-1].nbytes
            if size > _HELD:
                yield pa.Table.from_batches(held)
                held, size = [], 0
    if held:
        yield pa.Table.from_batches(held)


def _batches(file: parquet.ParquetFile, group: int, columns: Sequence[str] | None) -> Iterator[tuple[int, pa.RecordBatch]]:
    """(place of its first row in the row group, rows of about _HELD bytes together)."""
    told, first = file.metadata.row_group(group), 0
    most = max(1, _HELD * told.num_rows // max(1, told.total_byte_size))
    for batch in file.iter_batches(min(_BATCH, most), [group], columns, use_threads=False):
        yield first, batch
        first += len(batch)


def tables(file: parquet.ParquetFile, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Some columns of a file, in tables of _IDS rows or little more: small row groups together, large ones in pieces."""
    held = list[pa.RecordBatch]()
    for group in range(file.num_row_groups):
        for batch in file.iter_batches(_IDS, [group], columns, use_threads=False):
            held.append(batch)
            if sum(map(len, held)) >= _IDS:
                yield pa.Table.from_batches(held)
                held = []
    if held:
        yield pa.Table.from_batches(held)


def _chosen(files: Sequence[Path], seed: int) -> npt.NDArray[np.int64]:
    """Places of the rows with the smallest luck, rising."""
    chance, place, start = np.zeros(0, np.uint64), np.zeros(0, np.int64), 0
    for file in files:
        with opened(file) as open_file:
            for ids in tables(open_file, ["id"]):
                chance = np.concatenate([chance, luck(seed, "report", pl.Series("id", ids.column(0)))])
                place = np.concatenate([place, np.arange(start, start + len(ids))])
                start += len(ids)
                if len(chance) > ROWS:
                    lucky = np.argpartition(chance, ROWS)[:ROWS]
                    chance, place = chance[lucky], place[lucky]
    return np.sort(place)


def _is_vector(kind: pa.DataType) -> bool:
    """A list of numbers, such as an embedding: of no use to a reader, and larger than all texts together."""
    listed = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(listed and pa.types.is_floating(kind.value_type))


def _cut(rows: pl.DataFrame) -> pl.DataFrame:
    """Long strings lose their end, also those within lists and structs; of a column of strings, how long each was is kept."""
    strings = [name for name, kind in rows.schema.items() if kind == pl.String]
    found = rows.with_columns(
        *(_short(pl.col(name), kind).alias(name) for name, kind in rows.schema.items()),
        *(pl.col(name).str.len_chars().alias(f"{name}{LENGTH}") for name in strings),
    )
    return found.with_columns(bare(found.get_column(name)) for name in strings)


def bare(strings: pl.Series) -> pl.Series:
    """A copy that does not hold on to the row group it was taken from."""
    return pl.Series(strings.name, strings.to_arrow(compat_level=pl.CompatLevel.oldest()), dtype=pl.String)


def _short(column: pl.Expr, kind: Any) -> pl.Expr:
    """`column` with at most ITEMS items in a list and CHARACTERS in a string."""
    if isinstance(kind, pl.List):
        return column.list.head(ITEMS).list.eval(_short(pl.element(), kind.inner))
    if isinstance(kind, pl.Struct):
        return column.struct.with_fields(_short(pl.field(field.name), field.dtype).alias(field.name) for field in kind.fields)
    return column.str.slice(0, CHARACTERS) if kind == pl.String else column
