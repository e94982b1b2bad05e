"""Segments of an index: the rows of one unit, written as `models.row_index` reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup import Sets
from dprep.base.text import Text
from dprep.fit.index_sources import Named
from dprep.kernels.shingles import shingle_sets
from dprep.kernels.sketch import band_keys
from dprep.models.index_arrays import mapped, save, save_names

U64 = npt.NDArray[np.uint64]
PROFILE = "profile.i64"
NOTE = "segment.json"


class Shape:
    """What shingles are, and how keys are made of them."""

    def __init__(self, shingles: str, ngram: int, bands: int, width: int) -> None:
        self.characters, self.ngram, self.bands, self.width = shingles == "characters", ngram, bands, width

    def told(self) -> list[int]:
        """What tells shapes apart."""
        return [int(self.characters), self.ngram, self.bands, self.width]

    def keys(self, text: Text, content: U64) -> U64:
        """(rows, bands)."""
        return band_keys(text.buffers, self.characters, self.ngram, content, self.bands, self.width)

    def sets(self, text: Text) -> Sets:
        """The sorted distinct shingle hashes of each text."""
        return shingle_sets(text.buffers, self.characters, self.ngram)


def write_segment(folder: Path, blocks: Iterator[tuple[Named, U64]], shape: Shape) -> dict[str, int]:
    """Index the rows of `blocks`, each with the 128-bit hashes of its texts; of equal texts in a block the first.

    Holds the hashes and names of all rows in memory, and the keys of one band. Gives counts: `rows`, `largest_bucket`.
    """
    folder.mkdir(parents=True)
    contents, names, sizes, firsts, pieces = [], [], [], [], []
    with (folder / "sets.u64").open("wb") as sets_file, (folder / "keys.tmp").open("wb") as keys_file:
        for block, content in blocks:
            kept, content = _distinct(block, content)
            text = Text(kept.texts)
            sets = shape.sets(text)
            sets.hashes.tofile(sets_file)
            pieces.append(append_keys(keys_file, shape.keys(text, content)))
            contents.append(content)
            names.append(kept.names)
            sizes.append(np.diff(sets.offsets))
            firsts.append(_firsts(sets))
    content = np.concatenate(contents) if contents else np.zeros((0, 2), np.uint64)
    length = np.concatenate(sizes) if sizes else np.zeros(0, np.int64)
    save(folder / "set-offsets.i64", np.concatenate([[0], np.cumsum(length)]))
    save_names(folder / "names", pl.concat(names) if names else pl.Series(dtype=pl.String))
    order = np.lexsort((content[:, 1], content[:, 0]))
    save(folder / "content.u64", content[order])
    save(folder / "content-rows.u32", order)
    first = np.concatenate(firsts) if firsts else np.zeros(0, np.uint64)
    note = {"rows": len(content), "largest_bucket": sort_keys(folder, pieces, np.flatnonzero(length), first, shape.bands)}
    (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")
    return note


def _distinct(block: Named, content: U64) -> tuple[Named, U64]:
    """The rows of a block without those whose text stood in it before."""
    new = pl.DataFrame(content, schema=["a", "b"], orient="row").select(pl.struct("a", "b").is_first_distinct()).to_series()
    if new.all():
        return block, content
    return Named(block.names.filter(new), block.texts.filter(new)), content[new.to_numpy()]


def append_keys(file: BinaryIO, keys: U64) -> tuple[int, int]:
    """Write the keys band by band; where they begin, and how many rows they are of."""
    start = file.tell() // 8
    np.ascontiguousarray(keys.T).tofile(file)
    return start, len(keys)


def _firsts(sets: Sets) -> U64:
    """The smallest hash of every set; 0 for an empty one."""
    found = np.zeros(len(sets.offsets) - 1, np.uint64)
    filled = np.diff(sets.offsets) > 0
    found[filled] = sets.hashes[sets.offsets[:-1][filled]]
    return found


def sort_keys(folder: Path, pieces: list[tuple[int, int]], rows: npt.NDArray[np.int64], first: U64, bands: int) -> int:
    """Sort every band by key, then by the smallest hash; only `rows`, which have one. Gives the rows of the largest bucket."""
    temporary = folder / "keys.tmp"
    written = np.memmap(temporary, np.uint64, "r") if temporary.stat().st_size else np.zeros(0, np.uint64)
    near = rows[np.argsort(first[rows], kind="stable")]
    largest = 0
    with (folder / "keys.u64").open("wb") as keys_file, (folder / "key-rows.u32").open("wb") as rows_file:
        for band in range(bands):
            parts = [written[start + band * count : start + (band + 1) * count] for start, count in pieces]
            keys = np.concatenate(parts)[near] if parts else np.zeros(0, np.uint64)
            order = np.argsort(keys, kind="stable")
            keys[order].tofile(keys_file)
            near[order].astype(np.uint32).tofile(rows_file)
            largest = max(largest, _largest_run(keys[order]))
    del written
    temporary.unlink()
    return largest


def _largest_run(keys: U64) -> int:
    ends = np.flatnonzero(np.concatenate([keys[1:] != keys[:-1], [True]])) if len(keys) else np.zeros(0, np.int64)
    return int(np.diff(ends, prepend=-1).max(initial=0))


def stored_profile(folder: Path) -> npt.NDArray[np.int64]:
    """What a segment says of the lengths of its texts; empty where it says nothing."""
    path = folder / PROFILE
    return np.array(mapped(path)) if path.exists() else np.zeros(0, np.int64)
