"""Equal texts under different labels: who goes, who is named, whatever the order of the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.step import Step
from dprep.engine.memory import Result, run_rows
from dprep.ops.dedup.conflicts import Conflicts

Row = tuple[str, str | None]


def ran(rows: list[Row], block_rows: int = 50_000, **parameters: object) -> tuple[pl.DataFrame, Result]:
    frame = pl.DataFrame(
        {
            "id": [f"{n * 2654435761 % 2**32:032x}" for n in range(1, len(rows) + 1)],
            "origin": [f"rows:{n}" for n in range(1, len(rows) + 1)],
            "text": pl.Series([text for text, _ in rows], dtype=pl.String),
            "label": pl.Series([label for _, label in rows], dtype=pl.String),
        }
    )
    op = Conflicts.model_validate(parameters)
    return frame, run_rows([Step("conflicts", "dedup.conflicts", op)], frame, block_rows=block_rows)


def gone(rows: list[Row], **parameters: object) -> list[int]:
    """Numbers of the rows that are dropped."""
    frame, result = ran(rows, **parameters)
    dropped = result.dropped.get("conflicts")
    ids = set(dropped.get_column("id")) if dropped is not None else set()
    return [n for n, id in enumerate(frame.get_column("id")) if id in ids]


def test_none_of_a_contradiction_stays() -> None:
    assert gone([("a", "x"), ("a", "y"), ("b", "x"), ("b", "x"), ("a", "x")]) == [0, 1, 4]


def test_the_majority_stays_if_there_is_one() -> None:
    assert gone([("a", "x"), ("a", "y"), ("a", "x")], keep="majority") == [1]
    assert gone([("a", "x"), ("a", "y")], keep="majority") == [0, 1]
    assert gone([("a", "x"), ("a", "x"), ("a", "y"), ("a", "z")], keep="majority") == [0, 1, 2, 3]


def test_a_row_without_a_label_contradicts_nothing() -> None:
    assert gone([("a", "x"), ("a", None), ("a", "x")]) == []
    assert gone([("a", "x"), ("a", None), ("a", "y")]) == [0, 2]
    assert gone([("a", None), ("a", "x"), ("a", "x"), ("a", "y"), ("a", None)], keep="majority") == [3]


def test_lists_of_labels_are_sets() -> None:
    frame = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(5)],
            "text": ["a", "a", "b", "b", "b"],
            "label": [["x", "y"], ["y", "x", "x"], ["x"], ["x", "y"], []],
        }
    )
    result = run_rows([Step("conflicts", "dedup.conflicts", Conflicts())], frame)
    assert sorted(result.dropped["conflicts"].get_column("id").to_list()) == [f"{n:032x}" for n in (2, 3)]


def test_texts_are_compared_as_asked() -> None:
    rows: list[Row] = [("卡还没到！", "x"), ("卡还没到", "y"), ("Card  late", "x"), ("card late", "y")]
    assert gone(rows) == []
    assert gone(rows, normalize="case-space") == [2, 3]
    assert gone(rows, normalize="letters") == [0, 1, 2, 3]


def test_marks_name_one_row_for_all_that_contradict_each_other() -> None:
    _, result = ran([("a", "x"), ("a", "y"), ("b", "x"), ("a", "x")], action="mark")
    assert result.dropped == {} or not sum(map(len, result.dropped.values()))
    clusters = result.rows.get_column("cluster").to_list()
    assert clusters[0] == clusters[1] == clusters[3] != clusters[2]
    assert result.rows.get_column("cluster_size").to_list() == [3, 3, 1, 3]


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", "z", None])), max_size=30)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.booleans(), st.randoms(use_true_random=False))
def test_what_goes_is_what_counting_says_in_any_order(rows: list[Row], majority: bool, random) -> None:  # type: ignore[no-untyped-def]
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for text, label in rows:
        if label is not None:
            votes[text][label] += 1
    wanted = []
    for number, (text, label) in enumerate(rows):
        if label is None or len(votes[text]) < 2:
            continue
        if not (majority and 2 * votes[text][label] > votes[text].total()):
            wanted.append(number)
    keep = "majority" if majority else "none"
    assert gone(rows, keep=keep) == wanted

    frame, whole = ran(rows, keep=keep)
    _, cut = ran(rows, block_rows=4, keep=keep)
    told = [r.dropped["conflicts"].select("id", "twin", "reason") if wanted else None for r in (whole, cut)]
    if wanted:
        assert told[0].equals(told[1])  # type: ignore[union-attr, arg-type]
        label_of = dict(frame.select("id", "label").iter_rows())
        for id, twin, reason in told[0].iter_rows():  # type: ignore[union-attr]
            assert reason == "conflict"
            assert label_of[twin] not in (None, label_of[id])
        shuffled = random.sample(range(len(frame)), len(frame))
        moved = run_rows([Step("conflicts", "dedup.conflicts", Conflicts(keep=keep))], frame[shuffled])
        assert moved.dropped["conflicts"].sort("id").equals(whole.dropped["conflicts"].sort("id"))


def test_real_labels_that_contradict_each_other(shared: Path) -> None:
    """THUCNews titles and banking77, their contradictions counted by grouping."""
    import io

    import zstandard

    def rows(path: str, separator: str, text: str, label: str) -> pl.DataFrame:
        data = zstandard.ZstdDecompressor().stream_reader((shared / "corpora" / path).read_bytes()).read()
        return pl.read_csv(io.BytesIO(data), separator=separator).select(text=text, label=label)

    found = rows("cls-en-banking77/train.csv.zst", ",", "text", "category")
    wanted = found.filter(pl.col("label").n_unique().over(pl.col("text").str.to_lowercase().str.replace_all(r"\s+", " ")) > 1)
    assert len(gone(list(found.iter_rows()), normalize="case-space")) == len(wanted)


@pytest.mark.parametrize("keep", ["first", "most", 1])
def test_other_ways_to_keep_are_refused(keep: object) -> None:
    with pytest.raises(ValueError, match="keep"):
        Conflicts.model_validate({"keep": keep})
