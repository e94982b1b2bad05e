"""What fine-tuning gives: `python benchmarks/train_results.py [--store FOLDER] [--sets NAME ...] [--quick]`.

Four sets, two cores, no GPU. The recipes stand in benchmarks/recipes/; LoRA is what they ask for, `full` is the same with all
weights and a smaller rate. A run that is whole is found again, so the script goes on where it was stopped.

banking77   77 intents; all-MiniLM-L6-v2 (22.7 M weights). The published test part; some of its rows have a near twin in train
            (Jaccard similarity of the words 0.8 or more, found here without dprep), so the rows without one are scored apart
smsspam     ham or spam; the same encoder; copies out, twins in one part
wnut17      six kinds of emerging entities, F1 of whole entities; the same encoder, which knows no capital letters; published
            parts
thucnews    ten classes of Chinese titles; a small encoder from scratch on pieces that `dprep fit` learnt from train: 8,000
            titles are all that it has ever seen

words       words and pairs of words (Chinese: one to three characters), TF-IDF, logistic regression: what any of it is worth

Scores are of the test part, in points, with their 95 % bootstrap intervals; epochs are fixed before, the checkpoint that is
scored is chosen on validation. Seconds are of the whole run: reading, encoding, training, scoring, the check of what was saved.
Results are printed and kept in benchmarks/results/train_results.md and .json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import numpy as np
import polars as pl

from benchmarks._train_runs import Planned, dprep, interval, machine, table, trained, version_of

RECIPES = ROOT / "benchmarks" / "recipes"
RESULTS = ROOT / "benchmarks" / "results"
TWIN = 0.8
RESAMPLES = 2000
FULL = {"method": "full", "learning_rate": 1e-4}
RUNS = (
    Planned("banking77", RECIPES / "banking77_published.toml", "lora"),
    Planned("banking77", RECIPES / "banking77_published.toml", "full", FULL),
    Planned("smsspam", RECIPES / "smsspam.toml", "lora"),
    Planned("smsspam", RECIPES / "smsspam.toml", "full", FULL),
    Planned("wnut17", RECIPES / "wnut17.toml", "lora"),
    Planned("wnut17", RECIPES / "wnut17.toml", "full", FULL),
    Planned("thucnews", RECIPES / "thucnews.toml", "from scratch"),
)
PIECES = ("thucnews-pieces", 4000)
"""The tokenizer of the set that has no pretrained encoder, and how many pieces."""


def words_alone(version: Path, language: str) -> dict[str, float]:
    """Accuracy on test of TF-IDF with logistic regression, with the interval of a bootstrap over the rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    kind = {"analyzer": "char", "ngram_range": (1, 3)} if language == "zh" else {"ngram_range": (1, 2)}
    train, test = part(version, "train"), part(version, "test")
    words = TfidfVectorizer(sublinear_tf=True, **kind)
    with threadpool_limits(1):
        model = LogisticRegression(C=10.0, max_iter=200).fit(words.fit_transform(train["text"]), train["label"].to_list())
        right = model.predict(words.transform(test["text"])) == np.array(test["label"].to_list())
    return share(right)


def part(version: Path, name: str) -> pl.DataFrame:
    """The rows of a part."""
    return pl.read_parquet(version / "data" / f"{name}-*.parquet")


def share(right: Any) -> dict[str, float]:
    """The share of True, with a 95 % percentile interval."""
    chance = np.random.default_rng(7)
    draws = chance.binomial(len(right), float(np.mean(right)), RESAMPLES) / len(right)  # a bootstrap of yes and no
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"value": float(np.mean(right)), "low": float(low), "high": float(high)}


def with_twin(version: Path) -> set[str]:
    """Ids of the rows of test whose words are nearly those of a row of train."""
    from sklearn.feature_extraction.text import CountVectorizer

    train, test = part(version, "train"), part(version, "test")
    words = CountVectorizer(binary=True, token_pattern=r"\w+", lowercase=True)
    known = words.fit_transform([*train["text"], *test["text"]]).astype(np.int32)
    a, b = known[len(train) :], known[: len(train)]
    sizes_a, sizes_b = np.asarray(a.sum(axis=1)), np.asarray(b.sum(axis=1)).T
    both = (a @ b.T).toarray()
    found = (both / np.maximum(sizes_a + sizes_b - both, 1) >= TWIN).any(axis=1)
    return set(test["id"].filter(pl.Series(found)))


def without_twins(run: Path, leaking: set[str]) -> dict[str, Any]:
    """Accuracy of a run on the rows of test without a twin in train, and how many those are."""
    said = pl.read_parquet(run / "predictions" / "test.parquet").filter(~pl.col("id").is_in(sorted(leaking)))
    return {"rows": len(said), **share((said["prediction"] == said["label"]).to_numpy())}


def measured(sets: list[str], store: Path, quick: bool) -> dict[str, Any]:
    """Every line and comparison of the sets."""
    found: dict[str, Any] = {"machine": machine(), "runs": [], "words": {}, "compared": {}, "without_twins": {}}
    for name in sets:
        runs = [each for each in RUNS if each.set == name]
        version = version_of(runs[0].recipe, store)
        if name == "thucnews":
            fitted = ("--from", f"{version['dataset']}@{version['version']}", "--set", "part=train")
            dprep("fit", "tokenizer", PIECES[0], *fitted, "--set", f"vocab_size={PIECES[1]}", "--store", store, "--quiet")
        for planned in runs:
            print(f"{time.strftime('%H:%M:%S')} {planned.name}", file=sys.stderr, flush=True)
            found["runs"].append(trained(planned, store, quick=quick))
        if name != "wnut17":
            found["words"][name] = words_alone(Path(version["path"]), "zh" if name == "thucnews" else "en")
        if len(runs) == 2:
            lora, full = (each["run"] for each in found["runs"][-2:])
            found["compared"][name] = json.loads(dprep("compare", full, lora, "--store", store, "--json"))
        if name == "banking77":
            leaking = with_twin(Path(version["path"]))
            found["without_twins"][name] = {
                each["way"]: without_twins(store / "runs" / each["run"], leaking) for each in found["runs"][-2:]
            }
    return found


def told(found: dict[str, Any]) -> list[str]:
    """The results as Markdown."""
    head = ["set", "model", "weights trained", "share", "epochs", "seconds", "tokens/s", "test rows", "score"]
    head += ["points (95 % interval)", "macro F1"]
    rows = []
    for each in found["runs"]:
        (first, score), *others = each["metrics"].items()
        second = interval(others[0][1]) if others[0][0] == "f1_macro" else "-"
        what = each["way"] if each["method"] != "full" or each["way"] != "full" else "full"
        speed = f"{each['tokens_per_second']:,.0f}" if each["tokens_per_second"] else "-"
        rows.append([
            each["set"], what, f"{each['weights_trained']:,}", f"{100 * each['share_trained']:.2f} %", f"{each['epochs']:g}",
            f"{each['seconds']:,.0f}", speed, f"{each['test_rows']:,}", first, interval(score), second,
        ])  # fmt: skip
        last = [other for other in found["runs"] if other["set"] == each["set"]][-1] is each
        if last and each["set"] in found["words"]:
            score = found["words"][each["set"]]
            rows.append([each["set"], "words", *["-"] * 5, f"{each['test_rows']:,}", "accuracy", interval(score), "-"])
    total = sum(each["seconds"] for each in found["runs"])
    return [
        "# What fine-tuning gives", "",
        "`python benchmarks/train_results.py`; what the sets and lines are is told at the head of that script.", "",
        f"{found['machine']}; {total / 60:.0f} minutes for all runs.", "",
        *table(head, rows, {2, 3, 4, 5, 6, 7}), "", *compared(found), *leaks(found),
    ]  # fmt: skip


def compared(found: dict[str, Any]) -> list[str]:
    """LoRA against all weights, on the same rows."""
    lines = ["## LoRA less full, the same test rows", ""]
    rows = []
    for name, each in found["compared"].items():
        metric = "accuracy" if "accuracy" in each["metrics"] else "span_f1"
        one = each["metrics"][metric]
        ends = f"{100 * one['low']:+.1f} to {100 * one['high']:+.1f}"
        rows.append([name, metric, f"{100 * one['delta']:+.1f} ({ends})", f"{one['p']:.3f}", str(one["test"])])
    return [*lines, *table(["set", "score", "points (95 % interval)", "p", "test"], rows), ""] if rows else []


def leaks(found: dict[str, Any]) -> list[str]:
    """What the published test part of banking77 scores without its twins."""
    lines = []
    for name, ways in found["without_twins"].items():
        rows = [[way, f"{each['rows']:,}", interval(each)] for way, each in ways.items()]
        lines += [f"## {name}: rows of test without a near twin in train", ""]
        lines += table(["model", "test rows", "accuracy (95 % interval)"], rows, {1})
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = list(dict.fromkeys(each.set for each in RUNS))
    parser.add_argument("--store", type=Path, default=Path("store"), help="where versions and runs are kept")
    parser.add_argument("--sets", nargs="*", default=names, choices=names)
    parser.add_argument("--quick", action="store_true", help="eight steps each, nothing kept: to see that it runs")
    asked = parser.parse_args()
    found = measured(asked.sets, asked.store.resolve(), asked.quick)
    text = "\n".join(told(found)) + "\n"
    print(text)
    if asked.sets == names and not asked.quick:
        (RESULTS / "train_results.md").write_text(text, "utf-8")
        (RESULTS / "train_results.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
