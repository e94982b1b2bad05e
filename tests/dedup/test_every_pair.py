"""`recall = 1` against all pairs compared in plain Python: no pair is missed of which one text is short, none is made up."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep import api
from dprep.base.dedup import Sets
from dprep.engine.cluster import cluster_texts
from dprep.kernels.short_sets import SMALL, short_postings
from dprep.ops.dedup.minhash import MinHash

THRESHOLDS = [0.3, 0.5, 0.7, 0.8, 0.9, 1.0]


def alike(a: frozenset, b: frozenset, least: float) -> bool:
    return bool(a | b) and Fraction(len(a & b), len(a | b)) >= Fraction(str(least))


def as_sets(members: list[frozenset[int]]) -> Sets:
    """Members are hashes already; what matters is that they are sorted and distinct."""
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in members])]).astype(np.int64)
    return Sets(offsets, np.array([x for each in members for x in sorted(each)], np.uint64))


def pairs_that_share_a_key(members: list[frozenset[int]], least: float) -> set[tuple[int, int]]:
    postings = short_postings(as_sets(members), least)
    holders: dict[int, list[int]] = {}
    for key, row in zip(postings.keys.tolist(), postings.rows.tolist(), strict=True):
        holders.setdefault(key, []).append(row)
    return {pair for rows in holders.values() for pair in itertools.combinations(sorted(set(rows)), 2)}


def missed(members: list[frozenset[int]], least: float) -> list[tuple[int, int]]:
    met = pairs_that_share_a_key(members, least)
    return [
        (i, j)
        for i, j in itertools.combinations(range(len(members)), 2)
        if alike(members[i], members[j], least) and min(len(members[i]), len(members[j])) <= SMALL and (i, j) not in met
    ]


@st.composite
def families(draw: st.DrawFn) -> list[frozenset[int]]:
    """Sets, and copies of them that lack some members or have others."""
    rng = draw(st.randoms(use_true_random=False))
    pool = [rng.getrandbits(64) for _ in range(draw(st.sampled_from([12, 40, 400])))]
    found = []
    for size in draw(st.lists(st.integers(1, 90), min_size=1, max_size=8)):
        base = rng.sample(pool, min(size, len(pool)))
        for _ in range(5):
            kept = [x for x in base if rng.random() > rng.choice([0, 0.05, 0.2, 0.4])]
            more = rng.sample(pool, min(len(pool), rng.choice([0, 1, 3, 1 + size // 3])))
            found.append(frozenset(kept + more))
    return found


@settings(max_examples=60)
@given(families(), st.sampled_from(THRESHOLDS))
def test_two_sets_of_which_one_is_small_share_a_key(members: list[frozenset[int]], least: float) -> None:
    assert missed(members, least) == []


@pytest.mark.parametrize("least", [*THRESHOLDS, 0.1, 0.49, 2 / 3, 0.75, 0.85, 0.95])
def test_pairs_on_the_threshold_share_a_key_at_every_size(least: float) -> None:
    exact = Fraction(str(least))
    rng = random.Random(7)
    members: list[frozenset[int]] = []
    for shared, whole in itertools.product(range(1, 25), range(1, 100)):
        if Fraction(shared, whole) >= exact > Fraction(shared, whole + 1):  # one member more and they were no twins
            numbers = [rng.getrandbits(64) for _ in range(whole)]
            for more in {0, 1, (whole - shared) // 2, whole - shared} & set(range(whole - shared + 1)):
                members += [frozenset(numbers[: shared + more]), frozenset(numbers[:shared] + numbers[shared + more :])]
    pairs = [(i, i + 1) for i in range(0, len(members), 2)]
    small = [(i, j) for i, j in pairs if min(len(members[i]), len(members[j])) <= SMALL]
    assert len(small) > 10
    assert all(alike(members[i], members[j], least) for i, j in small)

    met = pairs_that_share_a_key(members, least)

    assert [pair for pair in small if pair not in met] == []


def shingles(text: str, length: int, characters: bool) -> frozenset:
    tokens = list(text) if characters else text.split()
    size = min(length, len(tokens))
    return frozenset(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)) if tokens else frozenset()


def changed(rng: random.Random, tokens: list[str], names: list[str]) -> list[str]:
    """Some tokens replaced, gone or added."""
    found = [rng.choice(names) if rng.random() < 0.04 else token for token in tokens if rng.random() > 0.03]
    return found + rng.sample(names, rng.choice([0, 0, 1, 2]))


def made_texts(rng: random.Random, longest: int, characters: bool) -> list[str]:
    names = [chr(0x4E00 + 31 * n) for n in range(300)] if characters else [f"w{n}" for n in range(300)]
    blank = "" if characters else " "
    texts = []
    for _ in range(60):
        base = rng.choices(names[: rng.choice([20, 300])], k=rng.randint(1, longest))
        texts += [blank.join(base), *(blank.join(changed(rng, base, names)) for _ in range(3))]
    rng.shuffle(texts)
    return texts


def components(pairs: list[tuple[int, int]], rows: int) -> list[int]:
    label = list(range(rows))
    for a, b in pairs:
        old, new = max(label[a], label[b]), min(label[a], label[b])
        label = [new if x == old else x for x in label]
    return label


@pytest.mark.parametrize("least", THRESHOLDS)
@pytest.mark.parametrize("characters", [False, True], ids=["words", "chinese"])
@pytest.mark.parametrize(("longest", "length"), [(12, 1), (24, 2), (80, 2)])
def test_clusters_are_those_of_all_pairs(least: float, characters: bool, longest: int, length: int) -> None:
    texts = made_texts(random.Random(f"{least} {characters} {longest}"), longest, characters)
    sets = [shingles(text, length, characters) for text in texts]
    pairs = [
        (i, j)
        for i, j in itertools.combinations(range(len(texts)), 2)
        if texts[i] == texts[j] or alike(sets[i], sets[j], least)
    ]
    kind = "characters" if characters else "words"

    op = MinHash(threshold=least, shingles=kind, ngram=length, recall=1)
    found = cluster_texts(op, pl.Series(texts), block_rows=64)

    assert len(pairs) > 5
    assert found.keeper.tolist() == components(pairs, len(texts))


@pytest.mark.parametrize("least", [0.5, 0.8])
def test_without_chains_no_two_rows_that_stay_are_twins(least: float) -> None:
    texts = made_texts(random.Random(3), 20, characters=False)
    sets = [shingles(text, 1, characters=False) for text in texts]

    op = MinHash(threshold=least, shingles="words", ngram=1, recall=1, chain=False)
    keeper = cluster_texts(op, pl.Series(texts), block_rows=50).keeper.tolist()

    stay = [row for row, kept in enumerate(keeper) if row == kept]
    assert not any(alike(sets[i], sets[j], least) for i, j in itertools.combinations(stay, 2))
    assert all(alike(sets[row], sets[kept], least) for row, kept in enumerate(keeper))
    assert len(stay) < len(texts)


def test_a_common_pair_of_words_hides_no_twin() -> None:
    texts = [f"my card {n} is lost" for n in range(3000)] + ["my card 17 is lost again", "my card 2999 is gone and lost"]
    sets = [shingles(text, 1, characters=False) for text in texts]

    op = MinHash(threshold=0.8, shingles="words", ngram=1, recall=1, chain=False)
    keeper = cluster_texts(op, pl.Series(texts)).keeper.tolist()

    assert keeper[:3000] == list(range(3000))
    assert keeper[3000] == 17  # 5 of 6 words
    assert keeper[3001] == 3001
    assert not alike(sets[3001], sets[2999], 0.8)


@pytest.mark.parametrize("least", [0.5, 0.8])
def test_a_split_parts_no_twins(least: float, tmp_path: Path) -> None:
    texts = made_texts(random.Random(21), 12, characters=False)
    sets = {text: shingles(text, 1, characters=False) for text in texts}
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    (tmp_path / "recipe.toml").write_text(
        '[dataset]\nname = "mine"\ntask = "text"\n[[source]]\npath = "rows.jsonl"\n[[step]]\nop = "split.stratified"\n'
        'ratios = { train = 1, test = 1 }\nunit = ["twins"]\n'
        f'twins = {{ threshold = {least}, shingles = "words", ngram = 1 }}\n'
    )
    ran = api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)

    assert [step["op"] for step in ran.manifest["steps"]] == ["dedup.twins", "split.stratified", "dedup.leaks"]
    parts = api.open("mine", store=tmp_path / "store").scan().select("text", "part").collect()
    train, test = (parts.filter(part=part).get_column("text").to_list() for part in ("train", "test"))
    assert min(len(train), len(test)) > 60
    assert not [(a, b) for a in train for b in test if a == b or alike(sets[a], sets[b], least)]
