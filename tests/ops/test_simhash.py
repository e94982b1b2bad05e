"""dedup.simhash against fingerprints made in plain Python from the papers, all pairs compared one by one."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from functools import cache

import numpy as np
import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.engine.cluster import cluster_texts
from dprep.kernels.shingles import shingle_sets
from dprep.kernels.simhash import block_keys, masks
from dprep.ops.dedup.simhash import SimHash

ENGLISH_TEXT = "the quick brown fox jumps over a lazy dog near old river bank while seven small birds sing songs about spring"
ENGLISH = ENGLISH_TEXT.split()
CHINESE = list("请问我的订单什么时候可以发货因为急着用谢谢你们今天天气很好适合出门散步")


@cache
def hash_of(word: str) -> int:
    """A shingle of one word has the hash of a text that is this word alone."""
    return int(shingle_sets(Text(pl.Series([word])).buffers, False, 1).hashes[0])


def charikar(words: list[str]) -> int:
    """Charikar 2002, with Manku's weights: every word adds its count where its hash has a one, and takes it away elsewhere."""
    weights = [0] * 64
    for word, count in Counter(words).items():
        for bit in range(64):
            weights[bit] += count if hash_of(word) >> bit & 1 else -count
    return sum(1 << bit for bit, weight in enumerate(weights) if weight > 0)


def words_op(**settings: object) -> SimHash:
    return SimHash.model_validate({"shingles": "words", "ngram": 1, **settings})


def prints(op: SimHash, texts: list[str]) -> list[int]:
    return [int(each) for each in op.sets(Text(pl.Series(texts, dtype=pl.String))).hashes]


def made(vocabulary: list[str], between: str, count: int, seed: int) -> list[tuple[list[str], str]]:
    """Texts in families: each a few edits away from an earlier one."""
    luck = random.Random(seed)
    rows: list[list[str]] = []
    for _ in range(count):
        if rows and luck.random() < 0.6:
            row = list(luck.choice(rows))
            for _ in range(luck.randint(1, 3)):
                row[luck.randrange(len(row))] = luck.choice(vocabulary)
        else:
            row = luck.choices(vocabulary, k=luck.randint(5, 60))
        rows.append(row)
    return [(row, between.join(row)) for row in rows]


def clusters_by_hand(fingerprints: list[int], texts: list[str], distance: int) -> list[frozenset[int]]:
    cluster = {row: {row} for row in range(len(texts))}
    for i, j in itertools.combinations(range(len(texts)), 2):
        if texts[i] == texts[j] or (fingerprints[i] ^ fingerprints[j]).bit_count() <= distance:
            both = cluster[i] | cluster[j]
            for row in both:
                cluster[row] = both
    return sorted({frozenset(each) for each in cluster.values()}, key=min)


@pytest.mark.parametrize(("vocabulary", "between"), [(ENGLISH, " "), (CHINESE, "")])
def test_a_fingerprint_is_that_of_the_paper(vocabulary: list[str], between: str) -> None:
    long = vocabulary * 20  # more than 255 votes a bit
    rows = [*made(vocabulary, between, 40, 3), (long, between.join(long))]
    assert prints(words_op(), [text for _, text in rows]) == [charikar(words) for words, _ in rows]


@pytest.mark.parametrize("distance", [0, 3, 8])
@pytest.mark.parametrize(("vocabulary", "between"), [(ENGLISH, " "), (CHINESE, "")])
def test_clusters_are_those_of_all_pairs_compared(vocabulary: list[str], between: str, distance: int) -> None:
    rows = made(vocabulary, between, 300, distance)
    texts = [text for _, text in rows]
    found = cluster_texts(words_op(distance=distance), pl.Series(texts), block_rows=70)
    ours = {frozenset(np.flatnonzero(found.keeper == keeper).tolist()) for keeper in found.keeper}
    by_hand = clusters_by_hand([charikar(words) for words, _ in rows], texts, distance)
    assert ours == set(by_hand)
    assert any(len(each) > 1 for each in by_hand)
    assert any(len(each) == 1 for each in by_hand)


def test_without_chains_every_row_that_goes_is_within_the_distance_of_the_one_that_stays() -> None:
    rows = made(ENGLISH, " ", 300, 5)
    fingerprints = [charikar(words) for words, _ in rows]
    found = cluster_texts(words_op(distance=8, chain=False), pl.Series([text for _, text in rows]))
    apart = [(fingerprints[row] ^ fingerprints[keeper]).bit_count() for row, keeper in enumerate(found.keeper.tolist())]
    assert max(apart) <= 8
    assert np.allclose(found.similarity, [1 - bits / 64 for bits in apart])


@pytest.mark.parametrize(("distance", "blocks"), [(0, 1), (1, 2), (3, 4), (3, 5), (3, 6), (4, 6), (7, 9), (8, 10), (12, 14)])
def test_any_two_fingerprints_within_the_distance_share_a_key(distance: int, blocks: int) -> None:
    luck = np.random.default_rng(distance * 100 + blocks)
    ours = luck.integers(0, 2**64, 2000, dtype=np.uint64)
    flips = [sum(1 << int(bit) for bit in luck.choice(64, luck.integers(0, distance + 1), replace=False)) for _ in ours]
    theirs = ours ^ np.array(flips, np.uint64)
    together = block_keys(ours, blocks, distance) == block_keys(theirs, blocks, distance)
    assert together.any(axis=1).all()
    assert together.shape[1] == math.comb(blocks, distance)


def test_keys_are_equal_only_where_their_bits_are() -> None:
    luck = np.random.default_rng(4)
    ours = luck.integers(0, 2**64, 500, dtype=np.uint64)
    theirs = ours ^ (np.uint64(1) << luck.integers(0, 64, 500, dtype=np.uint64))
    agree = ((ours ^ theirs)[:, None] & masks(6, 4)[None]) == 0
    assert ((block_keys(ours, 6, 4) == block_keys(theirs, 6, 4)) == agree).all()
    assert 0 < agree.mean() < 1


def test_the_threshold_is_met_by_just_that_many_bits() -> None:
    """60 words say the same; among variants some differ by just 3 bits, others by 4."""
    luck = random.Random(8)
    base = luck.choices(ENGLISH, k=60)
    apart: dict[int, str] = {}
    while not {3, 4} <= apart.keys():
        other = [luck.choice(ENGLISH) if luck.random() < 0.05 else word for word in base]
        apart[(charikar(base) ^ charikar(other)).bit_count()] = " ".join(other)
    found = cluster_texts(words_op(), pl.Series([" ".join(base), apart[3], apart[4]]))
    assert found.keeper[1] == 0
    assert found.similarity[1] == np.float32(1 - 3 / 64)
    assert (charikar(apart[3].split()) ^ charikar(apart[4].split())).bit_count() <= 3 or found.keeper[2] == 2


def test_bits_differ_as_often_as_the_angle_between_two_texts_says() -> None:
    luck = random.Random(2)
    vocabulary = [f"w{n}" for n in range(3000)]
    for share in (0.5, 0.8, 0.95):
        pairs = []
        for _ in range(300):
            words = luck.sample(vocabulary, 400)
            shared, rest = words[: round(200 * share)], words[round(200 * share) :]
            half = 200 - len(shared)
            pairs += [" ".join(shared + rest[:half]), " ".join(shared + rest[half : 2 * half])]
        found = prints(words_op(), pairs)
        mean = np.mean([(one ^ other).bit_count() for one, other in zip(found[::2], found[1::2], strict=True)])
        assert abs(mean - 64 * math.acos(share) / math.pi) < 0.7


def test_case_accents_width_and_punctuation_are_ignored() -> None:
    texts = ["Café au lait, deux euros", "CAFE AU LAIT DEUX EUROS!", "Ｃａｆｅ́ au lait — deux euros"]
    assert len(set(prints(words_op(), texts))) == 1


def test_texts_without_letters_are_twins_of_equal_texts_only() -> None:
    found = cluster_texts(words_op(distance=8), pl.Series(["!!!", "???", "!!!", "", " ", "", "😀"]))
    assert found.keeper.tolist() == [0, 1, 0, 3, 4, 3, 6]


def test_auto_is_settled_by_the_script_and_the_length_of_all_texts() -> None:
    def settled(texts: list[str]) -> tuple[object, object]:
        op = SimHash()
        notes = op.resolved(op.profile(Text(pl.Series(texts)))).settled()
        return notes["shingles"], notes["ngram"]

    assert settled([" ".join(ENGLISH * 3)] * 3) == ("words", 2)
    assert settled(["where is my card", "when does it come"]) == ("characters", 3)
    assert settled(["我的订单什么时候发货", "".join(CHINESE * 9)]) == ("characters", 2)


def test_a_flavour_sets_what_is_not_said() -> None:
    op = SimHash.model_validate({"flavour": "data-juicer-chinese", "ngram": 2})
    assert (op.shingles, op.ngram, op.distance, op.blocks) == ("characters", 2, 8, 10)
    keys = {
        flavour: SimHash.model_validate({"flavour": flavour}).settled()["keys"]
        for flavour in ("manku", "data-juicer", "data-juicer-short", "data-juicer-chinese")
    }
    assert keys == {"manku": 10, "data-juicer": 15, "data-juicer-short": 36, "data-juicer-chinese": 45}


@pytest.mark.parametrize("settings", [{"distance": 3, "blocks": 3}, {"distance": 8, "blocks": 20}])
def test_blocks_that_leave_no_key_or_too_many_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(Error, match="blocks"):
        SimHash.model_validate(settings)


def test_hostile_texts_have_a_fingerprint() -> None:
    texts = [
        "a" * 1_000_000,
        "中" * 300_000,
        "\x00\x00",
        "\u202e\u2066",
        "x" + "\u0301" * 100_000,
        "한국어 텍스트",
        "😀" * 1000,
        "z",
    ]
    assert len(prints(words_op(), texts)) == len(texts)
    assert prints(words_op(), ["x" + "\u0301" * 100_000]) == prints(words_op(), ["x"])
