"""Grow the trees of `clean.html`'s main content: `python benchmarks/_html_model.py [--folds 3]`.

Pages: html-gold-segments, html-goose3, html-newspaper4k, html-readability and html-zh-news of the shared corpora; never
html-gold-articles, on which the result is scored (pages that share text with it are left out). What a block should be:

1. gold pieces, where a block holds one that must or must not be there;
2. else the mean of what trafilatura keeps with its default and with favor_precision, and, where the set has it, the
   expected text; a block on which they differ counts on both sides, by halves.

Pages on which trafilatura's two ways differ count less. --folds N only prints how well sites that were left out do; without it
the forest is written beside the operator, with the hash that `_main_content.py` must name. Needs trafilatura and scikit-learn.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# this folder holds a html.py of its own, which is not Python's
sys.path[0] = str(ROOT)

import argparse  # noqa: E402
import hashlib  # noqa: E402
import html  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import zlib  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402

CORPORA = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared")) / "corpora"
SETS = ("html-gold-segments", "html-goose3", "html-newspaper4k", "html-readability", "html-zh-news")
FILE = ROOT / "dprep" / "ops" / "clean" / "_main_content.npz"
TREES = {"max_iter": 140, "max_leaf_nodes": 16, "learning_rate": 0.07, "l2_regularization": 5.0, "min_samples_leaf": 40}
SEEDS = (1,)
"""Forests whose sums are averaged; three did no better than one on sites that were left out."""
GOLD_WEIGHT = 12.0
MOST_BLOCKS = 400
"""Blocks that one page may bring; of longer pages a sample."""
INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]|\\s+")
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Page:
    site: str
    url: str
    texts: list[str]
    table: npt.NDArray[np.float32]
    target: npt.NDArray[np.float64]
    """How much of each block should be kept, 0 to 1."""
    gold: npt.NDArray[np.float64]
    """1 or 0 where a gold piece says so, else -1."""
    weight: npt.NDArray[np.float64]


def read(name: str) -> Iterator[dict[str, Any]]:
    """The records of one shared corpus."""
    import zstandard

    packed = (CORPORA / name / "pages.jsonl.zst").read_bytes()
    for line in zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read().splitlines():
        if line.strip():
            yield json.loads(line)


def bare(text: str) -> str:
    """Text without white space and invisible characters, to find one in another."""
    return INVISIBLE.sub("", text)


def kept_in(texts: list[str], answer: str) -> npt.NDArray[np.float64]:
    """How much of each block stands in an extractor's answer; short blocks must be a line or a cell of it."""
    whole, lines = bare(answer), {bare(line.lstrip("-•* ")) for line in re.split(r"[\n|]", answer)}
    made = np.zeros(len(texts))
    for at, text in enumerate(texts):
        block = bare(text)
        if len(block) < 25:
            made[at] = bool(block) and block in lines
        elif block in whole:
            made[at] = 1
        else:
            pieces = [block[i : i + 12] for i in range(0, max(1, len(block) - 11), 4)]
            made[at] = sum(piece in whole for piece in pieces) / len(pieces)
    return made


def gold_of(record: dict[str, Any], texts: list[str], likely: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """1 for the (likeliest) block that holds a piece that must be there, 0 for all that hold one that must not."""
    made, blocks = np.full(len(texts), -1.0), [bare(text) for text in texts]
    for piece in map(bare, record.get("with", ())):
        holders = [at for at, block in enumerate(blocks) if piece and piece in block]
        if holders:
            made[max(holders, key=lambda at: (likely[at], len(blocks[at])))] = 1
    for piece in map(bare, record.get("without", ())):
        made[[at for at, block in enumerate(blocks) if piece and piece in block]] = 0
    return made


def shingles(text: str, width: int = 4) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + width]) for i in range(max(1, len(words) - width + 1))) if words else Counter()


def likeness(one: str, other: str) -> float:
    """F1 of two texts' 4-word shingles."""
    a, b = shingles(one), shingles(other)
    return 2 * sum((a & b).values()) / max(1, sum(a.values()) + sum(b.values()))


def page_of(name: str, record: dict[str, Any]) -> Page | None:
    """A page with its measures and what its blocks should be."""
    import trafilatura

    from dprep.kernels.blocks import measures
    from dprep.kernels.outline import outline
    from dprep.ops.clean.html import serialized

    markup = serialized(record["html"].encode())
    elements, blocks = outline(markup)
    if not len(blocks.start):
        return None
    spans = zip(blocks.start, blocks.stop, strict=True)
    texts = [" ".join(html.unescape(TAG.sub("", markup[start:stop].decode())).split()) for start, stop in spans]
    answers = [
        trafilatura.extract(record["html"], include_comments=False, favor_precision=precise) or "" for precise in (True, False)
    ]
    target = np.mean([kept_in(texts, answer) for answer in answers], axis=0)
    expected = record.get("expected_text") or html.unescape(TAG.sub("\n", record.get("expected_html") or ""))
    if expected.strip():
        target = (target + kept_in(texts, expected)) / 2
    target = np.where(target > 0.9, 1, np.where(target < 0.1, 0, target))
    gold = gold_of(record, texts, target)
    weight = np.sqrt(np.minimum(blocks.numbers[:, 0], 600.0))
    weight *= 14 * (0.3 + 0.7 * likeness(*answers) ** 2) / weight.sum()
    weight = np.where(gold >= 0, weight + GOLD_WEIGHT * weight.mean(), weight)
    url = re.sub(r"^https?://(www\.)?", "", record.get("url") or str(record.get("id")))
    site = url.split("/")[0]
    return Page(site, url, texts, measures(elements, blocks, markup), np.where(gold >= 0, gold, target), gold, weight)


def pages() -> list[Page]:
    """All pages, less those that share forty 8-word runs or their address with a page that is scored."""
    scored = list(read("html-gold-articles"))
    runs = {run for record in scored for run in shingles(record["articleBody"], 8)}
    urls = {re.sub(r"^https?://(www\.)?", "", record["url"]) for record in scored}
    made = []
    for name in SETS:
        for record in read(name):
            page = page_of(name, record)
            if page is None or page.url in urls or len(runs & set(shingles(" ".join(page.texts), 8))) > 40:
                print("left out:", record.get("file") or record.get("id"))
                continue
            made.append(page)
        print(name, len(made), flush=True)
    return made


def fit(train: list[Page], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(5)
    tables, sides, weights = [], [], []
    for page in train:
        chosen = (rng.random(len(page.texts)) < MOST_BLOCKS / len(page.texts)) | (page.gold >= 0)
        for side, share in ((1, page.target), (0, 1 - page.target)):
            rows = chosen & (share > 0)
            tables.append(page.table[rows])
            sides.append(np.full(rows.sum(), side))
            weights.append((page.weight * share)[rows])
    weight = np.concatenate(weights)
    grower = HistGradientBoostingClassifier(**TREES, max_bins=64, max_features=0.3, early_stopping=False, random_state=seed)
    return grower.fit(np.concatenate(tables), np.concatenate(sides), sample_weight=weight / weight.mean())


def held_out(all_pages: list[Page], folds: int) -> None:
    """Agreement with the targets on sites that were left out, in characters, and with gold pieces."""
    hits: list[npt.NDArray[np.float64]] = []
    for fold in range(folds):
        out = [page for page in all_pages if zlib.crc32(page.site.encode()) % folds == fold]
        model = fit([page for page in all_pages if zlib.crc32(page.site.encode()) % folds != fold], 1)
        for page in out:
            kept = model.predict_proba(page.table)[:, 1] > 0.5
            size = np.array([len(text) for text in page.texts])
            right = (size * kept * page.target).sum()
            rated = page.gold >= 0
            hits.append(
                np.array(
                    [
                        right / max(1, (size * kept).sum()),
                        right / max(1, (size * page.target).sum()),
                        (kept[rated] == page.gold[rated]).sum(),
                        rated.sum(),
                    ]
                )
            )
    told = np.array(hits)
    print(f"characters: precision {told[:, 0].mean():.4f}, recall {told[:, 1].mean():.4f}")
    print(f"gold blocks right: {told[:, 2].sum() / told[:, 3].sum():.4f} of {told[:, 3].sum():.0f}")


def flattened(models: list[Any]) -> dict[str, npt.NDArray[Any]]:
    """The nodes of all models' trees; the models' sums are averaged."""
    from dprep.kernels.forest import Forest

    held: dict[str, list[Any]] = {field: [] for field in Forest._fields[:-1]}
    for model in models:
        for (tree,) in model._predictors:
            first = len(held["feature"])
            held["roots"].append(first)
            leaf = tree.nodes["is_leaf"].astype(bool)
            held["feature"] += np.where(leaf, -1, tree.nodes["feature_idx"].astype(int)).tolist()
            held["threshold"] += np.where(leaf, 0, tree.nodes["num_threshold"]).tolist()
            held["left"] += (first + tree.nodes["left"].astype(int)).tolist()
            held["right"] += (first + tree.nodes["right"].astype(int)).tolist()
            held["value"] += (tree.nodes["value"] / len(models)).tolist()
    types = {
        "roots": np.int32,
        "feature": np.int16,
        "threshold": np.float32,
        "left": np.int32,
        "right": np.int32,
        "value": np.float32,
    }
    made = {field: np.array(values, types[field]) for field, values in held.items()}
    return made | {"bias": np.array(np.mean([float(model._baseline_prediction.item()) for model in models]))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=0)
    asked = parser.parse_args()
    all_pages = pages()
    if asked.folds:
        held_out(all_pages, asked.folds)
        return
    np.savez_compressed(FILE, **flattened([fit(all_pages, seed) for seed in SEEDS]))
    print(f"{len(all_pages)} pages, {FILE.stat().st_size} bytes, hash {hashlib.sha256(FILE.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
