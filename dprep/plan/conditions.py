"""SQL conditions on a row: which columns they read, and whether they look at one row only."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from typing import Any

import polars as pl

CONDITIONS = ("condition", "where")
"""Parameters of operators that hold a condition."""

_SUMMARIES = {"Agg", "Len", "Correlation", "Quantile", "NullCount", "Mode", "Entropy", "Skew", "Kurtosis", "SubPlan"}
_NEIGHBOURS = {"Over", "Window", "Rolling", "Explode", "Shift", "Rank", "Diff", "Unique", "Random", "Reverse"}
_RUNNING = {"CumSum", "CumCount", "CumMax", "CumMin", "CumProd"}
_MANY_ROWS = _SUMMARIES | _NEIGHBOURS | _RUNNING
"""Nodes of polars expressions whose answer depends on other rows."""
_OUR_DATA = frozenset({"Column", "Literal", "Alias", "Field", "FieldByName"})
_AT = re.compile(r"at Line: (\d+), Column: (\d+)")
_TOKEN = re.compile(r"unexpected token '(.*)'")
_FUNCTION = re.compile(r"unsupported function '(.*)'|function matches the given name and arguments: `(.*)`")
_IN_DOUBLE = re.compile(r'"([^"]*)"')


@dataclass(frozen=True)
class Condition:
    """A condition that can be asked of one row."""

    reads: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """Why a text is no condition; `column` is 1-based in the text, 0 where it is not known."""

    sentence: str
    help: str
    column: int = 0


def read_condition(text: str, what: str) -> Condition | Fault:
    """The condition in `text`, or what is wrong with it. `what` names it in sentences (`when`, `condition`)."""
    try:
        expression = pl.sql_expr(text)
        if not isinstance(expression, pl.Expr):
            raise TypeError("more than one expression")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = json.loads(expression.meta.serialize(format="json"))
        names = tuple(dict.fromkeys(expression.meta.root_names()))
    except (pl.exceptions.PolarsError, TypeError, ValueError, pl.exceptions.PanicException) as fault:
        return _worded(str(fault), text, what)
    if "Selector" in _words(tree):
        return Fault(f"`{what}` must name its columns one by one", "write the column's name")
    if _words(tree) & _MANY_ROWS:
        return Fault(f"`{what}` looks at more than one row (an aggregate, a window or a subquery)", _ONE_ROW)
    return Condition(names)


def _worded(fault: str, text: str, what: str) -> Fault:
    function = _FUNCTION.search(fault)
    if function:
        name = function[1] or function[2]
        return Fault(f"`{what}` uses `{name}`, which is not a function on one row", "see the functions of polars SQL")
    if re.search(r"relation '.*' was not found|SELECT|requires an OVER clause|subplan", fault, re.IGNORECASE):
        return Fault(f"`{what}` looks at more than one row (an aggregate, a window or a subquery)", _ONE_ROW)
    token = _TOKEN.search(fault)
    if token:
        return Fault(f"`{what}` does not end where `{token[1]}` stands", _SHAPE, text.rfind(token[1]) + 1)
    found = _AT.search(fault)
    column = int(found[2]) if found else 0
    if "Unterminated" in fault:
        return Fault(f"`{what}` has a quote that is not closed", _SHAPE, column)
    return Fault(f"`{what}` is not a condition that can be read", _SHAPE, column)


_ONE_ROW = "a condition sees the columns of one row; what it compares with must stand in a column, or in the condition itself"
_SHAPE = "write SQL such as `lang = 'en' AND label <> 'spam'`"


def meant_text(text: str, name: str) -> bool:
    """True where `name` stands in double quotes: SQL takes that for a column, people for a text."""
    return name in _IN_DOUBLE.findall(text)


def _words(tree: Any) -> set[str]:
    """Names of the nodes of an expression, leaving out what the user named."""
    if isinstance(tree, str):
        return {tree}
    if isinstance(tree, list):
        return set().union(*(_words(item) for item in tree if not isinstance(item, int))) if tree else set()
    if isinstance(tree, dict):
        inner = [_words(value) for key, value in tree.items() if key not in _OUR_DATA]
        return set(tree).union(*inner)
    return set()
