"""The page of an operator, printed from its file: docstring, parameters, what it adds, what it owns up to.

The terminal (`dprep ops NAME`), `docs/ops/` and the tests read the same page, so it cannot drift from the code.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined

from dprep.base.operator import Operator
from dprep.base.problem import Error, Problem
from dprep.ops import module, operator_of
from dprep.plan.wording import problems_of
from dprep.recipe.places import Places

Schema = Mapping[str, Any]

_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "over {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "under {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "minProperties": "at least {} of them",
    "maxProperties": "at most {} of them",
    "pattern": "like `{}`",
}
_TYPES = {"integer": "integer", "number": "number", "string": "string", "boolean": "true or false", "object": "table"}


def page(name: str, folder: Path | None = None, figure: str | None = None) -> str:
    """The page of operator `name` (of `folder` first) in Markdown; figure: in place of its own.

    Raises KeyError where there is no such operator.
    """
    holder = module(name, folder)
    cls = operator_of(holder)
    text = inspect.cleandoc(holder.__doc__ or "")
    parts = [f"# {name}", text, _parameters(cls), figure or _figure(cls), _flavours(cls), _added(cls), _owned_up(cls)]
    return "\n\n".join(part for part in parts if part) + "\n"


def page_of(title: str, text: str, cls: type[BaseModel]) -> str:
    """A page with the parameters of a class that is no operator."""
    return "\n\n".join([f"# {title}", inspect.cleandoc(text), _parameters(cls)]) + "\n"


def summary(name: str, folder: Path | None = None) -> str:
    """The first sentence of the operator's page: what it does."""
    text = inspect.cleandoc(module(name, folder).__doc__ or "")
    first = " ".join(text.split("\n\n", 1)[0].split())
    sentence, dot, _ = first.partition(". ")
    return sentence + "." if dot else first


def _parameters(cls: type[BaseModel]) -> str:
    """The table of parameters, in field order."""
    lines = ["## Parameters", "", "| name | type | default | bounds | meaning |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(map(_cell, cells)) + " |" for cells in _described(cls)]
    return "\n".join(lines) if cls.model_fields else "## Parameters\n\nNone."


def drawn_with(cls: type[Operator], name: str, settings: Mapping[str, Any]) -> str:
    """The figure of the page of operator `name` with these parameters. Raises Error where they cannot be."""
    try:
        drawn = cls.model_validate(dict(settings)).drawn()
    except ValidationError as fault:
        wrong = problems_of(fault, cls, name, (), settings, Places("--set", ""))
        raise Error([replace(problem, place=None) for problem in wrong]) from None
    if not drawn:
        raise Error(
            Problem("wrong-command", f"the page of `{name}` has no figure that `--set` could change", help="leave out `--set`")
        )
    return f"## Figure\n\n{drawn}"


def _figure(cls: type[Operator]) -> str:
    """What the defaults do, where it can be drawn."""
    try:
        drawn = cls().drawn()
    except (ValidationError, Error):  # it needs parameters
        return ""
    return f"## Figure\n\n{drawn}" if drawn else ""


def _flavours(cls: type[Operator]) -> str:
    """What each flavour sets, one line per parameter."""
    tables: Mapping[str, Mapping[str, Any]] = cls.flavours
    if not tables:
        return ""
    lines = ["## Flavours", "", "What a recipe does not set is as its `flavour` has it; – is a rule that it does not have.", ""]
    lines += ["| parameter | " + " | ".join(f"`{name}`" for name in tables) + " |", "|---|" + "---|" * len(tables)]
    for field in dict.fromkeys(field for table in tables.values() for field in table):
        values = [table.get(field, cls.model_fields[field].default) for table in tables.values()]
        lines.append(f"| `{field}` | " + " | ".join("–" if v is None else _cell(f"`{_toml(v)}`") for v in values) + " |")
    return "\n".join(lines)


def _described(cls: type[BaseModel], above: str = "") -> Iterator[tuple[str, ...]]:
    """(name, type, default, bounds, meaning) of every field; the keys of a table follow it as `table.key`."""
    schema = cls.model_json_schema()
    for name, field in cls.model_fields.items():
        key = field.alias or name
        shape = schema["properties"][key]
        yield f"`{above}{key}`", _type(shape, schema), _default(field), _bounds(shape, schema), field.description or ""
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _described(field.annotation, f"{above}{key}.")


def _type(shape: Schema, schema: Schema) -> str:
    """The type as a recipe's author would say it."""
    shape = _resolved(shape, schema)
    if "enum" in shape or "const" in shape:
        return " or ".join(f"`{json.dumps(value)}`" for value in shape.get("enum", [shape.get("const")]))
    if "anyOf" in shape:
        kinds = [_type(each, schema) for each in shape["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if shape.get("type") == "array":
        return f"list of {_plural(_type(shape.get('items', {}), schema))}"
    if shape.get("type") == "object" and (values := _values(shape)):
        return f"table of {_plural(_type(values[0], schema))}"
    return _TYPES.get(shape.get("type", ""), "any value")


def _plural(kind: str) -> str:
    return f"{kind}s" if kind in {"integer", "number", "string", "table"} else kind


def _bounds(shape: Schema, schema: Schema) -> str:
    shape = _resolved(shape, schema)
    told = [words.format(_number(shape[key])) for key, words in _BOUNDS.items() if key in shape]
    told += [bound for each in shape.get("anyOf", []) if (bound := _bounds(each, schema))]
    told += [f"each {bound}" for each in _values(shape) if (bound := _bounds(each, schema))]
    return ", ".join(told)


def _values(shape: Schema) -> list[Schema]:
    """The shapes of what a list or table holds."""
    held = [shape.get("items"), shape.get("additionalProperties"), *shape.get("patternProperties", {}).values()]
    return [each for each in held if isinstance(each, Mapping)]


def _resolved(shape: Schema, schema: Schema) -> Schema:
    reference = shape.get("$ref")
    return schema["$defs"][reference.rsplit("/", 1)[1]] if reference else shape


def _number(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


def _default(field: Any) -> str:
    if field.default is PydanticUndefined and field.default_factory is None:
        return "required"
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{_toml(value)}`"


def _toml(value: object) -> str:
    """A value as TOML would spell it."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {_toml(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple | frozenset | set):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _added(cls: type[Operator]) -> str:
    """The columns that it adds with every default."""
    try:
        made = cls().makes()
    except (ValueError, Error):  # a required parameter: nothing can be said in general
        return ""
    if not made:
        return ""
    return "## Columns it adds\n\n" + "\n".join(f"- `{name}` ({str(dtype).lower()})" for name, dtype in made.items())


def _owned_up(cls: type[Operator]) -> str:
    """What the class says about itself: extras, models, libraries, answers that vary, laws it cannot obey."""
    told = []
    if cls.extra:
        told.append(f"Needs an extra: `pip install 'dprep[{cls.extra}]'`.")
    if cls.model:
        told.append("Runs a model: in one process per device, not in every worker.")
    if cls.libraries:
        told.append(
            f"Its answer depends on the version of {', '.join(cls.libraries)}; another version makes another dataset version."
        )
    if cls.varies:
        told.append(f"Answers vary: {cls.varies}")
    told += [f"Exempt from the law `{law}`: {why}" for law, why in cls.exempt.items()]
    return "## Good to know\n\n" + "\n".join(f"- {each}" for each in told) if told else ""
