"""What deduplication costs on inputs made to blow it up: `python benchmarks/dedup_adversarial.py [--small]`.

Every case runs in a process of its own; told are its processor seconds and the peak of its RSS, at 1, 4 and 16 times the rows.

form letters   rows that share one band key, 31 of 39 hashes with every other row: all below the threshold (clusters alone)
alike          rows that share one band key and are all twins (clusters alone)
identical      equal rows (clusters alone)
twice          `dprep run`, one process: every text comes twice, the second time with one word more
document       `dprep run`, one process: one document; times the bytes, not the rows
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.dedup.at_scale import Done, run_apart

RESULT = Path(__file__).parent / "results" / "dedup-adversarial.txt"
RECIPE = '[dataset]\nname = "adversary"\n[[source]]\npath = "rows.parquet"\n[[step]]\nop = "dedup.minhash"\n'


def clusters(shared: int, own: int) -> Callable[[int], Done]:
    return lambda rows: run_apart("-m", "tests.dedup.at_scale", str(rows), str(shared), str(own), "1")


def run(texts: list[str]) -> Done:
    """`dprep run` on texts, from Parquet to Parquet."""
    with tempfile.TemporaryDirectory(prefix="dprep-bench-") as folder:
        pl.DataFrame({"text": texts}).write_parquet(Path(folder) / "rows.parquet")
        recipe = Path(folder) / "recipe.toml"
        recipe.write_text(RECIPE)
        options = ("--root", folder, "--store", str(Path(folder) / "store"), "--workers", "1", "--json")
        return run_apart("-m", "dprep", "run", str(recipe), *options)


def twice(rows: int) -> Done:
    words = np.random.default_rng(5).integers(0, 50_000, (rows // 2, 60))
    texts = [" ".join(f"w{word}" for word in row) for row in words.tolist()]
    return run([*texts, *(f"{text} end" for text in texts)])


def document(size: int) -> Done:
    return run([" ".join(f"w{number}" for number in range(size // 9)), "a row with six words of its own"])


CASES: dict[str, tuple[Callable[[int], Done], int]] = {
    "form letters": (clusters(31, 4), 250_000),
    "alike": (clusters(18, 1), 250_000),
    "identical": (clusters(10, 0), 2_500_000),
    "twice": (twice, 25_000),
    "document (bytes)": (document, 12_500_000),
}


def main() -> None:
    """Print the table, and write it when it is whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a quarter of the rows; writes no file")
    asked = parser.parse_args()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba", "polars"))
    lines = [
        f"python {platform.python_version()}, {versions}, {platform.machine()}; one process",
        f"{'case':20} {'rows':>11} {'CPU s':>7} {'of 1x':>6} {'MiB':>6}  notes",
    ]
    print("\n".join(lines))
    for name, (work, rows) in CASES.items():
        base = work(1000).seconds  # starting, and compiled kernels from their cache
        first = None
        for times in (1, 4, 16):
            size = rows * times // (4 if asked.small else 1)
            done = work(size)
            first = first or done.seconds - base
            told = " ".join(f"{key} {done.told[key]:,}" for key in ("compared", "large_buckets") if key in done.told)
            figures = f"{done.seconds:>7.1f} {(done.seconds - base) / first:>6.1f} {done.mebibytes:>6.0f}"
            lines.append(f"{name:20} {size:>11,} {figures}  {told}".rstrip())
            print(lines[-1], flush=True)
    if not asked.small:
        RESULT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
