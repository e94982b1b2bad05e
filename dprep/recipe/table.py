"""One table of a recipe while it is read: every key is asked for once, what is left over is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dprep.base.problem import Place, Problem, nearest
from dprep.recipe.places import Path, Places
from dprep.recipe.spelling import Kind, spell


@dataclass
class Findings:
    """What reading a recipe finds: everything wrong with it, and which keys are unclear for that reason."""

    places: Places
    problems: list[Problem] = field(default_factory=list)
    unclear: set[Path] = field(default_factory=set)

    def problem(
        self, code: str, sentence: str, place: Place, help: str = "", notes: tuple[tuple[str, Place], ...] = ()
    ) -> None:
        self.problems.append(Problem(code, sentence, place, help, notes))


@dataclass
class Table:
    """A table at `path`; what is wrong with it is added to `findings`."""

    data: Mapping[str, Any]
    path: Path
    findings: Findings
    asked: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    """Keys that are needed and not there, each with a help."""

    def get(self, key: str, kind: Kind, default: Any = None) -> Any:
        """The value of `key` if it is of this kind; else a problem and the default."""
        self.asked.append(key)
        if key not in self.data:
            return default
        value = self.data[key]
        if kind.holds(value):
            return value
        sentence = f"`{key}` must be {kind.words}, found `{spell(value)}`"
        self.findings.problem(kind.code, sentence, self.findings.places.value((*self.path, key)))
        self.findings.unclear.add((*self.path, key))
        return default

    def need(self, key: str, kind: Kind, help: str) -> Any:
        """As `get`, with a problem (told by `refuse_missing`) where the key is missing."""
        if key not in self.data:
            self.missing[key] = help
        return self.get(key, kind)

    def rest(self) -> dict[str, Any]:
        """Keys that nobody asked for."""
        return {key: value for key, value in self.data.items() if key not in self.asked}

    def refuse_missing(self) -> None:
        """A problem for every key that is needed and not there; one that is there misspelt is told as that."""
        for key, help in self.missing.items():
            misspelt = nearest(key, self.rest())
            if misspelt:
                self._unknown(misspelt, key)
                self.asked.append(misspelt)
                continue
            self.findings.unclear.add((*self.path, key))
            place = self.findings.places.key(self.path)
            self.findings.problem("missing-key", f"{self.title()} has no `{key}`", place, help)

    def refuse_rest(self) -> None:
        """A problem for every key that is missing, and for every one that nobody asked for."""
        known = list(self.asked)
        self.refuse_missing()
        for key in self.rest():
            self._unknown(key, nearest(key, known), known)

    def _unknown(self, key: str, meant: str, known: Sequence[str] = ()) -> None:
        if meant:
            self.findings.unclear.add((*self.path, meant))
        help = f"did you mean `{meant}`?" if meant else f"it takes {listed(known)}"
        place = self.findings.places.key((*self.path, key))
        self.findings.problem("unknown-key", f"{self.title()} takes no `{key}`", place, help)

    def title(self) -> str:
        """The table as the recipe writes it."""
        if not self.path:
            return "a recipe"
        return f"`[[{self.path[0]}]]`" if len(self.path) > 1 else f"`[{self.path[0]}]`"


def listed(names: Sequence[str], limit: int = 12) -> str:
    """Names in backticks, cut after `limit`."""
    shown = ", ".join(f"`{name}`" for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
