"""Does perplexity tell good text from bad, how fast is it, and does it agree with KenLM?

    python benchmarks/perplexity.py [--corpora DIR] [--megabytes N]

Models are learnt by `dprep fit ngram`'s own function from four fifths of the documents of a language; the rest is good text.
Bad text is made of that rest: letters changing places with their neighbours, words (English) or characters shuffled within
each line, every fifth letter replaced at random, its bytes read in a wrong encoding (Latin-1), and documents of the other
language. AUC: how often a bad document surprises the model more than a good one does; documents that the spoiling left as they
were do not count. Documents are cut to their first 2,000 characters, so that length tells nothing. A Chinese document is one
with more han characters than Latin letters, an English one has no han. Seconds are processor seconds of one thread.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import argparse
import importlib.metadata
import io
import json
import platform
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

from dprep.base.text import Text  # noqa: E402
from dprep.fit.ngram import Ngram, learn  # noqa: E402
from dprep.models.ngram import NgramModel, ngram_model  # noqa: E402

SOURCES = {
    "English": ["raw-en-rfcs", "raw-en-c4-demo", "sft-en-alpaca"],
    "Chinese": ["raw-zh-laws", "raw-zh-techdocs", "sft-zh-alpaca"],
}
LONGEST = 2000
SETTINGS: list[dict[str, Any]] = [
    {"unit": "word", "order": 3},
    {"unit": "word", "order": 5},
    {"unit": "character", "order": 5},
    {"unit": "piece", "order": 5},
]


class Rows:
    """Texts, as `dprep fit` hands them on."""

    def __init__(self, texts: list[str]) -> None:
        self.series = pl.Series(texts, dtype=pl.String)

    def __len__(self) -> int:
        return len(self.series)

    def texts(self) -> Iterator[pl.Series]:
        yield self.series


def is_of(language: str, text: str) -> bool:
    """Whether a document's start is in the language it is filed under."""
    han = len(re.findall("[\u4e00-\u9fff]", text[:LONGEST]))
    latin = len(re.findall("[A-Za-z]", text[:LONGEST]))
    return han > latin if language == "Chinese" else han == 0 and latin > 50


def documents(language: str, folder: Path, megabytes: float) -> list[str]:
    """The longest string of records under `folder`, as many as make `megabytes`, drawn evenly."""
    import zstandard

    found: list[str] = []
    for path in sorted(folder.glob("*.jsonl.zst")):
        with path.open("rb") as raw:
            for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), encoding="utf-8"):
                found.append(max((v for v in json.loads(line).values() if isinstance(v, str)), key=len, default=""))
    random.Random(7).shuffle(found)
    size, some = 0.0, []
    for text in found:
        if len(text) >= 100 and is_of(language, text):
            some.append(text)
            size += len(text.encode()) / 1e6
        if size > megabytes:
            break
    return some


def spoilt(texts: list[str], other: list[str]) -> dict[str, list[str]]:
    """Each kind of bad text, made of good ones."""
    luck = random.Random(11)

    def shuffled(line: str, blank: str) -> str:
        parts = line.split(blank) if blank else list(line)
        luck.shuffle(parts)
        return blank.join(parts)

    def by_line(text: str, blank: str) -> str:
        return "\n".join(shuffled(line, blank) for line in text.split("\n"))

    letters = [c for text in texts[:50] for c in text if c.isalnum()]

    def garbled(text: str) -> str:
        return "".join(luck.choice(letters) if c.isalnum() and luck.random() < 0.2 else c for c in text)

    return {
        "neighbours swapped": [re.sub(r"(\w)(\w)", r"\2\1", text) for text in texts],
        "words shuffled": [by_line(text, " ") if is_of("English", text) else text for text in texts],
        "characters shuffled": [by_line(text, "") for text in texts],
        "every 5th letter wrong": [garbled(text) for text in texts],
        "wrong encoding": [text.encode().decode("latin-1") for text in texts],
        "other language": other[: len(texts)],
    }


def auc(good: np.ndarray, bad: np.ndarray) -> float:
    """Share of (good, bad) pairs in which the bad one is higher; halves for equal ones."""
    good, bad = np.sort(good[~np.isnan(good)]), bad[~np.isnan(bad)]
    below, upto = np.searchsorted(good, bad, "left"), np.searchsorted(good, bad, "right")
    return float((below + upto).mean() / 2 / len(good))


def perplexities(model: NgramModel, texts: list[str]) -> np.ndarray:
    return model.scores(Text(pl.Series(texts, dtype=pl.String))).perplexity


def speed(model: NgramModel, texts: list[str]) -> float:
    """Megabytes a second, best of three."""
    series = pl.Series(texts, dtype=pl.String)
    size, best = series.str.len_bytes().sum() / 1e6, 0.0
    for _ in range(3):
        start = time.process_time()
        model.scores(Text(series))
        best = max(best, size / (time.process_time() - start))
    return best


def agreement(folder: Path, model: NgramModel, texts: list[str]) -> tuple[float, float] | None:
    """Largest difference of log10 p of any document from KenLM's, per token, and KenLM's MB/s on the same text."""
    try:
        import kenlm
    except ImportError:
        return None
    from dprep.base.text import buffers
    from dprep.kernels.ngram_counts import Vocabulary

    oracle = kenlm.Model(str(folder / "model.arpa"))
    cut = []
    for text in texts:  # the same tokens, joined by blanks
        vocabulary = Vocabulary(np.zeros(0, np.uint64))
        _, numbers = vocabulary.encode(buffers(pl.Series([text.lower()])), model.reading.unit)
        cut.append(
            " ".join(vocabulary.words[n].decode() for n in numbers)
            .removeprefix("<s> ")
            .removesuffix(" </s>")
            .split(" </s> <s> ")
        )
    totals, lengths = model.log10(pl.Series(texts))
    start = time.process_time()
    theirs = np.array([sum(oracle.score(line) for line in lines) for lines in cut])
    seconds = time.process_time() - start
    return float(np.max(np.abs(totals - theirs) / lengths)), sum(len(t.encode()) for t in texts) / 1e6 / seconds


def tokenizer(texts: list[str], folder: Path) -> str:
    import sentencepiece

    lines = [line.lower() for text in texts for line in text.split("\n") if line.strip()]
    random.Random(5).shuffle(lines)
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(lines[:20_000]),
        model_prefix=str(folder / "pieces"),
        vocab_size=8000,
        num_threads=1,
        minloglevel=2,
        hard_vocab_limit=False,
    )
    return str(folder / "pieces.model")


def trial(language: str, setting: dict[str, Any], good: dict[str, list[str]], folder: Path) -> list[str]:
    """Lines of the table for one model."""
    texts = good[language]
    fifth = len(texts) // 5
    held, seen = [text[:LONGEST] for text in texts[:fifth]], texts[fifth:]
    other = [text[:LONGEST] for text in next(good[name] for name in good if name != language)]
    given = dict(setting)
    if given["unit"] == "piece":
        given = {"order": given["order"], "tokenizer": tokenizer(seen, folder.parent)}
    folder.mkdir()
    start = time.process_time()
    details = learn(Rows(seen), Ngram.model_validate({"name": "trial", "from": "benchmark", **given}), folder)
    seconds = time.process_time() - start
    model = ngram_model(str(folder))
    usual = perplexities(model, held)
    megabytes = sum(len(text.encode()) for text in seen) / 1e6
    grams, rate = sum(details["ngrams"]), speed(model, seen[: len(seen) // 2])
    lines = [
        f"{language}, {setting['unit']}s, order {setting['order']}: learnt from {megabytes:.1f} MB, {details['tokens']:,} "
        f"tokens in {seconds:.1f} s; {grams:,} n-grams; scores {rate:.1f} MB/s",
        f"    held-out text: median perplexity {np.nanmedian(usual):,.1f}",
    ]
    for name, bad in spoilt(held, other).items():
        changed = [after for before, after in zip(held, bad, strict=False) if after != before]
        if len(changed) < 50:
            continue
        found = perplexities(model, changed)
        lines.append(f"    {name:24} median {np.nanmedian(found):>14,.1f}   AUC {auc(usual, found):.4f}")
    agreed = agreement(folder, model, held[:300]) if setting["unit"] != "piece" else None
    if agreed:
        lines.append(
            f"    KenLM on the same ARPA: log10 p per token differs by {agreed[0]:.1e} at most; scores {agreed[1]:.1f} MB/s"
        )
    return lines


def main() -> None:
    shared = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, default=shared / "corpora")
    parser.add_argument("--megabytes", type=float, default=1.5, help="of each corpus")
    asked = parser.parse_args()
    good = {}
    for language, sources in SOURCES.items():
        found = [text for source in sources for text in documents(language, asked.corpora / source, asked.megabytes)]
        random.Random(3).shuffle(found)
        good[language] = found
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("polars", "numba", "numpy"))
    lines = [f"{platform.machine()}, Python {platform.python_version()}, {versions}; one thread; compiled before"]
    with tempfile.TemporaryDirectory() as folder:
        warm = Rows(["a b\nc", "中 文"] * 50)
        for unit in ("word", "character"):
            (Path(folder) / f"warm-{unit}").mkdir()
            learn(warm, Ngram.model_validate({"name": "w", "from": "w", "unit": unit}), Path(folder) / f"warm-{unit}")
        for language in SOURCES:
            for n, setting in enumerate(SETTINGS):
                lines += ["", *trial(language, setting, good, Path(folder) / f"{language}-{n}")]
                print("\n".join(lines[-9:]), flush=True)
    lines += ["", f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"]
    results = ROOT / "benchmarks" / "results"
    results.mkdir(parents=True, exist_ok=True)
    (results / "perplexity.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
