"""A recipe of 25 steps on 200 MB of real text: what a person sees while it runs, and when it is done.

    python benchmarks/long_recipe.py [--corpora DIR] [--megabytes N] [--folder DIR] [--workers N]

Writes the rows and the recipe into a folder (a temporary one unless told), then calls `dprep run` on it, so that the progress
display, the funnel and report.html are those of a user. The same corpora give the same rows.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {
    "raw-multi-debian-html/*.jsonl.zst": ("html", 100),
    "cls-en-spamassassin/*.jsonl.zst": ("raw", 25),
    "raw-zh-laws/*.jsonl.zst": ("text", 30),
    "raw-zh-techdocs/*.jsonl.zst": ("text", 20),
    "raw-en-rfcs/*.jsonl.zst": ("text", 10),
    "raw-en-books/*.jsonl.zst": ("html", 10),
    "raw-en-c4-demo/*.jsonl.zst": ("text", 5),
}
"""Files -> the field that is the text, and its share of 200 MB."""

RECIPE = """
[dataset]
name = "long-recipe"
seed = 7
task = "text"
license = "see the corpora"
description = "English and Chinese pages, mails, laws and manuals through 25 steps."

[[source]]
name = "rows"
path = "rows-*.jsonl"
keep = []
columns = { text = "text", place = "place" }
license = "see the corpora"
"""

STEPS = [
    'op = "filter.length"\nname = "not_empty"\nmin_characters = 1\nmin_words = 0',
    'op = "clean.email"',
    'op = "clean.html"\nextract = "main"',
    'op = "clean.unicode"',
    'op = "clean.whitespace"',
    'op = "clean.pii"',
    'op = "tag.language"',
    'op = "filter.where"\nname = "languages"\ncondition = "lang IN (\'en\', \'zh\')"',
    'op = "clean.boilerplate"',
    'op = "clean.lines"',
    'op = "clean.repeated_lines"',
    'op = "clean.emoji"',
    'op = "filter.length"\nmin_words = 20\nmax_characters = 500_000',
    'op = "filter.line_length"\nmax_longest = 100_000',
    'op = "filter.gopher_repetition"\nname = "repetition_en"\nwhen = "lang = \'en\'"',
    'op = "filter.gopher_repetition"\nname = "repetition_zh"\nflavour = "zh"\nwhen = "lang = \'zh\'"',
    'op = "filter.gopher_quality"\nname = "quality_en"\nwhen = "lang = \'en\'"',
    'op = "filter.gopher_quality"\nname = "quality_zh"\nflavour = "zh"\nwhen = "lang = \'zh\'"',
    'op = "filter.c4"\nwhen = "lang = \'en\'"\nflavour = "fineweb"',
    'op = "filter.fineweb_quality"\nname = "fineweb_zh"\nflavour = "zh"\nwhen = "lang = \'zh\'"',
    'op = "tag.length"',
    'op = "expand.passages"',
    'op = "dedup.exact"\nnormalize = "letters"',
    'op = "dedup.minhash"\nthreshold = 0.8',
    'op = "split.stratified"\nratios = { train = 98, validation = 1, test = 1 }\nstratum = ["lang"]',
]


def records(file: Path) -> Iterator[dict[str, str]]:
    import zstandard

    with file.open("rb") as packed:
        for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(packed), encoding="utf-8"):  # type: ignore[type-var]
            yield json.loads(line)


def write_rows(corpora: Path, folder: Path, megabytes: float) -> tuple[int, int]:
    """rows-*.jsonl in `folder`; returns rows and bytes of text."""
    rows = size = 0
    for number, (pattern, (column, share)) in enumerate(SOURCES.items()):
        left = megabytes * 1e6 * share / sum(share for _, share in SOURCES.values())
        with (folder / f"rows-{number}.jsonl").open("w", encoding="utf-8") as out:
            for file in sorted(corpora.glob(pattern)):
                for place, record in enumerate(records(file)):
                    text = record.get(column) or ""
                    out.write(json.dumps({"text": text, "place": f"{file.parent.name}:{place}"}, ensure_ascii=False) + "\n")
                    rows, left, size = rows + 1, left - len(text.encode()), size + len(text.encode())
                    if left <= 0:
                        break
                if left <= 0:
                    break
    return rows, size


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument(
        "--corpora", type=Path, default=Path(os.environ.get("DPREP_SHARED") or ROOT.parent / "shared") / "corpora"
    )
    words.add_argument("--megabytes", type=float, default=200)
    words.add_argument("--folder", type=Path)
    words.add_argument("--workers", type=int)
    asked = words.parse_args()
    if not asked.corpora.is_dir():
        sys.exit(f"no corpora at {asked.corpora}: name their folder with --corpora")
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="long-recipe-"))
    folder.mkdir(parents=True, exist_ok=True)
    rows, size = write_rows(asked.corpora, folder, asked.megabytes)
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE + "".join(f"\n[[step]]\n{step}\n" for step in STEPS), "utf-8")
    print(f"{rows:,} rows, {size / 1e6:,.0f} MB, {len(STEPS)} steps in {folder}", flush=True)
    started = time.perf_counter()
    more = ["--workers", str(asked.workers)] if asked.workers else []
    command = [sys.executable, "-m", "dprep", "run", str(recipe), "--store", str(folder / "store"), *more]
    subprocess.run(command, check=True, cwd=ROOT)
    spent = time.perf_counter() - started
    print(f"{spent:,.1f} s, {size / 1e6 / spent:,.1f} MB/s")


if __name__ == "__main__":
    main()
