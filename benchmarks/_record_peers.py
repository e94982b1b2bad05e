"""What other libraries make of the records that `dedup_fields.py` has written into a folder: `_record_peers.py FOLDER`.

Runs under an interpreter of its own that has them. Prints a JSON object per peer: {peer, cluster | told, seconds}, or
{peer, fault}. All score the same pairs, and all thresholds are chosen on the first half, by the F1 of pairs:

rapidfuzz       per field token_sort_ratio, token_set_ratio or Jaro-Winkler, weights chosen as ours; the best of the three
recordlinkage   per field Jaro-Winkler; logistic regression, class_weight "balanced" if that is better
dedupe          per field its affine gap distance; its own classifier, fitted to all pairs (its blocking is not used)
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

sys.path[0] = str(Path(__file__).resolve().parent.parent)

# ruff: noqa: E402
from benchmarks._record_fit import best, fitted, weighted


@dataclass
class Half:
    rows: pd.DataFrame
    columns: list[str]
    pairs: np.ndarray
    match: np.ndarray
    true: int


def read(folder: Path, kind: str) -> Half:
    said = json.loads((folder / f"{kind}.json").read_text())
    rows = pd.read_parquet(folder / f"{kind}-rows.parquet").replace({"": None})
    for name in said["columns"]:
        words = rows[name].map(lambda value: " ".join(re.findall(r"\w+", value.lower())) if isinstance(value, str) else None)
        rows[name] = words.where(words != "", None)
    table = pd.read_parquet(folder / f"{kind}-pairs.parquet")
    return Half(rows, said["columns"], table[["first", "second"]].to_numpy(), table["match"].to_numpy(), said["true"])


def joined(half: Half, told: np.ndarray) -> list[int]:
    """Clusters: pairs that are told to match, and theirs."""
    parent = list(range(len(half.rows)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for one, other in half.pairs[told]:
        parent[root(int(one))] = root(int(other))
    return [root(row) for row in range(len(parent))]


def compared(half: Half, alike: Callable[[str, str], float]) -> np.ndarray:
    found = np.full((len(half.pairs), len(half.columns)), np.nan)
    for place, name in enumerate(half.columns):
        values = half.rows[name].tolist()
        for number, (one, other) in enumerate(half.pairs):
            if values[one] is not None and values[other] is not None:
                found[number, place] = alike(values[one], values[other])
    return found


def rapidfuzz(learn: Half, test: Half) -> np.ndarray:
    from rapidfuzz import fuzz
    from rapidfuzz.distance import JaroWinkler

    measures = (
        lambda a, b: fuzz.token_sort_ratio(a, b) / 100,
        lambda a, b: fuzz.token_set_ratio(a, b) / 100,
        JaroWinkler.similarity,
    )
    tried = []
    for measure in measures:
        tried.append((fitted(compared(learn, measure), learn.match, learn.true), measure))
    chosen, measure = max(tried, key=lambda each: each[0].f1)
    return weighted(compared(test, measure), chosen.weights) >= chosen.threshold


def recordlinkage(learn: Half, test: Half) -> np.ndarray:
    import recordlinkage as rl
    from sklearn.linear_model import LogisticRegression

    compare = rl.Compare()
    for name in learn.columns:
        compare.string(name, name, method="jarowinkler", missing_value=0.5)

    def features(half: Half) -> np.ndarray:
        index = pd.MultiIndex.from_arrays([half.pairs[:, 0], half.pairs[:, 1]])
        return compare.compute(index, half.rows).to_numpy()

    seen, unseen = features(learn), features(test)
    tried = []
    for weight in (None, "balanced"):
        model = LogisticRegression(max_iter=1000, class_weight=weight).fit(seen, learn.match)
        tried.append((*best(model.predict_proba(seen)[:, 1], learn.match, learn.true), model))
    _, threshold, model = max(tried, key=lambda each: each[0])
    return model.predict_proba(unseen)[:, 1] >= threshold


def dedupe(learn: Half, test: Half) -> np.ndarray:
    import dedupe as library

    model = library.Dedupe([library.variables.String(name, has_missing=True) for name in learn.columns], num_cores=1)

    def distances(half: Half) -> np.ndarray:
        records = half.rows[half.columns].to_dict("records")
        return model.data_model.distances([(records[one], records[other]) for one, other in half.pairs])

    seen, unseen = distances(learn), distances(test)
    model.classifier.fit(seen, learn.match.astype(int))
    threshold = best(model.classifier.predict_proba(seen)[:, 1], learn.match, learn.true)[1]
    return model.classifier.predict_proba(unseen)[:, 1] >= threshold


PEERS = {"rapidfuzz": rapidfuzz, "recordlinkage": recordlinkage, "dedupe": dedupe}


def main() -> None:
    folder = Path(sys.argv[1])
    warnings.simplefilter("ignore")
    logging.disable()
    learn, test = read(folder, "learn"), read(folder, "test")
    for peer, made in PEERS.items():
        started = time.perf_counter()
        try:
            with contextlib.redirect_stdout(sys.stderr):
                told = made(learn, test)
        except Exception as fault:  # a peer that fails on a corpus is told, and the others go on
            print(json.dumps({"peer": peer, "fault": f"{type(fault).__name__}: {str(fault)[:200]}"}), flush=True)
            continue
        seconds = time.perf_counter() - started
        answer = {"cluster": joined(test, told)} if "group" in test.rows else {"told": told.tolist()}
        print(json.dumps({"peer": peer, "seconds": seconds, **answer}), flush=True)


if __name__ == "__main__":
    main()
