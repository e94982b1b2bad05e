"""What pydantic finds wrong with a parameter, in our words. A test feeds every bound of every operator a bad value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from dprep.base.operator import Operator
from dprep.base.problem import Problem, nearest
from dprep.recipe.model import STEP_KEYS
from dprep.recipe.places import Path, Places
from dprep.recipe.spelling import spell
from dprep.recipe.table import listed

Context = Mapping[str, Any]


def _of(words: str) -> Callable[[Context], str]:
    return lambda _: words


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _choices(context: Context) -> str:
    found = context["expected"].replace("'", "`").replace("` or `", "`, `").replace('"', "`")
    before, comma, last = found.rpartition(", ")
    return f"{before} or {last}" if comma else last


WORDS: dict[str, Callable[[Context], str]] = {
    "int_type": _of("a whole number"),
    "int_from_float": _of("a whole number"),
    "int_parsing": _of("a whole number"),
    "int_parsing_size": _of("a smaller whole number"),
    "float_type": _of("a number"),
    "float_parsing": _of("a number"),
    "finite_number": _of("a finite number"),
    "bool_type": _of("`true` or `false`"),
    "bool_parsing": _of("`true` or `false`"),
    "string_type": _of("a string"),
    "string_unicode": _of("a string"),
    "string_too_short": lambda c: f"at least {_number(c['min_length'])} characters long",
    "string_too_long": lambda c: f"at most {_number(c['max_length'])} characters long",
    "string_pattern_mismatch": lambda c: f"like `{c['pattern']}`",
    "literal_error": _choices,
    "enum": _choices,
    "list_type": _of("a list"),
    "tuple_type": _of("a list"),
    "set_type": _of("a list"),
    "frozen_set_type": _of("a list"),
    "dict_type": _of("a table"),
    "mapping_type": _of("a table"),
    "model_type": _of("a table"),
    "model_attributes_type": _of("a table"),
    "dataclass_type": _of("a table"),
    "none_required": _of("left out"),
    "greater_than": lambda c: f"over {_number(c['gt'])}",
    "greater_than_equal": lambda c: f"{_number(c['ge'])} or more",
    "less_than": lambda c: f"under {_number(c['lt'])}",
    "less_than_equal": lambda c: f"at most {_number(c['le'])}",
    "multiple_of": lambda c: f"a multiple of {_number(c['multiple_of'])}",
    "too_short": lambda c: f"{_number(c['min_length'])} or more",
    "too_long": lambda c: f"{_number(c['max_length'])} or fewer",
}
"""pydantic's error type -> what completes "must be …"."""


def problems_of(
    fault: ValidationError, cls: type[Operator], op_name: str, path: Path, params: Any, places: Places
) -> list[Problem]:
    """One problem per wrong parameter; `path` is where the parameters stand in the recipe."""
    errors = [(_within(error["loc"], params), error) for error in _without_echoes(fault.errors(include_url=False))]
    errors.sort(key=lambda pair: [str(part) for part in pair[0]])
    found = []
    for loc, group in groupby(errors, key=lambda pair: pair[0]):
        found.append(_problem([error for _, error in group], loc, cls, op_name, path, params, places))
    return found


def _without_echoes(errors: list[Any]) -> list[Any]:
    """A parameter that is there under a misspelt name is not reported as missing too."""
    unknown = [str(error["loc"][-1]) for error in errors if error["type"] == "extra_forbidden" and len(error["loc"]) == 1]
    return [error for error in errors if error["type"] != "missing" or not nearest(str(error["loc"][-1]), unknown)]


def _within(loc: tuple[int | str, ...], params: Any) -> Path:
    """The part of a location that exists in the recipe (pydantic adds names of union members), or a missing last key."""
    node, real = params, []
    for part in loc:
        held = isinstance(node, Mapping) and part in node
        if not held and not (isinstance(node, (list, tuple)) and isinstance(part, int) and part < len(node)):
            break
        node = node[part]
        real.append(part)
    return tuple(real)


def _problem(
    errors: list[Any], loc: Path, cls: type[Operator], op_name: str, path: Path, params: Any, places: Places
) -> Problem:
    first = errors[0]
    kind, last = first["type"], str(first["loc"][-1]) if first["loc"] else ""
    field = _field(cls, loc)
    if kind == "missing":
        help = _described(_field(cls, first["loc"]))
        return Problem(
            "missing-parameter", f"`{op_name}` needs `{_dotted(first['loc'])}`", places.value((*path, *(loc or ("op",)))), help
        )
    if kind == "extra_forbidden":
        return _unknown(loc, cls, op_name, places.key((*path, *loc)))
    if kind in {"value_error", "assertion_error"}:
        sentence = (
            str(first["ctx"]["error"]) if "error" in first.get("ctx", {}) else f"`{_dotted(loc)}` is not what `{op_name}` takes"
        )
        return Problem("wrong-value", sentence, places.value((*path, *(loc or ("op",)))), _described(field))
    words = " or ".join(
        dict.fromkeys(WORDS.get(error["type"], _of("something else"))(error.get("ctx", {})) for error in errors)
    )
    if last == "[key]":
        return Problem("wrong-value", f"the name `{loc[-1]}` must be {words}", places.key((*path, *loc)), _described(field))
    value = _value(params, loc)
    code = "wrong-type" if kind.endswith("_type") else "wrong-value"
    count = f"have {words} items" if kind in {"too_short", "too_long"} else f"be {words}"
    meant = _meant(value, first, kind)
    return Problem(
        code, f"`{_dotted(loc)}` must {count}, found `{spell(value)}`", places.value((*path, *loc)), meant or _described(field)
    )


def _unknown(loc: Path, cls: type[Operator], op_name: str, place: Any) -> Problem:
    field = _field(cls, loc[:1])
    fields = _fields(cls) if len(loc) == 1 else _fields(model) if (model := _model(field and field.annotation)) else {}
    word = str(loc[-1])
    meant = nearest(word, [*fields, *(STEP_KEYS if len(loc) == 1 else ())])
    if meant:
        help = f"did you mean `{meant}`? {_described(fields.get(meant))}".rstrip()
    elif fields:
        help = f"it takes {listed(list(fields))}"
    else:
        help = "it takes no parameters"
    return Problem("unknown-parameter", f"`{op_name}` takes no `{_dotted(loc)}`", place, help)


def _fields(cls: Any) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in cls.model_fields.items()}


def _inner_fields(field: FieldInfo | None) -> dict[str, FieldInfo]:
    inner = field.annotation if field else None
    return _fields(inner) if hasattr(inner, "model_fields") else {}


def _model(annotation: Any) -> Any:
    """The model in an annotation, also where it is one of several kinds or what a table holds."""
    if hasattr(annotation, "model_fields"):
        return annotation
    return next(filter(None, map(_model, get_args(annotation))), None)


def _field(cls: type[Operator], loc: tuple[int | str, ...]) -> FieldInfo | None:
    """The field at a location, reaching into tables that are models."""
    fields, found = _fields(cls), None
    for part in loc:
        if str(part) not in fields:
            break
        found = fields[str(part)]
        fields = _inner_fields(found)
    return found


def _described(field: FieldInfo | None) -> str:
    return " ".join((field.description or "").split()).rstrip(".") if field else ""


def _meant(value: Any, error: Any, kind: str) -> str:
    if kind not in {"literal_error", "enum"} or not isinstance(value, str):
        return ""
    choices = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    near = nearest(value, choices, cutoff=0.7)  # "newest" is no misspelt "lowest"
    return f"did you mean `{near}`?" if near else ""


def _value(params: Any, loc: Path) -> Any:
    for part in loc:
        params = params[part]
    return params


def _dotted(loc: tuple[int | str, ...]) -> str:
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
