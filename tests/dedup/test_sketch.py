"""The sketch estimates true Jaccard without bias, with less variance than permutations, and its bands meet as computed."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from datasketch import MinHash as DatasketchMinHash
from datasketch.lsh import _optimal_param

from dprep.base.dedup import Sets
from dprep.base.text import buffers
from dprep.kernels.shingles import shingle_sets
from dprep.kernels.similarity import METRICS, pair_similarities
from dprep.kernels.sketch import band_keys, bands_for, row_sketches, sketches


def pairs(count: int, shared: int, own: int, seed: int) -> Sets:
    """`count` pairs of sets (rows 2i, 2i + 1) with `shared` common members and `own` more each."""
    rng = np.random.default_rng(seed)
    members = rng.integers(0, 2**64, (count, shared + 2 * own), dtype=np.uint64)
    left, right = members[:, : shared + own], np.delete(members, np.s_[shared : shared + own], axis=1)
    both = np.sort(np.stack([left, right], axis=1).reshape(2 * count, -1), axis=1)
    return Sets(np.arange(2 * count + 1) * (shared + own), both.ravel())


def estimates(sets: Sets, size: int) -> np.ndarray:
    found = sketches(sets, size)
    return (found[::2] == found[1::2]).mean(axis=1)


@pytest.mark.parametrize(("shared", "own"), [(4, 1), (16, 2), (80, 60), (500, 500), (900, 50)])
def test_the_sketch_is_unbiased(shared: int, own: int) -> None:
    count = 3000
    true = shared / (shared + 2 * own)

    found = estimates(pairs(count, shared, own, seed=shared), 128)

    # five standard errors of independent hashes, which bound those of the sketch from above
    assert abs(found.mean() - true) < 5 * np.sqrt(true * (1 - true) / 128 / count)


@pytest.mark.parametrize(("shared", "own"), [(16, 2), (80, 10)])
def test_the_sketch_varies_less_than_permutations(shared: int, own: int) -> None:
    sets, size, count = pairs(400, shared, own, seed=1), 128, 400
    theirs = []
    for pair in range(count):
        a, b = (DatasketchMinHash(num_perm=size, hashfunc=lambda x: x) for _ in range(2))
        for sketch, row in ((a, 2 * pair), (b, 2 * pair + 1)):
            members = sets.hashes[sets.offsets[row] : sets.offsets[row + 1]]
            sketch.update_batch([int(m) & 0xFFFFFFFF for m in members])
        theirs.append(a.jaccard(b))
    ours = estimates(sets, size)

    assert abs(ours.mean() - np.mean(theirs)) < 0.01
    assert ours.std() < np.std(theirs)


def test_true_jaccard_is_measured() -> None:
    sets = Sets(np.array([0, 4, 7, 7]), np.array([1, 2, 3, 2**63 + 5, 2, 3, 9], dtype=np.uint64))
    out = np.empty(4, np.float32)

    pair_similarities(METRICS["jaccard"], sets.offsets, sets.hashes, np.array([0, 1, 0, 2]), np.array([1, 0, 2, 2]), out)

    assert out.tolist() == pytest.approx([2 / 5, 2 / 5, 0.0, 1.0])


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0])
@pytest.mark.parametrize("size", [64, 256])
def test_bands_find_ninety_nine_of_a_hundred_pairs_at_the_threshold(threshold: float, size: int) -> None:
    bands, width = bands_for(threshold, size)
    their_bands, their_width = _optimal_param(threshold, size, 0.5, 0.5)

    def recall(bands: int, width: int) -> float:
        return 1 - (1 - threshold**width) ** bands

    assert bands * width <= size
    assert recall(bands, width) >= 0.99
    assert recall(bands, width) >= recall(their_bands, their_width) - 0.01


@pytest.mark.parametrize("own", [5, 12, 25, 50])
def test_bands_meet_as_often_as_the_curve_says(own: int) -> None:
    bands, width = bands_for(0.8, 256)
    found = sketches(pairs(1500, 100, own, seed=own), bands * width)
    s = 100 / (100 + 2 * own)

    same = (found[::2] == found[1::2]).reshape(1500, bands, width).all(axis=2).any(axis=1).mean()

    assert same == pytest.approx(1 - (1 - s**width) ** bands, abs=0.05)


@pytest.mark.parametrize("different", [1, 2, 40, 5000])
def test_repeats_without_end_change_no_sketch_and_no_key(different: int) -> None:
    words = [f"w{number}" for number in range(different)]
    few, many = pl.Series([" ".join(words)]), pl.Series([" ".join(words * (400_000 // different))])
    kind = {"characters": False, "length": 1, "content": np.zeros((1, 2), np.uint64)}

    sketched = [row_sketches(buffers(text), size=256, **kind).hashes for text in (few, many)]
    keyed = [band_keys(buffers(text), bands=16, width=8, **kind) for text in (few, many)]

    assert (sketched[0] == sketched[1]).all()
    assert (keyed[0] == keyed[1]).all()
    assert (sketched[0] == sketches(shingle_sets(buffers(few), False, 1), 256)[0]).all()
