"""Speed of augmenters on one core: new rows per second, for English and Chinese rows of some twenty words.

    python benchmarks/augment_speed.py [--rows N] [NAME ...]

Rows are banking77's questions (12 words in the mean) joined in pairs, and THUCNews' titles (19 characters) joined in pairs, of
the shared corpora (DPREP_SHARED, or `shared/` beside the repository). Seconds are processor seconds of all threads, so that
other work on the machine does not count. Cold is the first call of a process, with kernels compiled before: books are read and
every word is met for the first time. Warm is the best of three later calls, with other luck. `made`: rows that got a variant.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import argparse
import io
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
SHARED = Path(os.environ.get("DPREP_SHARED") or ROOT.parent / "shared") / "corpora"
WORDNET, CHINESE = "/usr/share/wordnet", "{cmn}"
OPERATORS: list[tuple[str, str, dict[str, Any], int]] = [
    # operator, rows, parameters, rows per second asked for
    ("augment.synonym", "English", {"synonyms": WORDNET}, 20_000),
    ("augment.synonym", "English", {"synonyms": WORDNET, "senses": 2, "rate": 1.0}, 20_000),
    ("augment.synonym", "Chinese", {"synonyms": CHINESE}, 6_000),
    ("augment.eda", "English", {"synonyms": WORDNET}, 15_000),
    ("augment.eda", "Chinese", {"synonyms": CHINESE}, 15_000),
    ("augment.noise", "English", {}, 40_000),
    ("augment.noise", "Chinese", {}, 40_000),
    ("augment.typo", "English", {}, 40_000),
    ("augment.typo", "Chinese", {}, 40_000),
]
"""Operators, and what they are tried on."""


def unpacked(name: str) -> bytes:
    """A zstd-packed file of the corpora."""
    import pyarrow as pa

    with pa.input_stream(SHARED / name, compression="zstd") as stream:
        data: bytes = stream.read()
    return data


def rows_of(language: str, count: int) -> Any:
    """`count` rows of about twenty words."""
    import polars as pl

    if language == "English":
        texts = pl.read_csv(io.BytesIO(unpacked("cls-en-banking77/train.csv.zst"))).get_column("text").to_list()
    else:
        lines = unpacked("cls-zh-thucnews-titles/dev.txt.zst").decode().split("\n")
        texts = [line.split("\t")[0] for line in lines if line]
    half = len(texts) // 2
    pairs = [f"{one} {two}" for one, two in zip(texts[:half], texts[half:], strict=False)]
    return pl.Series("text", (pairs * (count // len(pairs) + 1))[:count])


def measured(name: str, language: str, parameters: dict[str, Any], count: int) -> dict[str, float]:
    """Rows per second, cold and warm, of this process's first calls."""
    import numpy as np

    from dprep import ops
    from dprep.base.text import Text

    op: Any = ops.operator_of(ops.module(name)).model_validate(parameters)
    rows = rows_of(language, count)
    rates, made = [], 0
    for turn in range(4):
        chance = np.random.default_rng(turn).integers(0, 2**63, len(rows)).astype(np.uint64)
        text = Text(rows.clone())
        before = time.process_time()
        new = op.variant(text, chance, 1)
        rates.append(len(rows) / (time.process_time() - before))
        made = len(new) - new.null_count()
    return {"cold": rates[0], "warm": max(rates[1:]), "made": made / len(rows)}


def in_a_process(*asked: Any) -> dict[str, float]:
    """`measured` in a fresh process, twice: the first compiles."""
    for _ in range(2):
        run = subprocess.run([sys.executable, __file__, "--one", json.dumps(asked)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(*json.loads(asked.one))))
        return
    print(f"{asked.rows:,} rows, one core; {platform.machine()}, Python {platform.python_version()}\n")
    print(f"{'operator':<17} {'rows':<8} {'cold/s':>9} {'warm/s':>9} {'asked':>7} {'made':>6}  parameters")
    with tempfile.TemporaryDirectory() as folder:
        cmn = Path(folder) / "wn-data-cmn.tab"
        cmn.write_bytes(unpacked("res-multi-wordnet/wn-data-cmn.tab.zst"))
        for name, language, parameters, wanted in OPERATORS:
            if asked.names and name not in asked.names:
                continue
            given = {key: str(cmn) if value == CHINESE else value for key, value in parameters.items()}
            found = in_a_process(name, language, given, asked.rows)
            shown = " ".join(f"{key}={value}" for key, value in parameters.items() if key != "synonyms")
            figures = f"{found['cold']:>9,.0f} {found['warm']:>9,.0f} {wanted:>7,} {found['made']:>6.0%}"
            print(f"{name:<17} {language:<8} {figures}  {shown}", flush=True)


if __name__ == "__main__":
    main()
