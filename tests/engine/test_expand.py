"""Texts that fall into pieces: books, places, parts, the life of a piece."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

from dprep import Error, api
from dprep.engine.why import why
from dprep.store.versions import Version

RECIPE = """
[dataset]
name = "documents"
seed = 3
task = "classification"

[[source]]
path = "documents.jsonl"
columns = { text = "text", label = "label" }

[[step]]
op = "expand.passages"
size = 14

[[step]]
op = "split.stratified"
ratios = { train = 6, test = 4 }

[[step]]
op = "augment.noise"
share = 0.5
"""
SENTENCES = [1, 2, 3, 4, 5, 6, 7] * 6
"""Of each document; a passage holds two, since a sentence has seven words."""


def document(number: int) -> str:
    return " ".join(f"Sentence {nth} of document {number} is here." for nth in range(SENTENCES[number]))


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    folder = tmp_path_factory.mktemp("expand")
    lines = [json.dumps({"text": document(n), "label": "ab"[n % 2]}) for n in range(len(SENTENCES))]
    (folder / "documents.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "recipe.toml").write_text(RECIPE)
    api.run(folder / "recipe.toml", store=folder / "store")
    return api.open("documents", store=folder / "store")


def rows(version: Version) -> pl.DataFrame:
    return version.scan().collect()


def test_every_document_is_there_in_order_whole_or_in_pieces(version: Version) -> None:
    found = rows(version).filter(pl.col("variant").is_null()) if "variant" in rows(version).columns else rows(version)
    texts: dict[int, list[str]] = {}
    for text, piece in found.sort("origin", "piece").select("text", "piece").iter_rows():
        number = int(re.search(r"document (\d+)", text)[1])  # type: ignore[index]
        texts.setdefault(number, []).append(text)
        assert (piece is None) == (SENTENCES[number] <= 2)
    assert {number: " ".join(pieces) for number, pieces in texts.items()} == {n: document(n) for n in range(len(SENTENCES))}


def test_the_books_balance_over_pieces(version: Version) -> None:
    step = version.ledger["steps"][1]
    cut = [n for n in SENTENCES if n > 2]
    assert (step["in"], step["dropped"], step["added"]) == (42, len(cut), sum((n + 1) // 2 for n in cut))
    assert step["reasons"] == {"expanded": len(cut)}


def test_the_pieces_of_a_document_stay_in_one_part(version: Version) -> None:
    pieces = rows(version).filter(pl.col("piece").is_not_null() & pl.col("variant").is_null())
    parts = pieces.group_by("parent").agg(pl.col("part").unique())
    assert len(parts) == 30
    assert parts.get_column("part").list.len().max() == 1
    assert pieces.get_column("part").n_unique() == 2


def test_pieces_get_variants_too(version: Version) -> None:
    variants = rows(version).filter(pl.col("variant").is_not_null())
    assert variants.get_column("piece").drop_nulls().len() > 5
    assert set(variants.get_column("parent")) <= set(rows(version).get_column("id"))


def test_a_piece_and_its_variant_can_be_asked_where_they_come_from(version: Version) -> None:
    variant = rows(version).filter(pl.col("variant").is_not_null() & pl.col("piece").is_not_null()).row(0, named=True)
    life = why(version, variant["id"])
    assert [event.step for event in life.events][:4] == ["read", "passages", "stratified", "noise"]
    assert life.events[1].what.startswith(f"made this row: piece {variant['piece']} of ")
    assert life.events[3].what.startswith("made this row: variant 1 of ")
    assert life.notes == ()
    piece = why(version, variant["parent"])
    assert piece.fate == f"kept in part `{variant['part']}`"
    whole = why(version, variant["origin"])
    assert whole.fate == "dropped by `passages`: expanded"
    assert any(event.step == "children" for event in whole.events)


def test_only_one_text_can_fall_apart(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"p": "a b", "c": "d e"}\n')
    (tmp_path / "recipe.toml").write_text(
        '[dataset]\nname = "pairs"\ntask = "completion"\n[[source]]\npath = "rows.jsonl"\n'
        'columns = { prompt = "p", completion = "c" }\n[[step]]\nop = "expand.passages"\n'
    )
    with pytest.raises(Error) as fault:
        api.run(tmp_path / "recipe.toml", store=tmp_path / "store")
    assert [problem.code for problem in fault.value.problems] == ["one-column"]
