"""A step that fails on some rows: the run stops and names the row, or the rows are dropped and counted."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from tests.engine.runs import run

RECIPE = """
[dataset]
name = "failing"
task = "text"
ops = "ops"

[[source]]
path = "{path}"

[[step]]
op = "clean.fragile"
{on_error}
"""

FRAGILE = '''
"""Turn texts to capitals, and break on the word `bomb`."""

import polars as pl

from dprep.base.operator import Clean
from dprep.base.text import Text


class Fragile(Clean):
    def edit(self, text: Text) -> pl.Series:
        if text.series.str.contains("bomb").any():
            raise ValueError("a bomb")
        return text.series.str.to_uppercase()
'''


def prepared(folder: Path, rows: int, bombs: int, on_error: str) -> Path:
    (folder / "ops" / "clean").mkdir(parents=True)
    (folder / "ops" / "clean" / "fragile.py").write_text(FRAGILE)
    texts = [f"row {n}" + (" bomb" if n % (rows // bombs) == 7 else "") for n in range(rows)]
    (folder / "rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(path=folder / "rows.jsonl", on_error=on_error))
    return recipe


def test_the_run_stops_and_names_step_row_and_text(tmp_path: Path) -> None:
    told = run(prepared(tmp_path, 300, 3, ""), tmp_path / "store", code=1)["stderr"]

    assert "error[operator-failed]: step `fragile` (clean.fragile) failed on row" in told
    assert "rows.jsonl:8 ('row 7 bomb'): ValueError: a bomb" in told
    assert not list((tmp_path / "store").rglob("v1"))


def test_failing_rows_are_dropped_with_reason_error_and_the_others_go_on(tmp_path: Path) -> None:
    done = run(prepared(tmp_path, 300, 3, 'on_error = "drop"'), tmp_path / "store")

    dropped = pl.read_parquet(Path(done["path"]) / "dropped" / "01-fragile.parquet")
    assert done["rows"]["out"] == 297
    assert dropped["reason"].to_list() == ["error"] * 3
    assert sorted(dropped["text"]) == ["row 107 bomb", "row 207 bomb", "row 7 bomb"]
    assert json.loads(dropped["measured"][0]) == {"error": "a bomb"}


def test_too_many_failing_rows_fail_the_run(tmp_path: Path) -> None:
    told = run(prepared(tmp_path, 1_000, 125, 'on_error = "drop"'), tmp_path / "store", code=1)["stderr"]

    assert (
        "error[too-many-errors]: step `fragile` (clean.fragile) failed on 125 of 1,000 rows; at most 100 may be dropped" in told
    )
    assert "a bomb" in told
