"""Topics: weights as scikit-learn has them, groups that are there found again, the same bytes each time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score

from dprep.base.files import content_hash
from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.fit.topics import Topics, learn
from dprep.kernels.topics import Vectors, nearest
from dprep.models import topics as models

SUBJECTS = {
    "post": ["parcel", "courier", "door", "neighbour", "address", "street", "letter", "stamp"],
    "money": ["invoice", "amount", "tax", "bank", "refund", "price", "euro", "transfer"],
    "wear": ["jacket", "sleeve", "colour", "zip", "wool", "button", "size", "collar"],
    "网络": ["路由器", "断网了", "无线网", "网速慢", "重启后", "信号差"],
}


class Held:
    """Rows in hand, in blocks."""

    def __init__(self, texts: list[str], vectors: Any = None, blocks: int = 3) -> None:
        self.rows = pl.DataFrame({"__text": texts})
        if vectors is not None:
            self.rows = self.rows.with_columns(vector=pl.Series(vectors))
        self.size = max(1, -(-len(texts) // blocks))

    def __len__(self) -> int:
        return len(self.rows)

    def frames(self) -> Iterator[pl.DataFrame]:
        return self.rows.iter_slices(self.size)

    def texts(self) -> Iterator[pl.Series]:
        return (rows.get_column("__text") for rows in self.frames())


def made(seed: int = 1, count: int = 240) -> tuple[list[str], list[int]]:
    """Texts about the subjects, each with a common word, and which subject each is about."""
    drawn = random.Random(seed)
    texts, subjects = [], []
    for _ in range(count):
        number = drawn.randrange(len(SUBJECTS))
        words = drawn.choices(list(SUBJECTS.values())[number], k=drawn.randint(4, 9))
        texts.append(("，" if number == 3 else " ").join(["hello", *words]))
        subjects.append(number)
    return texts, subjects


def fit(folder: Path, rows: Held, **asked: Any) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    return learn(rows, Topics(name="t", **{"from": "x", "min_texts": 1, **asked}), folder)


def test_weights_are_those_of_tf_idf(tmp_path: Path) -> None:
    texts = [text for text in made()[0] if text.isascii()] + ["Parcel parcel PARCEL tax"]
    fit(tmp_path / "t", Held(texts), topics=2, max_share=1.0)
    model = models.topics(str(tmp_path / "t"))
    found = models.weighed(models.terms_of(pl.Series(texts)), model.vocabulary, model.idf)

    judge = TfidfVectorizer(sublinear_tf=True, smooth_idf=False, token_pattern=r"\w+")
    wanted = judge.fit_transform(texts)
    for row in range(len(texts)):
        mine = sorted(found.values[found.offsets[row] : found.offsets[row + 1]])
        np.testing.assert_allclose(mine, sorted(wanted[row].data), atol=1e-5)


def test_groups_that_are_there_are_found(tmp_path: Path) -> None:
    texts, subjects = made()
    fit(tmp_path / "t", Held(texts), topics=4, tries=5)

    topic = models.topics(str(tmp_path / "t")).of_texts(Text(pl.Series(texts))).topic.to_list()

    assert adjusted_rand_score(subjects, topic) == 1.0
    assert [topic.count(n) for n in range(4)] == sorted((topic.count(n) for n in range(4)), reverse=True)


def test_terms_set_a_topic_apart(tmp_path: Path) -> None:
    fit(tmp_path / "t", Held(made()[0]), topics=4, tries=5, max_share=1.0, top_terms=5)

    about = json.loads((tmp_path / "t" / "topics.json").read_bytes())
    words = {name: {*own, *(word[i : i + 2] for word in own for i in range(2))} for name, own in SUBJECTS.items()}
    named = [[name for name, own in words.items() if set(topic["terms"]) <= own] for topic in about["topics"]]
    assert sorted(named) == sorted([name] for name in SUBJECTS)
    assert sum(topic["size"] for topic in about["topics"]) == 240


def test_vectors_are_grouped_about_as_well_as_scikit_learn_does(tmp_path: Path) -> None:
    drawn = np.random.default_rng(7)
    vectors = drawn.normal(size=(300, 12)) + 1.5 * np.repeat(drawn.normal(size=(6, 12)), 50, axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    details = fit(tmp_path / "t", Held(["a text"] * 300, vectors.tolist()), topics=6, vectors="vector", tries=5)

    judge = KMeans(6, n_init=5, random_state=0).fit(vectors)
    centres = judge.cluster_centers_ / np.linalg.norm(judge.cluster_centers_, axis=1, keepdims=True)
    theirs = 1 - (vectors * centres[judge.labels_]).sum(axis=1).mean()
    assert details["mean_distance"] <= theirs * 1.02
    found = models.topics(str(tmp_path / "t")).of_vectors(pl.Series("vector", vectors.tolist()))
    assert found.topic.n_unique() == 6
    assert abs(found.distance.mean() - details["mean_distance"]) < 1e-4


def test_the_same_rows_and_seed_give_the_same_bytes_in_any_blocks(tmp_path: Path) -> None:
    texts, _ = made()
    for name, blocks, seed in (("a", 1, 5), ("b", 7, 5), ("c", 1, 6)):
        fit(tmp_path / name, Held(texts, blocks=blocks), topics=7, tries=1, seed=seed)

    a, b, c = (content_hash(str(tmp_path / name)) for name in "abc")
    assert a == b != c


def test_the_nearest_centre_is_that_of_the_largest_product() -> None:
    drawn = np.random.default_rng(3)
    vectors, centres = drawn.normal(size=(50, 9)).astype(np.float32), drawn.normal(size=(9, 5)).astype(np.float32)
    sparse = Vectors(np.arange(51, dtype=np.int64) * 9, np.tile(np.arange(9, dtype=np.int32), 50), vectors.ravel())

    best, cosine = nearest(sparse, centres)

    np.testing.assert_array_equal(best, (vectors @ centres).argmax(axis=1))
    np.testing.assert_allclose(cosine, (vectors @ centres).max(axis=1), rtol=1e-5)


def test_terms_in_too_few_or_too_many_texts_do_not_count(tmp_path: Path) -> None:
    texts = ["hello parcel"] * 2 + ["hello invoice"] * 2 + ["hello tax parcel"]
    fit(tmp_path / "t", Held(texts), topics=2, min_texts=2, max_share=0.6)

    about = json.loads((tmp_path / "t" / "topics.json").read_bytes())
    assert {term for topic in about["topics"] for term in topic["terms"]} == {"parcel", "invoice"}


def test_equal_texts_can_fall_into_more_topics_than_there_are_texts_of_a_kind(tmp_path: Path) -> None:
    details = fit(tmp_path / "t", Held(["same parcel"] * 9), topics=3, max_share=1.0)

    assert details["topics"] == 3
    assert details["mean_distance"] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("texts", "asked", "told"),
    [
        (["a b", "c d"], {"topics": 3, "max_share": 1.0}, "2 texts cannot fall into 3 topics"),
        (["a b", "c d"], {"min_texts": 2}, "no term stands in so many of the texts"),
        (["a b", "c d"], {"vectors": "none"}, "has no column `none`"),
        (["a b", "c d"], {"vectors": "__text"}, "holds no vectors"),
    ],
)
def test_what_cannot_be_learnt_is_told(tmp_path: Path, texts: list[str], asked: dict[str, Any], told: str) -> None:
    with pytest.raises(Error, match=told):
        fit(tmp_path / "t", Held(texts), **asked)
