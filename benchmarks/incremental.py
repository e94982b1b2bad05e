"""Adding rows to a deduplicated version: `python benchmarks/incremental.py [--rows 1100000] [--repeats 3]`.

full         `dprep run` of dedup.minhash (keep = "first", chain = false) over the old rows and a tenth as many new ones
incremental  `dprep run` of the new rows behind the version of the old ones: `[dataset] extends`, dedup.against its index, then
             the same dedup.minhash among the new rows

Rows are made up: 12 to 24 words each, one in eight a near copy of an earlier row, one in fifty an exact one; old and new rows
have copies of each other. Both runs are processes of their own, Parquet in; kernels are compiled by the run that makes the old
version. Both must come to the same set of rows. What the index of the old version costs, once, is told beside.
Results are printed and kept in benchmarks/results/incremental.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

RESULT = Path(__file__).parent / "results" / "incremental.txt"
WORDS = 24
"""Of the longest row."""
MINHASH = '[[step]]\nop = "dedup.minhash"\nthreshold = 0.7\nshingles = "words"\nngram = 2\nkeep = "first"\nchain = false\n'
AGAINST = '[[step]]\nop = "dedup.against"\nindex = "old@v1"\n'
INDEX = ("threshold=0.7", "shingles='words'", "ngram=2")


def made_up(rows: int) -> pl.DataFrame:
    """`rows` short texts; near and exact copies are of any row before them."""
    rng = np.random.default_rng(20261122)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "os")]
    lexicon = pl.Series([x + y for x in syllables for y in syllables])
    words = np.minimum(rng.exponential(len(lexicon) / 6, (rows, WORDS)).astype(np.int64), len(lexicon) - 1)
    lengths, kind = rng.integers(12, WORDS + 1, rows), rng.random(rows)
    copies = np.flatnonzero(kind < 0.145)[1:]
    for place in copies.tolist():  # in order, so that copies of copies come about
        source = rng.integers(0, place)
        words[place], lengths[place] = words[source], lengths[source]
    near = np.flatnonzero(kind < 0.125)[1:]
    words[near, rng.integers(0, 12, len(near))] = rng.integers(0, len(lexicon), len(near))
    shown = [
        pl.when(pl.lit(place) < pl.Series(lengths)).then(lexicon.gather(words[:, place])).alias(f"w{place}")
        for place in range(WORDS)
    ]
    return pl.select(shown).select(text=pl.concat_str(pl.all(), separator=" ", ignore_nulls=True))


def recipe(folder: Path, name: str, files: list[str], steps: str, extends: str = "") -> Path:
    """A recipe over Parquet files of `folder`."""
    line = f'extends = "{extends}"\n' if extends else ""
    path = folder / f"{name}.toml"
    path.write_text(
        f'[dataset]\nname = "{name}"\nseed = 1\ntask = "text"\n{line}\n[[source]]\npath = {json.dumps(files)}\n\n{steps}'
    )
    return path


class Took(NamedTuple):
    seconds: float
    cpu: float
    """Seconds of all its processes on all cores."""
    told: dict[str, Any]
    """The JSON that it printed last."""


def dprep(*words: object) -> Took:
    """One command, timed."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "dprep", *map(str, words), "--json"], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(seconds, cpu, json.loads(done.stdout.splitlines()[-1]))


def ids(path: str) -> set[str]:
    """Of all rows of a version."""
    return set(pl.scan_parquet(f"{path}/data/*.parquet").select("id").collect()["id"])


def compared(folder: Path, rows: int, repeats: int) -> list[str]:
    """Both ways, timed; the lines that tell of it."""
    old = rows * 10 // 11
    data = made_up(rows)
    data[:old].write_parquet(folder / "old.parquet", row_group_size=50_000)
    data[old:].write_parquet(folder / "new.parquet", row_group_size=50_000)
    base = dprep("run", recipe(folder, "old", ["old.parquet"], MINHASH), "--store", folder / "grown")
    settings = [word for setting in INDEX for word in ("--set", setting)]
    index = dprep("index", "old", "--of", "old@v1", *settings, "--store", folder / "grown")
    both = recipe(folder, "both", ["old.parquet", "new.parquet"], MINHASH)
    grow = recipe(folder, "grown", ["new.parquet"], AGAINST + MINHASH, "old@v1")
    dprep("run", grow, "--store", folder / "grown", "--limit", 1000)  # compiles what the index needs
    full, more = [], []
    for turn in range(repeats):
        full.append(dprep("run", both, "--store", folder / f"full{turn}"))
        more.append(dprep("run", grow, "--store", folder / "grown", "--fresh"))
    wall = [statistics.median(took.seconds for took in runs) for runs in (full, more)]
    cpu = [statistics.median(took.cpu for took in runs) for runs in (full, more)]
    same = ids(full[0].told["path"]) == ids(more[0].told["path"])
    steps = ", ".join(f"{step['name']} {step['seconds']:.1f}" for step in more[0].told["steps"])
    kept = [took.told["rows"]["out"] for took in (base, full[0], more[0])]
    return [
        f"rows                  {old:,} old + {rows - old:,} new, {data['text'].str.len_bytes().sum() / 2**20:.0f} MiB of text",
        f"old version           {base.seconds:8.1f} s {base.cpu:8.1f} s CPU  {kept[0]:,} rows kept",
        f"index of it           {index.seconds:8.1f} s {index.cpu:8.1f} s CPU",
        f"full run over both    {wall[0]:8.1f} s {cpu[0]:8.1f} s CPU  {kept[1]:,} rows kept",
        f"incremental run       {wall[1]:8.1f} s {cpu[1]:8.1f} s CPU  {kept[2]:,} rows kept",
        f"incremental / full    {100 * wall[1] / wall[0]:8.1f} % {100 * cpu[1] / cpu[0]:8.1f} %      (target: under 25 %)",
        f"the same rows are kept: {'yes' if same else 'NO'}",
        f"steps of the incremental run, seconds: {steps}",
        f"each of them, seconds: full {_all(full)}; incremental {_all(more)}",
    ]


def _all(runs: list[Took]) -> str:
    return ", ".join(f"{took.seconds:.1f}" for took in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_100_000, help="old and new together")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = compared(Path(folder), given.rows, given.repeats)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("dprep", "polars", "pyarrow", "numba"))
    head = f"{platform.machine()}, {cores} cores; Python {platform.python_version()}, {libraries}"
    load = f"median of {given.repeats} of each, in turn; load of the machine at the end {os.getloadavg()[1]:.1f}"
    told = "\n".join([head, load, *lines]) + "\n"
    print(told, end="")
    if given.rows >= 1_000_000:
        RESULT.write_text(told)


if __name__ == "__main__":
    main()
