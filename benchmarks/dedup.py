"""Speed of deduplication: `python benchmarks/dedup.py [--data FILE.parquet] [--size 300M] [--workers 2] [--times 3]`.

kernels      MB/s of text and CPU second on one core: content hash, band keys by words and by characters, sets
end to end   `dprep run` of dedup.minhash alone, Parquet in and out, in turn with a plain polars scan-to-sink copy of the same
             file, each a process with its start-up; medians of --times, after one run that compiles the kernels

--data wants a `text` column, such as `bench_en` of the shared corpora; the file is read as it is. Without it, made-up English
of --size with planted twins. Results are printed and kept in benchmarks/results/dedup.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

from dprep import api  # noqa: E402
from dprep.base.text import buffers  # noqa: E402
from dprep.engine.pool import Pool  # noqa: E402
from dprep.engine.run import Request, run_plan  # noqa: E402
from dprep.kernels.hashing import text_hashes  # noqa: E402
from dprep.kernels.shingles import shingle_sets  # noqa: E402
from dprep.kernels.sketch import band_keys  # noqa: E402
from dprep.report.writing import report_of_run  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "dedup.txt"

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
    """The median CPU time of `work`, which uses one core."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def kernel_lines(texts: pl.Series) -> list[str]:
    sample = buffers(texts[: max(1, min(len(texts), 10_000))])
    megabytes = int(sample.offsets[-1] - sample.offsets[0]) / 1e6
    content = text_hashes(sample)
    kernels: dict[str, Callable[[], object]] = {
        "content hash": lambda: text_hashes(sample),
        "band keys, 5 words, 32 x 8": lambda: band_keys(sample, False, 5, content, 32, 8),
        "band keys, 5 characters, 32 x 8": lambda: band_keys(sample, True, 5, content, 32, 8),
        "band keys, 5 words, 42 x 6": lambda: band_keys(sample, False, 5, content, 42, 6),
        "sets, 5 words": lambda: shingle_sets(sample, False, 5),
    }
    lines = [f"kernels, one core, {megabytes:.0f} MB"]
    for name, work in kernels.items():
        work()
        lines.append(f"  {name:34} {megabytes / seconds(work):8.0f} MB/s")
    return lines


@dataclass(frozen=True)
class Taken:
    """What a command took, its own processes included."""

    wall: float
    cpu: float


def taken(command: list[str]) -> tuple[Taken, str]:
    """Run `command`; what it took and what it printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Taken(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), done.stdout


def row(name: str, times: list[Taken], megabytes: float) -> str:
    wall, cpu = (statistics.median(getattr(one, field) for one in times) for field in ("wall", "cpu"))
    each = " ".join(f"{one.wall:.2f}" for one in times)
    return f"  {name:34} {wall:8.2f} s {cpu:8.2f} CPU s {megabytes / wall:8.0f} MB/s   (runs: {each})"


def whole_lines(path: Path, folder: Path, megabytes: float, workers: int, times: int) -> list[str]:
    """The floor and the run in turn, each a process of its own, start-up and imports included."""
    recipe, store = folder / "bench.toml", folder / "store"
    recipe.write_text(RECIPE.format(path=path))
    run = [sys.executable, "-m", "dprep", "run", str(recipe), "--store", str(store), "--workers", str(workers), "--json"]
    copied = f"import polars; polars.scan_parquet({str(path)!r}).sink_parquet({str(folder / 'copy.parquet')!r})"
    taken(run)  # compiles the kernels
    floor, cold, again = [], [], []
    for _ in range(times):
        floor.append(taken([sys.executable, "-c", copied])[0])
        shutil.rmtree(store)
        this, said = taken(run)
        cold.append(this)
        again.append(taken(run)[0])
    rows = json.loads(said.splitlines()[-1])["rows"]
    pairs = [(mine.wall / theirs.wall, mine.cpu / theirs.cpu) for mine, theirs in zip(cold, floor, strict=True)]
    wall, cpu = (statistics.median(one[k] for one in pairs) for k in (0, 1))
    return [
        f"end to end, {workers} workers, {megabytes:.0f} MB of text, rows in and out: {rows['in']}, {rows['out']}",
        row("floor: polars scan to sink", floor, megabytes),
        row("dprep run, dedup.minhash", cold, megabytes),
        row("the same again: a look-up", again, megabytes),
        f"  {'times the floor, median of pairs':34} {wall:8.1f}   {cpu:8.1f} CPU",
        f"  load while this was measured: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores",
        *stage_lines(recipe, store, workers),
    ]


def stage_lines(recipe: Path, store: Path, workers: int) -> list[str]:
    """Wall time of each part of one run, as its progress tells them."""
    shutil.rmtree(store)
    marks: list[tuple[str, float]] = []

    def tell(what: str, done: int, _total: int) -> None:
        if not done:
            marks.append((what, time.perf_counter()))

    start = time.perf_counter()
    with Pool(workers) as ahead:
        ahead.start()
        plan, _ = api.plan(recipe, store=store)
        run_plan(plan, Request(store, workers), report_of_run, tell, ahead)
    end = time.perf_counter()
    named = [("start workers, plan", start), *marks]
    named[2] = ("first stage", named[2][1])
    ends = [at for _, at in named[1:]] + [end]
    lines = [f"  {name:34} {until - at:8.2f} s" for (name, at), until in zip(named, ends, strict=True)]
    return ["wall time by part (in this process: imports of the parent not counted; workers start anew)", *lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--size", default="300M")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    # the command as it can be typed elsewhere: the folder of the data is this machine's own
    asked_for = [Path(word).name if word.endswith(".parquet") else word for word in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="dprep-bench-") as name:
        folder = Path(name)
        path = asked.data.absolute() if asked.data else folder / "texts.parquet"
        if not asked.data:
            made_up(int(asked.size.rstrip("M")) * 1_000_000).write_parquet(path, row_group_size=10_000)
        rows = pl.read_parquet(path, columns=["text"])
        megabytes = rows.get_column("text").str.len_bytes().sum() / 1e6
        versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("polars", "pyarrow", "numba", "numpy"))
        lines = [
            f"python benchmarks/dedup.py {' '.join(asked_for)}",
            f"python {platform.python_version()}, {versions}, {os.cpu_count()} cores, {platform.machine()}",
            f"data: {asked.data.stem if asked.data else 'made up'}, {len(rows)} rows",
            *kernel_lines(rows.get_column("text")),
            *whole_lines(path, folder, megabytes, asked.workers, asked.times),
        ]
    print("\n".join(lines))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
