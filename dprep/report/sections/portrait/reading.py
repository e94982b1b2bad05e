"""What the portrait reads: the texts of the sampled rows of every part, luckiest first, within a budget of bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from dprep.base.chance import luck
from dprep.base.columns import joined
from dprep.plan.tasks import NO_TASK, TASKS
from dprep.report.reading.found import LENGTH, Found, bare

BUDGET = 7_500_000
"""Bytes of text that are read of all parts together: rows of long texts are fewer than the sample has."""
MOST = 2_500_000
"""Of these for one part."""
NARROW = ("id", "origin", "lang", "label")
"""Columns that themes read besides the texts."""


@dataclass(frozen=True)
class PartTexts:
    """Texts of one part in the order of luck, so that any first few of them are a sample of the part."""

    name: str
    rows: int
    """Of the part, read or not."""
    frame: pl.DataFrame
    """The rows that are read, of the columns NARROW those that are there."""
    texts: pl.Series
    """(read rows,) String, no nulls: the task's texts, joined by newlines."""
    lengths: pl.Series
    """(read rows,) characters of the texts as they stand in the version; of chats and lists, as far as they are read."""

    @property
    def whole(self) -> bool:
        """Whether every row is read."""
        return len(self.texts) == self.rows


@dataclass(frozen=True)
class Reading:
    """All parts with rows, in the order of the recipe."""

    found: Found
    parts: tuple[PartTexts, ...]

    @cached_property
    def base(self) -> PartTexts:
        """What others are compared with: `train`, or the largest part."""
        return next((part for part in self.parts if part.name == "train"), max(self.parts, key=lambda part: part.rows))

    @cached_property
    def part_of_row(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """(read rows of all parts, one after the other,) number of the part."""
        return np.repeat(np.arange(len(self.parts)), [len(part.texts) for part in self.parts])

    @cached_property
    def texts(self) -> pl.Series:
        """Read rows of all parts, one after the other."""
        return pl.concat([part.texts for part in self.parts])

    @cached_property
    def classes(self) -> pl.Series | None:
        """(read rows,) class of each: its label, the first of several; None where the task has no classes."""
        if not self.found.manifest.get("labels") or any("label" not in part.frame.columns for part in self.parts):
            return None
        labels = pl.concat([part.frame.get_column("label") for part in self.parts], rechunk=False)
        if isinstance(labels.dtype, pl.List):
            labels = labels.list.first()
        return labels.cast(pl.String) if labels.dtype in (pl.String, pl.Categorical) else None


@dataclass(frozen=True)
class PartRead:
    """How much of a part the portrait is of."""

    part: str
    rows: int
    read: int
    cut: int
    """Of the rows read: those of which only the beginning is."""


def read(found: Found) -> Reading:
    """The texts of a version. Parts without rows are left out."""
    columns = _columns(found.manifest)
    names = [name for name in found.parts if found.rows(name)]
    budget = min(MOST, BUDGET // max(1, len(names)))
    return Reading(found, tuple(_part(found, name, columns, budget) for name in names))


def amounts(reading: Reading) -> tuple[PartRead, ...]:
    """How much of every part is read."""
    return tuple(PartRead(part.name, part.rows, len(part.texts), _cut_rows(part)) for part in reading.parts)


def _cut_rows(part: PartTexts) -> int:
    return int((part.lengths > part.texts.str.len_chars().cast(pl.Int64)).sum())


def _columns(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Column paths of the task's texts; of a mixed set, of all its tasks, as far as the columns are there."""
    task = TASKS.get(manifest["task"], NO_TASK)
    there = manifest["columns"]
    paths = [path for path in (*task.texts, *task.optional) if path.partition(".")[0] in there and path != "tools"]
    if not paths:
        every = dict.fromkeys(path for each in TASKS.values() for path in each.texts)
        paths = [path for path in every if path.partition(".")[0] in there]
    return tuple(paths)


def _part(found: Found, name: str, columns: tuple[str, ...], budget: int) -> PartTexts:
    """The sample of the part is freed: the portrait is the last that reads it."""
    frame = found.sample(name)
    chance = luck(int(found.manifest["seed"]), "report", frame.get_column("id"))
    texts = joined(frame, columns) if columns else pl.repeat("", len(frame), dtype=pl.String, eager=True)
    order = np.lexsort((np.arange(len(chance)), chance))
    bytes_ = np.cumsum(texts.str.len_bytes().to_numpy()[order])
    order = order[: max(1, int(np.searchsorted(bytes_, budget, side="right")))]
    lengths = _lengths(frame, texts).gather(order)
    narrow = frame.select(column for column in NARROW if column in frame.columns)[order]
    found.forget(name)
    return PartTexts(name, found.rows(name), narrow, bare(texts.gather(order)), lengths)


def _lengths(frame: pl.DataFrame, texts: pl.Series) -> pl.Series:
    """(rows of the sample,) characters of `texts`, with those that the sample has cut off."""
    here = texts.str.len_chars().cast(pl.Int64)
    for name in frame.columns:
        if name.endswith(LENGTH) and name.removesuffix(LENGTH) in frame.columns:
            read = frame.get_column(name.removesuffix(LENGTH)).str.len_chars().cast(pl.Int64)
            here = here + (frame.get_column(name).cast(pl.Int64) - read).fill_null(0)
    return here
