"""A stratified split of many rows with units, end to end: `python benchmarks/split_speed.py [--rows 5000000] [--workers 2]`.

Rows have a short text, one of 150 labels, a price and, every second row, a customer out of a tenth as many as there are rows. A
recipe reads them from Parquet, splits them and writes a version; `no split` does all but that. Told: seconds and CPU seconds of
each, the peak of memory (RSS of all processes, pages that they share counted for each), and the seconds of the split step; then
of the decision alone, in a process of its own, with the bytes per row that it takes beside its table. Results are added to
benchmarks/results/split-speed.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

# ruff: noqa: E402
import numpy as np
import polars as pl
import psutil

RESULTS = ROOT / "benchmarks" / "results" / "split-speed.txt"
RECIPE = """
[dataset]
name = "bench"
seed = 1
task = "classification"

[[source]]
path = "rows.parquet"
columns = { text = "text", label = "label", customer = "customer", price = "price" }
"""
STEPS = {
    "plain": 'op = "split.stratified"\nstratum = ["label"]',
    "units": 'op = "split.stratified"\nstratum = ["label"]\nunit = ["customer"]',
    "units and bins": 'op = "split.stratified"\nstratum = ["label"]\nbins = { price = 10 }\nunit = ["customer"]',
    "folds": 'op = "split.folds"\nstratum = ["label"]\nunit = ["customer"]',
    "fewshot": 'op = "split.fewshot"\nk = [10, 20, 50]\nunit = ["customer"]',
}
ALONE = """
import sys, time, tracemalloc
import numpy as np
from dprep.base.table import Table
from dprep.ops.split.stratified import Stratified
rows = int(sys.argv[1])
rng = np.random.default_rng(1)
label = rng.integers(2, 152, rows).astype(np.uint64)
unit = np.where(rng.random(rows) < 0.5, rng.integers(1, rows // 10, rows), 0).astype(np.uint64)[:, None]
table = Table(rng.integers(0, 2**64, rows, dtype=np.uint64), (label,), unit)
op = Stratified(stratum=("label",), unit=("customer",))
op.decide(Table(table.luck[:9999], (label[:9999],), unit[:9999]))
began, cpu = time.perf_counter(), time.process_time()
op.decide(table)
seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
tracemalloc.start()
op.decide(table)
print(f"{seconds:.2f} s, CPU {cpu:.2f} s, {tracemalloc.get_traced_memory()[1] / rows:.1f} bytes per row")
"""


def made(path: Path, rows: int) -> None:
    rng = np.random.default_rng(1)
    customer = np.where(rng.random(rows) < 0.5, rng.integers(0, rows // 10, rows), -1)
    frame = pl.DataFrame(
        {"n": np.arange(rows), "label": rng.integers(0, 150, rows), "customer": customer, "price": rng.lognormal(size=rows)}
    )
    frame.select(
        text=pl.format("where is order {} now", "n"),
        label=pl.format("intent {}", "label"),
        customer=pl.when(pl.col("customer") >= 0).then(pl.format("customer {}", "customer")),
        price="price",
    ).write_parquet(path, compression="zstd")


def measured(command: list[str]) -> tuple[float, float, int, str]:
    """Seconds, CPU seconds, peak of the RSS of all processes in MB, and what was printed."""
    before = os.times()
    began = time.perf_counter()
    done = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    peak = 0

    def watch() -> None:
        nonlocal peak
        tree = psutil.Process(done.pid)
        while done.poll() is None:
            try:
                peak = max(peak, sum(each.memory_info().rss for each in [tree, *tree.children(recursive=True)]))
            except psutil.NoSuchProcess:
                continue
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    told = done.communicate()[0]
    watcher.join()
    seconds, after = time.perf_counter() - began, os.times()
    if done.returncode:
        raise SystemExit(told)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, cpu, peak // 2**20, told


def line(name: str, step: str, folder: Path, workers: int) -> str:
    store = folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    recipe = folder / "bench.toml"
    recipe.write_text(RECIPE + (f"\n[[step]]\n{step}\n" if step else ""))
    run = [sys.executable, "-m", "dprep", "run", str(recipe), "--store", str(store), "--workers", str(workers), "--json"]
    seconds, cpu, peak, told = measured(run)
    result: dict[str, Any] = json.loads(told.splitlines()[-1])
    step_seconds = next((f"{each['seconds']:6.2f} s" for each in result["steps"] if each["op"].startswith("split.")), "")
    return (
        f"  {name:16}{seconds:7.2f} s  CPU {cpu:6.2f} s  peak {peak:6,} MB  the step {step_seconds}  {result['rows']['parts']}"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=5_000_000)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--only", nargs="*", choices=[*STEPS, "no split"], default=["no split", *STEPS])
    given = asked.parse_args()
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("polars", "pyarrow", "numba"))
    load = os.getloadavg()[0]
    lines = [
        f"{given.rows:,} rows, {given.workers} workers; python {platform.python_version()}, {libraries}, "
        f"{os.cpu_count()} cores, {platform.machine()}; load {load:.1f} at the start"
    ]
    with tempfile.TemporaryDirectory() as folder:
        made(Path(folder) / "rows.parquet", min(2000, given.rows))
        for name in given.only:
            if name != "fewshot":  # kernels compile once per machine
                line(name, STEPS.get(name, ""), Path(folder), given.workers)
        made(Path(folder) / "rows.parquet", given.rows)
        for name in given.only:
            lines.append(line(name, STEPS.get(name, ""), Path(folder), given.workers))
            print(lines[-1], flush=True)
    alone = subprocess.run([sys.executable, "-c", ALONE, str(given.rows)], capture_output=True, text=True, check=True, cwd=ROOT)
    lines.append(f"  the decision alone, with units: {alone.stdout.strip()}")
    print(lines[-1])
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write("\n".join([f"$ python benchmarks/{' '.join(['split_speed.py', *sys.argv[1:]])}", *lines, "", ""]))


if __name__ == "__main__":
    main()
