"""Precision and recall of personal data by kind, against truth that others have written, and speed on one core.

    python benchmarks/pii.py [--speed FILE.parquet ...]

Truth: phonenumbers' example numbers of sixty regions in sentences; processors' test cards; the IBAN registry's examples;
200 mails of SpamAssassin labelled by hand (needs the corpora: DPREP_SHARED or ../shared); texts of manuals, PEPs and
Chinese laws that hold other numbers. A span counts as found if at least half of what both spans cover is common to them.
Speed: `clean.pii` over the column `text` of each file, best of three, in processor seconds of one thread.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import argparse
import importlib.metadata
import platform
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

import polars as pl  # noqa: E402

from dprep.base.text import Text  # noqa: E402
from dprep.ops.clean.pii import Pii  # noqa: E402
from tests.ops import pii_score  # noqa: E402


def told(name: str, score: pii_score.Score) -> list[str]:
    """One line per kind. What went wrong goes to the terminal only: it is somebody's."""
    lines = [
        f"{name:<28}{kind:<8}{score.known[kind]:>7,}{score.recall(kind):>9.4f}{score.found[kind]:>7,}{score.precision(kind):>10.4f}"
        for kind in sorted({*score.known, *score.found})
    ]
    for what, spans in (("missed", score.misses), ("wrong", score.extras)):
        for one in spans[:20]:
            print(f"{name}: {what} {one}", file=sys.stderr)
    return lines


def quality() -> list[str]:
    """The table of precision and recall."""
    lines = [f"{'truth':<28}{'kind':<8}{'known':>7}{'recall':>9}{'found':>7}{'precision':>10}"]
    for form in ("international", "e164", "rfc3966", "national", "grouped"):
        lines += told(f"phones, {form}", pii_score.score(*pii_score.phones(form), pii_score.REGIONS))
    lines += told("test cards", pii_score.score(*pii_score.cards(), ("US", "GB", "CN")))
    lines += told("IBAN examples", pii_score.score(*pii_score.ibans(), ("US", "GB", "DE")))
    folder = pii_score.shared()
    if folder is None:
        return [*lines, "the corpora are not here: mails and look-alikes were not scored"]
    lines += told("SpamAssassin, 200 mails", pii_score.score(*pii_score.mails(folder), ("US", "GB", "IE")))
    return lines + lookalikes(folder)


def lookalikes(folder: Path) -> list[str]:
    """What is found in texts full of other numbers, against what a reader found there; e-mail addresses not counted."""
    rows = pii_score.lookalikes(folder)
    found = pii_score.spans_of([text for _, text in rows], Pii().regions)
    known = sum(sum(verdict["known"].values()) for verdict, _ in rows)
    seen = sum(span[2] != "email" for spans in found for span in spans)
    numbers = sum(verdict["numbers"] for verdict, _ in rows)
    return [f"look-alikes: {len(rows)} texts with {numbers:,} other numbers, {known} known, {seen} found"]


def speed(file: Path) -> str:
    """Megabytes per second of `clean.pii` over one file, and what was masked."""
    series = pl.read_parquet(file, columns=["text"]).get_column("text").drop_nulls()
    size = int(series.str.len_bytes().sum())
    op = Pii()
    op.edit(Text(series.head(1)))
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        text = Text(series)
        counts = op.counts(text, op.edit(text))
        best = min(best, time.process_time() - started)
    masked = ", ".join(f"{kind} {values.sum():,}" for kind, values in counts.items() if values.sum())
    return f"{file.stem:<14}{len(series):>9,} rows {size / 1e6:>7.1f} MB {size / best / 1e6:>8.1f} MB/s   {masked}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=Path, nargs="*", default=[], metavar="FILE", help="parquet files with a column text")
    versions = " ".join(f"{name} {importlib.metadata.version(name)}" for name in ("phonenumbers", "polars", "numba"))
    head = f"{platform.machine()}, Python {platform.python_version()}, {versions}"
    table = "\n".join([head, "", *quality(), *(speed(file) for file in parser.parse_args().speed)])
    print(table)
    (ROOT / "benchmarks" / "results" / "pii.txt").write_text(table + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
