"""Values that a parameter must refuse, made from the bounds that the class states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dprep.base.operator import Operator

_WRONG_TYPE: dict[str, tuple[Any, ...]] = {
    "integer": ("three", 1.5, True, [1]),
    "number": ("three", True, [1.0]),
    "boolean": ("yes", 1),
    "string": (7, ["a"]),
    "array": (7, True, {"a": 1}),
    "object": (7, "a", [1]),
}


def values(cls: type[Operator]) -> Iterator[tuple[str, Any]]:
    """(parameter, value) pairs, none of which the operator may take."""
    schema = cls.model_json_schema()
    yield "no_such_parameter", 1
    for name, shape in schema["properties"].items():
        branches = [_resolved(each, schema) for each in shape.get("anyOf", [shape])]
        kinds = {each.get("type") for each in branches}
        for value in _outside(branches, kinds):
            yield name, value


def _resolved(shape: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = shape.get("$ref")
    return schema["$defs"][reference.rsplit("/", 1)[1]] if reference else shape


def _outside(branches: list[Mapping[str, Any]], kinds: set[str | None]) -> Iterator[Any]:
    """Beyond each bound, outside each list of words, and of a type that no branch has."""
    for shape in branches:
        if "enum" in shape or "const" in shape:
            yield "no-such-word"
        if "minimum" in shape:
            yield shape["minimum"] - 1
        if "exclusiveMinimum" in shape:
            yield shape["exclusiveMinimum"]
        if "maximum" in shape:
            yield shape["maximum"] + 1
        if "exclusiveMaximum" in shape:
            yield shape["exclusiveMaximum"]
        if shape.get("type") == "array" and shape.get("items", {}).get("type") == "string":
            yield [7]
    known = [kind for kind in kinds if kind in _WRONG_TYPE]
    if None in kinds or not known:  # takes anything, or a word of a list
        return
    for value in _WRONG_TYPE[known[0]]:
        if not any(_fits(value, kind) for kind in known):
            yield value


def _fits(value: Any, kind: str) -> bool:
    types: dict[str, Any] = {
        "integer": int,
        "number": int | float,
        "boolean": bool,
        "string": str,
        "array": list,
        "object": dict,
    }
    return isinstance(value, types[kind]) and (kind == "boolean" or not isinstance(value, bool))
