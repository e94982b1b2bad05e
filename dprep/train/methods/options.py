"""Options of a method: the keys of the table `method` besides `name`, checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.train.settings import NOWHERE, WhereIs


@dataclass(frozen=True)
class Option:
    """What an option may be. The type of `default` is the type of the option; a whole number may stand for a float."""

    default: Any
    least: float | None = None
    most: float | None = None
    among: tuple[str, ...] = ()


def checked(method: str, offers: Mapping[str, Option], given: Mapping[str, Any], where: WhereIs = NOWHERE) -> dict[str, Any]:
    """Every option with its value. Raises Error (`train-option`) with all that is wrong."""
    problems = [problem for name, value in given.items() if (problem := _wrong(method, offers, name, value, where))]
    if problems:
        raise Error(problems)
    values = {name: option.default for name, option in offers.items()} | dict(given)
    return {name: float(value) if isinstance(offers[name].default, float) else value for name, value in values.items()}


def _wrong(method: str, offers: Mapping[str, Option], name: str, value: Any, where: WhereIs) -> Problem | None:
    place = where(f"method.{name}")
    if name not in offers:
        known = f"its options are {', '.join(f'`{each}`' for each in offers)}" if offers else "it has none"
        return Problem("train-option", f"method `{method}` has no option `{name}`", place, did_you_mean(name, offers) or known)
    option = offers[name]
    must = _must(option, value)
    return Problem("train-option", f"option `{name}` of method `{method}` {must}, and is `{value!r}`", place) if must else None


def _must(option: Option, value: Any) -> str:
    default = option.default
    if isinstance(default, tuple):
        texts = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        return "" if texts else "must be a list of texts"
    if isinstance(default, bool) or isinstance(value, bool):
        return "" if isinstance(default, bool) and isinstance(value, bool) else f"must be {_WORDS[type(default)]}"
    allowed: Any = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, allowed):
        return f"must be {_WORDS[type(default)]}"
    if option.among and value not in option.among:
        return f"must be one of {', '.join(f'`{each}`' for each in option.among)}"
    if option.least is not None and not value >= option.least:
        return f"must be at least {option.least:g}"
    return f"must be at most {option.most:g}" if option.most is not None and not value <= option.most else ""


_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
