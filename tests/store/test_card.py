from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from dprep.store.card import languages, metadata, size_category, write_card
from dprep.store.croissant import write_croissant
from dprep.store.licenses import hub_license
from dprep.store.manifest import read_manifest
from dprep.store.yaml import front_matter
from tests.store.hand import TEST, TRAIN, ledger, rows, write_version

NESTED = pl.DataFrame(
    {
        "id": ["a", "b"],
        "messages": [[{"role": "user", "content": "hi 😀"}, {"role": "assistant", "content": "好"}], []],
        "tags": [["x"], None],
        "score": [0.5, None],
        "count": pl.Series([1, 2], dtype=pl.Int32),
        "good": [True, None],
    }
)

RARE = pl.DataFrame(
    {
        "id": ["a", "b"],
        "date": [date(2020, 1, 1), None],
        "at": [datetime(2020, 1, 1, tzinfo=UTC), None],
        "time": [time(1, 2), None],
        "took": [timedelta(seconds=3), None],
        "raw": [b"\xff", None],
        "price": [Decimal("1.5"), None],
        "answers": [{"text": ["x"], "answer_start": [0]}, None],
        "grid": [[[1, 2], []], None],
        "nothing": pl.Series([None, None], dtype=pl.Null),
    }
)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "cache"


def with_card(folder: Path, parts: dict[str, pl.DataFrame] | None = None, **changes: object) -> Path:
    write_version(folder, parts, **changes)
    write_card(folder, read_manifest(folder), ledger())
    write_croissant(folder, read_manifest(folder))
    return folder


def test_load_dataset_reads_the_folder_as_it_stands(tmp_path: Path, offline: Path) -> None:
    datasets = pytest.importorskip("datasets")
    folder = with_card(tmp_path / "v1")

    found = datasets.load_dataset(str(folder), cache_dir=str(offline))

    assert set(found) == {"train", "test"}
    assert found["train"].to_list() == TRAIN.to_dicts()
    assert found["test"].to_list() == TEST.to_dicts()


def test_load_dataset_reads_nested_columns_and_awkward_parts(tmp_path: Path, offline: Path) -> None:
    datasets = pytest.importorskip("datasets")
    folder = with_card(tmp_path / "v1", {"train": NESTED, "train-two": NESTED[:1], "empty": NESTED[:0]})

    found = datasets.load_dataset(str(folder), cache_dir=str(offline))

    assert set(found) == {"train", "train_two"}
    assert found["train"].to_list() == NESTED.to_dicts()
    assert found["train_two"].to_list() == NESTED[:1].to_dicts()


@pytest.mark.parametrize("name", [name for name in RARE.columns if name != "id"])
def test_columns_of_every_type_are_read_by_both_libraries(tmp_path: Path, offline: Path, name: str) -> None:
    datasets, croissant = pytest.importorskip("datasets"), pytest.importorskip("mlcroissant")
    frame = RARE.select("id", name)
    folder = with_card(tmp_path / "v1", {"train": frame})

    loaded = datasets.load_dataset(str(folder), cache_dir=str(offline))
    described = croissant.Dataset(folder / "croissant.json")

    assert loaded["train"].to_list() == frame.to_dicts()
    assert not described.metadata.issues.errors
    assert [record["rows/id"] for record in described.records("rows")] == [b"a", b"b"]


def test_the_hub_library_reads_the_front_matter(tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    folder = with_card(tmp_path / "v1")

    data = hub.DatasetCard.load(folder / "README.md").data

    assert data.license == "cc-by-4.0"
    assert data.task_categories == ["text-classification"]
    assert data.size_categories == ["n<1K"]
    assert data.pretty_name == "support"
    assert data.configs[0]["data_files"][1] == {"split": "test", "path": "data/test-?????-of-?????.parquet"}


def test_the_text_of_the_card_is_inert_and_tells_the_funnel(tmp_path: Path) -> None:
    text = (with_card(tmp_path / "v1") / "README.md").read_text()

    assert "| length | `filter.length` | 6 | 0 | min\\_words 2 | 0 | 4 |" in text
    assert "Mails of a shop \\| \\<b\\>\\& more\\</b\\>" in text
    assert "4 rows (3 in `train`, 1 in `test`), made from 6 rows." in text
    assert "0. refund\n1. shipping" in text
    assert "2026" not in text
    assert str(tmp_path) not in text


def test_any_text_survives_the_front_matter() -> None:
    yaml = pytest.importorskip("yaml")
    values = {
        "plain": "no",
        "empty": "",
        "hostile": 'a: b # c\n---\n"\\ \x00\x7f\x85\u2028\ufeff 😀 字',
        "list": ["1", "null", ["x"], {"deep": [{"a": "- b", "c": []}]}],
        "numbers": [1, 0.5, True, None],
    }

    assert yaml.safe_load(front_matter(values).split("---\n", 1)[1].rsplit("---\n", 1)[0]) == values


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], {}),
        (["", " "], {}),
        (["MIT"], {"license": "mit"}),
        (["CC-BY-4.0", "cc-by-4.0"], {"license": "cc-by-4.0"}),
        (["GPL-3.0-or-later", "CC0"], {"license": ["cc0-1.0", "gpl-3.0"]}),
        (["Ours only!"], {"license": "other", "license_name": "ours-only"}),
        (["MIT", "Ours"], {"license": ["mit", "other"], "license_name": "ours"}),
    ],
)
def test_licences_are_spelt_as_on_the_hub(names: list[str], expected: dict[str, object]) -> None:
    assert hub_license(names) == expected


@pytest.mark.parametrize(
    ("count", "category"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (9_999, "1K<n<10K"), (10_000, "10K<n<100K"), (123_456_789, "100M<n<1B")],
)
def test_sizes_are_the_hubs(count: int, category: str) -> None:
    assert size_category(count) == category


def test_languages_come_from_the_tag_and_noise_is_left_out(tmp_path: Path) -> None:
    frame = rows(*((number, "x", "y") for number in range(300)))
    tagged = frame.with_columns(lang=pl.Series(["en"] * 200 + ["zh"] * 97 + ["la", "und", None]))

    assert languages(write_version(tmp_path / "v1", {"train": tagged})) == ["en", "zh"]
    assert languages(write_version(tmp_path / "v2")) == []


def test_no_language_is_claimed_from_a_column_of_another_kind(tmp_path: Path) -> None:
    frame = TRAIN.with_columns(lang=pl.lit(3))

    assert "language" not in metadata(write_version(tmp_path / "v1", {"train": frame}), read_manifest(tmp_path / "v1"))


def test_croissant_is_valid_and_gives_the_rows(tmp_path: Path) -> None:
    croissant = pytest.importorskip("mlcroissant")
    folder = with_card(tmp_path / "v1")

    found = croissant.Dataset(folder / "croissant.json")
    records = list(found.records("rows"))

    assert not found.metadata.issues.errors
    assert not found.metadata.issues.warnings
    assert sorted(record["rows/text"].decode() for record in records) == sorted([*TRAIN["text"], *TEST["text"]])
    assert {record["rows/label"].decode() for record in records} == {"refund", "shipping"}


def test_croissant_describes_nested_columns(tmp_path: Path) -> None:
    croissant = pytest.importorskip("mlcroissant")
    folder = with_card(tmp_path / "v1", {"train": NESTED})

    found = croissant.Dataset(folder / "croissant.json")
    first = next(iter(found.records("rows")))

    assert not found.metadata.issues.errors
    assert [turn["rows/messages/role"] for turn in first["rows/messages"]] == [b"user", b"assistant"]
    assert first["rows/tags"] == [b"x"]
    assert first["rows/good"]
