"""A column of vectors, as numbers that can be compared."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.dedup import Sets
from dprep.base.problem import Error, fail
from dprep.base.text import Buffers
from dprep.kernels.hashing import text_hashes
from dprep.kernels.planes import MOST, length_one

U64 = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Directions:
    """The vectors of rows, each of length 1; a row may have none."""

    has: npt.NDArray[np.bool_]  # (rows,)
    vectors: npt.NDArray[np.float32]
    """(rows that have one, dimensions)"""

    def hashes(self) -> U64:
        """(rows, 2): of each vector; 0 for none."""
        out = np.zeros((len(self.has), 2), np.uint64)
        size = self.vectors.itemsize * self.vectors.shape[1]
        offsets = np.arange(len(self.vectors) + 1, dtype=np.int64) * size
        out[self.has] = text_hashes(Buffers(offsets, np.ascontiguousarray(self.vectors).view(np.uint8).ravel()))
        return out

    def sets(self) -> Sets:
        """Two numbers to a word; a row without a vector has no words."""
        even = np.pad(self.vectors, ((0, 0), (0, self.vectors.shape[1] % 2)))
        offsets = np.zeros(len(self.has) + 1, np.int64)
        np.cumsum(self.has * (even.shape[1] // 2), out=offsets[1:])
        return Sets(offsets, np.ascontiguousarray(even).view(np.uint64).ravel())


def directions(series: pl.Series) -> Directions:
    """A column of lists of numbers; null, empty, zero and endless vectors are none. Raises Error (`bad-vectors`)."""
    if not isinstance(series.dtype, pl.List | pl.Array) or not (
        series.dtype.inner.is_numeric() or series.dtype.inner == pl.Null
    ):
        raise bad_vectors(f"`{series.name}` holds no lists of numbers")
    lists = series.cast(pl.List(pl.Float32)).fill_null([])
    sizes = lists.list.len().to_numpy()
    has = sizes > 0
    found = np.unique(sizes[has])
    if len(found) > 1:
        raise bad_vectors(f"one vector of `{series.name}` has {found[0]:,} numbers, another {found[1]:,}")
    width = int(found[0]) if len(found) else 0
    if width > MOST:
        raise bad_vectors(f"a vector of `{series.name}` has {width:,} numbers; {MOST:,} are the most")
    numbers = lists.filter(pl.Series(has, dtype=pl.Boolean)).explode().fill_null(np.nan)
    vectors, good = length_one(np.ascontiguousarray(numbers.to_numpy(), np.float32).reshape(int(has.sum()), width))
    has[has] = good
    return Directions(has, vectors[good])


def bad_vectors(sentence: str) -> Error:
    return fail("bad-vectors", sentence, "name a column whose vectors one encoder made, such as `tag.embedding` makes")
