"""How many sentences per second go to another language and back, and how nlpaug's own path does on the same models?

    python benchmarks/back_translation.py [--sentences N]

A pair of small Marian models (one layer a side, 64 wide) is learnt on the spot from sentences of a made-up grammar, whose other
language has the same words spelt backwards; then other sentences of it, all distinct, go there and back, one beam, everything
loaded before. nlpaug's BackTranslationAug gets the same folders. Seconds are processor seconds of this process, with one thread
for torch; nlpaug's loaders of data, processes of their own, are not counted. For Apertium, a dozen processes, they are of the
clock; it gets rows of banking77 where the shared corpora are beside the repository, else the sentences of the grammar.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import importlib.metadata
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

from dprep.base.text import Text  # noqa: E402
from dprep.ops.augment.back_translate import BackTranslate  # noqa: E402
from tests.models.tiny_translators import converted, marian  # noqa: E402

_WORDS = (
    ("my", "your", "our", "the old"),
    ("order", "parcel", "card", "account", "lamp", "jacket"),
    ("has not come", "was lost", "is broken", "was sent", "looks strange"),
    ("since monday", "in the morning", "last week", "this year"),
    ("and nobody", "so somebody", "but the bank", "and the shop"),
    ("answers my mail", "sends me money", "calls me back", "says anything"),
)


def grammar() -> list[str]:
    """Every sentence, in an order that has nothing to do with how they are made."""
    every = [" ".join(words) + "." for words in product(*_WORDS)]
    Random(7).shuffle(every)
    return every


def backwards(sentence: str) -> str:
    return " ".join(word[::-1] for word in sentence.rstrip(".").split()) + "."


def models(folder: Path) -> tuple[Path, Path]:
    learnt = [(each, backwards(each)) for each in grammar()[:128]]
    there = marian(folder / "there", learnt, steps=250, width=64, limit=128)
    return there, marian(folder / "back", [(b, a) for a, b in learnt], steps=250, width=64, limit=128)


def ours(op: BackTranslate, sentences: list[str]) -> list[str | None]:
    return op.variant(Text(pl.Series("text", sentences)), np.zeros(len(sentences), np.uint64), 1).to_list()


def nlpaug(there: Path, back: Path) -> Callable[[list[str]], list[str | None]]:
    from nlpaug.augmenter.word import BackTranslationAug

    path = BackTranslationAug(from_model_name=str(there), to_model_name=str(back), device="cpu", max_length=128)
    return lambda sentences: list(path.augment(sentences))


def real(count: int) -> tuple[str, list[str]]:
    """Rows of English as people write it."""
    shared = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared")) / "corpora" / "cls-en-banking77"
    texts = [text for file in sorted(shared.glob("*.csv.zst")) for text in pl.read_csv(file).get_column("text").to_list()]
    distinct = list(dict.fromkeys(texts))[:count]
    return ("rows of banking77", distinct) if len(distinct) == count else ("sentences of the grammar", grammar()[-count:])


def timed(
    name: str, ask: Callable[[list[str]], list[str | None]], sentences: list[str], by_clock: bool = False
) -> tuple[float, list[str | None]]:
    ask(sentences[:8])
    start, worked = time.perf_counter(), time.process_time()
    found = ask(sentences[8:])
    seconds, work = time.perf_counter() - start, time.process_time() - worked
    speed = len(found) / (seconds if by_clock else work)
    came = sum(each is not None for each in found)
    print(f"{name:<42} {speed:8.0f} sentences/s ({len(found) / seconds:.0f} by the clock)   {came:5} of {len(found)} came back")
    return speed, found


def lines(sentences: list[str], folder: Path) -> Iterator[str]:
    there, back = models(folder)
    pairs = {"there": (str(there),), "back": (str(back),), "beams": 1, "protect": ()}
    theirs, words = timed("nlpaug BackTranslationAug", nlpaug(there, back), sentences)
    speed, found = timed("hf", lambda some: ours(BackTranslate(provider="hf", **pairs), some), sentences)
    same = sum(a == b for a, b in zip(words, found, strict=True))
    yield f"hf: {speed / theirs:.1f} times nlpaug; {same} of {len(found)} texts are the same"
    fast = {**pairs, "there": (str(converted(there, folder / "a")),), "back": (str(converted(back, folder / "b")),)}
    for precision in ("float32", "int8"):
        op = BackTranslate(provider="ctranslate2", precision=precision, **fast)
        speed, found = timed(f"ctranslate2, {precision}", lambda some, op=op: ours(op, some), sentences)
        same = sum(a == b for a, b in zip(words, found, strict=True))
        yield f"ctranslate2, {precision}: {speed / theirs:.1f} times nlpaug; {same} of {len(found)} texts are the same"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=1000)
    count = parser.parse_args().sentences
    names = ("torch", "transformers", "ctranslate2", "nlpaug")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}\n")
    with tempfile.TemporaryDirectory() as folder:
        told = list(lines(grammar()[128 : 128 + count + 8], Path(folder)))
    if shutil.which("apertium"):
        what, rows = real(count + 8)
        op = BackTranslate(provider="apertium", source="eng", via=("spa",))
        timed(f"apertium eng-spa, {what}", lambda some: ours(op, some), rows, by_clock=True)
    print("\n" + "\n".join(told))


if __name__ == "__main__":
    main()
