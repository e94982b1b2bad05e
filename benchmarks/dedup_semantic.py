"""dedup.semantic beside brute force and semhash: `python benchmarks/dedup_semantic.py VECTORS.parquet... [--semhash PYTHON]`.

Each file has columns `text` and `vector` (lists of floats, all of one length). --semhash is a Python with semhash 0.5 and
pyarrow; it runs in a process of its own, on the same vectors and at the same threshold, with its default index (usearch).

centring     band keys of the first 10,000 vectors as they are, and with a part of one common direction added (0.55: the mean
             is that long), with planes through the origin and through the mean: comparisons per row, rows in large buckets,
             recall of pairs
whole step   seconds, rows that stay, recall (share of the true pairs that end in one cluster) and, without chains, precision
             over the pairs (row that goes, row that stays), against every pair compared by numpy

--make FOLDER makes such files from the shared corpora `sft-en-alpaca` and `sft-zh-alpaca`: TF-IDF (words, or pairs of
characters) and 256 singular vectors, by scikit-learn; one row in eleven is a copy of another with a word or character left out.
Results are printed and kept in benchmarks/results/dedup-semantic.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.step import Step
from dprep.engine.memory import run_rows
from dprep.kernels.planes import FINE, length_one, plane_keys, planes_for, sums
from dprep.ops.dedup.semantic import BANDS, Semantic

RESULT = Path(__file__).parent / "results" / "dedup-semantic.txt"
F32 = npt.NDArray[np.float32]
Pairs = npt.NDArray[np.int64]

PEER = """
import json, sys, time
import numpy as np
import pyarrow.parquet as parquet
from semhash import SemHash
table = parquet.read_table(sys.argv[1])
texts = table.column("text").to_pylist()
vectors = np.array(table.column("vector").to_pylist(), np.float32)
started = time.perf_counter()
made = SemHash.from_embeddings(embeddings=vectors, records=texts, model=None)
kept = made.self_deduplicate(threshold=float(sys.argv[2])).selected
print(json.dumps({"seconds": time.perf_counter() - started, "kept": len(kept), "texts": kept}))
"""


def vectors_of(frame: pl.DataFrame) -> F32:
    numbers = frame.get_column("vector").explode().to_numpy().astype(np.float32)
    return length_one(numbers.reshape(len(frame), -1))[0]


def true_pairs(vectors: F32, threshold: float) -> Pairs:
    """(pairs, 2) of every pair with this cosine."""
    found = []
    for first in range(0, len(vectors), 1000):
        a, b = np.nonzero(vectors[first : first + 1000] @ vectors[first:].T >= threshold)
        found.append(np.column_stack([a, b])[a < b] + first)
    return np.concatenate(found)


def directed(vectors: F32, length: float) -> F32:
    """`vectors` with a part of one direction added to all, so that their mean is about so long."""
    more = np.zeros((1, vectors.shape[1]), np.float32)
    more[0, 7] = length / math.sqrt(1 - length**2)
    return length_one(vectors + more)[0]


def centring(vectors: F32, threshold: float) -> Iterator[str]:
    pairs = true_pairs(vectors, threshold)
    mean = sums(vectors) / (FINE * len(vectors))
    op = Semantic(vectors="vector", threshold=threshold)
    op._mean, op._rows = tuple(mean.tolist()), len(vectors)
    square, _ = op._seen()
    origin = planes_for(threshold, len(vectors), 0.99, BANDS)
    for name, centre, radius, shape in (
        ("origin", np.zeros(len(mean)), 0.0, origin),
        ("mean", mean, (1 - square) ** 0.5, op.bands()),
    ):
        keys = plane_keys(vectors, centre, radius, *shape)
        compared = large = 0
        met = np.zeros(len(pairs), bool)
        for band in keys.T:
            sizes = np.unique(band, return_counts=True)[1]
            compared += int((sizes * (sizes - 1) // 2)[sizes <= 64].sum())
            large += int(sizes[sizes > 64].sum())
            met |= band[pairs[:, 0]] == band[pairs[:, 1]]
        each = f"{compared / len(vectors):8.1f} compared, {large / len(vectors):6.2f} times in a large bucket"
        planes = f"planes through the {name:<7} {shape[0]:3} bands of {shape[1]:2}"
        yield f"  mean length {square**0.5:.2f}, {planes}, each row {each}, recall {met.mean():.4f}"


def step(frame: pl.DataFrame, workers: int, **parameters: Any) -> tuple[float, Any]:
    rows = frame.with_columns(id=pl.Series([f"{n:032x}" for n in range(len(frame))]), origin=pl.lit("bench"))
    op = Semantic(vectors="vector", **parameters)
    started = time.perf_counter()
    result = run_rows([Step("semantic", "dedup.semantic", op)], rows, 10_000, workers)
    return time.perf_counter() - started, result


def whole(frame: pl.DataFrame, threshold: float, workers: int) -> Iterator[str]:
    vectors = vectors_of(frame)
    started = time.perf_counter()
    pairs = true_pairs(vectors, threshold)
    seconds = time.perf_counter() - started
    yield f"  numpy, every pair                 {seconds:7.1f} s, {len(pairs):,} pairs at {threshold:g} or more"
    seconds, marked = step(frame, workers, threshold=threshold, action="mark")
    group = marked.rows.get_column("cluster").rank("dense").to_numpy()
    together = (group[pairs[:, 0]] == group[pairs[:, 1]]).mean()
    yield f"  dedup.semantic                    {seconds:7.1f} s, {len(np.unique(group)):,} stay, recall {together:.4f}"
    seconds, thinned = step(frame, workers, threshold=threshold, chain=False)
    gone = thinned.dropped["semantic"]
    own, twin = (np.array([int(name, 16) for name in gone.get_column(c)]) for c in ("id", "twin"))
    precise = ((vectors[own] * vectors[twin]).sum(axis=1) >= threshold - 1e-6).mean()
    left = _left(thinned.rows.get_column("id"), pairs)
    told = f"{len(thinned.rows):,} stay, precision {precise:.4f}, {left} true pairs left"
    yield f"  dedup.semantic, chain = false     {seconds:7.1f} s, {told}"


def _left(stay: pl.Series, pairs: Pairs) -> int:
    """True pairs of which both stay."""
    kept = np.zeros(pairs.max() + 1 if len(pairs) else 1, bool)
    places = np.array([int(name, 16) for name in stay])
    kept[places[places < len(kept)]] = True
    return int((kept[pairs[:, 0]] & kept[pairs[:, 1]]).sum())


def peer(python: str, file: Path, frame: pl.DataFrame, threshold: float) -> str:
    done = subprocess.run([python, "-c", PEER, str(file), str(threshold)], capture_output=True, text=True)
    if done.returncode:
        return f"  semhash                           failed: {done.stderr.strip().splitlines()[-1]}"
    told = json.loads(done.stdout.splitlines()[-1])
    places = {text: str(place) for place, text in enumerate(frame.get_column("text").to_list())}
    stay = pl.Series([f"{int(places[text]):032x}" for text in told["texts"]])
    left = _left(stay, true_pairs(vectors_of(frame), threshold))
    return f"  semhash, usearch                  {told['seconds']:7.1f} s, {told['kept']:,} stay, {left} true pairs left"


def made(folder: Path, corpora: Path) -> None:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    for language, words in (("en", {"analyzer": "word"}), ("zh", {"analyzer": "char", "ngram_range": (1, 2)})):
        texts = _instructions(corpora / f"sft-{language}-alpaca" / f"alpaca_{language}.jsonl.zst")[:40_000]
        rng = np.random.default_rng(3)
        texts += [_shortened(texts[n], language, rng) for n in rng.choice(len(texts), len(texts) // 10, replace=False)]
        texts = list(dict.fromkeys(texts))
        counted = TfidfVectorizer(min_df=2, sublinear_tf=True, max_features=30_000, **words).fit_transform(texts)
        vectors, good = length_one(TruncatedSVD(256, random_state=0, n_iter=2).fit_transform(counted).astype(np.float32))
        frame = pl.DataFrame({"text": texts, "vector": vectors.tolist()}, schema_overrides={"vector": pl.List(pl.Float32)})
        frame.filter(pl.Series(good)).write_parquet(folder / f"alpaca-{language}.parquet")


def _instructions(file: Path) -> list[str]:
    rows = pl.read_ndjson(file.read_bytes() if file.suffix != ".zst" else _unpacked(file), infer_schema_length=None)
    return [f"{a or ''} {b or ''}".strip() for a, b in rows.select("instruction", "input").iter_rows()]


def _unpacked(file: Path) -> bytes:
    import zstandard

    return bytes(zstandard.ZstdDecompressor().decompressobj().decompress(file.read_bytes()))


def _shortened(text: str, language: str, rng: np.random.Generator) -> str:
    parts, joint = (text.split(), " ") if language == "en" else (list(text), "")
    if len(parts) > 4:
        parts.pop(int(rng.integers(len(parts))))
    return joint.join(parts)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("files", nargs="*", type=Path)
    asked.add_argument("--make", type=Path)
    asked.add_argument("--corpora", type=Path, default=Path(os.environ.get("DPREP_SHARED", "../shared")) / "corpora")
    asked.add_argument("--semhash")
    asked.add_argument("--threshold", type=float, default=0.9)
    asked.add_argument("--workers", type=int, default=2)
    given = asked.parse_args()
    if given.make:
        made(given.make, given.corpora)
    files = given.files or [given.make / f"alpaca-{language}.parquet" for language in ("en", "zh")]
    numpy = importlib.metadata.version("numpy")
    busy = f"load when it started: {os.getloadavg()[0]:.0f}"
    lines = [f"python {platform.python_version()}, numpy {numpy}, {os.cpu_count()} cores, {platform.machine()}, {busy}"]
    for line in _measured(files, given.threshold, given.workers, given.semhash):
        print(line, flush=True)
        lines.append(line)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _measured(files: list[Path], threshold: float, workers: int, semhash: str | None) -> Iterator[str]:
    step(pl.read_parquet(files[0], n_rows=5000), 1, threshold=threshold)  # compiles the kernels
    for file in files:
        frame = pl.read_parquet(file)
        vectors = vectors_of(frame)
        yield f"{file.stem}: {len(frame):,} rows, {vectors.shape[1]} dimensions, threshold {threshold:g}"
        yield from whole(frame, threshold, workers)
        if semhash:
            yield peer(semhash, file, frame, threshold)
        for length in (0.0, 0.55, 0.75):
            yield from centring(directed(vectors[:10_000], length), threshold)


if __name__ == "__main__":
    main()
