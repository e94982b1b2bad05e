"""tag.topic: what has a topic, what has none, and artifacts that are something else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.ops.tag.topic import Topic

FILES = Path(__file__).resolve().parents[1] / "laws" / "files"


def asked(column: object = None, texts: list[str] | None = None, **parameters: object) -> dict[str, pl.Series]:
    series = pl.Series("text", texts if texts is not None else ["x"] * len(column))  # type: ignore[arg-type]
    rows = series.to_frame() if column is None else series.to_frame().with_columns(vector=column)  # type: ignore[arg-type]
    return Topic(**parameters).note(Text(series, rows))  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [pl.List(pl.Float32), pl.List(pl.Int64), pl.Array(pl.Float64, 2)])
def test_vectors_of_any_numbers_will_do(dtype: pl.DataType) -> None:
    vectors = pl.Series("vector", [[3, 0], [0, 5], [3, 4], None], dtype=dtype)
    found = asked(vectors, topics=str(FILES / "vector-topics"), vectors="vector")

    assert found["topic"].to_list() == [0, 1, 1, None]
    assert found["topic_distance"].to_list() == [0.0, 0.0, 0.2, None]


def test_vectors_that_point_nowhere_have_no_topic() -> None:
    vectors = pl.Series("vector", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0], [], [1.0, 0.0]])

    assert asked(vectors, topics=str(FILES / "vector-topics"), vectors="vector")["topic"].to_list() == [None] * 4 + [0]


def test_of_two_topics_equally_near_the_larger_is_told() -> None:
    vectors = pl.Series("vector", [[1.0, 1.0]])

    assert asked(vectors, topics=str(FILES / "vector-topics"), vectors="vector")["topic"].to_list() == [0]


@pytest.mark.parametrize(
    ("vectors", "parameters", "told"),
    [
        (None, {"topics": "vector-topics"}, "learnt from vectors"),
        ([[1.0, 0.0]], {"topics": "topics", "vectors": "vector"}, "learnt from texts"),
        ([[1.0, 0.0, 0.0]], {"topics": "vector-topics", "vectors": "vector"}, "has 3 dimensions, not 2"),
        (["east"], {"topics": "vector-topics", "vectors": "vector"}, "holds no vectors"),
    ],
)
def test_vectors_of_another_kind_are_told(vectors: object, parameters: dict[str, str], told: str) -> None:
    series = None if vectors is None else pl.Series("vector", vectors)
    with pytest.raises(Error, match=told):
        asked(series, ["a text"], **{**parameters, "topics": str(FILES / parameters["topics"])})


def test_a_broken_artifact_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "topics.json").write_text(json.dumps({"vectors": None, "topics": [{"terms": ["a"]}]}))
    for content in (b"", b"no array"):
        (tmp_path / "centres.npy").write_bytes(content)
        with pytest.raises(Error, match="holds no topics that can be read"):
            asked(texts=["a"], topics=str(tmp_path))
    np.save(tmp_path / "centres.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(Error, match="holds no topics that can be read"):
        asked(texts=["a"], topics=str(tmp_path))


def test_words_are_known_in_any_case_and_chinese_by_pairs() -> None:
    found = asked(
        texts=["INVOICE", "invoice", "包", "包裹", "包 裹", "invoices", "x" * 1_000_000], topics=str(FILES / "topics")
    )

    assert found["topic"].to_list() == [2, 2, None, 1, None, None, None]
