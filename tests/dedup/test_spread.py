"""What is done in parts, through files, is what is done at once: cut so small that every row set takes many parts."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dprep.engine import compare, spread
from dprep.engine.cluster import cluster_texts
from dprep.engine.identity import repeats
from dprep.engine.spread import Kept, Spread, equal_pairs
from dprep.ops.dedup.exact import Exact
from dprep.ops.dedup.minhash import MinHash


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "_PART_ROWS", 2)
    monkeypatch.setattr(compare, "_WHOLE", 0)
    monkeypatch.setattr(compare, "_SETS_AT_ONCE", 200)
    monkeypatch.setattr(compare, "_BUCKETS_AT_ONCE", 3)


def test_parts_come_in_order_and_hold_every_record_once(small_parts: None, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    records = rng.integers(0, 2**64, (500, 3), dtype=np.uint64)

    with Spread(500, tmp_path) as parts:
        for first in range(0, 500, 70):
            parts.add(records[first : first + 70])
        found = list(parts.parts())

    assert len(found) > 30
    bounds = [(int(part[:, 0].min()), int(part[:, 0].max())) for part in found]
    assert all(last < first for (_, last), (first, _) in pairwise(bounds))
    assert sorted(map(tuple, np.concatenate(found).tolist())) == sorted(map(tuple, records.tolist()))
    assert not list(tmp_path.iterdir())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=40))
def test_equal_pairs_are_told_from_pairs_that_share_a_half(pairs: list[tuple[int, int]]) -> None:
    order, starts = equal_pairs(np.array(pairs, np.uint64).reshape(-1, 2))

    groups = [order[a:b].tolist() for a, b in pairwise(starts)]

    assert [[pairs[i] for i in group] for group in groups] == [[p] * n for p, n in sorted(Counter(pairs).items())]
    assert all(group == sorted(group) for group in groups)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=60), st.integers(1, 9))
def test_repeats_are_counted_as_a_dictionary_counts(
    small_parts: None, tmp_path: Path, pairs: list[tuple[int, int]], block: int
) -> None:
    ids = (np.array(pairs, np.uint64).reshape(-1, 2) << np.uint64(61)) + np.uint64(1)
    seen: Counter[tuple[int, int]] = Counter()
    expected = []
    for place, pair in enumerate(pairs):
        if seen[pair]:
            expected.append((place, seen[pair]))
        seen[pair] += 1

    found = repeats([ids[first : first + block] for first in range(0, len(ids), block)], len(ids), tmp_path)

    assert list(zip(found.places.tolist(), found.occurrence.tolist(), strict=True)) == expected


def twins() -> pl.Series:
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice([f"w{i}" for i in range(300)], 30)) for _ in range(150)]
    for number in range(0, 150, 3):
        words = texts[int(rng.integers(0, 150))].split()
        words[int(rng.integers(0, 30))] = "other"
        texts.append(" ".join(words))
        texts.append(texts[number])
    return pl.Series([texts[i] for i in rng.permutation(len(texts))])


@pytest.mark.parametrize("ranked", [False, True])
@pytest.mark.parametrize("chain", [True, False])
def test_clusters_are_the_same_in_parts_as_at_once(monkeypatch: pytest.MonkeyPatch, ranked: bool, chain: bool) -> None:
    texts = twins()
    rank = np.random.default_rng(2).integers(0, 5, len(texts)) if ranked else None
    op = MinHash(threshold=0.6, shingles="words", ngram=1, chain=chain)
    whole = cluster_texts(op, texts, rank)
    equal = cluster_texts(Exact(), texts, rank)

    monkeypatch.setattr(spread, "_PART_ROWS", 2)
    monkeypatch.setattr(compare, "_WHOLE", 0)
    monkeypatch.setattr(compare, "_SETS_AT_ONCE", 200)
    monkeypatch.setattr(compare, "_BUCKETS_AT_ONCE", 3)
    parts = cluster_texts(op, texts, rank, block_rows=7)

    assert whole.notes["joined"] > 20
    assert parts.notes == whole.notes
    for one, other in ((whole, parts), (equal, cluster_texts(Exact(), texts, rank, block_rows=7))):
        assert one.keeper.tolist() == other.keeper.tolist()
        assert one.size.tolist() == other.size.tolist()
        assert one.similarity.tolist() == other.similarity.tolist()


@pytest.mark.parametrize("chain", [True, False])
def test_a_giant_bucket_is_followed_through_in_pieces_as_at_once(monkeypatch: pytest.MonkeyPatch, chain: bool) -> None:
    rng = np.random.default_rng(6)
    kinds = [[f"k{kind}w{i}" for i in range(18)] for kind in range(150)]
    texts = []
    for number in range(2000):  # form letters: 12 words of the form, 18 of one of 150 kinds, 3 of their own
        words = [f"form{i}" for i in range(12)] + kinds[int(rng.integers(150))] + [f"own{number}x{i}" for i in range(3)]
        texts.append(" ".join(words))
    op = MinHash(threshold=0.8, shingles="words", ngram=1, sketch=16, recall=0.9, chain=chain)
    whole = cluster_texts(op, pl.Series(texts))

    monkeypatch.setattr(compare, "_WHOLE", 0)
    monkeypatch.setattr(compare, "_SETS_AT_ONCE", 30_000)
    monkeypatch.setattr(compare, "_GIANT", 40_000)
    monkeypatch.setattr(compare, "_MEMBERS_AT_ONCE", 100)
    pieces = cluster_texts(op, pl.Series(texts))

    assert whole.notes["large_buckets"] > 1
    assert pieces.notes["large_buckets"] == whole.notes["large_buckets"]
    assert pieces.similarity.min() >= 0.8 or chain
    kept, again = (set(np.flatnonzero(found.keeper == np.arange(2000)).tolist()) for found in (whole, pieces))
    assert len(kept & again) > 0.9 * len(kept | again)
    assert len(again) < 400


def test_pages_given_back_keep_what_was_written(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept.bin", np.uint32, 5000)
    kept.array[::7] = 3
    kept.give_back()

    assert kept.array.sum() == 3 * len(range(0, 5000, 7))
    assert (Kept(tmp_path / "kept.bin", np.uint32).array == kept.array).all()
