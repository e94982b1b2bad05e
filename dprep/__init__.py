"""Recipes for datasets: raw text in, a versioned dataset with its books and a report out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.base.problem import Error, Problem

if TYPE_CHECKING:
    from dprep.api import check, compare, diff, evaluate, facts, fit, index, leaks, merge, open, predict, run, show, top, train

__all__ = [
    "Error",
    "Problem",
    "check",
    "compare",
    "diff",
    "evaluate",
    "facts",
    "fit",
    "index",
    "leaks",
    "merge",
    "open",
    "predict",
    "run",
    "show",
    "top",
    "train",
]


def __getattr__(name: str) -> object:
    """Data libraries are imported when first needed: `import dprep` is quick."""
    if name in __all__:
        from dprep import api

        return getattr(api, name)
    raise AttributeError(f"module 'dprep' has no attribute '{name}'")
