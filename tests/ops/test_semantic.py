"""dedup.semantic against all pairs compared by numpy; which rows planes bring together; what the plan puts before it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as parquet
import pytest
from pydantic import ValidationError

from dprep import api
from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine.memory import Result, run_rows
from dprep.engine.preview import preview
from dprep.kernels.planes import FINE, planes, planes_for, sums
from dprep.ops.dedup.semantic import MADE, WHOLE, Semantic
from dprep.plan.check import check
from dprep.recipe.read import read_recipe

ENCODER = Path(__file__).resolve().parents[1] / "laws" / "files" / "tiny-encoder"
F64 = npt.NDArray[np.float64]


def rows_of(vectors: Sequence[Any] | F64, texts: Sequence[str] | None = None) -> pl.DataFrame:
    lists = vectors.tolist() if isinstance(vectors, np.ndarray) else list(vectors)
    names = [f"text {n}" for n in range(len(lists))] if texts is None else list(texts)
    ids = [f"{n:032x}" for n in range(len(lists))]
    return pl.DataFrame(
        {"id": ids, "origin": ids, "text": names, "vector": lists}, schema_overrides={"vector": pl.List(pl.Float64)}
    )


def ran(rows: pl.DataFrame, block_rows: int = 50_000, **parameters: Any) -> Result:
    op = Semantic(vectors="vector", **parameters)
    return run_rows([Step("semantic", "dedup.semantic", op)], rows, block_rows)


def clusters(result: Result) -> npt.NDArray[np.int64]:
    """The cluster of each row, as a number."""
    return result.rows.get_column("cluster").rank("dense").to_numpy().astype(np.int64)


def crowd(count: int, dimensions: int, seed: int, shared: float = 0.0) -> F64:
    """Vectors near `count // 5` places, one in three of them far from its place; `shared` is the length of their mean."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(count // 5, dimensions))
    spread = rng.uniform(0.02, 0.4, size=(count, 1)) * np.where(rng.random((count, 1)) < 0.3, 4, 1)
    made = places[rng.integers(0, len(places), count)] + spread * rng.normal(size=(count, dimensions))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    made[:, 0] += shared / math.sqrt(1 - shared**2)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def true_pairs(vectors: F64, threshold: float) -> npt.NDArray[np.int64]:
    alike = np.triu(vectors @ vectors.T, 1) >= threshold
    return np.argwhere(alike)


def components(count: int, pairs: npt.NDArray[np.int64]) -> list[int]:
    """The smallest member of what each is joined with."""
    least = np.arange(count)
    while True:
        before = least.copy()
        for one, other in (pairs.T, pairs.T[::-1]):
            np.minimum.at(least, one, least[other])
        least = least[least]
        if (least == before).all():
            return [int(n) for n in least]


@pytest.mark.parametrize("threshold", [0.6, 0.8, 0.9, 0.97])
def test_small_sets_are_compared_pair_by_pair(threshold: float) -> None:
    vectors = crowd(600, 24, seed=3)
    found = clusters(ran(rows_of(vectors), threshold=threshold, action="mark", block_rows=100))

    truth = components(600, true_pairs(vectors, threshold))
    told = pl.DataFrame({"truth": truth, "found": found})
    assert 20 < told.get_column("truth").n_unique() < 590
    assert told.unique().height == told.get_column("truth").n_unique() == told.get_column("found").n_unique()


@pytest.mark.parametrize(("shared", "threshold"), [(0.0, 0.8), (0.75, 0.9)])
def test_planes_find_99_in_100_twins_also_where_vectors_share_a_direction(shared: float, threshold: float) -> None:
    vectors = crowd(4000, 64, seed=5, shared=shared)
    pairs = true_pairs(vectors, threshold)
    found = ran(rows_of(vectors), threshold=threshold, action="mark")

    assert WHOLE < 4000 < len(pairs)
    told = clusters(found)
    assert (told[pairs[:, 0]] == told[pairs[:, 1]]).mean() >= 0.99
    # nobody is in a cluster by chance: the clusters are not fewer than the true ones
    assert len(np.unique(told)) >= len(set(components(4000, pairs)))


def test_without_chains_every_row_that_goes_is_like_its_twin() -> None:
    vectors = crowd(3000, 32, seed=7)
    result = ran(rows_of(vectors), threshold=0.9, chain=False)

    gone = result.dropped["semantic"]
    own, twin = (np.array([int(name, 16) for name in gone.get_column(column)]) for column in ("id", "twin"))
    alike = (vectors[own] * vectors[twin]).sum(axis=1)
    assert len(gone) > 200
    assert alike.min() >= 0.9 - 1e-6
    told = [json.loads(each)["similarity"] for each in gone.get_column("measured")]
    np.testing.assert_allclose(told, alike, atol=2e-6)


def at_angle(vectors: F64, cosine: float, seed: int) -> F64:
    """A vector of length 1 for each, at exactly this cosine to it."""
    drawn = np.random.default_rng(seed).normal(size=vectors.shape)
    drawn -= (drawn * vectors).sum(axis=1, keepdims=True) * vectors
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return cosine * vectors + math.sqrt(1 - cosine**2) * drawn


@pytest.mark.parametrize("lengths", ["even", "uneven"])
@pytest.mark.parametrize("threshold", [0.7, 0.85])
def test_pairs_exactly_at_the_threshold_meet_as_often_as_is_told(lengths: str, threshold: float) -> None:
    rng = np.random.default_rng(11)
    one = rng.normal(size=(6000, 48))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    # a direction that rows share, some more than others; their twins all lie further off from it than they do
    one[:, 0] += 0.8 if lengths == "even" else rng.uniform(0.0, 2.5, len(one))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    rows = rows_of(np.concatenate([one, at_angle(one, threshold, 13)]))
    op = Semantic(vectors="vector", threshold=threshold)
    texts = Text(rows.get_column("text"), rows)

    settled = op.resolved(op.profile(texts))
    keys = settled.keys(texts)

    told = settled.settled()
    assert told["recall_at_threshold"] >= 0.99
    assert 0.4 < told["mean_length"] < 0.7
    met = (keys[:6000] == keys[6000:]).any(axis=1).mean()
    assert met >= 0.986  # 0.99, less three standard deviations of 6,000 draws


def test_planes_part_vectors_by_their_angle() -> None:
    rng = np.random.default_rng(17)
    one = rng.normal(size=(50, 32))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    for cosine in (0.3, 0.7, 0.95):
        sides = [np.rint(v * 1000) @ planes(32, 4096) >= 0 for v in (one, at_angle(one, cosine, 19))]
        assert abs((sides[0] == sides[1]).mean() - (1 - math.acos(cosine) / math.pi)) < 0.005


def test_the_mean_counts_in_full() -> None:
    vectors = crowd(5000, 16, seed=23, shared=0.7).astype(np.float32)
    np.testing.assert_allclose(sums(vectors) / FINE / 5000, vectors.mean(axis=0), atol=1e-6)
    whole, parts = sums(vectors), sums(vectors[:1777]) + sums(vectors[1777:])
    assert whole.tolist() == parts.tolist()


@pytest.mark.parametrize(
    ("threshold", "rows"), [(0.9, 10_000), (0.9, 10**7), (0.7, 10**6), (0.3, 10**6), (0.0, 10**6), (0.999, 100)]
)
def test_bands_reach_the_recall_or_the_most_there_may_be(threshold: float, rows: int) -> None:
    bands, width = planes_for(threshold, rows, 0.99, 128)

    met = 1 - (1 - (1 - math.acos(threshold) / math.pi) ** width) ** bands
    assert met >= 0.99
    assert 1 <= bands <= 128
    assert 1 <= width <= math.ceil(math.log2(4 * rows))


def test_keys_do_not_depend_on_the_block() -> None:
    vectors = crowd(WHOLE + 500, 40, seed=29)
    rows = rows_of(vectors)
    op = Semantic(vectors="vector")
    whole = Text(rows.get_column("text"), rows)
    pieces = [Text(rows[a:b].get_column("text"), rows[a:b]) for a, b in ((0, 1), (1, 900), (900, WHOLE + 500))]

    settled = op.resolved(np.sum([op.profile(piece) for piece in pieces], axis=0))

    assert settled.settled() == op.resolved(op.profile(whole)).settled()
    keys = settled.keys(whole)
    assert keys.shape[1] > 1
    assert np.concatenate([settled.keys(piece) for piece in pieces]).tolist() == keys.tolist()
    with pytest.raises(ValueError, match="resolved"):
        op.keys(whole)


def test_rows_without_a_direction_are_twins_of_equal_texts_only() -> None:
    vectors = [None, None, [], [0.0, 0.0], [1.0, float("nan")], [1.0, None], [1.0, 0.0], [2.0, 0.0], None]
    texts = ["a", "b", "a", "c", "d", "e", "f", "g", "中文"]
    result = ran(rows_of(vectors, texts), action="mark")

    assert components(9, np.array([[0, 2], [6, 7]])) == [0, 1, 0, 3, 4, 5, 6, 6, 8]
    assert clusters(result).tolist() == [1, 2, 1, 3, 4, 5, 6, 6, 7]


def test_equal_texts_with_other_vectors_are_no_twins() -> None:
    result = ran(rows_of([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], ["same", "same", "same"]), action="mark")

    assert clusters(result).tolist() == [1, 2, 1]


@pytest.mark.parametrize(("threshold", "twins"), [(0.6 - 1e-6, True), (0.6 + 1e-6, False)])
def test_the_threshold_is_met_or_not(threshold: float, twins: bool) -> None:
    result = ran(rows_of([[10.0, 0.0, 0.0], [0.3, 0.4, 0.0]]), threshold=threshold)

    assert len(result.rows) == (1 if twins else 2)


def test_thousands_of_rows_with_one_vector_are_one_cluster() -> None:
    count = 3 * WHOLE
    result = ran(rows_of([[0.2, 0.9, 0.1]] * count), keep="longest")

    assert len(result.rows) == 1
    assert result.rows.get_column("text").str.len_chars().item() == len(f"text {count - 1}")


@pytest.mark.parametrize(
    ("vectors", "sentence"),
    [
        ([[1.0, 0.0], [1.0, 0.0, 0.0]], "one vector of `vector` has 2 numbers, another 3"),
        ([[1.0] * 9000], "9,000 numbers"),
    ],
)
def test_vectors_that_cannot_be_compared_are_told(vectors: list[Any], sentence: str) -> None:
    with pytest.raises(Error) as told:
        ran(rows_of(vectors))
    assert told.value.problems[0].code == "bad-vectors"
    assert sentence in told.value.problems[0].sentence


def test_vectors_of_other_lengths_in_another_block_are_told() -> None:
    with pytest.raises(Error) as told:
        ran(rows_of([[1.0, 0.0], [1.0, 0.0, 0.0]]), block_rows=1)
    assert told.value.problems[0].code == "bad-vectors"


def test_a_column_of_texts_is_told() -> None:
    with pytest.raises(Error) as told:
        ran(rows_of([[1.0]]).with_columns(vector=pl.lit("[1.0]")))
    assert "holds no lists of numbers" in told.value.problems[0].sentence


@pytest.mark.parametrize(
    "wrong", [{}, {"encoder": "a", "vectors": "b"}, {"vectors": "a", "prefix": "x"}, {"vectors": "a", "max_tokens": 16}]
)
def test_vectors_come_from_one_place(wrong: dict[str, Any]) -> None:
    with pytest.raises(Error):
        Semantic(**wrong)


@pytest.mark.parametrize("wrong", [{"threshold": 0}, {"threshold": 1}, {"recall": 1}, {"vectors": ""}, {"chain": 1}])
def test_broken_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Semantic(**{"vectors": "a", **wrong})


HEAD = '[dataset]\nname = "d"\ntask = "text"\n[[source]]\npath = "rows.jsonl"\n'
TEXTS = [
    "where is my parcel",
    "where is my parcel",
    "Where is the parcel?",
    "cancel my order",
    "请取消订单",
    "我的包裹在哪里？",
    "我的包裹在哪？",
    "thanks for the quick help",
    " ",
]


def recipe(folder: Path, steps: str, texts: Sequence[str] = TEXTS, **more: Any) -> Path:
    lines = [json.dumps({"text": text, **more}, ensure_ascii=False) for text in texts]
    (folder / "rows.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    if not (folder / "model").exists():
        (folder / "model").symlink_to(ENCODER)
    (folder / "recipe.toml").write_text(HEAD + steps, encoding="utf-8")
    return folder / "recipe.toml"


STEP = '[[step]]\nop = "dedup.semantic"\nencoder = "model"\nthreshold = 0.93\naction = "mark"\n'


def test_the_plan_makes_the_vectors_and_nobody_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="needs the extra `train`")
    from dprep.models.encoders import encoder

    found = []
    for name, workers, rows in (("a", 1, "1000"), ("b", 2, "2")):
        monkeypatch.setenv("DPREP_BLOCK_ROWS", rows)
        made = api.run(recipe(tmp_path, STEP), store=tmp_path / name, workers=workers)
        found.append((made.folder / "data" / "train-00000-of-00001.parquet").read_bytes())
    assert found[0] == found[1]

    told = pl.DataFrame(parquet.read_table(made.folder / "data"))
    assert not any("vector" in name or "embedding" in name for name in told.columns)
    vectors = encoder(str(ENCODER), None).vectors(pl.Series(TEXTS[:-1])).numbers.astype(np.float64)
    truth = [*components(8, true_pairs(vectors, 0.93)), 8]
    got = told.get_column("cluster").rank("dense").to_list()
    assert 2 < len(set(truth)) < 8
    assert len(set(zip(truth, got, strict=True))) == len(set(truth)) == len(set(got))


def test_a_column_of_tag_embedding_gives_the_same_and_stays(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra `train`")
    own = '[[step]]\nop = "tag.embedding"\nencoder = "model"\n\n' + STEP.replace('encoder = "model"', 'vectors = "embedding"')
    rows = []
    for name, steps in (("a", STEP), ("b", own)):
        made = api.run(recipe(tmp_path, steps), store=tmp_path / name, workers=1)
        rows.append(pl.DataFrame(parquet.read_table(made.folder / "data")))

    assert rows[0].columns == [name for name in rows[1].columns if name != "embedding"]
    assert rows[0].equals(rows[1].drop("embedding"))


def test_rows_that_go_have_no_vectors_either(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra `train`")
    from dprep.engine.why import why
    from dprep.store.versions import open_version

    made = api.run(recipe(tmp_path, STEP.replace("mark", "drop")), store=tmp_path / "store", workers=1)
    version = open_version(made.folder)

    gone = version.dropped().collect()
    assert len(gone) >= 2
    assert MADE not in gone.columns
    told = why(version, gone.get_column("id")[0]).lines()
    assert any("similarity" in line for line in told)
    assert not any(line.startswith("note") for line in told), told


def test_a_preview_shows_what_goes_and_no_vectors_that_go_with_it(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra `train`")
    plan, _ = check(read_recipe(recipe(tmp_path, STEP.replace("mark", "drop"))))
    assert plan is not None

    view = preview(plan, rows=20).steps[-1]

    assert (view.name, view.changed) == ("semantic", 0)
    assert view.dropped >= 2
    assert not any(MADE in line for line in view.lines)


def planned(path: Path) -> tuple[list[str], list[str]]:
    plan, problems = check(read_recipe(path))
    return [] if plan is None else [step.name for step in plan.steps], [problem.code for problem in problems]


def test_the_step_before_it_is_named_for_it(tmp_path: Path) -> None:
    assert planned(recipe(tmp_path, STEP)) == (["semantic-vectors", "semantic"], [])
    twice = STEP.replace("mark", "drop") + 'name = "one"\n\n' + STEP.replace("mark", "drop") + 'name = "two"\n'
    assert planned(recipe(tmp_path, twice))[0] == ["one-vectors", "one", "two-vectors", "two"]


def test_a_step_of_that_name_is_told(tmp_path: Path) -> None:
    other = '[[step]]\nop = "clean.whitespace"\nname = "semantic-vectors"\n\n'
    assert planned(recipe(tmp_path, other + STEP)) == ([], ["duplicate-name"])


def test_a_column_of_that_name_is_told(tmp_path: Path) -> None:
    assert planned(recipe(tmp_path, STEP, **{MADE: [1.0]})) == ([], ["overwritten-column"])


def test_a_missing_encoder_is_told_once(tmp_path: Path) -> None:
    assert planned(recipe(tmp_path, STEP.replace('"model"', '"nowhere"'))) == ([], ["no-such-file"])


def test_a_missing_column_is_told(tmp_path: Path) -> None:
    step = '[[step]]\nop = "dedup.semantic"\nvectors = "embedding"\n'
    assert planned(recipe(tmp_path, step)) == ([], ["missing-column"])
