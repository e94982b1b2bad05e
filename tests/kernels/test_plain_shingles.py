"""Plain shingles against Python's own `re` and `unicodedata`: two texts share a hash exactly if they share a shingle."""

from __future__ import annotations

import random
import re
import statistics
import unicodedata

import numpy as np
import polars as pl
import pytest

from dprep.base.text import buffers
from dprep.kernels.plain_shingles import Shape, plain_profile, plain_sets, shape_of, shapes_near

ANY = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
ODD = "ab _.é e\u0301\u0300\u0327Σσςſ中文，ａﬁ½İıßẞKÅ한\u1112\u1161\u11ab\u0e33\u09c7\u09be\u3099カ㍿①𝚺𠀀\U0002f800\U000e0100"


def texts() -> list[str]:
    rng = random.Random(1)
    pools = (ODD, ODD, ANY[:0x3000], ANY)
    made = ["".join(rng.choice(pool) for _ in range(rng.randint(0, 12))) for _ in range(5000) for pool in pools]
    return [*made, *ANY[0x80:0x2100], "", " ", "a" * 1_000_000, "中" * 300_000]


def truth(text: str, kind: str, length: int) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())
    units = words if kind == "words" else list("".join(words))
    return frozenset(tuple(units[i : i + length]) for i in range(max(1, len(units) - length + 1)))


@pytest.mark.parametrize(("kind", "length"), [("words", 1), ("words", 3), ("characters", 2)])
def test_hashes_stand_for_shingles_one_to_one(kind: str, length: int) -> None:
    given = texts()

    sets = plain_sets(buffers(pl.Series(given)), kind == "characters", length)

    shingle_of: dict[frozenset[int], frozenset[tuple[str, ...]]] = {}
    hash_of: dict[frozenset[tuple[str, ...]], frozenset[int]] = {}
    for place, text in enumerate(given):
        own = frozenset(sets.hashes[sets.offsets[place] : sets.offsets[place + 1]].tolist())
        expected = truth(text, kind, length)
        assert len(own) == len(expected), repr(text[:50])
        assert shingle_of.setdefault(own, expected) == expected
        assert hash_of.setdefault(expected, own) == own


def test_profiles_count_letters_and_words_and_add_up() -> None:
    given = texts()

    whole = plain_profile(buffers(pl.Series(given)))

    cjk = sum("\u3400" <= c <= "\u9fff" or "\u3040" <= c <= "\u30ff" for text in given for c in text)
    words = [len(re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())) for text in given]
    assert whole[:2].tolist() == [sum(c.isalpha() for text in given for c in text), cjk]
    assert whole[2:].tolist() == np.bincount(np.minimum(words, 1023), minlength=1024).tolist()
    halves = [plain_profile(buffers(pl.Series(half))) for half in (given[:7000], given[7000:])]
    assert np.array_equal(halves[0] + halves[1], whole)


@pytest.mark.parametrize(
    ("lengths", "chinese", "shape", "near"),
    [
        ([19, 19, 19], 0.0, Shape(False, 1), {Shape(False, 1), Shape(False, 3)}),
        ([19, 20], 0.0, Shape(False, 1), {Shape(False, 1), Shape(False, 3)}),  # 19.5
        ([19, 21], 0.0, Shape(False, 3), {Shape(False, 1), Shape(False, 3)}),
        ([0, 0, 15], 0.0, Shape(False, 1), {Shape(False, 1)}),
        ([40], 0.05, Shape(False, 3), {Shape(False, 3)}),
        ([40], 0.3, Shape(False, 3), {Shape(False, 3), Shape(True, 2)}),
        ([40], 0.31, Shape(True, 2), {Shape(False, 3), Shape(True, 2)}),
        ([2], 0.9, Shape(True, 2), {Shape(True, 2)}),
    ],
)
def test_what_is_compared_follows_the_texts(lengths: list[int], chinese: float, shape: Shape, near: set[Shape]) -> None:
    profile = np.concatenate([[100, round(100 * chinese)], np.bincount(lengths, minlength=1024)])

    assert shape_of(profile) == shape
    assert set(shapes_near(profile)) == near
    assert (statistics.median(lengths) < 20) == (not shape.characters and shape.ngram == 1) or chinese > 0.3


def test_what_is_asked_is_taken() -> None:
    profile = np.concatenate([[100, 0], np.bincount([19], minlength=1024)])

    assert shapes_near(profile, "characters") == (Shape(True, 5),)
    assert shapes_near(profile, "words", 2) == (Shape(False, 2),)
