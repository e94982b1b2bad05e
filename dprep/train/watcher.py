"""Whoever looks on while a model is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from dprep.base.problem import Problem


class Watcher(Protocol):
    """Whoever looks on: the terminal, a notebook, or nobody."""

    def stage(self, what: str, done: int, total: int) -> None: ...

    def step(self, numbers: Mapping[str, Any]) -> None: ...

    def say(self, text: str) -> None: ...

    def warn(self, problem: Problem) -> None: ...


class Nobody:
    """Looks on and says nothing."""

    def stage(self, what: str, done: int, total: int) -> None:
        pass

    def step(self, numbers: Mapping[str, Any]) -> None:
        pass

    def say(self, text: str) -> None:
        pass

    def warn(self, problem: Problem) -> None:
        pass
