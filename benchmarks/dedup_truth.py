"""Deduplication against labelled groups, beside other tools: `python benchmarks/dedup_truth.py --peer TOOL=PYTHON ...`.

Texts: revisions of a PEP, licence notices (rows of 50 words or more), extractions of a web page, versions of a Chinese law;
only rows with a label go in. Records (`--records`): tables of persons, places, products and papers, columns joined as a text.
Every tool runs with every setting of `_dup_peers.py`, ours with the same thresholds and shingles; the table shows the setting
of the best F1 of each (pairs inside one found cluster against pairs inside one group) and the adjusted Rand index of the same
setting. A tool without an interpreter, or stopped after --cap seconds before its first setting, is told so.

`--every 3` takes every third group. Results are kept in benchmarks/results/dedup-truth.txt, all settings below the table.
PYTHON is an environment with the tool: datasketch, rensa, semhash (with scikit-learn), text-dedup, datatrove.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import polars as pl

import dprep
from benchmarks._dup_sets import CORPORA, LOADERS, RECORDS, records, texts
from benchmarks._scores import Scores, pair_scores, scores

RESULT = ROOT / "benchmarks" / "results" / "dedup-truth.txt"
PEERS = ROOT / "benchmarks" / "_dup_peers.py"
TOOLS = ("datatrove", "text-dedup", "datasketch", "rensa", "semhash")
THRESHOLDS = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
DEFAULTS = "as it comes"
RECIPE = """
[dataset]
name = "truth"
seed = 1
task = "text"

[[source]]
path = "{rows}"
columns = {{ text = "text" }}
keep = ["number"]

[[step]]
op = "dedup.minhash"
action = "mark"
{settings}
"""


@dataclass(frozen=True)
class Task:
    """Rows to be clustered and what is known of them."""

    name: str
    script: str
    rows: pl.DataFrame
    """id, text, and group where the truth is groups."""
    pairs: pl.DataFrame | None = None
    """first, second, match: where the truth is labelled pairs."""

    def score(self, found: pl.Series) -> Scores:
        """How well clusters (null: alone) agree with the truth."""
        if self.pairs is None:
            return scores(self.rows["group"], found)
        alone = pl.format("alone {}", pl.int_range(pl.len()))
        named = self.rows.select("id", cluster=pl.coalesce(found.cast(pl.String), alone))
        sides = [
            self.pairs.join(named, left_on=side, right_on="id", maintain_order="left")["cluster"]
            for side in ("first", "second")
        ]
        return pair_scores(self.pairs["match"], sides[0] == sides[1])


def text_task(name: str, every: int) -> Task:
    rows = texts(name).drop_nulls("group")
    if every > 1:
        chosen = rows.select("group").unique(maintain_order=True).gather_every(every)
        rows = rows.join(chosen, on="group", how="semi", maintain_order="left")
    return Task(name, "chinese" if "-zh-" in name else "latin", rows)


def record_task(name: str) -> Task:
    found = records(name)
    text = pl.concat_str([pl.col(column).cast(pl.String).fill_null("") for column in found.columns], separator="\n")
    return Task(name, "latin", found.rows.with_columns(text=text.str.strip_chars()), found.pairs)


def ours(task: Task, folder: Path) -> Iterator[tuple[str, pl.Series]]:
    """The clusters of `dprep run` with each setting."""
    rows = folder / "numbered.parquet"
    task.rows.select("text", number=pl.int_range(pl.len())).write_parquet(rows)
    short = int(task.rows["text"].str.len_bytes().quantile(0.5) or 0) < 300
    if task.script == "chinese" or short:
        kinds = [("characters", 3), ("characters", 5)]
    else:
        kinds = [("words", 2), ("words", 5), ("characters", 5)]
    tried = {DEFAULTS: ""}
    for (kind, ngram), threshold, chain in product(kinds, THRESHOLDS, (True, False)):
        name = f"{ngram} {kind}, {threshold}{'' if chain else ', chain = false'}"
        tried[name] = f'threshold = {threshold}\nshingles = "{kind}"\nngram = {ngram}\nchain = {str(chain).lower()}'
    for name, settings in tried.items():
        recipe = folder / "recipe.toml"
        recipe.write_text(RECIPE.format(rows=rows, settings=settings))
        yield name, _run(recipe, folder / "store", len(task.rows))


def _run(recipe: Path, store: Path, rows: int) -> pl.Series:
    version = dprep.run(recipe, store=store).folder
    marked = pl.read_parquet(version / "data/*.parquet").select(pl.col("number").cast(pl.Int64), "cluster")
    every = pl.DataFrame({"number": range(rows)}, schema={"number": pl.Int64})
    return every.join(marked, on="number", how="left", maintain_order="left")["cluster"]


def theirs(tool: str, python: str, task: Task, folder: Path, cap: float) -> tuple[dict[str, pl.Series], str]:
    """The clusters of a tool with each setting that it came to, and what went wrong."""
    rows, out = folder / "rows.parquet", folder / f"{tool}.parquet"
    task.rows.select("id", "text").write_parquet(rows)
    command = [python, str(PEERS), tool, str(rows), str(out), "--script", task.script]
    wrong = ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=cap)
        if done.returncode:
            wrong = done.stderr.strip().splitlines()[-1]
    except subprocess.TimeoutExpired:
        wrong = f"stopped after {cap:.0f} s"
    if not out.exists():
        return {}, wrong
    found = task.rows.select("id").join(pl.read_parquet(out), on="id", how="left", maintain_order="left")
    return {name: found[name] for name in found.columns if name != "id"}, wrong


def line(name: str, got: Scores) -> str:
    index = f"{got.ari:.4f}" if got.ari == got.ari else "      "
    return f"  {name:58} P {got.precision:.4f}  R {got.recall:.4f}  F1 {got.f1:.4f}  ARI {index}"


def judged(task: Task, peers: dict[str, str], cap: float) -> tuple[list[str], list[str]]:
    """The table of one corpus: the best of each tool; and all settings."""
    size = int(task.rows["text"].str.len_bytes().sum()) / 1e6
    true = task.score(pl.Series([None] * len(task.rows), dtype=pl.String)).true
    head = f"{task.name}: {len(task.rows):,} rows, {size:.1f} MB, {true:,} true pairs"
    best, raw = [head], [head]
    with tempfile.TemporaryDirectory(prefix="dprep-truth-") as name:
        for tool in ("dprep", *TOOLS):
            wrong, before = "", len(best)
            if tool == "dprep":
                found = dict(ours(task, Path(name)))
            elif tool not in peers:
                best.append(f"  {tool}: no interpreter given")
                continue
            else:
                found, wrong = theirs(tool, peers[tool], task, Path(name), cap)
            scored = {setting: task.score(clusters) for setting, clusters in found.items()}
            raw += [line(f"{tool}, {setting}", got) for setting, got in scored.items()]
            if scored:
                setting, got = max(scored.items(), key=lambda each: each[1].f1)
                best.append(line(f"{tool} ({setting})", got))
            if DEFAULTS in scored:
                best.append(line(f"{tool} ({DEFAULTS})", scored[DEFAULTS]))
            if wrong:
                best.append(f"    {tool}: {wrong}, {len(scored)} settings tried")
            print("\n".join(best[before:]), flush=True)
    return best, raw


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", nargs="*", default=[], metavar="TOOL=PYTHON")
    parser.add_argument("--sets", nargs="*", choices=[*LOADERS, *RECORDS], default=list(LOADERS))
    parser.add_argument("--records", action="store_true", help="the sets of records instead")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--cap", type=float, default=1800)
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    if not CORPORA.is_dir():
        raise SystemExit("the shared corpora are not here (set DPREP_SHARED)")
    peers = dict(each.split("=", 1) for each in asked.peer)
    told = [f"{package} {importlib.metadata.version(package)}" for package in ("polars", "numba")]
    best = [
        f"python {platform.python_version()}, {', '.join(told)}, {os.cpu_count()} cores; peers: {_versions(peers)}",
        f"every {asked.every} of the groups" if asked.every > 1 else "all groups",
    ]
    raw: list[str] = []
    for name in list(RECORDS) if asked.records else asked.sets:
        task = record_task(name) if name in RECORDS else text_task(name, asked.every)
        table, settings = judged(task, peers, asked.cap)
        best, raw = best + table, raw + settings
        asked.out.write_text("\n".join([*best, "", "all settings", *raw]) + "\n")
    print("\n".join(best))


def _versions(peers: dict[str, str]) -> str:
    """What each interpreter has."""
    ask = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
    told: list[Any] = []
    for tool, python in peers.items():
        done = subprocess.run([python, "-c", ask, tool], capture_output=True, text=True)
        told.append(f"{tool} {done.stdout.strip() or 'of unknown version'}")
    return ", ".join(told) or "none"


if __name__ == "__main__":
    main()
