"""One table of a recipe while it is read: every key is asked for once, what is left over is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dprep.base.problem import Problem, did_you_mean
from dprep.recipe.places import Path, Places
from dprep.recipe.spelling import Kind, spell


@dataclass
class Table:
    """A table at `path`; problems found in it are added to `problems`."""

    data: Mapping[str, Any]
    path: Path
    places: Places
    problems: list[Problem]
    asked: list[str] = field(default_factory=list)

    def get(self, key: str, kind: Kind, default: Any = None) -> Any:
        """The value of `key` if it is of this kind; else a problem and the default."""
        self.asked.append(key)
        if key not in self.data:
            return default
        value = self.data[key]
        if kind.holds(value):
            return value
        sentence = f"`{key}` must be {kind.words}, found `{spell(value)}`"
        self.problems.append(Problem(kind.code, sentence, self.places.value((*self.path, key))))
        return default

    def need(self, key: str, kind: Kind, help: str) -> Any:
        """As `get`, with a problem where the key is missing."""
        if key not in self.data:
            sentence = f"{self.title()} has no `{key}`"
            self.problems.append(Problem("missing-key", sentence, self.places.key(self.path), help))
        return self.get(key, kind)

    def rest(self) -> dict[str, Any]:
        """Keys that nobody asked for."""
        return {key: value for key, value in self.data.items() if key not in self.asked}

    def refuse_rest(self, also: Sequence[str] = ()) -> None:
        """A problem for every key that nobody asked for."""
        for key in self.rest():
            help = did_you_mean(key, [*self.asked, *also]) or f"it takes {listed(self.asked)}"
            place = self.places.key((*self.path, key))
            self.problems.append(Problem("unknown-key", f"{self.title()} takes no `{key}`", place, help))

    def title(self) -> str:
        """The table as the recipe writes it."""
        if not self.path:
            return "a recipe"
        return f"`[[{self.path[0]}]]`" if len(self.path) > 1 else f"`[{self.path[0]}]`"


def listed(names: Sequence[str], limit: int = 12) -> str:
    """Names in backticks, cut after `limit`."""
    shown = ", ".join(f"`{name}`" for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
