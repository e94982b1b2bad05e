from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.store import versions
from dprep.store.manifest import describe_files, read_version, write_manifest
from tests.store.hand import ASKED, DROPPED, GOT, TEST, TRAIN, manifest, row_id, write_version


@pytest.fixture
def store(tmp_path: Path) -> Path:
    write_version(tmp_path / "datasets" / "support" / "v1")
    write_version(tmp_path / "datasets" / "support" / "v2", version="v2", got="abcdef" + GOT[6:], asked="b" * 32)
    write_version(tmp_path / "datasets" / "support" / "v10", version="v10", got="abcdff" + GOT[6:], asked="c" * 32)
    (tmp_path / "datasets" / "support" / "v11").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "folder"),
    [
        ("support@v1", "v1"),
        ("support@v10", "v10"),
        ("support@latest", "v10"),
        ("support", "v10"),
        (f"support@{GOT}", "v1"),
        (f"support@{GOT[:6]}", "v1"),
        (f"support@{ASKED[:8]}", "v1"),
        ("support@abcdef", "v2"),
    ],
)
def test_a_reference_finds_its_version(store: Path, reference: str, folder: str) -> None:
    assert versions.resolve(store, reference).folder == store / "datasets" / "support" / folder


def test_a_path_is_a_reference(store: Path) -> None:
    found = versions.resolve(Path("nowhere"), str(store / "datasets" / "support" / "v2"))

    assert str(found) == "support@v2"


@pytest.mark.parametrize(
    ("reference", "code", "sentence", "help"),
    [
        ("suport", "no-such-dataset", "the store `{store}` holds no version of a dataset `suport`", "did you mean `support`?"),
        ("zebra", "no-such-dataset", "the store `{store}` holds no version of a dataset `zebra`", "it holds: `support`"),
        ("../x@v1", "not-a-version", "`../x@v1` holds no `manifest.json`, so it is no finished version", "`dprep versions`"),
        ("support@v11", "no-such-version", "`support` has no version `v11`", "did you mean `v1`?"),
        ("support@9999", "no-such-version", "`support` has no version `9999`", "versions of `support`: `v1`, `v2`, `v10`"),
        (
            "support@abcd",
            "ambiguous-version",
            "`abcd` begins the hashes of several versions of `support`",
            "they are: `v2`, `v10`",
        ),
    ],
)
def test_a_wrong_reference_is_a_problem(store: Path, reference: str, code: str, sentence: str, help: str) -> None:
    with pytest.raises(Error) as caught:
        versions.resolve(store, reference)

    problem = caught.value.problems[0]
    assert (problem.code, problem.sentence) == (code, sentence.format(store=store))
    assert problem.help.startswith(help)


def test_versions_are_listed_in_order_and_whole(store: Path) -> None:
    assert [str(version) for version in versions.list_versions(store)] == ["support@v1", "support@v2", "support@v10"]
    assert versions.list_versions(store, "other") == []
    assert versions.list_versions(store / "nowhere") == []


def test_rows_are_read_by_part(store: Path) -> None:
    version = versions.resolve(store, "support@v1")

    assert version.scan("test").collect().equals(TEST)
    assert version.scan().collect().equals(pl.concat([TRAIN, TEST]))
    with pytest.raises(Error, match="has no part `tset`"):
        version.scan("tset")


def test_the_part_is_told_where_the_file_does_not(tmp_path: Path) -> None:
    folder = write_version(tmp_path / "v1", parts={"train": TRAIN.drop("part"), "train-2": TEST.drop("part")})

    found = versions.open_version(folder).scan().collect()

    assert found["part"].to_list() == ["train"] * 3 + ["train-2"]
    assert len(versions.open_version(folder).scan("train").collect()) == 3


def test_dropped_rows_keep_their_reason(store: Path) -> None:
    version = versions.resolve(store, "support@v1")

    assert version.dropped().collect().equals(DROPPED)
    assert version.dropped("unicode").collect().is_empty()
    with pytest.raises(Error, match="has no step `lenght`"):
        version.dropped("lenght")


def test_dropped_rows_of_many_steps_stand_in_the_order_of_the_steps(tmp_path: Path) -> None:
    more = DROPPED.with_columns(id=pl.lit(row_id(9)), step=pl.lit("unicode"), lang=pl.lit("en"))
    folder = write_version(tmp_path / "v1", gone={"2-length": DROPPED, "10-unicode": more})

    found = versions.open_version(folder).dropped().collect()

    assert found["step"].to_list() == ["length"] * 2 + ["unicode"] * 2
    assert found["lang"].to_list() == [None, None, "en", "en"]


def test_rejected_records_are_rows(store: Path) -> None:
    found = versions.resolve(store, "support@v1").rejected().collect()

    assert found.row(0) == ("mail.jsonl", 7, "malformed-json", "cut short", '{"text')


def test_the_books_of_a_manifest_balance(tmp_path: Path) -> None:
    wrong = manifest(rows={"in": 6, "out": 5, "rejected": 0, "parts": {"train": 3, "test": 1}})

    with pytest.raises(ValueError, match="the parts sum to 4, not to 5"):
        write_manifest(tmp_path, wrong)  # type: ignore[arg-type]
    write_manifest(tmp_path, manifest())  # type: ignore[arg-type]

    assert read_version(tmp_path) == manifest()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "broken-version"),
        ("[]", "broken-version"),
        ("{", "broken-version"),
        ("\xff", "broken-version"),
        ('{"format": 1}', "broken-version"),
        (json.dumps(manifest() | {"rows": 7}), "broken-version"),
        ('{"format": 2}', "newer-version"),
    ],
)
def test_a_broken_manifest_is_a_problem(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))

    with pytest.raises(Error) as caught:
        read_version(tmp_path)

    assert caught.value.problems[0].code == code


def test_files_are_described_by_bytes_and_rows(tmp_path: Path) -> None:
    write_version(tmp_path / "v1")

    found = {entry["path"]: entry for entry in describe_files(tmp_path / "v1")}

    assert found["data/train-00000-of-00001.parquet"]["rows"] == 3
    assert found["recipe.toml"]["bytes"] == len((tmp_path / "v1" / "recipe.toml").read_bytes())
    assert "manifest.json" not in found
    assert all(len(entry["hash"]) == 32 for entry in found.values())
    assert json.dumps(list(found.values()))


def test_a_run_is_not_taken_for_a_dataset_that_is_missing(store: Path) -> None:
    (store / "runs" / "support-v1-lora-1").mkdir(parents=True)

    with pytest.raises(Error, match="no version of a dataset") as caught:
        versions.resolve(store, "support-v1-lora-1")

    assert "dprep report support-v1-lora-1" in caught.value.problems[0].help


def test_a_console_shows_a_version_on_one_line(store: Path) -> None:
    told = repr(versions.resolve(store, "support@v1"))

    assert told == f"<support@v1: {len(TRAIN) + len(TEST)} rows (train {len(TRAIN)}, test {len(TEST)})>"
