"""A small version with two sources, three files, languages, labels, many kinds of steps; its rows counted by hand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

from dprep import api
from dprep.engine.run import Ran, Request, run_plan
from tests.engine.at_hand import no_report

RECIPE = """
[dataset]
name = "hand"
seed = 5
task = "classification"

[[source]]
name = "letters"
path = "letters.jsonl"

[[source]]
name = "notes"
path = ["notes-1.jsonl", "notes-2.jsonl"]

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_characters = 12
max_characters = 150

[[step]]
op = "filter.where"
name = "wanted"
condition = "lang IS NULL OR lang <> 'xx'"

[[step]]
op = "expand.passages"
size = 12

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 3, test = 1 }

[[step]]
op = "augment.noise"

[[step]]
op = "gate.length"
min_character_ratio = 0.99
"""


def make(folder: Path, recipe: str = RECIPE) -> Ran:
    """The version, made in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files().items():
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "notes-2.jsonl").open("a").write('{"text": "cut off\n')
    (folder / "recipe.toml").write_text(recipe, encoding="utf-8")
    return run_plan(api.plan(folder / "recipe.toml")[0], Request(folder / "store", 1), no_report)


def files() -> dict[str, list[dict[str, Any]]]:
    """Nearly all of `notes-1` is too short; all of language xx is unwanted."""
    letters = [
        _row(f"this is  letter number {n} and it says {' '.join(f'w{n}x{k}' for k in range(n % 20))}", n) for n in range(300)
    ]
    short = [_row(f"note {n}" if n % 20 else f"note {n} is a long one", n) for n in range(200)]
    long = [_row(f"another note with the number {n % 25}", n) for n in range(150)]
    for n, row in enumerate(long):
        row["lang"] = "xx" if n < 120 else None
    return {"letters.jsonl": letters, "notes-1.jsonl": short, "notes-2.jsonl": long}


def _row(text: str, n: int) -> dict[str, Any]:
    return {"text": text, "label": ["red", "green", "blue <b>"][n % 3], "lang": ["en", "zh"][n % 2]}


def fates(folder: Path) -> list[dict[str, Any]]:
    """Every row that ever was: its columns, and `step`, where it was dropped."""
    kept = [row for file in sorted((folder / "data").glob("*.parquet")) for row in parquet.read_table(file).to_pylist()]
    gone = [
        {**row, "step": file.stem.partition("-")[2]}
        for file in sorted((folder / "dropped").glob("*.parquet"))
        for row in parquet.read_table(file).to_pylist()
    ]
    return [*({**row, "step": None} for row in kept), *gone]


def counted(rows: list[dict[str, Any]], key: str) -> dict[Any, Counter[str]]:
    """By the value of `key`: rows read, added, dropped, out."""
    found: dict[Any, Counter[str]] = {}
    for row in rows:
        counter = found.setdefault(row.get(key), Counter())
        counter["added" if row.get("made_by") else "read"] += 1
        counter["dropped" if row["step"] else "out"] += 1
    return found
