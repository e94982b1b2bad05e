"""Clusters against all pairs compared in plain Python, on real texts and on made ones; blocks and order must not matter."""

from __future__ import annotations

import itertools
import json
import random
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.dedup import Sets
from dprep.engine.cluster import Found, cluster, cluster_texts
from dprep.engine.compare import Rule
from dprep.engine.pool import Pool
from dprep.kernels.pairs import CAP
from dprep.ops.dedup.exact import Exact
from dprep.ops.dedup.minhash import MinHash


def word_shingles(text: str, length: int) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    size = min(length, len(words))
    return frozenset(tuple(words[i : i + size]) for i in range(len(words) - size + 1)) if words else frozenset()


def han_shingles(text: str, length: int) -> frozenset[str]:
    han = "".join(c for c in text if c.isalnum())
    return frozenset(han[i : i + length] for i in range(max(len(han) - length, 0) + 1)) if han else frozenset()


def jaccard(a: frozenset, b: frozenset) -> float:
    return len(a & b) / len(a | b) if a or b else 0.0


def true_pairs(texts: list[str], sets: list[frozenset], least: float) -> dict[tuple[int, int], float]:
    found = {}
    for i, j in itertools.combinations(range(len(texts)), 2):
        similarity = 1.0 if texts[i] == texts[j] else jaccard(sets[i], sets[j])
        if similarity >= least:
            found[i, j] = similarity
    return found


def components(rows: int, pairs: list[tuple[int, int]]) -> list[int]:
    """The smallest row of each row's component."""
    label = list(range(rows))
    for a, b in pairs:
        old, new = max(label[a], label[b]), min(label[a], label[b])
        label = [new if x == old else x for x in label]
    return label


def check_against_all_pairs(found: Found, texts: list[str], sets: list[frozenset], least: float) -> None:
    pairs = true_pairs(texts, sets, least)
    truth = components(len(texts), list(pairs))
    keeper = found.keeper.tolist()
    together = sum(keeper[i] == keeper[j] for i, j in pairs)
    assert len(pairs) > 20, "the cut holds too few twins to test anything"
    assert together >= 0.99 * len(pairs)
    for row, stays in enumerate(keeper):
        assert truth[row] == truth[stays]
        assert keeper[stays] == stays <= row
        same = row == stays or texts[row] == texts[stays]
        assert found.similarity[row] == pytest.approx(1.0 if same else jaccard(sets[row], sets[stays]))
        assert found.size[row] == keeper.count(stays)


def real_texts(shared: Path, name: str, field: str = "text") -> list[str]:
    packed = next((shared / "corpora" / name).glob("*.jsonl.zst"))
    with packed.open("rb") as file:
        lines = zstandard.ZstdDecompressor().stream_reader(file).read(12_000_000).split(b"\n")[:-1]
    return [json.loads(line)[field] for line in lines if line.strip()]


@pytest.mark.parametrize("least", [0.5, 0.8])
def test_revisions_of_documents_cluster_as_all_pairs_say(shared: Path, least: float) -> None:
    texts = [t for t in real_texts(shared, "dup-en-pep-revisions") if t.isascii()][:80]
    sets = [word_shingles(t, 5) for t in texts]

    found = cluster_texts(MinHash(threshold=least, shingles="words", ngram=5), pl.Series(texts), block_rows=64)

    check_against_all_pairs(found, texts, sets, least)


def test_short_pages_cluster_as_all_pairs_say(shared: Path) -> None:
    texts = [t for t in real_texts(shared, "raw-multi-tldr") if t.isascii()][:900]
    sets = [word_shingles(t, 2) for t in texts]

    found = cluster_texts(MinHash(threshold=0.5, shingles="words", ngram=2), pl.Series(texts), block_rows=100)

    check_against_all_pairs(found, texts, sets, 0.5)


def test_chinese_laws_cluster_as_all_pairs_say(shared: Path) -> None:
    sentences = [s for law in real_texts(shared, "raw-zh-laws") for s in re.findall(r"[\u4e00-\u9fff，、；：“”]{20,}", law)]
    texts = list(dict.fromkeys(sentences))[:1500]
    sets = [han_shingles(t, 3) for t in texts]

    found = cluster_texts(MinHash(threshold=0.6, shingles="characters", ngram=3), pl.Series(texts))

    check_against_all_pairs(found, texts, sets, 0.6)


words = st.lists(st.sampled_from(["one", "two", "three", "four", "five", "six"]), max_size=8).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(words, max_size=30),
    st.sampled_from([0.4, 0.8, 1.0]),
    st.integers(1, 7),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_blocks_and_order_of_rows_do_not_matter(
    texts: list[str], least: float, rows: int, chain: bool, rng: random.Random
) -> None:
    op = MinHash(threshold=least, shingles="words", ngram=2, sketch=64, chain=chain)
    rank = np.array([len(t) for t in texts], np.int64)
    order = rng.sample(range(len(texts)), len(texts))

    whole = cluster_texts(op, pl.Series(texts, dtype=pl.String), rank)
    mixed = pl.Series([texts[i] for i in order], dtype=pl.String)
    again = cluster_texts(op, mixed, rank[order], block_rows=rows)

    kept = [texts[k] for k in whole.keeper]
    assert [mixed[int(k)] for k in again.keeper] == [kept[i] for i in order]
    assert again.size.tolist() == whole.size[order].tolist()
    assert again.similarity.tolist() == whole.similarity[order].tolist()


@settings(deadline=None, max_examples=60)
@given(st.lists(words, max_size=30), st.booleans())
def test_a_second_run_finds_nothing_more(texts: list[str], chain: bool) -> None:
    op = MinHash(threshold=0.5, shingles="words", ngram=2, chain=chain)
    series = pl.Series(texts, dtype=pl.String)

    first = cluster_texts(op, series)
    kept = series.gather(np.flatnonzero(first.keeper == np.arange(len(texts))))

    assert (cluster_texts(op, kept).size == 1).all()


def test_without_chains_every_dropped_row_is_like_its_keeper() -> None:
    # neighbours share 8 of 10 shingles, rows further apart fewer
    line = [f"w{i}" for i in range(60)]
    texts = pl.Series([" ".join(line[i : i + 18]) for i in range(0, 40, 2)])
    op = MinHash(threshold=0.75, shingles="words", ngram=1)

    chained, apart = (cluster_texts(op.model_copy(update={"chain": chain}), texts) for chain in (True, False))

    assert set(chained.keeper.tolist()) == {0}
    assert chained.similarity.min() == 0.0
    assert apart.similarity.min() >= 0.75
    assert apart.keeper.tolist() == [i - i % 2 for i in range(20)]


def test_the_smallest_rank_survives_and_ties_go_by_content() -> None:
    texts = pl.Series(["a b c d e f", "a b c d e f!", "A b c d e f", "a b c d e f"])
    op = MinHash(shingles="words", ngram=2)

    assert cluster_texts(op, texts, np.array([3, 2, 1, 0])).keeper.tolist() == [3, 3, 3, 3]
    one = cluster_texts(op, texts, np.zeros(4, np.int64)).keeper
    other = cluster_texts(op, texts.reverse(), np.zeros(4, np.int64)).keeper
    assert {texts[int(k)] for k in one} == {texts.reverse()[int(k)] for k in other}


def test_a_million_identical_rows_are_one_comparison_less_than_any() -> None:
    rows = 1_000_000
    found = cluster_texts(Exact(), pl.repeat("same", rows, dtype=pl.String, eager=True), block_rows=50_000)

    assert not found.keeper.any()
    assert found.size.tolist() == [rows] * rows
    near = cluster_texts(MinHash(shingles="words", ngram=2), pl.repeat("same text", 100_000, dtype=pl.String, eager=True))
    assert near.notes["compared"] == 0


@dataclass(frozen=True)
class OneBucket:
    """Made-up sets of one size, all in one bucket."""

    hashes: np.ndarray
    of_content: np.ndarray
    counts: list[int]
    bands: int = 1

    def _span(self, block: int) -> slice:
        return slice(sum(self.counts[:block]), sum(self.counts[: block + 1]))

    def content(self, block: int) -> np.ndarray:
        return self.of_content[self._span(block)]

    def check(self, block: int) -> None:
        return None

    def rank(self, block: int) -> None:
        return None

    def keys(self, block: int, band: int) -> np.ndarray:
        return np.zeros(self.counts[block], np.uint64)

    def postings(self, block: int) -> None:
        return None

    def sets(self, block: int, local: np.ndarray) -> Sets:
        size = self.hashes.shape[1]
        return Sets(np.arange(len(local) + 1) * size, self.hashes[self._span(block)][local].ravel())

    def only(self, block: int) -> OneBucket:
        return OneBucket(self.hashes[self._span(block)], self.content(block), [self.counts[block]])


def clustered(content: np.ndarray, hashes: np.ndarray, counts: list[int]) -> Found:
    with tempfile.TemporaryDirectory() as folder, Pool(1) as pool:
        return cluster(OneBucket(hashes, content, counts), Rule(0.8), Path(folder), pool).all()


def strangers(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.integers(0, 2**64, (rows, 2), dtype=np.uint64), rng.integers(0, 2**64, (rows, 16), dtype=np.uint64)


def test_a_giant_bucket_costs_its_length_not_its_square() -> None:
    rows = 200_000
    content, members = strangers(rows)
    members[150_000:, :] = members[:50_000, :]  # every fourth row has a twin somewhere
    members.sort(axis=1)

    found = clustered(content, members, [1000] * 200)

    assert found.notes["large_buckets"] == 1
    assert found.notes["compared"] < 20 * rows


def test_a_large_bucket_of_few_kinds_is_resolved() -> None:
    rows, kinds = 40 * CAP, CAP - 1
    content, members = strangers(rows)

    found = clustered(content, np.sort(members[np.arange(rows) % kinds], axis=1), [rows])

    assert found.keeper.tolist() == [i % kinds for i in range(rows)]


def test_a_second_run_finds_nothing_more_in_a_large_bucket() -> None:
    rows = 6000
    rng = np.random.default_rng(8)
    kinds = rng.integers(0, 2**64, (900, 32), dtype=np.uint64)
    members = kinds[rng.integers(0, 900, rows)]
    members[np.arange(rows), rng.integers(0, 32, rows)] = rng.integers(0, 2**64, rows, dtype=np.uint64)
    members.sort(axis=1)
    content = strangers(rows)[0]

    def kept_of(rows: np.ndarray) -> np.ndarray:
        found = clustered(content[rows], members[rows], [len(rows)])
        return rows[found.keeper == np.arange(len(rows))]

    once = kept_of(np.arange(rows))

    assert len(once) < 1000  # of 900 kinds; one pass by one hash leaves about 1,250
    assert kept_of(once).tolist() == once.tolist()


def test_a_giant_document_is_one_row_like_any_other() -> None:
    rng = random.Random(1)
    giant = " ".join(str(rng.randrange(10**6)) for _ in range(1_000_000))
    found = cluster_texts(MinHash(), pl.Series([giant, "", "x", giant + " end", "", "aa " * 1_000_000]))

    assert found.keeper.tolist() == [0, 1, 2, 0, 1, 5]
    assert 0.99 < found.similarity[3] < 1
