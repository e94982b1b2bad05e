"""A dataset that grows: files of old and of new rows, and recipes that read one, the other, or both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dprep import api
from dprep.store.versions import Version

STEPS = """
[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_words = 3
"""
OLD = [
    {"text": "the river  runs by the old mill", "n": 1},
    {"text": "too short", "n": 2},
    {"text": "a door stands open in the rain", "n": 3},
    {"text": "the river  runs by the old mill", "n": 1},
    {"text": "下雨 的 时候 门 开着", "n": 5},
]
NEW = [
    {"text": "snow fell on the  mountain at night", "n": 6},
    {"text": "gone now", "n": 7},
    {"text": "a door stands open in the rain", "n": 3},
    {"text": "the river  runs by the old mill", "n": 1},
    {"text": "the river  runs by the old mill", "n": 1},
    {"text": "新 的 一 行 文字", "n": 9},
]


def rows_file(folder: Path, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """A JSONL file."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / name).write_text(text, encoding="utf-8")


def recipe(
    folder: Path,
    files: Sequence[str],
    steps: str = STEPS,
    extends: str = "",
    name: str = "pages",
    head: str = "",
    source: str = "",
) -> Path:
    """A recipe that reads `files`; `head` and `source` are further lines of these tables."""
    line = f'extends = "{extends}"\n' if extends else ""
    text = (
        f'[dataset]\nname = "{name}"\nseed = 3\n{line}{head}\n[[source]]\npath = {json.dumps(list(files))}\n{source}\n{steps}'
    )
    path = folder / f"{name}-{len(list(folder.glob('*.toml')))}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def made(folder: Path, files: Sequence[str], *more: str, **how: Any) -> Version:
    """The version that a recipe in `folder` makes; `how` goes to `recipe`."""
    ran = api.run(recipe(folder, files, *more, **how), store=folder / "store", workers=1)
    return Version(ran.folder, ran.manifest)


def project(folder: Path, old: Sequence[dict[str, Any]] = OLD, new: Sequence[dict[str, Any]] = NEW) -> Path:
    """A folder with `old.jsonl` and `new.jsonl`."""
    rows_file(folder, "old.jsonl", old)
    rows_file(folder, "new.jsonl", new)
    return folder
