"""What a recipe says, as frozen data. Structure only: whether operators, columns and files exist is the plan's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dprep.base.problem import Problem
from dprep.recipe.places import Path as KeyPath
from dprep.recipe.places import Places

STEP_KEYS = ("op", "name", "columns", "parts", "when", "on_error")
"""Keys that every step takes; all others are parameters of its operator."""


@dataclass(frozen=True)
class Dataset:
    """The table `[dataset]`."""

    name: str
    seed: int | None = None
    """None where the recipe gives none: the plan takes 0 and warns where chance is used."""
    task: str = ""
    license: str = ""
    description: str = ""
    ops: Path | None = None
    """Folder of the recipe's own operators."""
    extends: str = ""
    """The version behind whose rows those of the recipe are put, as written."""


@dataclass(frozen=True)
class Source:
    """One `[[source]]`."""

    name: str
    """Empty where the recipe gives none."""
    path: tuple[str, ...]
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our name -> the file's name or dotted path."""
    keep: tuple[str, ...] | None = None
    """Unmapped columns that are kept; None keeps all."""
    types: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    constants: Mapping[str, Any] = field(default_factory=dict)
    license: str = ""
    id: str = ""
    """The file's own key column."""
    part: str = ""
    max_rejected: int | float | None = None
    """Rows (int) or share of the rows (float); None = the larger of 100 rows and 1 %."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """header, delimiter, quote, unit, record, column_names: how the format is read."""
    max_row: int = 256 * 2**20  # bytes
    index: int = 0
    """Place among the sources, from 0."""


@dataclass(frozen=True)
class RecipeStep:
    """One `[[step]]`."""

    op: str
    name: str
    columns: tuple[str, ...] | None = None
    parts: tuple[str, ...] | None = None
    when: str | None = None
    on_error: str = "fail"
    params: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the operator, as written."""
    index: int = 0
    """Place among the steps, from 0."""


@dataclass(frozen=True)
class Recipe:
    """A whole recipe, with the place of everything it says."""

    file: str
    """As shown to the user."""
    text: str
    folder: Path
    """Where the recipe lies; its own operators are found from here."""
    root: Path
    """Where relative source paths start."""
    dataset: Dataset
    sources: tuple[Source, ...]
    steps: tuple[RecipeStep, ...]
    train: Mapping[str, Any] | None
    places: Places
    overrides: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What is wrong with its structure. A recipe with problems can be looked at further, never run."""
    unclear: frozenset[KeyPath] = frozenset()
    """Keys that say something which cannot be used; their fields hold defaults, from which nothing must be concluded."""

    def is_unclear(self, *path: str | int) -> bool:
        """True where the recipe does not say legibly what stands at `path`, or what is around it."""
        return any(path[:end] in self.unclear for end in range(1, len(path) + 1))
