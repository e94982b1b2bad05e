"""What was made of one record stays in one part, also where the rows between have gone."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import dprep

HEAD = '[dataset]\nname = "made"\nseed = 3\ntask = "classification"\n\n[[source]]\npath = "rows.jsonl"\n'
SPLIT = '[[step]]\nop = "split.stratified"\nratios = { train = 1, test = 1 }\n'
TYPO = '[[step]]\nop = "augment.typo"\nrate = 1.0\nvariants = 2\nbefore_split = "accepted"\n'
COPIES = '[[step]]\nop = "sample.balance"\nto = 30\n'


def kept_if(condition: str) -> str:
    return f'[[step]]\nop = "filter.where"\ncondition = "{condition}"\n'


TEXT = "they received the parcel tomorrow because their friend is definitely separate"
ROWS = [{"text": f"record{n} {TEXT}", "label": "ab"[n % 3 % 2]} for n in range(30)]


def parts_of_records(folder: Path, steps: str) -> pl.DataFrame:
    """Of every record the parts that its rows are in, and how many rows there are."""
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    (folder / "recipe.toml").write_text(HEAD + steps, encoding="utf-8")
    made = dprep.run(folder / "recipe.toml", store=folder / "store", workers=1).folder / "data"
    frames = [pl.read_parquet(file).with_columns(part=pl.lit(file.name.split("-")[0])) for file in sorted(made.iterdir())]
    return pl.concat(frames, how="diagonal").group_by("origin").agg(pl.col("part").unique(), pl.len())


@pytest.mark.parametrize(
    "steps",
    [
        '[[step]]\nop = "expand.passages"\nsize = 6\n' + TYPO + kept_if("variant IS NOT NULL"),
        COPIES + TYPO + kept_if("variant IS NOT NULL OR copy IS NULL"),
    ],
    ids=["variants of pieces that are gone", "variants of copies that are gone"],
)
def test_rows_of_one_record_stay_together_though_their_parents_are_gone(tmp_path: Path, steps: str) -> None:
    records = parts_of_records(tmp_path, steps + SPLIT)

    assert len(records) == len(ROWS)
    assert records.get_column("len").min() > 1
    assert records.filter(pl.col("part").list.len() > 1).is_empty()
    assert records.get_column("part").explode().n_unique() == 2
