"""What a report of a version is made from: its books, its rows, and one sample of them that all sections share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from dprep.base.chance import luck
from dprep.report.rejections import Rejection, rejections
from dprep.store.manifest import read_manifest
from dprep.store.versions import Version

ROWS = 20_000
"""Rows of a part that are looked at: those of the smallest luck."""
CHARACTERS = 1_000
"""Of each text of such a row, from its beginning; how long it is in all is in the column `<name>:characters`."""


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
        told = read_manifest(folder) if manifest is None else manifest
        books = json.loads((folder / "ledger.json").read_bytes()) if ledger is None else ledger
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
        """At most ROWS rows of a part in the order of the version, drawn by the recipe's seed; long texts cut to CHARACTERS."""
        if part not in self._samples:
            self._samples[part] = _sampled(self.version.data_files(part), int(self.manifest["seed"]))
        return self._samples[part]


def _sampled(files: Sequence[Path], seed: int) -> pl.DataFrame:
    """Row group by row group, so that no more than one is in memory besides what is kept."""
    chosen = _chosen(files, seed)
    frames, start = [], 0
    for file in files:
        with parquet.ParquetFile(file) as opened:
            for group in range(opened.num_row_groups):
                rows = opened.metadata.row_group(group).num_rows
                here = chosen[(chosen >= start) & (chosen < start + rows)] - start
                start += rows
                if len(here):
                    frames.append(_cut(opened.read_row_group(group).take(pa.array(here))))
    return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


def _chosen(files: Sequence[Path], seed: int) -> npt.NDArray[np.int64]:
    """Places of the rows with the smallest luck, rising."""
    ids = [parquet.read_table(file, columns=["id"]).column("id") for file in files]
    if not ids:
        return np.zeros(0, np.int64)
    chance = luck(seed, "report", pl.Series("id", pa.chunked_array([chunk for column in ids for chunk in column.chunks])))
    if len(chance) <= ROWS:
        return np.arange(len(chance))
    return np.sort(np.argpartition(chance, ROWS)[:ROWS]).astype(np.int64)


def _cut(table: pa.Table) -> pl.DataFrame:
    """Long strings lose their end, and a column tells how long they were."""
    for place, name in enumerate(table.column_names):
        column = table.column(name)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            lengths = pc.utf8_length(column)
            if (pc.max(lengths).as_py() or 0) > CHARACTERS:
                table = table.set_column(place, name, pc.utf8_slice_codeunits(column, 0, CHARACTERS))
                table = table.append_column(f"{name}:characters", lengths)
    found = pl.from_arrow(table)
    assert isinstance(found, pl.DataFrame)
    return found
