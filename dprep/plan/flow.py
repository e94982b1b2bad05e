"""What is known of the rows at a place in the plan: which columns there are, who made them, which parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from dprep.base.columns import SYSTEM_COLUMNS, ColumnPath
from dprep.base.problem import Place, Problem, did_you_mean
from dprep.plan.candidates import Candidate
from dprep.plan.tasks import Task
from dprep.recipe.model import Recipe, RecipeStep
from dprep.recipe.places import Path
from dprep.recipe.table import listed


@dataclass
class Flow:
    """The state of the rows between two steps. Changed by one step after the other, in one function."""

    recipe: Recipe
    task: Task
    candidates: list[Candidate]
    columns: dict[str, str]
    """Column -> type in words, empty where only the file knows."""
    open: bool
    """There may be columns that cannot be known."""
    possible: set[str] = field(default_factory=set)
    """Columns that may be there once what is broken is mended: nothing is said against them."""
    renamed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Columns that no source keeps under this name -> what one calls it here, and what it maps to that."""
    parts: dict[str, Place | None] = field(default_factory=dict)
    """Part -> where it is made."""
    split: Place | None = None
    """The first split, or the source's `part`."""
    open_parts: bool = False
    """There may be parts that cannot be known: a column of the files, or something broken, says them."""
    problems: list[Problem] = field(default_factory=list)
    store: FilePath = FilePath("store")
    """Where artifacts are looked up."""

    def problem(
        self, code: str, sentence: str, place: Place, help: str = "", notes: tuple[tuple[str, Place], ...] = ()
    ) -> None:
        self.problems.append(Problem(code, sentence, place, help, notes))

    def key(self, step: RecipeStep, *path: str | int) -> Place:
        return self.recipe.places.key(("step", step.index, *path))

    def value(self, step: RecipeStep, *path: str | int) -> Place:
        return self.recipe.places.value(("step", step.index, *path))

    def unclear(self, candidate: Candidate, key: str) -> bool:
        """Whether the step says `key` in a way that cannot be used."""
        return key in candidate.broken or self.recipe.is_unclear("step", candidate.step.index, key)

    def perhaps(self, names: Collection[str] | None) -> None:
        """These columns may be there from here on; None: any."""
        if names is None:
            self.open, self.renamed = True, {}
        else:
            self.possible.update(names)

    def texts(self) -> tuple[str, ...]:
        """The task's texts, with the optional ones that the sources bring."""
        return (*self.task.texts, *(n for n in self.task.optional if n in self.columns and n in self.task.types))

    def needs(self, name: str, step: RecipeStep, place: Place, help: str = "") -> None:
        """A problem unless there is a column `name` before `step`."""
        if name in self.columns or name in ("id", "origin") or name in self.possible:
            return
        if name in self.renamed:
            ours, theirs = self.renamed[name]
            help = f"it is called `{ours}` here: the source maps `{theirs}` to it"
        elif self.open and name not in SYSTEM_COLUMNS:
            return
        names = [*self.columns, "id", "origin"]
        later = self._made_later(name, step)
        there = " ".join(part for part in (did_you_mean(name, names), f"there are {listed(sorted(self.columns))}") if part)
        help = help or ("move this step behind the one that makes it" if later else there)
        self.problem("missing-column", f"there is no column `{name}` at step `{step.name}`", place, help, later)

    def _made_later(self, name: str, step: RecipeStep) -> tuple[tuple[str, Place], ...]:
        for candidate in self.candidates[step.index :]:
            if candidate.op is not None and not candidate.broken and name in candidate.op.makes():
                return (("made here", self.value(candidate.step, "op")),)
        return ()

    def reaches(self, path: str, step: RecipeStep, place: Place) -> None:
        """A problem unless `path` is a column path to texts that are there."""
        try:
            found = ColumnPath.parse(path)
        except ValueError:
            help = "write `text`, `messages.content` or `messages[assistant].content`"
            self.problem("bad-column-path", f"`{path}` is not a column path", place, help)
            return
        within = self.task.structured.get(found.column)
        if within and not found.field:
            self.problem("not-text", f"`{found.column}` holds no text itself", place, f"did you mean `{within}`?")
        self.needs(found.column, step, place)

    def place_of(self, step: RecipeStep, name: str) -> Place:
        """Where the step's parameters say `name`; else its `op`."""
        for key, value in step.params.items():
            found = _said(value, name, (key,))
            if found:
                return self.value(step, *found)
        return self.value(step, "op")


def _said(value: object, name: str, path: Path) -> Path | None:
    if value == name:
        return path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found = _said(item, name, (*path, key))
        if found:
            return found
    return None
