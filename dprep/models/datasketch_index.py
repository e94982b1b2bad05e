"""An index of datasketch's sketches: which of them agrees with a new text's sketch in most places.

index.json                        how the sketches are made, and the bands
minhashes.parquet                 `id`, `minhash`: the sketches as LeanMinHash's bytes, for other tools
values.u32 | values.u64           (rows, num_perm): their hashes
least.u64                         (rows,): the least hash of each
keys.u64, key-rows.u32            as in a segment of `row_index`; rows without a shingle have none
names.utf8, names.i64             the ids
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dprep.base.problem import fail
from dprep.base.text import Text
from dprep.kernels.lookup import CAP
from dprep.kernels.minhash import Values, best_agreeing, value_keys
from dprep.models.datasketch_values import Family, Sketching
from dprep.models.index_arrays import mapped, names_at
from dprep.models.row_index import Best, Segment, index_settings

FILE = "minhashes.parquet"


@dataclass(frozen=True, eq=False)
class DatasketchIndex:
    """The sketches, and how new ones are made that can be compared with them."""

    folder: Path
    sketching: Sketching
    bands: tuple[int, int]
    threshold: float
    """The share of agreeing places at which the bands find 99 in 100 pairs."""

    @cached_property
    def _values(self) -> Values:
        path = self.folder / f"values.u{64 if self.sketching.family.scheme == 'affine64' else 32}"
        return mapped(path).reshape(-1, self.sketching.family.num_perm)

    @cached_property
    def _segment(self) -> Segment:
        return Segment(self.folder, self.bands[0])

    def best(self, text: Text, least: float) -> Best:
        """The sketch that agrees with each text's in most places, `least` of them (a share) or more; of several the first."""
        values, filled = self.sketching.values(text)
        rows = np.flatnonzero(filled)
        mine, places = values[rows], values.shape[1]
        spans = self._segment.spans(value_keys(mine, *self.bands))
        best, found = np.zeros(len(rows), np.int64), np.full(len(rows), -1, np.int64)
        lowest, known = mapped(self.folder / "least.u64"), self._segment.keys[1]
        mine_lowest = mine.min(axis=1, initial=np.iinfo(mine.dtype).max).astype(np.uint64)
        needed = int(np.searchsorted(np.arange(places + 1) / places, least))  # the share that is told decides
        best_agreeing(mine, mine_lowest, spans[0], spans[1], known, self._values, lowest, CAP, needed, best, found)
        similarity = np.zeros(len(values), np.float64)
        similarity[rows] = best / places
        return Best(similarity, names_at(self.folder / "names", found[found >= 0]))


def is_datasketch(path: str) -> bool:
    """Whether an index is one of datasketch's sketches. Raises Error (`unreadable-file`)."""
    return "num_perm" in index_settings(path)


@cache
def datasketch_index(path: str) -> DatasketchIndex:
    """The index in a folder. Raises Error (`unreadable-file`)."""
    told: dict[str, Any] = index_settings(path)
    try:
        family = Family(told["num_perm"], told["seed"], told["scheme"])
        sketching = Sketching(family, told["tokens"], told["ngram"], told["lowercase"])
        return DatasketchIndex(Path(path), sketching, (told["bands"], told["width"]), told["threshold"])
    except KeyError:
        help = "`dprep index NAME --kind datasketch --of ROWS` makes one"
        raise fail("unreadable-file", f"`{Path(path).name}` is no index of sketches", help) from None
