"""A plan: a recipe that has been checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dprep.base.problem import Problem
from dprep.base.step import Step
from dprep.recipe.model import Recipe, Source
from dprep.store.formats import File, Reading
from dprep.store.versions import Version


@dataclass(frozen=True)
class PlannedSource:
    """A source with its files and how they are read."""

    source: Source
    """As in the recipe, but `id` names our column that holds the key."""
    files: tuple[File, ...]
    reading: Reading


@dataclass(frozen=True)
class Plan:
    """What a run will do. Nothing in it depends on the data beyond the names of columns."""

    recipe: Recipe
    name: str
    seed: int
    task: str
    sources: tuple[PlannedSource, ...]
    steps: tuple[Step, ...]
    """Also those that the plan itself inserts, such as the marking of twins before a split."""
    text_columns: tuple[str, ...]
    """Column paths of the task's texts."""
    columns: dict[str, str]
    """Columns of the version as far as they are known, each with its type in words (empty: as in the file)."""
    warnings: tuple[Problem, ...]
    splits: tuple[str, ...]
    """Parts that the version may have; empty: only `train`."""
    ops_folder: Path | None
    extends: Version | None = None
    """The version whose rows come first."""
