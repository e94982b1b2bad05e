"""Verdicts and speed of the web quality filters beside datatrove's own, on the same documents in the same run.

    python benchmarks/filters.py parity --lang en --peer-python PYTHON --input FILE.parquet [--docs N] [--gold FILE]
    python benchmarks/filters.py speed --lang en --peer-python PYTHON --input FILE.parquet [--docs N] [--peer-repeat N]

PYTHON is an environment with datatrove; FILE a Parquet file with id, text and source, such as `make_corpus.py` of the shared
tools makes (`filter_peers.py` beside it draws the sample and runs datatrove; DPREP_SHARED, or `shared/` beside the repository).
`--gold` takes verdicts that `filter_peers.py gold` wrote before instead of running it.

parity writes results/filters-parity-LANG.txt: the share of equal verdicts and of equal texts, and each document on which the
two disagree, with what was measured by our words and by datatrove's. If the verdict by datatrove's words is datatrove's, the
words are the cause, else a definition is. speed writes results/filters-speed-LANG.txt: documents per second on one core, wall
clock, tokens included; "four in a row" shares them, as steps of a recipe do.
"""

from __future__ import annotations

import os

# ruff: noqa: E402
# one core, as the other side has; polars reads it when it is imported
os.environ["POLARS_MAX_THREADS"] = "1"

import argparse
import hashlib
import importlib.metadata
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

import numpy as np
import polars as pl

from dprep.base.operator import Filter
from dprep.base.step import Shared, Step, run_step
from dprep.base.text import Text
from dprep.kernels.tokens import Tokens, chinese, english
from dprep.ops import find

TOOLS = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared")) / "tools"
RESULTS = ROOT / "benchmarks" / "results"
DOCUMENTS = {"en": 3000, "zh": 1000}
CHAIN = ("gopher_repetition", "gopher_quality", "c4_quality_noterm", "fineweb_quality")
"""FineWeb's order."""
THEIR_WORDS = """
import json, sys
from datatrove.utils.text import split_into_words
from datatrove.utils.typeshelper import Languages
language = Languages.english if sys.argv[1] == "en" else Languages.mandarin_chinese
json.dump([split_into_words(text, language) for text in json.load(sys.stdin)], sys.stdout)
"""
THEIR_SAMPLE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from filter_peers import sample
json.dump([name for name, _ in sample(sys.argv[2], int(sys.argv[3]))], sys.stdout)
"""


def filters(language: str) -> dict[str, list[Step]]:
    """Our steps for each of the filters that `filter_peers.py` runs, set as there."""
    quality: dict[str, Any] = {"language": language}
    if language == "zh":
        quality |= {"min_mean_word_length": 1.0, "min_stop_words": 0}
    found = {
        "gopher_repetition": [_step("filter.gopher_repetition", language=language)],
        "gopher_quality": [_step("filter.gopher_quality", **quality)],
        "fineweb_quality": [_step("filter.fineweb_quality", language=language)],
    }
    for name, flavour in (("c4_quality", "datatrove"), ("c4_quality_noterm", "fineweb")):
        # settled = false is what datatrove does: a line that lost its citation marks is not judged again
        lines = _step("clean.c4_lines", flavour=flavour, settled=False)
        found[name] = [_step("filter.c4", flavour=flavour, language=language, settled=False), lines]
    found["chain"] = [step for name in CHAIN for step in found[name]]
    return found


def _step(name: str, **parameters: Any) -> Step:
    operator: Any = find(name)
    return Step(name, name, operator(**parameters))


def ran(steps: list[Step], rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The kept rows, and the dropped ones with reason and measured."""
    shared, gone = Shared(), []
    for step in steps:
        outcome = run_step(step, rows, shared)
        rows = outcome.kept
        gone.append(outcome.dropped.select("id", "reason", "measured"))
    return rows, pl.concat(gone)


def verdicts(steps: list[Step], rows: pl.DataFrame) -> pl.DataFrame:
    """id, our_keep, our_reason, measured, our_sha (of a text that was rewritten) of every row."""
    kept, gone = ran(steps, rows)
    changed = kept.join(rows.select("id", before="text"), on="id").filter(pl.col("text") != pl.col("before"))
    shas = changed.select("id", our_sha=pl.col("text").map_elements(sha, return_dtype=pl.String))
    stayed = kept.select(
        "id", our_keep=pl.lit(True), our_reason=pl.lit(None, dtype=pl.String), measured=pl.lit(None, dtype=pl.String)
    )
    left = gone.select("id", pl.lit(False).alias("our_keep"), pl.col("reason").alias("our_reason"), "measured")
    return pl.concat([stayed, left]).join(shas, on="id", how="left")


def sha(text: str) -> str:
    """As `filter_peers.py` names texts."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def gold(asked: argparse.Namespace) -> pl.DataFrame:
    """datatrove's verdicts: id, text_sha, filter, keep, reason, out_sha."""
    if asked.gold:
        return pl.read_parquet(asked.gold)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "gold.parquet"
        _peer(asked, str(TOOLS / "filter_peers.py"), "gold", "--out", str(out))
        return pl.read_parquet(out)


def _peer(asked: argparse.Namespace, script: str, mode: str, *more: str) -> str:
    command = [asked.peer_python, script, mode, "--input", asked.input, "--docs", str(asked.docs), "--lang", asked.lang, *more]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sampled(asked: argparse.Namespace, theirs: pl.DataFrame) -> pl.DataFrame:
    """The rows of the input that have a verdict, in the verdicts' order; fails if a text is another."""
    named = theirs.unique("id", maintain_order=True).select("id", "text_sha")
    rows = named.join(pl.read_parquet(asked.input).unique("id", keep="first"), on="id", how="left", maintain_order="left")
    assert [sha(text) for text in rows["text"]] == rows["text_sha"].to_list(), "the verdicts are of other texts"
    return rows.select("id", "text")


def their_tokens(asked: argparse.Namespace, texts: list[str]) -> Tokens:
    """datatrove's words, as places in the texts."""
    command = [asked.peer_python, "-c", THEIR_WORDS, asked.lang]
    done = subprocess.run(command, input=json.dumps(texts), check=True, capture_output=True, text=True)
    rows, starts, ends, offset = [0], [], [], 0
    for text, words in zip(texts, json.loads(done.stdout), strict=True):
        data, at = text.encode(), 0
        for word in map(str.encode, words):
            at = data.index(word, at)
            starts.append(offset + at)
            at += len(word)
            ends.append(offset + at)
        offset += len(data)
        rows.append(len(starts))
    return Tokens(*(np.array(values, np.int64) for values in (rows, starts, ends)))


def measured_by(
    step: Step, texts: list[str], tokens: Tokens | None, language: str
) -> list[tuple[str | None, dict[str, float]]]:
    """Reason and numbers of each text, by the given tokens or our own."""
    operator = step.op
    assert isinstance(operator, Filter)
    text = Text(pl.Series(texts))
    if tokens is not None:
        text._views[english if language == "en" else chinese] = tokens
    numbers = pl.DataFrame(operator.measure(text))
    broken = [pl.when(~bound.kept()).then(pl.lit(bound.reason)) for bound in operator.bounds()]
    reasons = numbers.select(reason=pl.coalesce(broken))
    return list(zip(reasons["reason"], numbers.to_dicts(), strict=True))


def explained(asked: argparse.Namespace, name: str, step: Step, wrong: pl.DataFrame) -> list[str]:
    """A few lines for each document on which the two disagree."""
    lines = []
    texts = wrong["text"].to_list()
    by_words = name in {"gopher_repetition", "gopher_quality", "fineweb_quality"}
    ours = measured_by(step, texts, None, asked.lang) if by_words else []
    theirs = measured_by(step, texts, their_tokens(asked, texts), asked.lang) if by_words else []
    for place, row in enumerate(wrong.to_dicts()):
        lines.append(f"{row['id']}  {name}  theirs: {row['reason'] or 'kept'}  ours: {row['our_reason'] or 'kept'}")
        if not by_words:
            lines.append(f"  measured {row['measured']}; rewritten text theirs {row['out_sha']}, ours {row['our_sha']}")
            continue
        same = (theirs[place][0] is None) == row["keep"]
        lines.append(f"  cause: {'words' if same else 'definition'}")
        apart = {key: (value, theirs[place][1][key]) for key, value in ours[place][1].items() if value != theirs[place][1][key]}
        lines += [f"  {key}: by our words {mine}, by datatrove's {other}" for key, (mine, other) in apart.items()]
    return lines


def parity(asked: argparse.Namespace) -> str:
    """The report of agreement."""
    theirs = gold(asked)
    rows = sampled(asked, theirs)
    head = [f"{versions(asked)}; {len(rows)} documents, {megabytes(rows):.1f} MB, {Path(asked.input).name}", ""]
    titles = ("verdicts", "texts", "dropped", "by theirs", "kept too many", "dropped too many")
    head.append(f"{'filter':20} " + " ".join(f"{title:>16}" for title in titles))
    details = []
    for name, steps in filters(asked.lang).items():
        both = theirs.filter(pl.col("filter") == name).join(verdicts(steps, rows), on="id").join(rows, on="id")
        same = both["keep"] == both["our_keep"]
        rewritten = same & both["out_sha"].eq_missing(both["our_sha"]) if name.startswith("c4") else same
        ours, other = both["our_keep"], both["keep"]
        counted = [(~ours).sum(), (~other).sum(), (~other & ours).sum(), (other & ~ours).sum()]
        shares = f"{same.sum() / max(len(same), 1):>16.2%} {rewritten.sum() / max(len(same), 1):>16.2%} "
        head.append(f"{name:20} " + shares + " ".join(f"{number:>16}" for number in counted))
        wrong = both.filter(~rewritten)
        if len(wrong):
            details += ["", f"## {name}", "", *explained(asked, name, steps[0], wrong)]
    head += ["", "verdicts: equal ones; texts: those of C4 that are rewritten to the same bytes, too."]
    return "\n".join([*head, *details]) + "\n"


def seconds(steps: list[Step], rows: pl.DataFrame, times: int) -> float:
    """Median wall clock of several runs, compiled before."""
    ran(steps, rows)
    found = []
    for _ in range(times):
        start = time.perf_counter()
        ran(steps, rows)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def speed(asked: argparse.Namespace) -> str:
    """The report of speed."""
    told = [
        json.loads(line) for line in _peer(asked, str(TOOLS / "filter_peers.py"), "time").splitlines() if line.startswith("{")
    ]
    theirs = {"chain" if "chain" in one["filter"] else one["filter"]: one for one in told}
    command = [asked.peer_python, "-c", THEIR_SAMPLE, str(TOOLS), asked.input, str(asked.docs)]
    drawn = subprocess.run(command, check=True, capture_output=True, text=True)
    rows = (
        pl.DataFrame({"id": json.loads(drawn.stdout)})
        .join(pl.read_parquet(asked.input), on="id", how="left")
        .select("id", "text")
    )
    size = megabytes(rows)
    lines = [f"{versions(asked)}; one core, {len(rows)} documents, {size:.1f} MB, {Path(asked.input).name}", ""]
    lines.append(f"{'filter':20} {'docs/s':>10} {'MB/s':>8} {'datatrove docs/s':>17} {'MB/s':>8} {'times':>8}")
    for name, steps in filters(asked.lang).items():
        took = seconds(steps, rows, asked.repeat)
        other = theirs[name]
        rate = len(rows) / took
        lines.append(
            f"{'four in a row' if name == 'chain' else name:20} {rate:>10,.0f} {size / took:>8.1f} "
            f"{other['docs_s']:>17,.1f} {other['mb_s']:>8.3f} {rate / other['docs_s']:>8.0f}"
        )
    return "\n".join(lines) + "\n"


def megabytes(rows: pl.DataFrame) -> float:
    return int(rows["text"].str.len_bytes().sum()) / 1e6


def versions(asked: argparse.Namespace) -> str:
    ask = "import importlib.metadata as m; print(*(f'{p} {m.version(p)}' for p in ('datatrove', 'spacy', 'jieba')), sep=', ')"
    peers = subprocess.run([asked.peer_python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
    ours = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("polars", "numba"))
    return f"{platform.machine()}, Python {platform.python_version()}, {ours}; {peers}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["parity", "speed"])
    parser.add_argument("--lang", choices=["en", "zh"], default="en")
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--input", required=True)
    parser.add_argument("--docs", type=int)
    parser.add_argument("--gold")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peer-repeat", type=int, default=1)
    asked = parser.parse_args()
    asked.docs = asked.docs or (DOCUMENTS[asked.lang] if asked.mode == "parity" else 1500)
    told = parity(asked) if asked.mode == "parity" else speed(asked)
    print(told, end="")
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"filters-{asked.mode}-{asked.lang}.txt").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
