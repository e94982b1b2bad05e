"""Worker processes that start while the parent still imports and plans: either takes half a second.

Whether they are worth it is guessed from a glance at the recipe. A wrong guess costs time, never a result: `run_plan` decides
how many workers it takes, and starts its own where these are not they.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from dprep.engine.pool import SMALL, Pool, cores

MOST_FILES = 1000
"""Files that a glance looks at."""


def workers_ahead(recipe: Path, root: Path | None, how: Mapping[str, Any]) -> AbstractContextManager[Pool | None]:
    """Workers that are starting; none where the input seems small, the answer known or the run a trial. `how`: the options."""
    workers = how["workers"] or cores()
    if workers < 2 or how["limit"] or how["memory"] or not _worth_it(recipe, root, how["store"], bool(how["fresh"])):
        return nullcontext()
    pool = Pool(workers)
    pool.start()
    return pool


def _worth_it(recipe: Path, root: Path | None, store: Path, fresh: bool) -> bool:
    try:
        read = tomllib.loads(recipe.read_text(encoding="utf-8"))
        folder = root or Path(os.environ.get("DPREP_ROOT") or recipe.parent)
        if "ops" in read["dataset"] or not _large(folder, [source["path"] for source in read["source"]]):
            return False
        return fresh or not _answered(store / "datasets" / read["dataset"]["name"], recipe)
    except (OSError, ValueError, LookupError, TypeError, NotImplementedError):
        return False  # what is wrong with it is told by those who read it in earnest


def _large(folder: Path, paths: list[Any]) -> bool:
    """Whether local files of SMALL bytes together are among the first that `paths` name."""
    total = seen = 0
    for path in (one for given in paths for one in ([given] if isinstance(given, str) else given)):
        whole = folder / path
        found = [whole] if whole.is_file() else Path(whole.anchor or ".").glob(str(whole.relative_to(whole.anchor)))
        for file in found:
            seen += 1
            total += file.stat().st_size
            if total >= SMALL or seen > MOST_FILES:
                return True
    return False


def _answered(versions: Path, recipe: Path) -> bool:
    """Whether the data set has a version younger than the recipe: then that is likely what it asks for."""
    changed = recipe.stat().st_mtime
    return any(made.stat().st_mtime > changed for made in versions.glob("v*/manifest.json"))
