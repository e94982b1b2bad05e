"""Checkpoints: compressed or not, the same rows and the same version."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dprep import api
from dprep.engine import resources
from dprep.engine.blocks import read_frame, write_frame

RECIPE = """
[dataset]
name = "pages"
seed = 1
task = "text"

[[source]]
path = "in.jsonl"

[[step]]
op = "clean.whitespace"

[[step]]
op = "dedup.exact"
"""


def files(version: Path) -> dict[str, bytes]:
    """What must not depend on how the run was made."""
    kept = [path for name in ("data", "dropped") for path in sorted((version / name).iterdir())]
    return {str(path.relative_to(version)): path.read_bytes() for path in kept}


def test_a_block_comes_back_whether_compressed_or_not(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {"id": ["a", "b", None], "text": ["x" * 50_000, "", "中文" * 9000], "n": [1, None, 3], "l": [[1], [], None]}
    )
    for packed in (False, True):
        write_frame(tmp_path / f"{packed}.arrow", rows, packed=packed)

        assert read_frame(tmp_path / f"{packed}.arrow").equals(rows)
        assert read_frame(tmp_path / f"{packed}.arrow", slice(1, 3)).equals(rows[1:3])
    assert (tmp_path / "True.arrow").stat().st_size < 10_000 < 100_000 < (tmp_path / "False.arrow").stat().st_size


def test_a_disk_with_little_room_changes_no_byte_of_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    lines = [f'{{"text": "row  {number % 70} {"word " * 200}"}}\n' for number in range(100)]
    (tmp_path / "in.jsonl").write_text("".join(lines))
    found, sizes = [], []
    for room in (20, 10**15):
        monkeypatch.setattr(resources, "ROOM", room)
        store = tmp_path / str(room)
        found.append(files(api.run(tmp_path / "recipe.toml", store=store, workers=1).folder))
        sizes.append(sum(path.stat().st_size for path in (store / "cache" / "stages").rglob("b*.arrow")))

    assert len(found[0]) == 2
    assert found[0] == found[1]
    assert sizes[1] < sizes[0] / 5


def test_a_run_goes_on_from_checkpoints_of_either_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, store = tmp_path / "recipe.toml", tmp_path / "store"
    recipe.write_text(RECIPE)
    (tmp_path / "in.jsonl").write_text("".join(f'{{"text": "row  {number % 7}"}}\n' for number in range(20)))
    first = api.run(recipe, store=store, workers=1)
    made = {path: path.stat().st_mtime_ns for path in (store / "cache" / "stages").rglob("b*.arrow")}
    monkeypatch.setattr(resources, "ROOM", 10**15)
    recipe.write_text(RECIPE + '\n[[step]]\nop = "filter.length"\nmin_characters = 1\n')

    longer = api.run(recipe, store=store, workers=1)

    assert made
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert (first.manifest["rows"]["out"], longer.manifest["rows"]["out"]) == (7, 7)
    assert first.manifest["got"] == longer.manifest["got"]


@pytest.mark.parametrize("until", [None, "whitespace"], ids=["other settings", "a trial that ended before it"])
def test_a_decision_takes_nothing_that_was_told_to_another(tmp_path: Path, until: str | None) -> None:
    recipe, store = tmp_path / "recipe.toml", tmp_path / "store"
    recipe.write_text(RECIPE + 'columns = ["text"]\n')
    (tmp_path / "in.jsonl").write_text("".join(f'{{"text": "row {number % 3}", "other": "same"}}\n' for number in range(4)))
    first = api.run(recipe, store=store, workers=1, until=until)
    recipe.write_text(RECIPE + 'columns = ["other"]\n')

    second = api.run(recipe, store=store, workers=1)

    assert first.manifest["rows"]["out"] == (3 if until is None else 4)
    assert second.manifest["rows"]["out"] == 1


def test_a_store_can_be_used_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a  row"}\n{"text": "another"}\n')
    (tmp_path / "elsewhere").mkdir()
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    api.run(recipe, store="store", workers=1)
    recipe.write_text(RECIPE.replace("dedup.exact", "filter.length"))
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert api.run(recipe, store="../store", workers=1).summary()["rows"]["out"] == 2
