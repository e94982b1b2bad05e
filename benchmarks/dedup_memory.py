"""Memory of the decisions over all rows: `python benchmarks/dedup_memory.py [--millions 2 5 10] [--case NAME ...]`.

Blocks of made-up hashes, as stages leave them on disk, are decided with two workers. Told is the peak of the RSS of all
processes together (sampled every 5 ms) over what they held after a warm-up on few rows; per row, and how it grows with rows.

exact              contents all different, or one row in five a copy; `longest`: with ranks
minhash            8 bands, sets of 20; one row in five is like another (two in five are compared), or every other (all are)
repeats            the telling apart of equal rows while reading
split              no unit, or two columns that link rows: a value of each for about 20 rows
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from dprep.base.dedup import Sets
from dprep.engine.blocks import read_array, write_array
from dprep.engine.cluster import cluster
from dprep.engine.compare import Rule
from dprep.engine.decide import _split, _write_verdicts
from dprep.engine.identity import repeats
from dprep.engine.pool import Pool
from dprep.engine.stages import Handle
from dprep.ops.split.stratified import Stratified

RESULT = Path(__file__).parent / "results" / "dedup-memory.txt"
BLOCK = 50_000
BANDS = 8
CASES = {
    "exact, distinct": ("exact", 0, False),
    "exact, 1 in 5 a copy": ("exact", 5, False),
    "exact, 1 in 5 a copy, longest": ("exact", 5, True),
    "minhash, 1 in 5 alike": ("minhash", 5, False),
    "minhash, 1 in 2 alike": ("minhash", 2, False),
    "minhash, 1 in 2 alike, longest": ("minhash", 2, True),
    "repeats, distinct": ("repeats", 0, False),
    "repeats, 1 in 5 a copy": ("repeats", 5, False),
    "split, no unit": ("split", 0, False),
    "split, unit of 2 columns": ("split", 2, False),
}


def hashed(numbers: np.ndarray, salt: int) -> np.ndarray:
    """splitmix64."""
    salt = salt * 0x9E3779B97F4A7C15 % 2**64
    mixed = numbers.astype(np.uint64) * np.uint64(2) + np.uint64(salt)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def originals(rows: np.ndarray, every: int) -> np.ndarray:
    """The row that each row is like: one in `every` is like a row before it, far away or near."""
    if not every:
        return rows
    like = rows % every == every - 1
    return np.where(like, (hashed(rows, 9) % (rows // every + 1).astype(np.uint64)).astype(np.int64) * every, rows)


@dataclass(frozen=True)
class MadeRows:
    """Rows of blocks that `make` wrote."""

    stems: list[str]
    counts: list[int]
    first: int
    bands: int
    every: int
    ranked: bool

    def content(self, block: int) -> np.ndarray:
        return read_array(self.stems[block] + ".content.npy")

    def check(self, block: int) -> None:
        return None

    def postings(self, block: int) -> None:
        return None

    def rank(self, block: int) -> np.ndarray | None:
        return read_array(self.stems[block] + ".rank.npy") if self.ranked else None

    def keys(self, block: int, band: int) -> np.ndarray:
        return np.array(read_array(self.stems[block] + ".keys.npy", mapped=True)[band])

    def sets(self, block: int, local: np.ndarray) -> Sets:
        rows = local + self.first + block * BLOCK
        shared = originals(rows, self.every)[:, None] * 32 + np.arange(19)
        own = rows[:, None] * 32 + 31
        hashes = np.sort(hashed(np.concatenate([shared, own], axis=1), 3), axis=1)
        return Sets(np.arange(len(rows) + 1) * 20, hashes.ravel())

    def only(self, block: int) -> MadeRows:
        one = slice(block, block + 1)
        return MadeRows(self.stems[one], self.counts[one], self.first + block * BLOCK, self.bands, self.every, self.ranked)


def make(folder: Path, kind: str, rows: int, every: int, ranked: bool) -> MadeRows:
    """Write the arrays of all blocks."""
    stems, counts = [], []
    for first in range(0, rows, BLOCK):
        here = np.arange(first, min(first + BLOCK, rows))
        stem = folder / f"b{len(stems):06d}"
        like = originals(here, every)
        content = like if kind in ("exact", "repeats") else here
        arrays = {"content": np.column_stack([hashed(content, 1), hashed(content, 2)])}
        arrays["id"] = arrays["content"] if kind == "repeats" else np.column_stack([hashed(here, 3), hashed(here, 4)])
        if ranked:
            arrays["rank"] = hashed(here, 5) >> np.uint64(50)
        if kind == "minhash":
            arrays["keys"] = np.stack([hashed(like, 10 + band) for band in range(BANDS)])
        if kind == "split":
            group = hashed(here, 6) % np.uint64(rows // 20 + 1)
            links = [hashed(group, 20 + n) | np.uint64(2) for n in range(every)]
            arrays = {"split": np.stack([hashed(here, 3), hashed(here % 13, 4), *links])}
        for name, array in arrays.items():
            write_array(stem.with_suffix(f".{name}.npy"), array)
        stems.append(str(stem))
        counts.append(len(here))
    return MadeRows(stems, counts, 0, BANDS if kind == "minhash" else 0, every, ranked)


def decide(kind: str, made: MadeRows, pool: Pool, folder: Path) -> int:
    """Decide as the engine does; how many rows leave, repeat or are not in the first part."""
    if kind == "repeats":
        ids = (read_array(stem + ".id.npy", mapped=True) for stem in made.stems)
        return len(repeats(ids, sum(made.counts), folder).places)
    handles = [Handle(stem, count) for stem, count in zip(made.stems, made.counts, strict=True)]
    verdicts = [stem + ".verdict.arrow" for stem in made.stems]
    if kind == "split":
        _split(Stratified(), handles, verdicts)
        return 0
    with tempfile.TemporaryDirectory(dir=folder) as work:
        found = cluster(made, Rule(0.8), Path(work), pool)
        _write_verdicts(found, 0.8, handles, made.counts, verdicts, Path(work) / "ids.u64")
    return sum(made.counts) - found.notes["contents"] + found.notes["joined"]


def held() -> int:
    """RSS of this process and its children."""
    mine = psutil.Process()
    total = 0
    for process in [mine, *mine.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def watched(work: Callable[[], int]) -> dict[str, float]:
    """What `work` returns, its seconds and the peak of `held` above what is held now."""
    before, peak, stop = held(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not stop.wait(0.005):
            peak = max(peak, held())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - started
    stop.set()
    watcher.join()
    return {"found": found, "seconds": seconds, "growth": peak - before}


def one(name: str, rows: int, folder: Path) -> dict[str, float]:
    """A case, in this process."""
    from dedup_memory import make as make_importable  # workers import what they are sent

    kind, every, ranked = CASES[name]
    here = str(Path(__file__).parent)  # last: its html.py is not the standard library's
    made = f"d.make(d.Path({str(folder)!r}), {kind!r}, {rows}, {every}, {ranked})"
    code = f"import sys; sys.path.append({here!r}); import dedup_memory as d; {made}"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[1:])})
    (folder / "warm").mkdir()
    with Pool(2) as pool:
        warm = make_importable(folder / "warm", kind, 3 * BLOCK, every, ranked)
        decide(kind, warm, pool, folder / "warm")
        made = type(warm)([str(folder / Path(s).name) for s in _stems(rows)], _counts(rows), 0, warm.bands, every, ranked)
        return watched(lambda: decide(kind, made, pool, folder))


def _stems(rows: int) -> list[str]:
    return [f"b{number:06d}" for number in range(len(_counts(rows)))]


def _counts(rows: int) -> list[int]:
    return [min(BLOCK, rows - first) for first in range(0, rows, BLOCK)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, nargs="+", default=[2, 5, 10])
    parser.add_argument("--case", nargs="+", choices=list(CASES), default=list(CASES), metavar="NAME")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        with tempfile.TemporaryDirectory(prefix="dprep-bench-") as folder:
            print(json.dumps(one(asked.one[0], int(asked.one[1]), Path(folder))))
        return
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba"))
    lines = [
        f"python {platform.python_version()}, {versions}, {platform.machine()}; 2 workers; peak RSS over the start",
        f"{'case':32} {'rows':>11} {'found':>10} {'seconds':>8} {'MiB':>6} {'bytes/row':>10} {'growth/row':>11}",
    ]
    print("\n".join(lines))
    for name in asked.case:
        fewest: tuple[int, float] | None = None
        for rows in (int(millions * 1e6) for millions in asked.millions):
            done = subprocess.run(
                [sys.executable, __file__, "--one", name, str(rows)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                sys.exit(done.stderr)
            told = json.loads(done.stdout)
            slope = f"{(told['growth'] - fewest[1]) / (rows - fewest[0]):11.1f}" if fewest else " " * 11
            fewest = fewest or (rows, told["growth"])
            numbers = f"{rows:>11,} {told['found']:>10,} {told['seconds']:>8.1f} {told['growth'] / 2**20:>6.0f}"
            lines.append(f"{name:32} {numbers} {told['growth'] / rows:>10.1f} {slope}")
            print(lines[-1], flush=True)
    if asked.case == list(CASES):
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
