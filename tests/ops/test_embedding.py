"""tag.embedding in a run: lists of floats in Parquet, in any blocks the same, and topics that are learnt from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from dprep import api
from dprep.base.text import Text
from tests.models import tiny

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("transformers", reason="needs the extra `train`")

from dprep.ops.tag.embedding import Embedding

MODEL = Path(__file__).resolve().parents[1] / "laws" / "files" / "tiny-encoder"
LINES = [line for lines in tiny.LINES.values() for line in lines]
RECIPE = """
[dataset]
name = "placed"
task = "text"

[[source]]
path = "rows.jsonl"

[[step]]
op = "tag.embedding"
encoder = "model"
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    rows = [{"text": text} for text in ["", *(f"{line} {n}" for n in range(3) for line in LINES)]]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "model").symlink_to(MODEL)
    return tmp_path / "recipe.toml"


def asked(texts: list[str], **parameters: Any) -> pl.Series:
    return Embedding(encoder=str(MODEL), **parameters).note(Text(pl.Series(texts, dtype=pl.String)))["embedding"]


def test_parquet_keeps_lists_of_floats_the_same_in_any_blocks(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for name, workers, rows in (("a", 1, "1000"), ("b", 2, "7")):
        monkeypatch.setenv("DPREP_BLOCK_ROWS", rows)
        made = api.run(recipe, store=recipe.parent / name, workers=workers)
        found.append((made.folder / "data" / "train-00000-of-00001.parquet").read_bytes())
    assert found[0] == found[1]

    table = parquet.read_table(made.folder / "data")
    assert table.schema.field("embedding").type.value_type == pa.float32()
    told = pl.DataFrame(table)
    again = asked(told.get_column("text").to_list())
    assert told.get_column("embedding").to_list() == again.to_list()
    assert told.filter(text="").get_column("embedding").to_list() == [None]


def test_vectors_are_one_long_unless_asked_otherwise() -> None:
    long = np.array(asked(LINES, normalize=False).to_list())
    short = np.array(asked(LINES).to_list())

    lengths = np.linalg.norm(long, axis=1)
    assert lengths.min() > 1.2
    np.testing.assert_allclose(short, long / lengths[:, None], atol=2e-6)


@pytest.mark.parametrize("digits", [1, 3, 6])
def test_numbers_are_rounded(digits: int) -> None:
    exact, found = (np.array(asked(LINES, digits=n).to_list()) for n in (6, digits))

    np.testing.assert_allclose(found, np.round(exact, digits), atol=1.01 * 10.0**-6)


def test_a_prefix_is_read_before_the_text() -> None:
    assert asked(["my parcel"], prefix="where is ").to_list() == asked(["where is my parcel"]).to_list()
    assert asked([" "], prefix="where is ").to_list() == [None]


def test_topics_can_be_learnt_from_the_vectors_of_a_version(recipe: Path) -> None:
    store = recipe.parent / "store"
    api.run(recipe, store=store, workers=1)
    (learnt,) = api.fit("topics", store=store, name="groups", from_="placed@latest", topics=3, vectors="embedding")
    told = '\n[[step]]\nop = "tag.topic"\ntopics = "groups@v1"\nvectors = "embedding"\n'
    recipe.write_text(RECIPE + told)

    made = api.run(recipe, store=store, workers=1)

    rows = pl.DataFrame(parquet.read_table(made.folder / "data"))
    sizes = [topic["size"] for topic in json.loads((learnt.artifact.folder / "topics.json").read_bytes())["topics"]]
    assert [int((rows.get_column("topic") == n).sum()) for n in range(3)] == sizes
    assert rows.filter(text="").get_column("topic").to_list() == [None]
    assert abs(rows.get_column("topic_distance").mean() - learnt.artifact.manifest["details"]["mean_distance"]) < 1e-4
