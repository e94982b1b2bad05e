"""Quality and speed of main-content extractors: `python benchmarks/html.py [--only NAME …] [--limit N]`.

articles   html-gold-articles, whole texts by hand: 4-word shingles as multisets; precision is averaged over pages with an
           answer, recall over pages with a gold text, F1 is the harmonic mean of the two
segments   html-gold-segments, pieces by hand: the share of `with` found and of `without` kept out, white space made one

Pages per second are of processor time of the same run over both sets, one thread, after a first page. Peers that are not
installed are left out. Printed, and kept in benchmarks/results/html.txt. Our trees were grown on html-gold-segments (see
_html_model.py), so the second table says how well they remember for `dprep`; only the first is a test of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# this folder holds a html.py of its own, which is not Python's
sys.path[0] = str(ROOT)

import argparse  # noqa: E402
import importlib.metadata  # noqa: E402
import logging  # noqa: E402
import platform  # noqa: E402
import re  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "html.txt"
LIBRARIES = ("selectolax", "Resiliparse", "trafilatura", "lxml", "readability-lxml", "numba")

Extract = Callable[[str], str]


def ours(**settings: Any) -> Extract:
    """clean.html on one page, all of the operator's work included."""
    import polars as pl

    from dprep.base.text import Text
    from dprep.ops.clean.html import Html

    op = Html(extract="main", **settings)
    return lambda page: str(op.edit(Text(pl.Series([page])))[0])


def trafilatura_with(**settings: Any) -> Extract:
    import trafilatura

    return lambda page: trafilatura.extract(page, include_comments=False, **settings) or ""


def resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda page: extract_plain_text(
        page, main_content=True, alt_texts=False, preserve_formatting=True, list_bullets=False
    )


def readability() -> Extract:
    from readability import Document
    from selectolax.lexbor import LexborHTMLParser

    def extract(page: str) -> str:
        body = LexborHTMLParser(Document(page).summary()).body
        return body.text(separator=" ", strip=True) if body else ""

    return extract


EXTRACTORS: dict[str, Callable[[], Extract]] = {
    "dprep": ours,
    "dprep precision": lambda: ours(favor="precision"),
    "dprep recall": lambda: ours(favor="recall"),
    "dprep via resiliparse": lambda: ours(extractor="resiliparse"),
    "dprep via trafilatura": lambda: ours(extractor="trafilatura", favor="precision"),
    "resiliparse": resiliparse,
    "trafilatura": trafilatura_with,
    "trafilatura precision": lambda: trafilatura_with(favor_precision=True),
    "trafilatura fast": lambda: trafilatura_with(fast=True),
    "readability": readability,
}


def whole_scores(records: list[dict[str, Any]], answers: list[str]) -> str:
    from benchmarks._html_model import shingles

    precision, recall, exact = [], [], []
    for record, answer in zip(records, answers, strict=True):
        gold, found = shingles(record["articleBody"]), shingles(answer)
        shared = sum((gold & found).values())
        if found:
            precision.append(shared / sum(found.values()))
        if gold:
            recall.append(shared / sum(gold.values()))
        exact.append(re.findall(r"\w+", record["articleBody"]) == re.findall(r"\w+", answer))
    p, r = statistics.mean(precision), statistics.mean(recall)
    return f"P {p:.4f}  R {r:.4f}  F1 {2 * p * r / (p + r):.4f}  exact {statistics.mean(exact):.3f}"


def piece_scores(records: list[dict[str, Any]], answers: list[str]) -> str:
    found = wanted = slipped = unwanted = 0
    for record, answer in zip(records, answers, strict=True):
        text = " ".join(answer.split())
        found += sum(" ".join(piece.split()) in text for piece in record["with"])
        slipped += sum(" ".join(piece.split()) in text for piece in record["without"])
        wanted += len(record["with"])
        unwanted += len(record["without"])
    right = (found + unwanted - slipped) / (wanted + unwanted)
    return f"with {found / wanted:.4f}  without {1 - slipped / unwanted:.4f}  right {right:.4f}"


def answered(extract: Extract, records: list[dict[str, Any]]) -> tuple[list[str], float]:
    """Answers and pages per second of processor time; a page that an extractor fails on is empty."""
    answers = []
    start = time.process_time()
    for record in records:
        try:
            answers.append(extract(record["html"]))
        except Exception:
            answers.append("")
    return answers, len(records) / (time.process_time() - start)


def line(name: str, extract: Extract, articles: list[dict[str, Any]], segments: list[dict[str, Any]]) -> str:
    extract(articles[0]["html"])
    whole, first_speed = answered(extract, articles)
    pieces, second_speed = answered(extract, segments)
    told = f"{name:22} {whole_scores(articles, whole)} {first_speed:6.0f} pages/s"
    return told + f"  |  {piece_scores(segments, pieces)} {second_speed:6.0f} pages/s"


def main() -> None:
    from benchmarks._html_model import read

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(EXTRACTORS))
    parser.add_argument("--limit", type=int, default=10**9, help="pages of each set")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # trafilatura tells of every page it gives up on
    articles, segments = (list(read(name))[: asked.limit] for name in ("html-gold-articles", "html-gold-segments"))
    versions = []
    for library in LIBRARIES:
        try:
            versions.append(f"{library} {importlib.metadata.version(library)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {library}")
    lines = [
        f"python {platform.python_version()}, {', '.join(versions)}, {platform.machine()}",
        f"articles: {len(articles)} pages, on which no tree was grown, though they were scored six times while building;",
        f"segments: {len(segments)} pages, which dprep's trees saw",
    ]
    print("\n".join(lines), flush=True)
    for name in asked.only:
        try:
            extract = EXTRACTORS[name]()
        except ImportError:
            continue
        lines.append(line(name, extract, articles, segments))
        print(lines[-1], flush=True)
    if asked.only == list(EXTRACTORS) and asked.limit == 10**9:
        RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
