"""An index of test questions that `dprep index --kind benchmark` made.

runs.u64, run-items.i64, items.u32   hashes of runs of words, sorted, and the items that have each
run-starts.u64                       hashes of the first words of the runs, as many as the shortest run has
sizes.i64                            the different runs of every item
names.utf8, names.i64                what the items are called: `gsm8k_test:17`
segments/                            the items as rows (see `row_index`), for `method = "minhash"` and `"exact"`
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.problem import fail
from dprep.kernels.item_ngrams import Known, bit_table
from dprep.models.index_arrays import mapped, names_at
from dprep.models.row_index import index_settings


@dataclass(frozen=True, eq=False)
class BenchmarkIndex:
    """The runs of words of all items."""

    folder: Path
    known: Known
    benchmarks: tuple[str, ...]
    firsts: npt.NDArray[np.int64]
    """The number of the first item of every benchmark."""

    def names(self, items: npt.NDArray[np.int64]) -> pl.Series:
        """What the items are called."""
        return names_at(self.folder / "names", items)

    def benchmarks_of(self, items: npt.NDArray[np.int64]) -> pl.Series:
        """The benchmarks that the items belong to."""
        places = np.searchsorted(self.firsts, items, side="right") - 1
        return pl.Series(self.benchmarks, dtype=pl.String).gather(places)


@cache
def benchmark_index(path: str) -> BenchmarkIndex:
    """The index in a folder. Raises Error (`unreadable-file`)."""
    settings, folder = index_settings(path), Path(path)
    try:
        hashes = np.array(mapped(folder / "runs.u64"))
        lengths = np.array(settings["lengths"], np.int64)
        starts, items = (np.array(mapped(folder / name)) for name in ("run-items.i64", "items.u32"))
        bits = bit_table(mapped(folder / "run-starts.u64"))
        known = Known(lengths, bits, hashes, starts, items, np.array(mapped(folder / "sizes.i64")))
        firsts = np.array([entry["first"] for entry in settings["benchmarks"]], np.int64)
        return BenchmarkIndex(folder, known, tuple(entry["name"] for entry in settings["benchmarks"]), firsts)
    except (OSError, KeyError, TypeError, ValueError):
        help = "`dprep index NAME --kind benchmark --of FILES` makes one"
        raise fail("unreadable-file", f"`{folder.name}` is no index of benchmarks", help) from None
