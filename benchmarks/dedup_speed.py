"""Deduplication end to end beside other tools, Parquet in and out: `python benchmarks/dedup_speed.py [peers|growth] ...`.

    peers  --data bench_en.parquet bench_dups.parquet --peer TOOL=PYTHON ... [--repeat 3]
    growth --data bench_en.parquet [--repeat 3]

peers   wall time, CPU time and peak memory of the whole process tree for the floor (a polars scan-to-sink copy), dprep with its
        own settings (2 workers), and each TOOL that `dedup_peers.py` of the shared tools knows (rensa-readme, datatrove,
        datasketch, text-dedup …); after each run the floor is run again, and ratios are to that. A file with the columns
        cluster and jaccard_to_base is scored too, by `eval_dups.py`: removal recall and precision.
growth  1x, 4x and 16x the rows: documents (every word of a further copy of the file ends in the copy's number, so that copies
        are no twins of each other), and sentences; the ratio of times, less start-up, and memory per further row
        (of all processes; needs a file that takes much longer than start-up)

Files are made by `make_corpus.py` of the shared tools. Results are added to benchmarks/results/dedup-speed.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import polars as pl

TOOLS = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared")) / "tools"
RESULTS = ROOT / "benchmarks" / "results"
TWO_TASKS = {"datatrove", "text-dedup", "data-juicer"}
"""Peers that are told to use two processes; the others have one, and their own threads."""
RECIPE = """
[dataset]
name = "bench"
seed = 1
task = "text"

[[source]]
path = "{path}"
columns = {{ text = "text", key = "id" }}
keep = []

[[step]]
op = "dedup.minhash"
{settings}
"""


def timed(name: str, command: list[str], asked: argparse.Namespace, rows: pl.DataFrame, floor: list[str]) -> dict[str, Any]:
    """What `timed.py` tells of a command and of the floor after each of its runs."""
    megabytes = int(rows["text"].str.len_bytes().sum()) / 1e6
    options = ["--name", name, "--repeat", str(asked.repeat), "--mb", f"{megabytes:.3f}", "--docs", str(len(rows))]
    options += ["--floor", shlex.join(floor), "--timeout", str(asked.cap)]
    done = subprocess.run(
        [sys.executable, str(TOOLS / "timed.py"), *options, "--", *command], capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peer_command(tool: str, python: str, data: Path, work: Path) -> list[str]:
    command = [python, str(TOOLS / "dedup_peers.py"), tool, "--input", str(data), "--work", str(work)]
    if tool not in TWO_TASKS:
        return command
    if tool != "datatrove":
        return [*command, "--tasks", "2"]
    # it shares files out, not rows, and fails on a column that is null at first
    halves = work.parent / f"halves-{data.stem}"
    if not halves.exists():
        halves.mkdir()
        rows = pl.read_parquet(data).with_columns(pl.col(pl.String).fill_null(""))
        for number, first in enumerate((0, len(rows) // 2)):
            length = len(rows) // 2 if number == 0 else None
            rows.slice(first, length).write_parquet(halves / f"{number}.parquet", compression="zstd")
    return [*command, "--tasks", "2", "--input-dir", str(halves)]


def our_command(data: Path, folder: Path, settings: str, workers: int) -> list[str]:
    """A run that finds nothing made before."""
    recipe, store = folder / "bench.toml", folder / "store"
    recipe.write_text(RECIPE.format(path=data, settings=settings))
    run = [sys.executable, "-m", "dprep", "run", str(recipe), "--store", str(store), "--workers", str(workers), "--json"]
    return ["sh", "-c", f"rm -rf {shlex.quote(str(store))} && {shlex.join(run)}"]


def our_kept(folder: Path) -> Path:
    """The rows that stay, with the ids that they had."""
    version = next((folder / "store" / "datasets").glob("*/v1"))
    kept = folder / "kept.parquet"
    pl.read_parquet(version / "data/*.parquet").select(id="key").write_parquet(kept)
    return kept


def quality(data: Path, kept: Path) -> list[str]:
    """Removal against the planted truth."""
    command = [sys.executable, str(TOOLS / "eval_dups.py"), "--truth", str(data), "--kept", str(kept)]
    done = subprocess.run([*command, "--min-jaccard", "0", "0.8"], capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    shown = [f"J >= {each['min_jaccard']}: P {each['removal']['P']:.4f} R {each['removal']['R']:.4f}" for each in told[:2]]
    return [f"    removal, {'; '.join(shown)}; rows alone that went: {told[-1]['unique_rows_removed']}"]


def shown(got: dict[str, Any]) -> str:
    if got["rc"]:
        return f"  {got['name']:14} failed ({got['rc']}) after {got['wall']:.1f} s"
    return (
        f"  {got['name']:14} {got['wall']:8.2f} s  {got.get('mb_s', 0):7.2f} MB/s  CPU {got['cpu']:8.2f} s  "
        f"peak {got['rss_tree_mb']:6,} MB  {got.get('x_floor', 1):6.1f} x floor ({got.get('floor', got['wall']):.3f} s)"
    )


def peers(asked: argparse.Namespace, folder: Path) -> list[str]:
    lines = []
    for data in map(Path.absolute, asked.data):
        rows = pl.read_parquet(data)
        lines.append(f"{data.stem}: {len(rows):,} rows, {int(rows['text'].str.len_bytes().sum()) / 1e6:.1f} MB of text")
        truth = {"cluster", "jaccard_to_base"} <= set(rows.columns)
        floor = peer_command("floor", sys.executable, data, folder / "floor")
        lines.append(shown(timed("floor", floor, asked, rows, floor)))
        for settings in asked.settings:
            ours = our_command(data, folder, settings, asked.workers)
            subprocess.run(ours, check=True, capture_output=True, cwd=ROOT)  # kernels compile once per machine
            lines.append(f"{shown(timed('dprep', ours, asked, rows, floor))}  {settings}".rstrip())
            lines += quality(data, our_kept(folder)) if truth else []  # at once: the next settings have the same folder
        for tool, python in (each.split("=", 1) for each in asked.peer):
            got = timed(tool, peer_command(tool, python, data, folder / tool), asked, rows, floor)
            lines.append(shown(got))
            lines += quality(data, folder / tool / "out") if truth and not got["rc"] else []
        print("\n".join(lines), flush=True)
    return lines


def copies(rows: pl.DataFrame, count: int) -> pl.DataFrame:
    """`rows` so often, every word of each copy marked with its number."""
    marked = pl.col("text").str.replace_all
    return pl.concat(
        rows.select(
            pl.format(f"{{}}-{number}", "id").alias("id"), marked(r"(\w)\b", f"${{1}}{chr(97 + number)}x").alias("text")
        )
        for number in range(count)
    )


def sentences(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a sentence each, in an order of no meaning."""
    parts = rows.select(pl.col("text").str.replace_all(r"([.!?])\s+", "$1\n").str.split("\n").alias("text")).explode("text")
    parts = parts.filter(pl.col("text").str.len_bytes() >= 20).sample(fraction=1, shuffle=True, seed=1)
    return parts.select(pl.format("s{}", pl.int_range(pl.len())).alias("id"), "text")


def growth(asked: argparse.Namespace, folder: Path) -> list[str]:
    rows = pl.concat(pl.read_parquet(path).select("id", "text") for path in asked.data)
    quarter = rows.gather_every(4)
    every = sentences(rows)
    cases = {
        "documents": [quarter.head(20), *(copies(quarter, times) for times in (1, 4, 16))],
        "sentences": [every.head(20), *(every.head(len(every) * times // 16) for times in (1, 4, 16))],
    }
    lines = []
    for name, sizes in cases.items():
        told = []
        for table in sizes:
            data = folder / "rows.parquet"
            table.write_parquet(data, compression="zstd", row_group_size=20_000)
            floor = peer_command("floor", sys.executable, data, folder / "floor")
            ours = our_command(data, folder, asked.settings[0], asked.workers)
            told.append((len(table), timed(f"dprep, {len(table):,} rows", ours, asked, table, floor)))
            lines.append(shown(told[-1][1]))
            print(lines[-1], flush=True)
        start, first = told[0][1]["wall"], told[1][1]["wall"]
        ratios = [f"{(got['wall'] - start) / (first - start):.2f}" for _, got in told[1:]]
        per_row = [
            f"{(more['rss_tree_mb'] - got['rss_tree_mb']) * 2**20 / (count - fewer):.0f}"
            for (fewer, got), (count, more) in pairwise(told[1:])
        ]
        lines.append(
            f"{name}: time less start-up ({start:.2f} s) x {', '.join(ratios)}; bytes per further row {', '.join(per_row)}"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["peers", "growth"])
    parser.add_argument("--data", nargs="+", type=Path, required=True)
    parser.add_argument("--peer", nargs="*", default=[], metavar="TOOL=PYTHON")
    parser.add_argument("--settings", nargs="*", default=[""], help="lines of dedup.minhash, each a run of its own")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cap", type=float, default=3600, help="seconds for one run")
    parser.add_argument("--out", type=Path, default=RESULTS / "dedup-speed.txt")
    asked = parser.parse_args()
    if not TOOLS.is_dir():
        raise SystemExit("the shared tools are not here (set DPREP_SHARED)")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("polars", "pyarrow", "numba"))
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    with tempfile.TemporaryDirectory(prefix="dprep-speed-") as name:
        lines = (peers if asked.what == "peers" else growth)(asked, Path(name))
    head = f"python {platform.python_version()}, {versions}, {os.cpu_count()} cores, {platform.machine()}; {load}"
    shown_lines = [f"{asked.what}, median of {asked.repeat}; {head}", *lines, ""]
    print("\n".join(shown_lines))
    with asked.out.open("a") as file:
        file.write("\n".join(shown_lines) + "\n")


if __name__ == "__main__":
    main()
