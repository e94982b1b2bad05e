from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dprep import Error
from dprep.base.step import Step, run_step
from dprep.ops.filter.labels import Labels


def reasons(labels: list[object], dtype: pl.DataType | None = None, **parameters: object) -> list[str | None]:
    rows = pl.DataFrame(
        {"id": [f"{n:032x}" for n in range(len(labels))], "label": pl.Series(labels, dtype=dtype, strict=False)}
    )
    step = Step("labels", "filter.labels", Labels.model_validate(parameters))
    told = dict(run_step(step, rows).dropped.select("id", "reason").iter_rows())
    return [told.get(id) for id in rows.get_column("id")]


def test_missing_labels_of_every_kind() -> None:
    blanks = [None, "", " ", "\t\n", "\u3000", "\u00a0"]
    assert reasons([*blanks, "x", "0"]) == ["missing"] * 6 + [None, None]
    lists = [[], None, ["a", None], ["a", " "], ["a"], ["a", "b"]]
    assert reasons(lists, pl.List(pl.String)) == ["missing"] * 4 + [None, None]


def test_numbers_are_labels() -> None:
    assert reasons([0, 1, None], pl.Int64) == [None, None, "missing"]
    assert reasons([0, 1, 2], pl.Int64, allowed=["0", "1"]) == [None, None, "not_allowed"]
    assert reasons([0.5, None], pl.Float64) == [None, "missing"]


def test_every_label_of_a_list_must_be_allowed() -> None:
    lists = [["a"], ["a", "b"], ["a", "c"], []]
    assert reasons(lists, pl.List(pl.String), allowed=["a", "b"]) == [None, None, "not_allowed", "missing"]


def test_labels_are_compared_letter_by_letter(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("\ufeff体育\n\n  c++ \r\n#tag\n", encoding="utf-8")
    found = reasons(["体育", "體育", "c++", "C++", "#tag", "new"], allowed=["new"], allowed_file=str(file))
    assert found == [None, "not_allowed", None, "not_allowed", None, None]


@pytest.mark.parametrize(("length", "reason"), [(20, None), (21, "max_characters")])
def test_the_longest_label_is_the_limit(length: int, reason: str | None) -> None:
    assert reasons(["中" * length], max_characters=20) == [reason]
    assert reasons([["x", "e" * length]], pl.List(pl.String), max_characters=20) == [reason]


def test_a_list_that_cannot_be_used_is_a_problem(tmp_path: Path) -> None:
    bad, empty = tmp_path / "bad.txt", tmp_path / "empty.txt"
    bad.write_bytes("ok\nrôle\n".encode("latin-1"))
    empty.write_text("\n \n")
    for file, told in ((bad, "line 2"), (empty, "holds no entry"), (tmp_path / "none.txt", "cannot be read")):
        with pytest.raises(Error) as fault:
            reasons(["x"], allowed_file=str(file))
        assert told in fault.value.problems[0].sentence


def test_no_rows_are_no_trouble() -> None:
    assert reasons([], pl.String) == []
    assert reasons([], pl.List(pl.String), allowed=["a"]) == []
