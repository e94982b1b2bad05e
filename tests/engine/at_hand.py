"""Whole runs in this process, over lines at hand: quick enough for hypothesis, real down to the files on disk."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep import api
from dprep.engine.run import Ran, Request, run_plan

STEPS = """
[[step]]
op = "clean.unicode"

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_characters = 2

[[step]]
op = "tag.language"

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 2, test = 1 }

[[step]]
op = "augment.noise"
share = 0.5
"""

Lines = Sequence[bytes]


def recipe(folder: Path, lines: Lines, steps: str = STEPS, source: str = "", task: str = "text") -> Path:
    """A recipe in `folder` over `lines` of JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    text = f'[dataset]\nname = "rows"\nseed = 3\ntask = "{task}"\n\n[[source]]\npath = "rows.jsonl"\n{source}\n{steps}'
    (folder / "recipe.toml").write_text(text, encoding="utf-8")
    return folder / "recipe.toml"


@contextmanager
def blocks_of(rows: int | None, size: int | None = None) -> Iterator[None]:
    """Runs within cut their input into blocks of `rows` rows, and files into ranges of `size` bytes."""
    with pytest.MonkeyPatch.context() as patch:
        if rows:
            patch.setenv("DPREP_BLOCK_ROWS", str(rows))
        if size:
            patch.setenv("DPREP_RANGE_BYTES", str(size))
        yield


def no_report(folder: Path, **books: object) -> str:
    """For runs whose pages nobody opens: half a second each."""
    return ""


def run(recipe: Path, store: Path, rows: int | None = None, size: int | None = None, workers: int = 1) -> Ran:
    """Run a recipe as `dprep run` does."""
    with blocks_of(rows, size):
        return run_plan(api.plan(recipe)[0], Request(store, workers), no_report)


def data(ran: Ran) -> pl.DataFrame:
    """All rows of a version, part by part."""
    files = sorted((ran.folder / "data").glob("*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files], how="diagonal") if files else pl.DataFrame()


def check_books(ran: Ran, records: int) -> None:
    """Every one of `records` records is found again where the books say it went."""
    rows, steps = ran.manifest["rows"], ran.ledger["steps"]
    assert rows["in"] + rows["rejected"] == records
    assert sum(rows["parts"].values()) == rows["out"]
    for before, after in itertools.pairwise(steps):
        assert before["out"] == after["in"]
    for number, step in enumerate(steps):
        assert step["in"] + step["added"] == step["out"] + step["dropped"]
        assert sum(step["reasons"].values()) == step["dropped"]
        file = ran.folder / "dropped" / f"{number:02d}-{step['name']}.parquet"
        assert (len(pl.read_parquet(file)) if file.exists() else 0) == step["dropped"]
    assert (steps[0]["in"], steps[-1]["out"]) == (rows["in"], rows["out"])
    kept = data(ran)
    assert len(kept) == rows["out"]
    if len(kept):
        assert kept.get_column("id").n_unique() == len(kept)
        counts = dict(kept.get_column("part").value_counts().iter_rows())
        assert counts == {part: count for part, count in rows["parts"].items() if count}
    assert len(rejected(ran)) == rows["rejected"]


def rejected(ran: Ran) -> list[dict[str, Any]]:
    """The records in `rejected/`."""
    files = sorted((ran.folder / "rejected").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def content(folder: Path) -> dict[str, str]:
    """Hash of every file of a version whose bytes must not depend on how the run was made."""
    files = [path for kind in ("data", "dropped", "rejected") for path in sorted((folder / kind).rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
