"""Speed of every operator that looks at one row, on one core: rows and megabytes of text per second, cold and warm.

    python benchmarks/operators.py [--corpora DIR] [--megabytes N]

Texts come from the real corpora where they are (DPREP_SHARED, or `shared/` beside the repository), else from `corpora/`.
Seconds are processor seconds of all threads, so that other work on the machine does not count. Cold is the first call: on the
first text with an empty cache of compiled kernels, compiling included, on the second with what that has compiled. Warm is the
best of three later calls.
"""

from __future__ import annotations

import os

# more than one thread would make the numbers of polars' own functions those of several cores
os.environ["POLARS_MAX_THREADS"] = "1"

import argparse
import importlib.metadata
import io
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's
PLAIN = {"English": "sft-en-alpaca", "Chinese": "raw-zh-laws"}
PAGES = {"English": "raw-multi-debian-html", "Chinese": "html-zh-news"}
FILES = ROOT / "tests" / "laws" / "files"
OPERATORS: list[tuple[str, dict[str, Any]]] = [
    ("clean.unicode", {}),
    ("clean.unicode", {"form": "NFKC"}),
    ("clean.whitespace", {}),
    ("clean.emoji", {}),
    ("clean.html", {}),
    ("clean.html", {"extract": "main"}),
    ("clean.html", {"extract": "main", "format": "markdown"}),
    ("clean.boilerplate", {}),
    ("clean.c4_lines", {}),
    ("clean.case", {}),
    ("clean.chinese", {"mode": "t2s"}),
    ("clean.chinese", {"mode": "s2t"}),
    ("clean.email", {}),
    ("clean.entities", {}),
    ("clean.lines", {}),
    ("clean.markdown", {}),
    ("clean.mentions", {}),
    ("clean.pii", {}),
    ("clean.punctuation", {}),
    ("clean.repeated_characters", {}),
    ("clean.repeated_lines", {}),
    ("clean.replace", {"pattern": "[0-9]+", "replacement": "0"}),
    ("clean.truncate", {"max_length": 2000}),
    ("clean.typos", {"file": str(FILES / "typos.txt")}),
    ("clean.urls", {}),
    ("clean.width", {}),
    ("filter.blocked_words", {"file": str(FILES / "blocked_words.txt")}),
    ("filter.c4", {}),
    ("filter.c4_paragraphs", {}),
    ("filter.character_repetition", {}),
    ("filter.character_shares", {}),
    ("filter.fineweb_quality", {}),
    ("filter.fineweb_quality", {"flavour": "zh"}),
    ("filter.gopher_quality", {}),
    ("filter.gopher_quality", {"flavour": "zh"}),
    ("filter.gopher_repetition", {}),
    ("filter.gopher_repetition", {"flavour": "zh"}),
    ("filter.language", {"keep": ["en", "zh"]}),
    ("filter.length", {}),
    ("filter.line_length", {}),
    ("filter.perplexity", {"ngram": str(FILES / "small.arpa"), "max_perplexity": 1000.0}),
    ("filter.spelling", {"dictionary": str(FILES / "words.dic"), "affixes": str(FILES / "words.aff")}),
    ("filter.stop_words", {}),
    ("filter.where", {"condition": "LENGTH(text) > 10"}),
    ("filter.word_repetition", {}),
    ("tag.language", {}),
    ("tag.length", {}),
    ("tag.pii", {}),
    ("tag.readability", {}),
    ("tag.script", {}),
    ("tag.statistics", {}),
    ("expand.passages", {}),
    ("augment.noise", {}),
]


def texts(folder: Path, megabytes: float) -> list[str]:
    """The longest string of each record under `folder`, up to a size."""
    found, size = [], 0
    for text in _longest(folder):
        found.append(text)
        size += len(text.encode())
        if size > megabytes * 1e6:
            break
    return found


def _longest(folder: Path) -> Iterator[str]:
    import zstandard

    for path in sorted(folder.glob("*.jsonl*")):
        with path.open("rb") as raw:
            stream = zstandard.ZstdDecompressor().stream_reader(raw) if path.suffix == ".zst" else raw
            for line in io.TextIOWrapper(stream, encoding="utf-8"):  # type: ignore[type-var]
                try:
                    record = json.loads(line)
                except ValueError:  # the support set holds broken lines on purpose
                    continue
                yield max((value for value in record.values() if isinstance(value, str)), key=len, default="")


def measure(name: str, parameters: dict[str, Any], folder: Path, megabytes: float) -> dict[str, float]:
    """Seconds of the first call and of the best of three later ones, with the rows and bytes read."""
    import numpy as np
    import polars as pl

    from dprep.base.text import Text
    from dprep.ops import find

    series = pl.Series("text", texts(folder, megabytes), dtype=pl.String)
    op: Any = find(name)(**parameters)
    luck = np.arange(len(series), dtype=np.uint64)
    calls = {"clean": "edit", "filter": "measure", "tag": "note", "expand": "pieces", "augment": "variant"}
    seconds = []
    for _ in range(4):
        text = Text(series)
        start = time.process_time()
        getattr(op, calls[op.family])(text, *([luck] if op.family == "augment" else []))
        seconds.append(time.process_time() - start)
    return {"rows": len(series), "bytes": int(series.str.len_bytes().sum()), "cold": seconds[0], "warm": min(seconds[1:])}


def fresh(name: str, parameters: dict[str, Any], folder: Path, megabytes: float, cache: str) -> dict[str, float]:
    """`measure` in a process of its own, with compiled kernels kept in `cache`."""
    command = [sys.executable, __file__, "--one", json.dumps([name, parameters, str(folder), megabytes])]
    done = subprocess.run(command, env={**os.environ, "NUMBA_CACHE_DIR": cache}, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def table(corpora: Path, megabytes: float) -> str:
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("polars", "numba", "ftfy", "selectolax", "emoji"))
    lines = [
        f"{platform.machine()}, Python {platform.python_version()}, {versions}; one core, up to {megabytes:g} MB of text each"
    ]
    lines += ["", f"{'operator':44} {'text':22} {'rows':>7} {'MB':>6} {'cold s':>7} {'warm s':>7} {'rows/s':>11} {'MB/s':>7}"]
    for name, parameters in OPERATORS:
        title = " ".join([name, *(Path(str(value)).name for value in parameters.values())])[:44]
        with tempfile.TemporaryDirectory() as cache:
            for language, corpus in (PAGES if name == "clean.html" else PLAIN).items():
                folder = corpora / corpus if (corpora / corpus).is_dir() else ROOT / "corpora" / "support"
                one = fresh(name, parameters, folder, megabytes, cache)
                rate = one["bytes"] / 1e6 / one["warm"]
                source = f"{language} {folder.name}" if folder.name == "support" else folder.name
                numbers = f"{one['rows']:>7} {one['bytes'] / 1e6:>6.1f} {one['cold']:>7.2f} {one['warm']:>7.3f}"
                lines.append(f"{title:44} {source:22} {numbers} {one['rows'] / one['warm']:>11,.0f} {rate:>7.1f}")
    return "\n".join(lines) + "\n"


def main() -> None:
    shared = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, default=shared / "corpora")
    parser.add_argument("--megabytes", type=float, default=8)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        name, parameters, folder, megabytes = json.loads(asked.one)
        print(json.dumps(measure(name, parameters, Path(folder), megabytes)))
        return
    told = table(asked.corpora, asked.megabytes)
    print(told, end="")
    results = ROOT / "benchmarks" / "results"
    results.mkdir(parents=True, exist_ok=True)
    (results / "operators.txt").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
