"""What a split leaks: `python benchmarks/split_leaks.py [--sets NAME ...] [--shared-tools FOLDER]`.

For each set a plain stratified split and one with `unit = ["twins"]`, made by `dprep run`, 8:1:1:

  leaking    rows of test with a near twin in train, counted by `leak.py` of the shared tools, which knows nothing of dprep:
             exact Jaccard similarity of 0.8 or more of sets of shingles (see its docstring), every pair
  unit       the shingles that it chose
  parts      the largest difference between the share that a part got and the one asked, in percentage points
  class      the largest difference between the rows of a class in a part and the ones asked: in rows, and in percentage
             points of the class
  ours       the rows that the check at the end of the run counts in test with a twin in train
  seconds    of the whole run

Results are printed and kept in benchmarks/results/split-leaks.txt.
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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import polars as pl

SHARED = Path(os.environ.get("DPREP_SHARED") or ROOT.parent / "shared")
CORPORA = SHARED / "corpora"
RESULT = ROOT / "benchmarks" / "results" / "split-leaks.txt"
RATIOS = {"train": 0.8, "validation": 0.1, "test": 0.1}
RECIPE = """
[dataset]
name = "leaks"
seed = 1
task = "{task}"

[[source]]
path = "rows.parquet"
columns = {{ {columns} }}

[[step]]
op = "split.stratified"
"""
TWINS = 'unit = ["twins"]\n'


def unpacked(path: str) -> bytes:
    """The content of a packed file of the corpora."""
    import zstandard

    with (CORPORA / path).open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read()


def _csv(*paths: str) -> pl.DataFrame:
    return pl.concat([pl.read_csv(unpacked(path)) for path in paths])


def banking77() -> pl.DataFrame:
    """Customer questions, 77 intents."""
    return _csv("cls-en-banking77/train.csv.zst", "cls-en-banking77/test.csv.zst").rename({"category": "label"})


def clinc150() -> pl.DataFrame:
    """Requests to an assistant, 150 intents and others."""
    rows = [row for part in json.loads(unpacked("cls-en-clinc150/data_full.json.zst")).values() for row in part]
    return pl.DataFrame(rows, schema=["text", "label"], orient="row")


def smsspam() -> pl.DataFrame:
    """Short messages, spam or not."""
    lines = unpacked("cls-en-smsspam/SMSSpamCollection.zst").decode().split("\n")
    return pl.DataFrame([line.split("\t", 1)[::-1] for line in lines if "\t" in line], schema=["text", "label"], orient="row")


def pep_revisions() -> pl.DataFrame:
    """Up to four revisions of each of 738 long documents."""
    return pl.read_ndjson(unpacked("dup-en-pep-revisions/revisions.jsonl.zst")).select("text")


def thucnews() -> pl.DataFrame:
    """Chinese headlines, 10 classes."""
    lines = unpacked("cls-zh-thucnews-titles/dev.txt.zst").decode().splitlines()
    return pl.DataFrame([line.rsplit("\t", 1) for line in lines if "\t" in line], schema=["text", "label"], orient="row")


def alpaca() -> pl.DataFrame:
    """Instructions with inputs and answers."""
    rows = pl.read_ndjson(unpacked("sft-en-alpaca/alpaca_en.jsonl.zst"))
    return rows.select(text=pl.concat_str(["instruction", "input", "output"], separator="\n"))


def prompts() -> pl.DataFrame:
    """The same without the answers."""
    rows = pl.read_ndjson(unpacked("sft-en-alpaca/alpaca_en.jsonl.zst"))
    return rows.select(text=pl.concat_str(["instruction", "input"], separator="\n"))


def laws() -> pl.DataFrame:
    """Chinese laws, many in several versions."""
    return pl.read_ndjson(unpacked("raw-zh-laws/laws.jsonl.zst")).select("text")


SETS = {
    "cls-en-banking77": banking77,
    "cls-en-clinc150": clinc150,
    "cls-en-smsspam": smsspam,
    "dup-en-pep-revisions": pep_revisions,
    "cls-zh-thucnews-titles": thucnews,
    "sft-en-alpaca": alpaca,
    "sft-en-alpaca, prompts": prompts,
    "raw-zh-laws": laws,
}


def split(rows: pl.DataFrame, twins: bool, folder: Path) -> tuple[dict[str, Any], float]:
    """What a run of the split says, as `--json` prints it, and its seconds."""
    rows.write_parquet(folder / "rows.parquet")
    labelled = "label" in rows.columns
    columns = ", ".join(f"{name} = '{name}'" for name in rows.columns)
    recipe = RECIPE.format(task="classification" if labelled else "text", columns=columns)
    recipe += ('stratum = ["label"]\n' if labelled else "") + (TWINS if twins else 'leak_check = "near"\n')
    (folder / "recipe.toml").write_text(recipe)
    command = [sys.executable, "-m", "dprep", "run", str(folder / "recipe.toml"), "--store", str(folder / "store"), "--json"]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1]), time.perf_counter() - started


def judged(version: Path, tools: Path) -> dict[str, Any]:
    """What the judge says of test against train."""
    command = [sys.executable, str(tools / "leak.py"), "--parts", str(version / "data")]
    done = subprocess.run(command, capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if not found:
        raise SystemExit(done.stderr)
    return next(each for each in found if each["part"] == "test")


def counted(version: Path) -> int:
    """The rows of test that the check at the end of the run says have a twin in train."""
    manifest = json.loads((version / "manifest.json").read_text())
    pairs = [pair for step in manifest["steps"] for pair in step.get("notes", {}).get("pairs", ())]
    return sum(pair["exact"] + pair["near"] for pair in pairs if (pair["part"], pair["against"]) == ("test", "train"))


def deviation(version: Path) -> tuple[float, float, float]:
    """The largest of any part, in points; of any class and part, in rows; the same in points of the class."""
    rows = pl.concat([pl.read_parquet(file) for file in sorted((version / "data").glob("*.parquet"))])
    by = "label" if "label" in rows.columns else pl.lit("all").alias("label")
    classes = rows.group_by(by).agg(size=pl.len(), **{part: (pl.col("part") == part).sum() for part in RATIOS})
    whole = max(abs(100 * (rows["part"] == part).sum() / len(rows) - 100 * share) for part, share in RATIOS.items())
    off = [(classes[part] - share * classes["size"]).abs() for part, share in RATIOS.items()]
    points = [100 * each / classes["size"] for each in off]
    return whole, max(float(each.max()) for each in off), max(float(each.max()) for each in points)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    options.add_argument("--shared-tools", type=Path, default=SHARED / "tools")
    given = options.parse_args()
    if not (given.shared_tools / "leak.py").exists() or not CORPORA.exists():
        raise SystemExit("the shared tools or corpora are not here: set DPREP_SHARED")
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("polars", "numpy", "numba"))
    head = f"python {platform.python_version()}, {libraries}, {os.cpu_count()} cores, {platform.machine()}"
    columns = f"{'set':24}{'rows':>8}{'split':>8}{'test':>7}{'leaking':>9}{'unit':>7}"
    columns += f"{'ours':>7}{'parts':>8}{'class':>16}{'seconds':>9}"
    lines = [head, columns]
    print(*lines, sep="\n", flush=True)
    for name in given.sets:
        rows = SETS[name]()
        for kind in ("plain", "twins"):
            with tempfile.TemporaryDirectory() as folder:
                ran, seconds = split(rows, kind == "twins", Path(folder))
                version = Path(ran["path"])
                told, (whole, most, points) = judged(version, given.shared_tools), deviation(version)
                each = f"{most:.1f} = {points:.2f}"
                lines.append(
                    f"{name:24}{len(rows):>8,}{kind:>8}{told['rows']:>7,}{told['leaking']:>9,}{told['unit']:>7}"
                    f"{counted(version):>7,}{whole:>8.2f}{each:>16}{seconds:>9.1f}"
                )
                print(lines[-1], flush=True)
    RESULT.write_text("\n".join([f"From python benchmarks/{Path(__file__).name}", *lines]) + "\n")


if __name__ == "__main__":
    main()
