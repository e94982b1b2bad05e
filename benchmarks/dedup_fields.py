"""How well `dedup.fields` finds the records that speak of one thing: `python benchmarks/dedup_fields.py [--peers PYTHON]`.

Corpora of records whose truth is known (`_dup_sets.py`). Weights and threshold are chosen on one part (`_record_fit.py`: the F1
of pairs, by coordinate ascent) and reported on another:

  febrl-1, febrl-2     chosen on febrl-3
  childhood-places,    chosen on the groups with an even hash, reported on the others
  abt-buy-catalogues
  dblp-acm, ...        labelled pairs: chosen on train and valid, reported on test, as a classifier of pairs

Groups are found by `dprep run`, as users make them, and scored as pairs in one cluster: precision, recall, F1, and the adjusted
Rand index. "defaults" are equal weights and the operator's own threshold. "keys" is the share of true pairs, and of all pairs
over the threshold, that share a key.

--peers PYTHON: an interpreter that has recordlinkage, rapidfuzz and dedupe. They get the same parts, and the same
pairs to judge: those that share a key of ours (`_record_peers.py`). Kept in benchmarks/results/dedup-fields.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from benchmarks._dup_sets import CORPORA, records
from benchmarks._record_fit import Fitted, fitted, weighted
from benchmarks._scores import Scores, pair_scores, scores
from dprep.base.text import Text
from dprep.kernels.similarity import METRICS, pair_similarities
from dprep.ops.dedup.fields import Fields

RESULT = ROOT / "benchmarks" / "results" / "dedup-fields.txt"
PLACES = ("Site name", "Address", "Zip", "Phone")
GROUPED = ("febrl-1", "febrl-2", "childhood-places", "abt-buy-catalogues")
LABELLED = ("dblp-acm", "amazon-google", "abt-buy")
FILES = {"dblp-acm": "Structured_DBLP-ACM", "amazon-google": "Structured_Amazon-Google", "abt-buy": "Textual_Abt-Buy"}
RECIPE = """
[dataset]
name = "records"
seed = 1
task = "text"

[[source]]
path = "{path}"
columns = {{ text = "text" }}

[[step]]
op = "dedup.fields"
action = "mark"
"""

Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Records, and what is known of pairs of them."""

    rows: pl.DataFrame
    columns: tuple[str, ...]
    pairs: Pairs
    """(pairs, 2) places of rows."""
    match: npt.NDArray[np.bool_]
    true: int
    """Matching pairs there are, those not among `pairs` too."""


def operator(columns: tuple[str, ...], rows: pl.DataFrame, **settings: Any) -> tuple[Fields, Text]:
    """A settled operator over these rows."""
    op = Fields.model_validate({"fields": dict.fromkeys(columns, 1.0), **settings})
    text = Text(pl.Series([""]).new_from_index(0, len(rows)), rows)
    return op.resolved(op.profile(text)), text


def alike(part: Part) -> npt.NDArray[np.float64]:
    """(pairs, columns): the similarity of each field alone; NaN where one of the two has no value."""
    found = np.full((len(part.pairs), len(part.columns)), np.nan)
    for place, name in enumerate(part.columns):
        op, text = operator((name,), part.rows, least_shared=0.0)
        signatures = op.sets(text)
        has = np.diff(signatures.offsets) > 2
        left, right = part.pairs.T
        out = np.empty(len(left), np.float32)
        pair_similarities(METRICS["fields"], signatures.offsets, signatures.hashes, left, right, out)
        found[:, place] = np.where(has[left] & has[right], out, np.nan)
    return found


def met(rows: pl.DataFrame, columns: tuple[str, ...]) -> Pairs:
    """(pairs, 2): all pairs that share a key, smaller place first."""
    op, text = operator(columns, rows)
    postings = op.postings(text)
    table = pl.DataFrame({"key": postings.keys, "row": postings.rows}).unique()
    table = table.filter(pl.len().over("key").is_between(2, 64))
    both = table.join(table, on="key").filter(pl.col("row") < pl.col("row_right"))
    return both.select("row", "row_right").unique().sort("row", "row_right").to_numpy()


def grouped(rows: pl.DataFrame, columns: tuple[str, ...]) -> Part:
    """Candidates of rows that have a group, and all true pairs."""
    places = pl.int_range(pl.len(), dtype=pl.Int64).alias("row")
    table = rows.select("group", places)
    same = table.join(table, on="group").filter(pl.col("row") < pl.col("row_right")).select("row", "row_right").to_numpy()
    pairs = np.unique(np.concatenate([same, met(rows, columns)]), axis=0)
    group = rows["group"].rank("dense").to_numpy()
    return Part(rows, columns, pairs, group[pairs[:, 0]] == group[pairs[:, 1]], len(same))


def parts_of(name: str) -> tuple[Part, Part]:
    """Where weights are chosen, and what is reported."""
    if name in LABELLED:
        return _labelled(name)
    found = records(name)
    columns = PLACES if name == "childhood-places" else found.columns
    if name.startswith("febrl"):
        return grouped(records("febrl-3").rows, columns), grouped(found.rows, columns)
    even = pl.Series([xxhash.xxh3_64_intdigest(str(group).encode()) % 2 == 0 for group in found.rows["group"]])
    return grouped(found.rows.filter(even), columns), grouped(found.rows.filter(~even), columns)


def _labelled(name: str) -> tuple[Part, Part]:
    found = records(name)
    assert found.pairs is not None
    place = {identity: number for number, identity in enumerate(found.rows["id"])}
    pairs = np.array([[place[one], place[other]] for one, other in found.pairs.select("first", "second").iter_rows()])
    match = found.pairs["match"].to_numpy()
    learn = sum(_lines(f"{FILES[name]}_{part}") for part in ("train", "valid"))
    halves = (slice(0, learn), slice(learn, None))
    one, other = (Part(found.rows, found.columns, pairs[half], match[half], int(match[half].sum())) for half in halves)
    return one, other


def _lines(name: str) -> int:
    done = subprocess.run(["zstdcat", str(CORPORA / f"dup-en-er-pairs/{name}.txt.zst")], check=True, capture_output=True)
    return len(done.stdout.splitlines())


def clusters(part: Part, settings: dict[str, Any]) -> pl.Series:
    """The cluster of each row that `dprep run` tells."""
    with tempfile.TemporaryDirectory(prefix="dprep-fields-") as folder:
        path, recipe = Path(folder) / "rows.parquet", Path(folder) / "recipe.toml"
        table = part.rows.select(pl.col(part.columns).fill_null(""), number=pl.int_range(pl.len()), text=pl.lit("a record"))
        table.write_parquet(path)
        weights = ", ".join(f"{json.dumps(name)} = {weight}" for name, weight in settings["fields"].items())
        rest = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items() if key != "fields")
        recipe.write_text(RECIPE.format(path=path) + f"fields = {{ {weights} }}\n{rest}\n")
        command = [sys.executable, "-m", "dprep", "run", str(recipe), "--store", str(Path(folder) / "store"), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        if done.returncode:
            raise SystemExit(f"the run failed:\n{done.stderr}")
        version = Path(json.loads(done.stdout.splitlines()[-1])["path"])
        return pl.read_parquet(version / "data/*.parquet").sort("number")["cluster"]


def shown(found: Scores) -> str:
    rand = "" if np.isnan(found.ari) else f", ARI {found.ari:.4f}"
    return f"P {found.precision:.4f}, R {found.recall:.4f}, F1 {found.f1:.4f}{rand}"


def keys_line(part: Part, chosen: Fitted) -> str:
    """The share of true pairs, and of all pairs over the threshold, that share a key."""
    group = part.rows["group"].rank("dense").to_numpy()
    keyed = met(part.rows, part.columns)
    rows = len(part.rows)
    share = (group[keyed[:, 0]] == group[keyed[:, 1]]).sum() / part.true
    left, right = (each.astype(np.int64) for each in np.triu_indices(rows, 1))
    op, text = operator(part.columns, part.rows, fields=_weights(part, chosen))
    signatures = op.sets(text)
    out = np.empty(len(left), np.float32)
    pair_similarities(METRICS["fields"], signatures.offsets, signatures.hashes, left, right, out)
    over = left[out >= chosen.threshold] * rows + right[out >= chosen.threshold]
    found = np.isin(over, keyed[:, 0] * rows + keyed[:, 1])
    return (
        f"  keys: {len(keyed) / rows:.1f} candidates a row; {share:.4f} of {part.true:,} true pairs and "
        f"{found.mean() if len(found) else 1:.4f} of {len(over):,} pairs over the threshold"
    )


def _weights(part: Part, chosen: Fitted) -> dict[str, float]:
    return {name: weight for name, weight in zip(part.columns, chosen.weights, strict=True) if weight}


def ours(name: str, learn: Part, test: Part) -> list[str]:
    """The lines of one corpus."""
    found = alike(learn)
    chosen = fitted(found, learn.match, learn.true)
    told = ", ".join(f"{column} {weight:g}" for column, weight in _weights(learn, chosen).items())
    lines = [f"  chosen: {told}; threshold {chosen.threshold:.3f} (F1 {chosen.f1:.4f} where it was chosen)"]
    if name in LABELLED:
        values, equal = alike(test), (1.0,) * len(test.columns)
        for kind, weights, threshold in (
            ("chosen", chosen.weights, chosen.threshold),
            ("defaults", equal, Fields.model_fields["threshold"].default),
        ):
            told_so = weighted(values, weights) >= threshold
            lines.append(f"  dprep, {kind}: {shown(pair_scores(pl.Series(test.match), pl.Series(told_so)))}")
        return lines
    settings = {"fields": _weights(learn, chosen), "threshold": round(chosen.threshold, 4)}
    defaults = {"fields": dict.fromkeys(test.columns, 1.0)}
    runs = {"chosen": settings, "chosen, chain": {**settings, "chain": True}, "defaults": defaults}
    for kind, asked in runs.items():
        started = time.perf_counter()
        cluster = clusters(test, asked)
        seconds = time.perf_counter() - started
        lines.append(f"  dprep, {kind}: {shown(scores(test.rows['group'], cluster))} ({seconds:.1f} s with start-up)")
    return [*lines, keys_line(test, chosen)]


def peers(python: str, name: str, learn: Part, test: Part) -> list[str]:
    """What others make of the same parts."""
    with tempfile.TemporaryDirectory(prefix="dprep-fields-") as folder:
        for kind, part in (("learn", learn), ("test", test)):
            wanted = [*part.columns, *(["group"] if "group" in part.rows.columns else [])]
            part.rows.select(pl.col(wanted).cast(pl.String)).write_parquet(Path(folder) / f"{kind}-rows.parquet")
            table = pl.DataFrame({"first": part.pairs[:, 0], "second": part.pairs[:, 1], "match": part.match})
            table.write_parquet(Path(folder) / f"{kind}-pairs.parquet")
            (Path(folder) / f"{kind}.json").write_text(json.dumps({"columns": part.columns, "true": part.true}))
        script = ROOT / "benchmarks" / "_record_peers.py"
        done = subprocess.run([python, str(script), folder], capture_output=True, text=True)
        if done.returncode:
            return [f"  peers failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no word'}"]
        lines = []
        for line in done.stdout.splitlines():
            told = json.loads(line)
            if "fault" in told:
                lines.append(f"  {told['peer']}: {told['fault']}")
            elif name in LABELLED:
                lines.append(f"  {told['peer']}: {shown(pair_scores(pl.Series(test.match), pl.Series(told['told'])))}")
            else:
                found = scores(test.rows["group"], pl.Series(told["cluster"]))
                lines.append(f"  {told['peer']}: {shown(found)} ({told['seconds']:.1f} s)")
        return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="*", choices=[*GROUPED, *LABELLED], default=[*GROUPED, *LABELLED])
    parser.add_argument("--peers", default="", help="an interpreter that has them")
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    if not CORPORA.is_dir():
        raise SystemExit("the shared corpora are not here (set DPREP_SHARED)")
    packages = ("polars", "numba", "numpy")
    lines = [
        f"python benchmarks/dedup_fields.py{' --peers PYTHON' if asked.peers else ''}",
        f"python {platform.python_version()}, {', '.join(f'{p} {importlib.metadata.version(p)}' for p in packages)}, "
        f"{os.cpu_count()} cores, {platform.machine()}",
    ]
    for name in asked.sets:
        learn, test = parts_of(name)
        lines.append(f"{name}: {len(test.rows):,} records, {test.true:,} true pairs, {len(test.columns)} fields")
        lines += ours(name, learn, test)
        lines += peers(asked.peers, name, learn, test) if asked.peers else []
        print("\n".join(lines[-12:]), flush=True)
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
