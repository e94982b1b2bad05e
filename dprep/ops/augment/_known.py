"""What a pool of queries and passages knows: which passages are one, which queries are one, and which belong together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.mixing import RowPool
from dprep.base.text import buffers
from dprep.kernels.near_pairs import folded_hashes
from dprep.ops.augment._pool import kept, pieces, save

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


def column(rows: pl.DataFrame, name: str) -> pl.Series:
    """A column as texts without nulls."""
    return rows.get_column(name).cast(pl.String).fill_null("")


def save_known(pool: RowPool, query: str, passage: str) -> None:
    """Keep what is known of the pool. Texts are one where they are equal but for case, accents, width and punctuation."""
    queries, passages = np.zeros(len(pool), np.uint64), np.zeros(len(pool), np.uint64)
    for start, rows in pieces(pool):
        queries[start : start + len(rows)] = folded_hashes(buffers(column(rows, query)))
        passages[start : start + len(rows)] = folded_hashes(buffers(column(rows, passage)))
    for name, hashes in (("query", queries), ("passage", passages)):
        first, number = _numbers(hashes)
        order = np.argsort(number, kind="stable")
        starts = np.searchsorted(number[order], np.arange(len(first) + 1))
        found = {"number": number, "first": first, "order": order, "starts": starts}
        save(pool.folder, **{f"{name}_{what}": array for what, array in found.items()})


def _numbers(hashes: U64) -> tuple[Places, Places]:
    """The first place of each distinct hash, in ascending order, and the number of each place's hash among them."""
    _, first, of = np.unique(hashes, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return first[order].astype(np.int64), rank[of]


@dataclass(frozen=True)
class Side:
    """The distinct texts of one column, numbered in the order of their first places in the pool."""

    number: Places
    """(places,): which text stands there."""
    first: Places
    """(texts,): the first place where each stands."""
    order: Places
    """(places,): the places, those of one text together."""
    starts: Places
    """(texts + 1,): text t stands at order[starts[t]:starts[t + 1]]."""

    def __len__(self) -> int:
        return len(self.first)

    def places(self, numbers: Places, most: int) -> tuple[Places, Places]:
        """Every place of each of these texts, `most` of one at most: (which of `numbers`, the place)."""
        counts = np.minimum(self.starts[numbers + 1] - self.starts[numbers], most)
        which = np.repeat(np.arange(len(numbers)), counts)
        nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        return which, np.asarray(self.order[self.starts[numbers][which] + nth])

    def times(self, numbers: Places) -> Places:
        """How many places each of these texts has."""
        return np.asarray(self.starts[numbers + 1] - self.starts[numbers])


@dataclass(frozen=True)
class Known:
    """A pool that `save_known` has looked through."""

    pool: RowPool

    @cached_property
    def queries(self) -> Side:
        return self._side("query")

    @cached_property
    def passages(self) -> Side:
        return self._side("passage")

    def _side(self, name: str) -> Side:
        return Side(*(np.asarray(kept(self.pool.folder, f"{name}_{what}")) for what in ("number", "first", "order", "starts")))

    def positives(self, queries: Places, most: int) -> tuple[Places, Places]:
        """The passages that stand beside each of these queries, ascending, each once: offsets (queries + 1,) and numbers."""
        which, places = self.queries.places(queries, most)
        pairs = np.unique(np.stack([which, self.passages.number[places]]), axis=1) if len(which) else np.zeros((2, 0), np.int64)
        return np.searchsorted(pairs[0], np.arange(len(queries) + 1)), pairs[1]
