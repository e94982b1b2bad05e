"""Speed of deduplication: `python benchmarks/dedup.py [--data FILE.parquet] [--size 300M] [--workers 2]`.

kernels      MB/s of text on one core: content hash, band keys by words and by characters, sets
end to end   `dprep run` of dedup.minhash alone, Parquet in and out, beside a plain polars scan-to-sink copy of the same file
             in the same run; the median of three of each, after one run that compiles the kernels

--data wants a `text` column, such as `bench_dups` of the shared corpora. Without it, made-up English of --size with planted
twins. Results are printed and kept in benchmarks/results/dedup.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from dprep.base.text import buffers
from dprep.kernels.hashing import text_hashes
from dprep.kernels.shingles import shingle_sets
from dprep.kernels.sketch import band_keys

RESULT = Path(__file__).parent / "results" / "dedup.txt"

RECIPE = """
[dataset]
name = "bench"
seed = 1
task = "text"

[[source]]
path = "{path}"
columns = {{ text = "text" }}
keep = []

[[step]]
op = "dedup.minhash"
"""


def made_up(size: int) -> pl.DataFrame:
    """`size` bytes of random English-like documents; one in seven is an earlier one with a few words changed."""
    rng = np.random.default_rng(20261122)
    lexicon = np.array(["".join(rng.choice(list("etaoinshrdlu"), rng.integers(2, 9))) for _ in range(20_000)])
    texts: list[str] = []
    total = 0
    while total < size:
        words = lexicon[np.minimum(rng.zipf(1.3, rng.integers(80, 800)) - 1, len(lexicon) - 1)]
        if len(texts) > 100 and rng.random() < 1 / 7:
            words = np.array(texts[rng.integers(len(texts))].split(" "))
            words[rng.integers(0, len(words), max(1, len(words) // 100))] = "changed"
        texts.append(" ".join(words))
        total += len(texts[-1])
    return pl.DataFrame({"text": texts})


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median time of `work`."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def kernel_lines(texts: pl.Series) -> list[str]:
    sample = buffers(texts[: max(1, min(len(texts), 10_000))])
    megabytes = int(sample.offsets[-1] - sample.offsets[0]) / 1e6
    content = text_hashes(sample)
    kernels: dict[str, Callable[[], object]] = {
        "content hash": lambda: text_hashes(sample),
        "band keys, 5 words, 32 x 8": lambda: band_keys(sample, False, 5, content, 32, 8),
        "band keys, 5 characters, 32 x 8": lambda: band_keys(sample, True, 5, content, 32, 8),
        "sets, 5 words": lambda: shingle_sets(sample, False, 5),
    }
    lines = [f"kernels, one core, {megabytes:.0f} MB"]
    for name, work in kernels.items():
        work()
        lines.append(f"  {name:34} {megabytes / seconds(work):8.0f} MB/s")
    return lines


def whole_lines(path: Path, folder: Path, megabytes: float, workers: int) -> list[str]:
    recipe = folder / "bench.toml"
    recipe.write_text(RECIPE.format(path=path))
    store = folder / "store"
    told: dict[str, int] = {}

    def run() -> None:
        shutil.rmtree(store, ignore_errors=True)
        command = [
            sys.executable,
            "-m",
            "dprep",
            "run",
            str(recipe),
            "--store",
            str(store),
            "--workers",
            str(workers),
            "--json",
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        told.update(json.loads(done.stdout.splitlines()[-1])["rows"])

    run()
    ours = seconds(run)
    copy = seconds(lambda: pl.scan_parquet(path).sink_parquet(folder / "copy.parquet"))
    return [
        f"end to end, {workers} workers, {megabytes:.0f} MB of text, rows in and out: {told['in']}, {told['out']}",
        f"  dprep run, dedup.minhash           {ours:8.2f} s {megabytes / ours:8.0f} MB/s (all of it, start-up too)",
        f"  polars scan to sink                {copy:8.2f} s {megabytes / copy:8.0f} MB/s",
        f"  ratio                              {ours / copy:8.1f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--size", default="300M")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dprep-bench-") as name:
        folder = Path(name)
        path = folder / "texts.parquet"
        rows = pl.read_parquet(asked.data).select("text") if asked.data else made_up(int(asked.size.rstrip("M")) * 1_000_000)
        rows.write_parquet(path, row_group_size=10_000)
        megabytes = rows.get_column("text").str.len_bytes().sum() / 1e6
        versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("polars", "pyarrow", "numba", "numpy"))
        lines = [
            f"python {platform.python_version()}, {versions}, {os.cpu_count()} cores, {platform.machine()}",
            f"data: {asked.data.stem if asked.data else 'made up'}, {len(rows)} rows",
            *kernel_lines(rows.get_column("text")),
            *whole_lines(path, folder, megabytes, asked.workers),
        ]
    print("\n".join(lines))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
