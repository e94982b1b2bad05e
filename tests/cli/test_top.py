"""`dprep top`: what stands out, counted without dprep."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.shop import LABELS, call, shop


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("top")) / "store"


def top(store: Path, *words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call("top", "shop", "--store", store, "--json", *words).stdout)
    return found


def test_the_largest_cluster_is_the_one_with_most_copies(store: Path) -> None:
    (cluster,) = top(store, "clusters")["clusters"]

    assert (cluster["size"], cluster["step"], cluster["likeness"]) == (13, "exact", [1.0, 1.0])
    assert cluster["kept"]["text"] == "mail number 7 about a thing"


def test_the_rarest_labels_come_first_with_their_parts(store: Path) -> None:
    labels = top(store, "labels")["labels"]
    counts = Counter(LABELS) + Counter(["login"])
    files = {part: store / f"datasets/shop/v1/data/{part}-00000-of-00001.parquet" for part in ("train", "test")}

    assert [(one["label"], one["rows"]) for one in labels] == [
        (label, count) for label, count in reversed(counts.most_common())
    ]
    for part, file in files.items():
        there = Counter(pl.read_parquet(file)["label"])
        assert {one["label"]: one["parts"][part] for one in labels} == {label: there[label] for label in counts}


def test_reasons_are_counted_by_source(store: Path) -> None:
    told = [(one["source"], one["step"], one["reason"], one["rows"], one["of"]) for one in top(store, "reasons")["reasons"]]

    assert told == [("chat", "exact", "duplicate", 12, 16), ("chat", "length", "min_words", 3, 16)]


def test_the_worst_rows_are_at_the_ends_of_what_was_measured(store: Path) -> None:
    worst = {(one["by"], one["measure"]): one for one in top(store, "rows")["rows"]}
    near = worst["bound", "min_words"]

    assert set(worst) == {("bound", "min_words"), ("lowest", "characters"), ("highest", "characters")}
    assert worst["highest", "characters"]["rows"][0]["value"] == 550
    assert worst["lowest", "characters"]["rows"][0]["value"] == len("mail number 1 about a thing")
    assert (near["step"], near["limit"], near["beyond"]) == ("length", 3.0, 3)
    assert [row["value"] for row in near["rows"]] == sorted(row["value"] for row in near["rows"])


def test_lists_are_bounded_and_say_how_many_there_are(store: Path) -> None:
    found = top(store, "labels", "rows", "--most", 2)

    assert len(found["labels"]) == 2
    assert found["counts"]["labels"] == 3
    assert all(len(one["rows"]) <= 2 for one in found["rows"])
    assert set(found) == {"version", "labels", "rows", "counts"}


def test_an_overview_has_something_of_everything(store: Path) -> None:
    told = call("top", "shop", "--store", store).stdout

    assert "largest clusters of duplicates: 1\n" in told
    assert "worst rows: `length` kept, nearest to min_words = 3, which alone would drop 3 rows" in " ".join(told.split())
    assert "worst rows: the longest texts" in told
    assert "rarest labels: 3\n" in told
    assert "most frequent reasons by source: 2\n" in told
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_a_kind_that_is_none_is_a_problem(store: Path) -> None:
    result = call("top", "shop", "label", "--store", store, code=2)

    assert result.stderr.startswith("error[unknown-kind]")
    assert "did you mean `labels`?" in result.stderr


def test_a_version_without_labels_or_steps_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    (tmp_path / "recipe.toml").write_text('[dataset]\nname = "plain"\ntask = "text"\n[[source]]\npath = "a.jsonl"\n')
    call("run", tmp_path / "recipe.toml", "--store", tmp_path / "store", "--quiet")
    told = call("top", "plain", "--store", tmp_path / "store").stdout

    assert "no row had a twin" in told
    assert "the rows have no labels" in told
    assert "no row was dropped" in told


def test_chats_and_labels_in_lists_are_measured_too(tmp_path: Path) -> None:
    chats = [{"messages": [{"role": "user", "content": "x" * n}, {"role": "assistant", "content": "好"}]} for n in (3, 1, 2)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in chats))
    (tmp_path / "recipe.toml").write_text('[dataset]\nname = "chats"\ntask = "chat"\n[[source]]\npath = "a.jsonl"\n')
    call("run", tmp_path / "recipe.toml", "--store", tmp_path / "store", "--quiet")
    found = json.loads(call("top", "chats", "rows", "--store", tmp_path / "store", "--json").stdout)

    assert [[row["value"] for row in one["rows"]] for one in found["rows"]] == [[2, 3, 4], [4, 3, 2]]

    tags = [{"text": f"text {n}", "label": labels} for n, labels in enumerate((["a", "b"], ["b"], [], ["b", "c"]))]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tags))
    (tmp_path / "many.toml").write_text('[dataset]\nname = "many"\ntask = "classification"\n[[source]]\npath = "b.jsonl"\n')
    call("run", tmp_path / "many.toml", "--store", tmp_path / "store", "--quiet")
    found = json.loads(call("top", "many", "labels", "--store", tmp_path / "store", "--json").stdout)

    assert [(one["label"], one["rows"]) for one in found["labels"]] == [("a", 1), ("c", 1), ("b", 3)]
