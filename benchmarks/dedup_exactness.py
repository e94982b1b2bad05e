"""How exact `dedup.minhash` is: `python benchmarks/dedup_exactness.py [all|pairs|curve|sketch] [--sets NAME ...]`.

pairs    whole corpora against the exact answer (`_all_pairs.py`: its own shingles, an inverted index, integers):
         recall      share of the pairs with a Jaccard similarity of the threshold or more that end in one cluster, and how
                     many do not; "near" counts those only that are not identical, "edge" those less than 0.02 above
         left        true pairs both rows of which stay; counts where `chain = false`, by which a cluster falls into several
         clusters    the clusters that true pairs alone hold together, of all: no cluster rests on a wrong edge
         kept        (dropped row, row that stays) at the threshold or more; must be all with `chain = false`
         links       the same of (dropped row, row that linked it)
         similarity  the largest error of the similarity that is told, in all rows
curve    share of made-up pairs of an exact similarity that become candidates, beside 1 - (1 - s^width)^bands
sketch   error of the similarity that sketches tell, in 5 to 100,000 shingles: mean, and deviation over that of as many
         independent hashes

Runs are made by `dprep run`, as users make them; results are printed and kept in benchmarks/results/dedup-exactness.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks._all_pairs import Members, Pairs, all_pairs, shingle_members
from benchmarks._dup_sets import CORPORA, LOADERS, texts
from dprep.base.dedup import Sets
from dprep.base.text import Text
from dprep.kernels.sketch import sketches
from dprep.ops.dedup.minhash import MinHash

RESULT = ROOT / "benchmarks" / "results" / "dedup-exactness.txt"
THRESHOLDS = ("0.5", "0.7", "0.8", "0.9")
RECIPE = """
[dataset]
name = "exactness"
seed = 1
task = "text"

[[source]]
path = "{path}"
columns = {{ text = "text" }}
keep = ["number"]

[[step]]
op = "dedup.minhash"
"""


@dataclass(frozen=True)
class Found:
    """What a run says of every row, by its place."""

    cluster: npt.NDArray[np.int64]
    """The row that stays for it, or any number that its cluster shares."""
    keeper: npt.NDArray[np.int64]
    """The row that stays for it, where one was dropped; -1 else."""
    link: npt.NDArray[np.int64]
    """The row that linked it to its cluster, where one was dropped; -1 else."""
    similarity: npt.NDArray[np.float64]
    """To the row that stays; NaN where none is told."""


def ran(path: Path, rows: int, settings: dict[str, Any], workers: int) -> Found:
    """The clusters that `dprep run` makes with these settings of dedup.minhash."""
    with tempfile.TemporaryDirectory(prefix="dprep-exact-") as name:
        recipe = Path(name) / "recipe.toml"
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        recipe.write_text(RECIPE.format(path=path) + "\n".join(lines) + "\n")
        command = [sys.executable, "-m", "dprep", "run", str(recipe), "--store", str(Path(name) / "store"), "--json"]
        done = subprocess.run([*command, "--workers", str(workers)], capture_output=True, text=True, cwd=ROOT)
        if done.returncode:
            raise SystemExit(f"the run failed:\n{done.stderr}")
        version = Path(json.loads(done.stdout.splitlines()[-1])["path"])
        kept = pl.read_parquet(version / "data/*.parquet")
        gone = sorted((version / "dropped").glob("*.parquet"))
        return _found(kept, pl.concat(map(pl.read_parquet, gone)) if gone else None, rows)


def _found(kept: pl.DataFrame, gone: pl.DataFrame | None, rows: int) -> Found:
    cluster, keeper, link, told = np.arange(rows), np.full(rows, -1), np.full(rows, -1), np.full(rows, np.nan)
    if gone is not None:
        every = pl.concat([kept.select("id", "number"), gone.select("id", "number")])
        measured = gone["measured"].str.json_path_match
        dropped = gone["number"].to_numpy()
        keeper[dropped] = cluster[dropped] = _numbers(gone["twin"], every)
        link[dropped] = _numbers(measured("$.linked_by").fill_null(gone["twin"]), every)
        told[dropped] = measured("$.similarity").cast(pl.Float64).to_numpy()
    elif "cluster" in kept:
        marked = kept.drop_nulls("cluster")
        cluster[marked["number"].to_numpy()] = rows + marked["cluster"].rank("dense").cast(pl.Int64).to_numpy()
        told[marked["number"].to_numpy()] = marked["similarity"].to_numpy()
    return Found(cluster, keeper, link, told)


def _numbers(ids: pl.Series, every: pl.DataFrame) -> npt.NDArray[np.int64]:
    return ids.replace_strict(every["id"], every["number"], return_dtype=pl.Int64).to_numpy()


def held_together(cluster: npt.NDArray[np.int64], true: Pairs) -> tuple[int, int]:
    """How many clusters of more than one row there are, and how many of them true pairs connect."""
    rows = len(cluster)
    numbers = np.unique(cluster, return_inverse=True)[1]
    inside = numbers[true.first] == numbers[true.second]
    edges = (np.ones(int(inside.sum())), (true.first[inside], true.second[inside]))
    part = connected_components(coo_array(edges, shape=(rows, rows)), directed=False)[1]
    parts_of = pl.DataFrame({"cluster": numbers, "part": part}).group_by("cluster").agg(pl.len(), pl.col("part").n_unique())
    large = parts_of.filter(pl.col("len") > 1)
    return len(large), int((large["part"] == 1).sum())


def recall(cluster: npt.NDArray[np.int64], true: Pairs) -> float:
    return float((cluster[true.first] == cluster[true.second]).mean()) if len(true) else 1.0


def jaccard(sets: Members, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> list[Fraction]:
    """Exact similarities of some pairs."""
    found = []
    for one, other in zip(first, second, strict=True):
        a, b = (sets.members[sets.offsets[row] : sets.offsets[row + 1]] for row in (one, other))
        shared = len(np.intersect1d(a, b, assume_unique=True))
        found.append(Fraction(shared, len(a) + len(b) - shared))
    return found


def judged(found: Found, sets: Members, every: Pairs, threshold: Fraction, *, chain: bool) -> dict[str, str]:
    """The figures of one run."""
    true = every.at_least(threshold)
    share = true.jaccard()
    near, edge = (
        Pairs(true.first[chosen], true.second[chosen], true.shared[chosen], true.either[chosen])
        for chosen in (share < 1, share < float(threshold) + 0.02)
    )
    clusters, whole = held_together(found.cluster, true)
    told = {"pairs": f"{len(true):,}"}
    if chain:
        told |= {
            "recall": f"{recall(found.cluster, true):.6f}",
            "missed": f"{int((found.cluster[true.first] != found.cluster[true.second]).sum()):,}",
            "near": f"{recall(found.cluster, near):.6f}",
            "edge": f"{recall(found.cluster, edge):.4f} of {len(edge):,}",
        }
    told["clusters"] = f"{whole:,} of {clusters:,}"
    gone = np.flatnonzero(found.keeper >= 0)
    if len(gone):
        told["left"] = f"{int(((found.keeper[true.first] < 0) & (found.keeper[true.second] < 0)).sum()):,}"
        alike = jaccard(sets, gone, found.keeper[gone])
        told["kept"] = f"{sum(each >= threshold for each in alike):,} of {len(gone):,}"
        wrong = np.abs(np.array([float(each) for each in alike]) - found.similarity[gone])
        links = jaccard(sets, gone, found.link[gone])
        told["links"] = f"{sum(each >= threshold for each in links):,} of {len(gone):,}"
        told["similarity"] = f"{wrong.max():.1e}" if not np.isnan(wrong).any() else "not told"
    return told


RUNS: dict[str, dict[str, Any]] = {
    "mark": {"action": "mark"},
    "drop": {},
    "drop, chain = false": {"chain": False},
    "mark, recall = 1": {"action": "mark", "recall": 1.0},
    "drop, recall = 1, chain = false": {"recall": 1.0, "chain": False},
}
"""Settings of dedup.minhash beside the threshold. Those with a parameter that it does not have are passed over."""


def pairs_lines(name: str, asked: argparse.Namespace, folder: Path) -> list[str]:
    rows = texts(name)
    path = folder / f"{name}.parquet"
    rows.select("text", number=pl.int_range(pl.len())).write_parquet(path, row_group_size=5_000)
    settled = MinHash().resolved(MinHash().profile(Text(rows["text"])))
    started = time.perf_counter()
    sets = shingle_members(rows["text"].to_list(), settled.shingles, settled.ngram)
    every = all_pairs(sets, Fraction(1, 2))
    size = int(rows["text"].str.len_bytes().sum()) / 1e6
    lines = [
        f"{name}: {len(rows):,} rows, {size:.0f} MB, shingles of {settled.ngram} {settled.shingles} (auto), "
        f"{len(sets.members) / 1e6:.1f} million; all pairs in {time.perf_counter() - started:.0f} s"
    ]
    for kind, settings in RUNS.items():
        if set(settings) - set(MinHash.model_fields):
            lines.append(f"  {kind}: this version has no such parameter")
            continue
        for threshold in asked.thresholds:
            found = ran(path, len(rows), {"threshold": float(threshold), **settings}, asked.workers)
            told = judged(found, sets, every, Fraction(threshold), chain=settings.get("chain", True))
            lines.append(f"  {kind}, {threshold}: " + ", ".join(f"{key} {value}" for key, value in told.items()))
            print(lines[-1], flush=True)
    return lines


def curve_lines(rng: np.random.Generator, pairs: int = 4_000, words: int = 400) -> list[str]:
    """Texts of different words only, so that the number shared sets the similarity."""
    lines = [f"match curve: {pairs:,} pairs each, sets whose union has {words} words", "  threshold  bands x width"]
    shares = [part / 100 for part in range(50, 100, 5)]
    lines[-1] += "  observed - predicted at " + " ".join(f"{share:7.2f}" for share in shares)
    for threshold in (0.5, 0.7, 0.8, 0.9):
        op = MinHash(threshold=threshold, shingles="words", ngram=1)
        bands, width = op.bands()
        apart = []
        for share in shares:
            shared = round(share * words)
            observed = _met(op, rng, pairs, words, shared)
            apart.append(observed - (1 - (1 - (shared / words) ** width) ** bands))
        lines.append(f"  {threshold:9}  {bands:5} x {width:<5}  {'':24}" + " ".join(f"{each:+7.4f}" for each in apart))
    lines.append(
        f"  the standard error of a share of one half is {0.5 / math.sqrt(pairs):.4f}; places of a sketch vary a "
        "little less than independent ones, which steepens the curve"
    )
    return lines


def _met(op: MinHash, rng: np.random.Generator, pairs: int, words: int, shared: int) -> float:
    """The share of pairs with a common key."""
    mine = (words - shared) // 2
    met = 0
    for _ in range(pairs // 500):
        names = rng.integers(0, 2**63, (500, words)).astype(str)
        one = pl.Series([" ".join(each[: shared + mine]) for each in names])
        other = pl.Series([" ".join([*each[:shared], *each[shared + mine :]]) for each in names])
        met += int((op.keys(Text(one)) == op.keys(Text(other))).any(axis=1).sum())
    return met / pairs


def sketch_lines(rng: np.random.Generator, pairs: int = 4_000) -> list[str]:
    lines = [
        f"sketches, {pairs:,} pairs each: shingles per set, similarity; for each number of hashes the mean error, two standard",
        "errors of it by theory, and the deviation over sqrt(J (1 - J) / hashes)",
    ]
    for size in (5, 20, 100, 1_000, 10_000, 100_000):
        for shared in sorted({round(size * part) for part in (0.4, 0.67, 0.9)}):
            true = shared / (2 * size - shared)
            told = []
            for hashes, estimates in _estimates(rng, size, shared, pairs).items():
                theory = math.sqrt(true * (1 - true) / hashes)
                mean, apart = (estimates - true).mean(), (estimates - true).std() / theory
                told.append(f"{hashes:4} {mean:+.5f} (+-{2 * theory / math.sqrt(pairs):.5f}) {apart:.3f}")
            lines.append(f"  {size:7,} {true:.4f} " + "  ".join(told))
    return lines


def _estimates(rng: np.random.Generator, size: int, shared: int, pairs: int) -> dict[int, npt.NDArray[np.float64]]:
    """What sketches of 64 and of 256 hashes say of the similarity of random sets that share so many of `size` members."""
    told: dict[int, list[npt.NDArray[np.float64]]] = {64: [], 256: []}
    at_once = max(1, min(pairs, 4_000_000 // size))
    for first in range(0, pairs, at_once):
        count = min(at_once, pairs - first)
        drawn = rng.integers(0, 2**64, (count, 2 * size - shared), dtype=np.uint64, endpoint=False)
        offsets = np.arange(count + 1) * size
        one, other = (Sets(offsets, half.ravel()) for half in (drawn[:, :size], drawn[:, size - shared :]))
        for hashes, shares in told.items():
            shares.append((sketches(one, hashes) == sketches(other, hashes)).mean(axis=1))
    return {hashes: np.concatenate(shares) for hashes, shares in told.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["all", "pairs", "curve", "sketch"], nargs="?", default="all")
    parser.add_argument("--sets", nargs="*", choices=list(LOADERS), default=list(LOADERS))
    parser.add_argument("--thresholds", nargs="*", choices=THRESHOLDS, default=THRESHOLDS)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    packages = ("polars", "numba", "numpy", "scipy")
    lines = [
        f"python benchmarks/dedup_exactness.py {' '.join(sys.argv[1:])}",
        f"python {platform.python_version()}, {', '.join(f'{p} {importlib.metadata.version(p)}' for p in packages)}, "
        f"{os.cpu_count()} cores, {platform.machine()}",
    ]
    rng = np.random.default_rng(20261122)
    if asked.what in {"all", "sketch"}:
        lines += sketch_lines(rng)
    if asked.what in {"all", "curve"}:
        lines += curve_lines(rng)
    if asked.what in {"all", "pairs"}:
        if not CORPORA.is_dir():
            lines.append("pairs: the shared corpora are not here (set DPREP_SHARED)")
        else:
            with tempfile.TemporaryDirectory(prefix="dprep-exact-") as folder:
                for name in asked.sets:
                    lines += pairs_lines(name, asked, Path(folder))
    print("\n".join(lines))
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
