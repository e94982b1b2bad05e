from __future__ import annotations

from pathlib import Path

import polars as pl

from dprep.store.compare import compare, recipe_changes
from dprep.store.versions import Version, open_version
from tests.store.hand import dropped, manifest, row_id, rows, write_version


def made(folder: Path, frame: pl.DataFrame, gone: dict[str, pl.DataFrame] | None = None, **changes: object) -> Version:
    return open_version(write_version(folder, {"train": frame}, gone or {}, **changes))


A = rows((1, "one", "x"), (2, "two", "x"), (3, "three", "x"), (4, "four", "x"))


def told(difference: object, fate: str) -> list[tuple[str, str, int]]:
    return [(group.step, group.reason, group.rows) for group in difference.groups if group.fate == fate]  # type: ignore[attr-defined]


def test_a_version_does_not_differ_from_itself(tmp_path: Path) -> None:
    version = made(tmp_path / "v1", A)

    found = compare(version, version)

    assert (found.same, found.groups, found.columns, found.recipe) == (4, (), {}, ())


def test_removed_rows_are_told_by_step_and_reason(tmp_path: Path) -> None:
    gone = {"1-length": dropped(A[1:3], "length", "min_words")}
    found = compare(made(tmp_path / "v1", A), made(tmp_path / "v2", A[:1], gone, version="v2"))

    assert (found.a, found.b, found.same) == ("support@v1", "support@v2", 1)
    assert told(found, "removed") == [("length", "min_words", 2), ("", "not in the input", 1)]
    assert found.rows("added") == found.rows("changed") == 0
    assert found.groups[0].samples == (
        '- {"part": "train", "text": "two", "label": "x"}  # length: min_words',
        '- {"part": "train", "text": "three", "label": "x"}  # length: min_words',
    )


def test_added_rows_are_told_by_where_they_were(tmp_path: Path) -> None:
    child = rows((9, "0ne", "x")).with_columns(made_by=pl.lit("noise"))
    after = pl.concat([A.with_columns(made_by=pl.lit(None, dtype=pl.String)), child])
    before = made(tmp_path / "v1", A[:2], {"1-length": dropped(A[2:3], "length", "min_words")})

    found = compare(before, made(tmp_path / "v2", after))

    assert told(found, "added") == [
        ("", "new in the input", 1),
        ("length", "dropped before: min_words", 1),
        ("noise", "made", 1),
    ]
    assert found.groups[2].samples == ('+ {"part": "train", "text": "0ne", "label": "x"}  # noise: made',)
    assert found.columns_added == ()


def test_rows_no_longer_made_are_told(tmp_path: Path) -> None:
    child = rows((9, "0ne", "x")).with_columns(made_by=pl.lit("noise"))
    before = pl.concat([A.with_columns(made_by=pl.lit(None, dtype=pl.String)), child])

    found = compare(made(tmp_path / "v1", before), made(tmp_path / "v2", A))

    assert told(found, "removed") == [("noise", "not made any more", 1)]


def test_changed_rows_are_told_by_column_and_shown_before_and_after(tmp_path: Path) -> None:
    after = A.with_columns(
        text=pl.Series(["one", "TWO", "three", "FOUR"]),
        label=pl.Series(["x", "x", "x", "y"]),
        part=pl.Series(["train", "train", "test", "train"]),
        origin=pl.lit("moved.jsonl:1"),
    )

    found = compare(made(tmp_path / "v1", A), made(tmp_path / "v2", after))

    assert found.same == 1
    assert sorted(told(found, "changed")) == [("", "part", 1), ("", "text", 1), ("", "text, label", 1)]
    assert found.columns == {"text": 2, "label": 1, "part": 1}
    assert next(group for group in found.groups if group.reason == "text").samples == (
        '- {"part": "train", "text": "two", "label": "x"}',
        '+ {"part": "train", "text": "TWO", "label": "x"}  # text',
    )


def test_nested_columns_nulls_and_types_are_compared_by_value(tmp_path: Path) -> None:
    before = pl.DataFrame(
        {"id": [row_id(n) for n in range(4)], "m": [[{"c": "a"}], [], None, [{"c": "b"}]], "n": [1, 2, None, 4]}
    )
    before = before.with_columns(t=pl.Series(["1", None, "x", ""]))
    after = before.with_columns(
        m=pl.Series([[{"c": "a"}], None, None, [{"c": "B"}]]),
        n=pl.Series([1.0, 2.5, None, 4.0]),
        t=pl.Series([1, None, 2, 3]),
    )

    found = compare(made(tmp_path / "v1", before), made(tmp_path / "v2", after))

    assert found.columns == {"m": 2, "n": 1, "t": 3}


def test_columns_that_one_side_has_are_named_and_not_compared(tmp_path: Path) -> None:
    after = A.with_columns(lang=pl.lit("en"), cluster=pl.lit("c")).drop("label")

    found = compare(made(tmp_path / "v1", A), made(tmp_path / "v2", after))

    assert (found.columns_added, found.columns_removed, found.same) == (("lang",), ("label",), 4)


def test_the_books_of_a_difference_balance(tmp_path: Path) -> None:
    before, after = rows(*((n, str(n), "x") for n in range(100))), rows(*((n, str(n % 90), "x") for n in range(50, 130)))
    found = compare(made(tmp_path / "v1", before), made(tmp_path / "v2", after), sample=3)

    assert found.rows("removed") == 50
    assert found.rows("added") == 30
    assert found.rows("changed") == 10
    assert found.same == 40
    assert all(len(group.samples) in {3, 6} for group in found.groups)


def test_counts_alone_can_be_asked_for(tmp_path: Path) -> None:
    found = compare(made(tmp_path / "v1", A), made(tmp_path / "v2", A[:1]), sample=0)

    assert [(group.rows, group.samples) for group in found.groups] == [(3, ())]


def test_steps_that_differ_are_told_in_words() -> None:
    before = manifest()["steps"]
    after = manifest()["steps"]
    after[1]["parameters"] = {"min_words": 3, "max_words": 9}
    added = {**after[0], "name": "html", "op": "clean.html"}

    assert recipe_changes(before, before) == []
    assert recipe_changes(before, [added, after[1]]) == [
        "- unicode (clean.unicode)",
        "+ html (clean.html)",
        "  length: min_words 2 -> 3",
        "  length: max_words none -> 9",
    ]
    other = {**before[0], "parts": ["train"], "parameters": {"form": "NFKC"}}
    assert recipe_changes(before, [other, before[1]]) == [
        '  unicode: parts none -> ["train"]',
        '  unicode: form "NFC" -> "NFKC"',
    ]
    assert recipe_changes(before, before[::-1]) == ["  the order of the steps"]
    assert recipe_changes(before, [{**before[0], "revision": "r9"}, before[1]]) == ["  unicode: the operator itself"]


def test_versions_without_rows_are_compared(tmp_path: Path) -> None:
    empty, full = made(tmp_path / "v1", A[:0]), made(tmp_path / "v2", A)

    assert compare(empty, full).rows("added") == 4
    assert compare(full, empty).rows("removed") == 4
    assert compare(empty, empty).groups == ()
