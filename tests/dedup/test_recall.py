"""Every pair of near twins in real texts ends in one cluster, and no cluster rests on a wrong edge; truth by plain sets."""

from __future__ import annotations

import io
import re
import subprocess
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

from dprep.engine.cluster import Found, cluster_texts
from dprep.ops.dedup.minhash import MinHash

THRESHOLDS = ["0.5", "0.7", "0.8", "0.9"]
WORDS = 3


def read(path: Path) -> pl.DataFrame:
    plain = subprocess.run(["zstdcat", str(path)], check=True, capture_output=True).stdout
    return pl.read_ndjson(io.BytesIO(plain), infer_schema_length=None)


@cache
def texts(shared: Path) -> tuple[str, ...]:
    """400 licence notices of 20 words or more and 120 revisions of PEPs, in ASCII: there `[a-z0-9]+` is a word to anybody."""
    rules = read(shared / "corpora/dup-en-licence-rules/rules.jsonl.zst")["text"]
    revisions = read(shared / "corpora/dup-en-pep-revisions/revisions.jsonl.zst")["text"]
    plain = [text for text in rules if text.isascii() and 20 <= len(text.split()) <= 400]
    long = [text for text in revisions if text.isascii() and len(text) < 15_000]
    return (*plain[:: len(plain) // 400][:400], *long[:120])


@cache
def sets(shared: Path) -> tuple[frozenset[tuple[str, ...]], ...]:
    return tuple(_runs(re.findall("[a-z0-9]+", text.lower())) for text in texts(shared))


def similarity(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> Fraction:
    shared = len(one & other)
    return Fraction(shared, len(one) + len(other) - shared)


@cache
def alike(shared: Path) -> dict[tuple[int, int], Fraction]:
    """All pairs with a similarity of a half or more: of a set half as large as the other at least."""
    pairs = combinations(enumerate(sets(shared)), 2)
    close = (pair for pair in pairs if 2 * min(len(pair[0][1]), len(pair[1][1])) >= max(len(pair[0][1]), len(pair[1][1])))
    found = {(i, j): similarity(a, b) for (i, a), (j, b) in close}
    return {pair: share for pair, share in found.items() if 2 * share >= 1}


def _runs(words: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(*(words[k:] for k in range(WORDS)), strict=False)) or frozenset([tuple(words)])


def true_pairs(shared: Path, threshold: str) -> list[tuple[int, int]]:
    return [pair for pair, share in alike(shared).items() if share >= Fraction(threshold)]


def found(shared: Path, threshold: str, *, chain: bool = True) -> Found:
    op = MinHash(threshold=float(threshold), shingles="words", ngram=WORDS, chain=chain)
    return cluster_texts(op, pl.Series(texts(shared)))


def parts(keeper: list[int], pairs: list[tuple[int, int]]) -> dict[int, int]:
    """How many pieces each cluster falls into when only `pairs` inside it hold it together."""
    root = list(range(len(keeper)))

    def top(row: int) -> int:
        while root[row] != row:
            row = root[row]
        return row

    for one, other in pairs:
        if keeper[one] == keeper[other]:
            root[top(one)] = top(other)
    return Counter(keeper[row] for row in range(len(keeper)) if top(row) == row)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_true_pairs_end_in_one_cluster(shared: Path, threshold: str) -> None:
    keeper = found(shared, threshold).keeper
    pairs = true_pairs(shared, threshold)

    together = sum(keeper[one] == keeper[other] for one, other in pairs)

    assert len(pairs) > 30
    assert together >= 0.99 * len(pairs)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_no_cluster_rests_on_a_pair_below_the_threshold(shared: Path, threshold: str) -> None:
    keeper = found(shared, threshold).keeper.tolist()

    pieces = parts(keeper, true_pairs(shared, threshold))

    assert len(pieces) < len(keeper)
    assert set(pieces.values()) == {1}


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_without_chains_every_dropped_row_is_a_twin_of_the_row_that_stays(shared: Path, threshold: str) -> None:
    keeper = found(shared, threshold, chain=False).keeper.tolist()
    true = set(true_pairs(shared, threshold))

    gone = [(min(row, stays), max(row, stays)) for row, stays in enumerate(keeper) if row != stays]

    assert len(gone) > 10
    assert set(gone) <= true


def test_similarity_told_is_the_true_one(shared: Path) -> None:
    answer = found(shared, "0.7")

    gone = [(row, int(stays)) for row, stays in enumerate(answer.keeper) if row != stays]

    assert gone
    for row, stays in gone:
        assert answer.similarity[row] == pytest.approx(float(similarity(sets(shared)[row], sets(shared)[stays])), abs=1e-6)
