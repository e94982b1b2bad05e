"""An index of rows that `dprep index` made: which of its rows is most like a text, without reading the old texts.

A segment holds the rows of one shard or file:
  content.u64, content-rows.u32   128-bit hashes of the texts, sorted, and the row of each
  keys.u64, key-rows.u32          (bands, rows): band keys, sorted in every band, and the row of each; rows without a shingle
                                  have none
  set-offsets.i64, sets.u64       the sorted distinct shingle hashes of every row
  names.utf8, names.i64           what the rows are called
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup import Sets
from dprep.base.problem import fail
from dprep.base.text import Text
from dprep.kernels.lookup import best_twins, equal_content, key_spans
from dprep.kernels.shingles import shingle_sets
from dprep.kernels.sketch import band_keys
from dprep.models.index_arrays import mapped, names_at

SETTINGS = "index.json"
FORMAT = 1
"""Raised when sketches, shingles or the files change: an older index would find nothing."""

U64 = npt.NDArray[np.uint64]
Spans = npt.NDArray[np.int64]
"""(2, bands, rows): the first place and the end in every band."""


class Best(NamedTuple):
    """Of each text (rows,) the most similar row of the index."""

    similarity: npt.NDArray[np.float64]
    """0 where no row is similar enough."""
    names: pl.Series
    """(matched,): what the index calls the rows, for the texts with a similarity over 0."""


@dataclass(frozen=True, eq=False)
class Segment:
    """The rows of one shard or file."""

    folder: Path
    bands: int

    @cached_property
    def content(self) -> tuple[U64, npt.NDArray[np.uint32]]:
        return mapped(self.folder / "content.u64").reshape(-1, 2), mapped(self.folder / "content-rows.u32")

    @cached_property
    def keys(self) -> tuple[U64, npt.NDArray[np.uint32]]:
        keys, rows = mapped(self.folder / "keys.u64"), mapped(self.folder / "key-rows.u32")
        return keys.reshape(self.bands, -1), rows.reshape(self.bands, -1)

    @cached_property
    def sets(self) -> Sets:
        return Sets(mapped(self.folder / "set-offsets.i64"), mapped(self.folder / "sets.u64"))

    def equal(self, content: U64) -> npt.NDArray[np.int64]:
        """(rows,): the first row of equal content; -1 where there is none."""
        found = np.empty(len(content), np.int64)
        equal_content(content, *self.content, found)
        return found

    def spans(self, keys: U64) -> Spans:
        """Where the rows that share a key with each of mine stand; keys (rows, bands)."""
        found = np.zeros((2, self.bands, len(keys)), np.int64)
        theirs = self.keys[0]
        for band in range(self.bands if theirs.shape[1] else 0):
            order = np.argsort(keys[:, band])
            first, last = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
            key_spans(keys[order, band], theirs[band], first, last)
            found[0, band, order], found[1, band, order] = first, last
        return found

    def similar(self, spans: Spans, sets: Sets, least: float, best: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """(rows,): the row here that is more similar to mine than `best` knows, which is overwritten; -1 where none is."""
        found = np.full(len(best), -1, np.int64)
        old = self.sets
        best_twins(sets.offsets, sets.hashes, spans[0], spans[1], self.keys[1], old.offsets, old.hashes, least, best, found)
        return found


@dataclass(frozen=True, eq=False)
class RowIndex:
    """All segments of an index, and the settings that its keys were made with."""

    settings: dict[str, Any]
    segments: tuple[Segment, ...]

    @property
    def shingles(self) -> tuple[bool, int]:
        """Whether shingles are runs of characters, and how long."""
        return self.settings["shingles"] == "characters", int(self.settings["ngram"])

    @property
    def bands(self) -> tuple[int, int]:
        """How many bands, and how many hashes in each."""
        return int(self.settings["bands"]), int(self.settings["width"])

    @property
    def threshold(self) -> float:
        """The similarity at which the bands find 99 in 100 pairs."""
        return float(self.settings["threshold"])

    def best(self, text: Text, content: U64, least: float | None) -> Best:
        """The most similar row to each text: one of equal content (rows, 2), or one with a Jaccard similarity of `least` or
        more; None: equal content only.
        """
        similarity = np.zeros(len(content), np.float64)
        places = np.full((2, len(content)), -1, np.int64)  # segment and row
        for number, segment in enumerate(self.segments):
            equal = segment.equal(content)
            new = (equal >= 0) & (places[0] < 0)
            places[0, new], places[1, new], similarity[new] = number, equal[new], 1.0
        if least is not None:
            self._nearest(text, content, least, places, similarity)
        return Best(similarity, self._names(places[:, places[0] >= 0]))

    def _nearest(
        self, text: Text, content: U64, least: float, places: npt.NDArray[np.int64], similarity: npt.NDArray[np.float64]
    ) -> None:
        """Find rows for the texts that have none yet. Only those that share a key with a row are looked at closely."""
        left = np.flatnonzero(places[0] < 0)
        keys = band_keys(_some(text, left).buffers, *self.shingles, content[left], *self.bands)
        spans = [segment.spans(keys) for segment in self.segments]
        met = np.zeros(len(left), np.bool_)
        for each in spans:
            met |= (each[1] > each[0]).any(axis=0)
        rows = left[met]
        sets = shingle_sets(_some(text, rows).buffers, *self.shingles)
        best = np.zeros(len(rows), np.float64)
        for number, (segment, each) in enumerate(zip(self.segments, spans, strict=True)):
            found = segment.similar(np.ascontiguousarray(each[:, :, met]), sets, least, best)
            better = found >= 0
            places[0, rows[better]], places[1, rows[better]] = number, found[better]
        similarity[rows] = best

    def _names(self, places: npt.NDArray[np.int64]) -> pl.Series:
        order = np.argsort(places[0], kind="stable")
        number = places[0, order]
        pieces = [
            names_at(self.segments[int(each)].folder / "names", places[1, order[number == each]]) for each in np.unique(number)
        ]
        if not pieces:
            return pl.Series(dtype=pl.String)
        return pl.concat(pieces).gather(np.argsort(order, kind="stable"))


def _some(text: Text, rows: npt.NDArray[np.int64]) -> Text:
    return text if len(rows) == len(text) else Text(text.series.gather(rows))


@cache
def row_index(path: str) -> RowIndex:
    """The index in a folder. Raises Error (`unreadable-file`)."""
    settings = index_settings(path)
    settings = settings.get("rows", settings)  # benchmarks have their items as rows besides
    try:
        folders = [Path(path) / "segments" / name for name in settings["segments"]]
        return RowIndex(settings, tuple(Segment(folder, int(settings["bands"])) for folder in folders))
    except (KeyError, TypeError, ValueError):
        raise _broken(path) from None


@cache
def index_settings(path: str) -> dict[str, Any]:
    """What an index says of itself. Raises Error (`unreadable-file`)."""
    try:
        found: dict[str, Any] = json.loads((Path(path) / SETTINGS).read_bytes())
        if found["format"] == FORMAT:
            return found
    except (OSError, ValueError, TypeError, KeyError):
        raise _broken(path) from None
    name, help = Path(path).name, "make it again with `dprep index`"
    raise fail("unreadable-file", f"the index `{name}` has format {found['format']}, this dprep reads format {FORMAT}", help)


def _broken(path: str) -> Exception:
    return fail("unreadable-file", f"`{Path(path).name}` is no index", "`dprep index NAME --of ROWS` makes one")
