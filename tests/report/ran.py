"""Versions made by real runs from rows written in a test, and their chapters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dprep import api
from dprep.report.blocks import Block, Fold
from dprep.report.reading.found import Found

Rows = Sequence[Mapping[str, Any]]


def ran(
    folder: Path, rows: Rows | Mapping[str, Rows], steps: str = "", task: str = "classification", parted: bool = False
) -> Found:
    """The version of a recipe over `rows`: of one source, or of several by name; `parted`: each is the part of its name."""
    sources = rows if isinstance(rows, Mapping) else {"rows": rows}
    recipe = f'[dataset]\nname = "set"\nseed = 3\ntask = "{task}"\n'
    for name, lines in sources.items():
        recipe += f'[[source]]\nname = "{name}"\npath = "{name}.jsonl"\n'
        recipe += f'part = "{name}"\n' if parted else ""
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "recipe.toml").write_text(recipe + steps, encoding="utf-8")
    return Found.of(api.run(folder / "recipe.toml", store=folder / "store", workers=1).folder)


def flat(blocks: Sequence[Block]) -> list[Block]:
    """All blocks, those within folds too."""
    return [one for block in blocks for one in ([block, *flat(block.blocks)] if isinstance(block, Fold) else [block])]
