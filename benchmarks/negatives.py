"""How long it takes to find negatives: BM25 over a pool of passages, one thread. Words are drawn by Zipf's law.

python benchmarks/negatives.py [passages] [rows asked]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from dprep.base.chance import luck
from dprep.base.mixing import MADE, RowPool
from dprep.ops.augment.negatives import Negatives

_WORDS = 50_000
_LENGTHS = {"query": 8, "passage": 60}


def rows_of(count: int, *, chinese: bool) -> pl.DataFrame:
    """Queries of 8 words and passages of 60, each query with three words of its passage."""
    random = np.random.default_rng(7)
    chances = 1.0 / np.arange(10, _WORDS + 10)
    words = np.array([chr(0x4E00 + n % 20_000) + chr(0x4E00 + n // 3) if chinese else f"w{n}" for n in range(_WORDS)])
    passages = random.choice(_WORDS, (count, _LENGTHS["passage"]), p=chances / chances.sum())
    queries = random.choice(_WORDS, (count, _LENGTHS["query"]), p=chances / chances.sum())
    queries[:, :3] = passages[:, :3]
    space = "" if chinese else " "
    texts = ([space.join(words[row]) for row in side] for side in (queries, passages))
    ids = [f"{n:032x}" for n in random.permutation(count)]
    return pl.DataFrame({"id": ids, **dict(zip(("text", "text_pair"), texts, strict=True)), "label": "1"})


def main(count: int, asked: int) -> None:
    for chinese in (False, True):
        rows = rows_of(count, chinese=chinese)
        draws = luck(7, "negatives", rows.get_column("id"))
        order = np.argsort(draws)
        ordered = rows[order.tolist()]
        size = rows.get_column("text_pair").str.len_bytes().sum() / 1e6
        for kind in ("random", "bm25"):
            with tempfile.TemporaryDirectory() as folder:
                pool = RowPool(
                    draws[order], np.ones(count, np.uint64), Path(folder), lambda places, frame=ordered: frame[places.tolist()]
                )
                op = Negatives(kind=kind)
                for turn in ("cold", "warm"):
                    started = time.perf_counter()
                    op.prepare(pool)
                    prepared = time.perf_counter() - started
                    started = time.perf_counter()
                    made = op.mixed(rows[:asked], draws[:asked], 1, pool)
                    took = time.perf_counter() - started
                    told = f"{count:,} passages ({size:.0f} MB, {'zh' if chinese else 'en'}), {kind}, {turn}: prepared in"
                    print(f"{told} {prepared:.1f} s, {asked / took:,.0f} rows/s, {made.get_column(MADE).mean():.1%} got one")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
