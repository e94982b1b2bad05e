"""Names of steps: the recipe's own, or the operator's last word, with `-2`, `-3` … for repeats."""

from __future__ import annotations

from typing import Any

from dprep.recipe.spelling import safe_name


def step_names(steps: list[Any]) -> list[str]:
    """One name per step, in order; steps that are not tables or lack an `op` get a name too."""
    given = [step.get("name") if isinstance(step, dict) else None for step in steps]
    taken = {name for name in given if isinstance(name, str)}
    names = []
    for step, name in zip(steps, given, strict=True):
        if not isinstance(name, str):
            name = _free(_last_word(step), taken)
            taken.add(name)
        names.append(name)
    return names


def _last_word(step: Any) -> str:
    op = step.get("op") if isinstance(step, dict) else None
    word = op.rpartition(".")[2] if isinstance(op, str) else ""
    return word if safe_name(word) else "step"


def _free(word: str, taken: set[str]) -> str:
    name, repeat = word, 1
    while name in taken:
        repeat += 1
        name = f"{word}-{repeat}"
    return name
