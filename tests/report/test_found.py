"""The sample that all chapters share: which rows are in it, and what of them is kept."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xxhash

from dprep.report.reading import found as found_module
from dprep.report.reading.found import CHARACTERS, ITEMS, Found
from tests.store.hand import row_id, write_version

SEED = 7
BITS = (1 << 64) - 1


def numbered(count: int) -> pl.DataFrame:
    ids = [xxhash.xxh3_128_hexdigest(str(n).encode()) for n in range(count)]
    texts = ["long " * 500 if n % 97 == 0 else f"text {n}" for n in range(count)]
    return pl.DataFrame({"id": ids, "origin": [f"a.txt:{n}" for n in range(count)], "text": texts, "label": ["x"] * count})


def stirred(value: int) -> int:
    """splitmix64 as Steele, Lea and Flood print it."""
    value = (value + 0x9E3779B97F4A7C15) & BITS
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & BITS
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & BITS
    return value ^ (value >> 31)


def luck_of(id_: str) -> int:
    salt = xxhash.xxh3_64_intdigest(b"\0".join([str(SEED).encode(), b"report", b"0"]))
    return stirred(stirred(int(id_[:16], 16) ^ salt) ^ int(id_[16:], 16))


def shards(folder: Path, frame: pl.DataFrame, files: int, group: int) -> Path:
    """A version with the rows of `frame` in some files, in row groups of some size."""
    write_version(folder, {"train": frame}, seed=SEED)
    (folder / "data" / "train-00000-of-00001.parquet").unlink()
    size = -(-len(frame) // files)
    for number in range(files):
        name = f"train-{number:05d}-of-{files:05d}.parquet"
        frame[number * size : (number + 1) * size].write_parquet(folder / "data" / name, row_group_size=group)
    return folder


def test_the_luckiest_rows_are_drawn_in_the_order_of_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_module, "ROWS", 100)
    frame = numbered(1_000)
    ids = frame.get_column("id").to_list()
    luckiest = set(sorted(ids, key=luck_of)[:100])

    sample = Found.of(shards(tmp_path / "v1", frame, 1, 1_000)).sample("train")

    assert sample.get_column("id").to_list() == [id_ for id_ in ids if id_ in luckiest]


@pytest.mark.parametrize(("files", "group"), [(1, 7), (3, 50), (5, 1)])
def test_the_sample_is_the_same_however_rows_lie_in_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, group: int
) -> None:
    monkeypatch.setattr(found_module, "ROWS", 60)
    frame = numbered(400)

    whole = Found.of(shards(tmp_path / "whole", frame, 1, 400)).sample("train")
    parted = Found.of(shards(tmp_path / "parted", frame, files, group)).sample("train")

    assert len(whole) == 60
    assert parted.equals(whole)
    assert parted.columns == whole.columns


def test_a_small_part_is_all_there(tmp_path: Path) -> None:
    frame = numbered(30)

    sample = Found.of(shards(tmp_path / "v1", frame, 2, 4)).sample("train")

    assert sample.get_column("id").to_list() == frame.get_column("id").to_list()


def test_long_texts_lose_their_end_and_their_length_is_told(tmp_path: Path) -> None:
    text = "词" * 1_500
    frame = pl.DataFrame({"id": [row_id(1), row_id(2)], "text": [text, "short"], "label": ["a", "b"]})

    sample = Found.of(write_version(tmp_path / "v1", {"train": frame})).sample("train")

    assert sample.get_column("text").to_list() == [text[:CHARACTERS], "short"]
    assert sample.get_column("text:characters").to_list() == [1_500, 5]
    assert "label:characters" not in sample.columns


def test_turns_of_chats_and_long_lists_are_cut_and_vectors_left_out(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "x" * 3_000}, {"role": "assistant", "content": "yes"}]
    frame = pl.DataFrame({"id": [row_id(1)], "messages": [turns], "tokens": [["t"] * 900], "embedding": [[0.5] * 900]})

    sample = Found.of(write_version(tmp_path / "v1", {"train": frame})).sample("train")
    row = sample.row(0, named=True)

    assert [len(turn["content"]) for turn in row["messages"]] == [CHARACTERS, 3]
    assert [turn["role"] for turn in row["messages"]] == ["user", "assistant"]
    assert len(row["tokens"]) == ITEMS
    assert "embedding" not in sample.columns
