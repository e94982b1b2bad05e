"""Clusters of near-duplicates by another tool, with every setting worth trying: run with the interpreter that has the tool.

    python benchmarks/_dup_peers.py TOOL ROWS.parquet OUT.parquet [--script chinese]

TOOL: datasketch, rensa, semhash, text-dedup, datatrove. ROWS has id and text. OUT gets id and a column of clusters per setting
(rows with the same value are duplicates; null: alone), and is written anew after each setting, so that a run that is stopped
has told of the settings before. Nothing of dprep is used.

datasketch and rensa are libraries: shingles are made here (runs of `\\w+` in lower case, or of characters), pairs that their
index finds are joined; "checked" joins those only whose sketches tell a similarity of the threshold or more. semhash needs an
encoder, and its own (potion-base-8M) is a download: here it gets vectors of latent semantic analysis learnt from the rows
themselves (TF-IDF of words, or of one and two Chinese characters, 256 dimensions, scikit-learn), which says little about
semhash with an encoder.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose html.py is not the standard library's
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")

import polars as pl

Setting = tuple[str, list[Any]]
"""Its name, and the cluster of each row."""
THRESHOLDS = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)


class Joined:
    """Union-find over rows."""

    def __init__(self, rows: int) -> None:
        self.root = list(range(rows))

    def top(self, row: int) -> int:
        while self.root[row] != row:
            self.root[row] = self.root[self.root[row]]
            row = self.root[row]
        return row

    def join(self, one: int, other: int) -> None:
        one, other = self.top(one), self.top(other)
        self.root[max(one, other)] = min(one, other)

    def clusters(self) -> list[int]:
        return [self.top(row) for row in range(len(self.root))]


def shingles(text: str, kind: str, ngram: int) -> list[str]:
    if kind == "words":
        words = re.findall(r"\w+", text.lower())
        return [" ".join(words[at : at + ngram]) for at in range(max(1, len(words) - ngram + 1))]
    plain = " ".join(text.lower().split())
    return [plain[at : at + ngram] for at in range(max(1, len(plain) - ngram + 1))]


def kinds(script: str) -> list[tuple[str, int]]:
    """Shingles to try: Chinese has no blanks between words."""
    return [("characters", 3), ("characters", 5)] if script == "chinese" else [("words", 2), ("words", 5), ("characters", 5)]


def datasketch(rows: pl.DataFrame, script: str) -> Iterator[Setting]:
    import numpy as np
    from datasketch import MinHash, MinHashLSH  # type: ignore[import-not-found]

    for kind, ngram in kinds(script):
        made = []
        for text in rows["text"]:
            sketch = MinHash(num_perm=128, seed=1)
            sketch.update_batch([each.encode() for each in shingles(text, kind, ngram)])
            made.append(sketch)
        matrix = np.stack([sketch.hashvalues for sketch in made])
        for threshold in THRESHOLDS:
            index = MinHashLSH(threshold=threshold, num_perm=128)
            plain, checked = Joined(len(made)), Joined(len(made))
            for row, sketch in enumerate(made):
                near = np.array(index.query(sketch), np.int64)
                for other in near:
                    plain.join(row, int(other))
                for other in near[(matrix[near] == matrix[row]).mean(axis=1) >= threshold]:
                    checked.join(row, int(other))
                index.insert(row, sketch)
            yield f"{ngram} {kind}, {threshold}", plain.clusters()
            yield f"{ngram} {kind}, {threshold}, checked", checked.clusters()


def rensa(rows: pl.DataFrame, script: str) -> Iterator[Setting]:
    import numpy as np
    from rensa import RMinHash, RMinHashLSH  # type: ignore[import-not-found]

    for kind, ngram in kinds(script):
        made = RMinHash.from_token_sets([shingles(text, kind, ngram) for text in rows["text"]], 128, 42)
        matrix = np.array([sketch.digest() for sketch in made])
        for bands in (16, 32, 64):
            index = RMinHashLSH(0.5, 128, bands)
            index.insert_many(made, 0)
            near_rows = [np.array(near, np.int64) for near in index.query_all(made)]
            plain = Joined(len(made))
            checked = {threshold: Joined(len(made)) for threshold in THRESHOLDS}
            for row, near in enumerate(near_rows):
                alike = (matrix[near] == matrix[row]).mean(axis=1)
                for other, share in zip(near.tolist(), alike.tolist(), strict=True):
                    plain.join(row, other)
                    for threshold, joined in checked.items():
                        if share >= threshold:
                            joined.join(row, other)
            yield f"{ngram} {kind}, {bands} bands", plain.clusters()
            for threshold, joined in checked.items():
                yield f"{ngram} {kind}, {bands} bands, {threshold} checked", joined.clusters()


def semhash(rows: pl.DataFrame, script: str) -> Iterator[Setting]:
    from semhash import SemHash  # type: ignore[import-not-found]
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    texts = [text or " " for text in rows["text"].to_list()]
    analyzed = {"analyzer": "char", "ngram_range": (1, 2)} if script == "chinese" else {"token_pattern": r"\w+"}
    tfidf = TfidfVectorizer(**analyzed, min_df=2, max_features=100_000, sublinear_tf=True).fit_transform(texts)
    vectors = normalize(TruncatedSVD(min(256, tfidf.shape[1] - 1), random_state=1).fit_transform(tfidf))
    place: dict[str, int] = {}
    first = [place.setdefault(text, row) for row, text in enumerate(texts)]
    for threshold in (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98):
        index = SemHash.from_embeddings(vectors.astype("float32"), texts, model=None)
        joined = Joined(len(texts))
        for row, other in enumerate(first):
            joined.join(row, other)
        for each in index.self_deduplicate(threshold=threshold).filtered:
            joined.join(place[each.record], place[each.duplicate_of])
        yield f"LSA 256, {threshold}", joined.clusters()


TEXT_DEDUP = """
[input]
input_type = "local_files"
file_type = "parquet"
[input.read_arguments]
path = "parquet"
data_files = "{rows}"
split = "train"
cache_dir = "{work}/cache"
[algorithm]
algorithm_name = "minhash"
text_column = "text"
seed = 42
num_proc = 1
num_perm = 256
threshold = {threshold}
ngram_size = {ngram}
min_length = 0
check_false_positive = {checked}
[output]
output_dir = "{work}/out"
clean_cache = false
save_clusters = false
keep_index_column = true
keep_cluster_column = true
skip_filtering = true
[debug]
enable_profiling = false
"""


def text_dedup(rows: pl.DataFrame, script: str) -> Iterator[Setting]:
    """Its documented command; words by `\\W` only, so that a Chinese clause is one. 256 hashes, as in its own benchmark."""
    for ngram in (1, 2) if script == "chinese" else (2, 5):
        for threshold, checked in ((0.45, False), (0.6, False), (0.6, True), (0.7, False), (0.7, True)):
            with tempfile.TemporaryDirectory() as name:
                work = Path(name)
                rows.write_parquet(work / "rows.parquet")
                told = {"rows": work / "rows.parquet", "work": work, "threshold": threshold, "ngram": ngram}
                (work / "config.toml").write_text(TEXT_DEDUP.format(checked=str(checked).lower(), **told))
                offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(work / "hf")}
                subprocess.run(
                    [sys.executable, "-m", "text_dedup.minhash"], cwd=work, check=True, env=offline, capture_output=True
                )
                yield f"{ngram} words, {threshold}{', checked' * checked}", _arrow_clusters(work / "out", rows)


def _arrow_clusters(folder: Path, rows: pl.DataFrame) -> list[Any]:
    import pyarrow as pa

    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*.arrow")):
        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_stream(file).read_all()
        name = next(column for column in table.column_names if "cluster" in column.lower())
        found |= dict(zip(table.column("id").to_pylist(), table.column(name).to_pylist(), strict=True))
    return [found.get(name) for name in rows["id"]]


def datatrove(rows: pl.DataFrame, script: str) -> Iterator[Setting]:
    """Its four stages, one task each."""
    language = "zho_Hani" if script == "chinese" else "eng_Latn"
    for ngram, bands, width in ((5, 14, 8), (2, 14, 8), (5, 32, 5)):
        with tempfile.TemporaryDirectory() as name:
            yield f"{ngram} words, {bands} x {width}", _datatrove(rows, Path(name), language, (ngram, bands, width))


def _datatrove(rows: pl.DataFrame, work: Path, language: str, setting: tuple[int, int, int]) -> list[Any]:
    from datatrove.executor import LocalPipelineExecutor as Executor  # type: ignore[import-not-found]
    from datatrove.pipeline.dedup import (  # type: ignore[import-not-found]
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig  # type: ignore[import-not-found]
    from datatrove.pipeline.readers import ParquetReader  # type: ignore[import-not-found]
    from datatrove.pipeline.writers import ParquetWriter  # type: ignore[import-not-found]

    (work / "in").mkdir()
    rows.write_parquet(work / "in" / "rows.parquet")
    ngram, bands, width = setting
    config = MinhashConfig(n_grams=ngram, num_buckets=bands, hashes_per_bucket=width)
    reader = ParquetReader(str(work / "in"), text_key="text", id_key="id")
    folders = {key: str(work / key) for key in ("signatures", "buckets", "remove", "gone", "out")}
    stages: list[tuple[list[Any], int]] = [
        ([reader, MinhashDedupSignature(folders["signatures"], config=config, language=language)], 1),
        ([MinhashDedupBuckets(folders["signatures"], folders["buckets"], config=config)], bands),
        ([MinhashDedupCluster(folders["buckets"], folders["remove"], config=config, save_cluster_id=True)], 1),
        (
            [
                reader,
                MinhashDedupFilter(folders["remove"], exclusion_writer=ParquetWriter(folders["gone"]), load_cluster_ids=True),
                ParquetWriter(folders["out"]),
            ],
            1,
        ),
    ]
    for number, (steps, tasks) in enumerate(stages):
        Executor(steps, tasks=tasks, workers=1, logging_dir=str(work / f"log{number}")).run()
    found: dict[str, Any] = {}
    for path in [*(work / "out").rglob("*.parquet"), *(work / "gone").rglob("*.parquet")]:
        table = pl.read_parquet(path)
        for name, told in table.select("id", "metadata").iter_rows():
            number = (json.loads(told) if isinstance(told, str) else told).get("minhash_cluster_id")
            found[name] = None if number is None or number < 0 else number
    return [found.get(name) for name in rows["id"]]


TOOLS = {"datasketch": datasketch, "rensa": rensa, "semhash": semhash, "text-dedup": text_dedup, "datatrove": datatrove}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=list(TOOLS))
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--script", choices=["latin", "chinese"], default="latin")
    asked = parser.parse_args()
    rows = pl.read_parquet(asked.rows).select("id", "text")
    found = rows.select("id")
    for name, clusters in TOOLS[asked.tool](rows, asked.script):
        found = found.with_columns(pl.Series(name, clusters, dtype=pl.Int64))
        found.write_parquet(f"{asked.out}.new")
        shutil.move(f"{asked.out}.new", asked.out)


if __name__ == "__main__":
    main()
