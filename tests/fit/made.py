"""A small version to learn from: its texts and numbers are written here, so what must be learnt is known by hand."""

from __future__ import annotations

import json
from pathlib import Path

from dprep import api
from dprep.store.versions import Version

RECIPE = """\
[dataset]
name = "{name}"
seed = 3
task = "text"

[[source]]
path = "rows.jsonl"

[[step]]
op = "tag.length"
counts = ["words"]

[[step]]
op = "clean.whitespace"
"""

TEXTS = [
    "the parcel is lost",
    "the parcel is here",
    "the sender of the parcel knows",
    "where is my parcel",
    "the jacket is blue",
    "THE jacket came back in 2024",
    "my invoice names the wrong sum",
    "包裹在哪里",
    "我的包裹在路上",
    "谢谢",
]


def recipe(folder: Path, name: str = "post", texts: list[str] | None = None) -> Path:
    """A recipe over `texts`; column `weight` is 0, 1, 2 …"""
    rows = [{"text": text, "weight": float(number)} for number, text in enumerate(TEXTS if texts is None else texts)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    path = folder / "recipe.toml"
    path.write_text(RECIPE.format(name=name), encoding="utf-8")
    return path


def version(folder: Path, texts: list[str] | None = None) -> Version:
    """The version of that recipe, in the store beside it."""
    made = api.run(recipe(folder, texts=texts), store=folder / "store", workers=1)
    return api.open(str(made.folder))
