"""Inputs made to blow deduplication up: a ceiling on the memory of the process that meets them, and the right rows left.

A ceiling is 1.1 to 1.5 times the most that was measured with Python 3.11 on x86-64. The interpreter, its libraries and the
report's page are 300 to 420 MiB of it, by how much of a library the file system maps at once. Larger sizes and how cost grows:
benchmarks/dedup_adversarial.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.dedup.at_scale import Done, run_apart

DOCUMENT = 100_000_000
"""Bytes of the long documents."""


def recipe(folder: Path, *operators: str) -> Path:
    path = folder / "recipe.toml"
    steps = "".join(f'[[step]]\nop = "dedup.{operator}"\n' for operator in operators)
    path.write_text(f'[dataset]\nname = "adversary"\ntask = "text"\n[[source]]\npath = "rows.parquet"\n{steps}')
    return path


def run(folder: Path, texts: pl.Series, *operators: str) -> Done:
    """`dprep run` in one process, which the ceiling is for."""
    texts.rename("text").to_frame().write_parquet(folder / "rows.parquet")
    options = ("--root", str(folder), "--store", str(folder / "store"), "--workers", "1", "--json")
    return run_apart("-m", "dprep", "run", str(recipe(folder, *operators)), *options)


def left(folder: Path) -> pl.Series:
    return pl.read_parquet(folder / "store" / "datasets" / "adversary" / "v1" / "data" / "*.parquet").get_column("text")


def many_words(size: int) -> str:
    """Numbers in words of their own: no shingle comes twice."""
    return " ".join(f"w{number}" for number in range(size // 9 + 1)).ljust(size)[:size]


LONG: dict[str, Callable[[], str]] = {
    "different words": lambda: many_words(DOCUMENT),
    "one word again and again": lambda: "a " * (DOCUMENT // 2),
    "han": lambda: "".join(chr(0x4E00 + number % 7919) for number in range(DOCUMENT // 3)),
}


@pytest.mark.parametrize("kind", LONG)
def test_one_document_of_100_megabytes_stays_under_its_ceiling(tmp_path: Path, kind: str) -> None:
    texts = pl.Series([LONG[kind](), "a row with six words of its own", "and another such row, six words more"])

    done = run(tmp_path, texts, "exact", "minhash", "simhash")

    assert done.mebibytes < 2500
    assert left(tmp_path).len() == 3
    assert left(tmp_path).str.len_bytes().max() == texts.str.len_bytes().max()


def test_two_long_documents_are_compared_whole_under_a_ceiling(tmp_path: Path) -> None:
    document = many_words(DOCUMENT // 4)
    texts = pl.Series([document, f"{document} and an end", many_words(DOCUMENT // 8).upper()[::-1]])

    done = run(tmp_path, texts, "minhash")

    assert done.mebibytes < 1800
    assert left(tmp_path).to_list() == [texts[0], texts[2]]


@pytest.mark.parametrize("operator", ["exact", "minhash"])
def test_a_million_identical_rows_leave_one(tmp_path: Path, operator: str) -> None:
    done = run(tmp_path, pl.Series(["the very same words in every row"]).new_from_index(0, 1_000_000), operator)

    assert done.mebibytes < 700
    assert left(tmp_path).to_list() == ["the very same words in every row"]


@pytest.mark.parametrize("operators", [("exact",), ("minhash", "simhash")], ids=" ".join)
def test_empty_rows_are_one_row(tmp_path: Path, operators: tuple[str, ...]) -> None:
    own = pl.Series([" ".join(f"w{1000 * word + number}" for word in range(8)) for number in range(1000)])
    texts = pl.concat([pl.Series([""]).new_from_index(0, 200_000), own])

    done = run(tmp_path, texts, *operators)

    assert done.mebibytes < 550
    assert left(tmp_path).to_list() == ["", *own]


def test_rows_of_one_character_are_as_many_as_characters(tmp_path: Path) -> None:
    characters = list("ab!？中é")
    texts = pl.Series((characters * 50_000)[:200_000])

    done = run(tmp_path, texts, "minhash", "exact")

    assert done.mebibytes < 550
    assert sorted(left(tmp_path)) == sorted(characters)


def cluster(rows: int, shared: int, own: int, *, chain: bool) -> Done:
    return run_apart("-m", "tests.dedup.at_scale", *map(str, (rows, shared, own, int(chain))))


def test_ten_million_identical_rows_are_one_cluster() -> None:
    done = cluster(10_000_000, 10, 0, chain=True)

    assert done.mebibytes < 250
    assert (done.told["stays"], done.told["largest"], done.told["compared"]) == (1, 10_000_000, 0)


@pytest.mark.parametrize(("rows", "chain"), [(1_000_000, True), (300_000, False)])
def test_rows_that_share_a_key_are_compared_with_a_few_each(rows: int, chain: bool) -> None:
    # 31 of 39 hashes are shared by every two: 0.795, just below 0.8
    done = cluster(rows, 31, 4, chain=chain)

    assert done.mebibytes < 700
    assert (done.told["stays"], done.told["joined"], done.told["large_buckets"]) == (rows, 0, 1)
    assert 7 * rows < done.told["compared"] <= 16 * rows  # with eight, in two orders at most


def test_a_million_alike_rows_that_share_a_key_are_one_cluster() -> None:
    done = cluster(1_000_000, 18, 1, chain=True)

    assert done.mebibytes < 700
    assert (done.told["stays"], done.told["large_buckets"]) == (1, 1)
    assert done.told["compared"] < 2_000_000
