"""JSON Schema of a recipe, for completion and checks in editors (Taplo, Even Better TOML), from the operators themselves."""

from __future__ import annotations

import inspect
from typing import Any

from dprep import ops
from dprep.plan.sources import TYPES
from dprep.plan.tasks import TASKS
from dprep.store.formats import FORMATS

Schema = dict[str, Any]

_NAME = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "maxLength": 100}
_TEXTS = {"type": "array", "items": {"type": "string"}}


def recipe_schema() -> Schema:
    """The schema of whole recipes (draft 7, which editors of TOML understand)."""
    definitions: Schema = {}
    steps = [_step_schema(name, definitions) for name in ops.names()]
    step = {
        "type": "object",
        "required": ["op"],
        "properties": {
            "op": _said(
                {"type": "string", "anyOf": [{"enum": list(ops.names())}, {"pattern": r"^[a-z]+\.\w+$"}]}, "The operator."
            ),
            **_step_keys(),
        },
        "allOf": steps,
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dprep recipe",
        "type": "object",
        "required": ["dataset", "source"],
        "additionalProperties": False,
        "properties": {
            "dataset": _dataset(),
            "source": {"type": "array", "minItems": 1, "items": _source()},
            "step": {"type": "array", "items": step},
            "train": _said({"type": "object"}, "Settings of `dprep train`."),
        },
        "definitions": definitions,
    }


def _step_schema(name: str, definitions: Schema) -> Schema:
    """Which keys a step may have whose `op` is this operator."""
    holder = ops.module(name)
    own = ops.operator_of(holder).model_json_schema(ref_template="#/definitions/{model}")
    definitions.update(own.pop("$defs", {}))
    properties = own.get("properties", {})
    for shape in properties.values():
        shape.pop("title", None)
    page = inspect.cleandoc(holder.__doc__ or "").split("\n\n", 1)[0]
    keys = {"op": _said({"const": name}, page), **_step_keys(), **properties}
    then = {"properties": keys, "required": ["op", *own.get("required", [])], "additionalProperties": False}
    return {"if": {"properties": {"op": {"const": name}}, "required": ["op"]}, "then": then}


def _step_keys() -> Schema:
    return {
        "name": _said(_NAME, "The step's name in the funnel and for `--set`; by default the last word of `op`."),
        "columns": _said(_TEXTS, "Column paths it acts on; by default the task's texts."),
        "parts": _said(_TEXTS, "Parts it acts on; by default all rows (for `augment` behind a split: `train`)."),
        "when": _said({"type": "string"}, "SQL condition on the row; the step leaves other rows as they are."),
        "on_error": _said({"enum": ["fail", "drop"]}, "What happens to a row on which the operator fails."),
    }


def _dataset() -> Schema:
    keys = {
        "name": _said(_NAME, "The dataset's name in the store."),
        "seed": _said({"type": "integer", "minimum": 0}, "All chance in the run comes from this number."),
        "task": _said({"enum": list(TASKS)}, "What the rows are: says which columns they have."),
        "license": _said({"type": "string"}, "Licence of the result, for its card."),
        "description": _said({"type": "string"}, "What the dataset is, for its card."),
        "ops": _said({"type": "string"}, "Folder of operators of your own, beside the recipe."),
        "extends": _said(
            {"type": "string"},
            "A version of the store whose rows come first, as they stand: `pages@v1`, `pages@latest` or "
            "`pages@<hash prefix>`, with `#` and the start of its `got` behind it to pin it. Its files are linked, not read "
            "again; sources and steps make the rows behind them, with the same columns, types and parts. A step sees the new "
            "rows only: twins of old rows are found by `dedup.against`, and the `unit` of a split does not reach old rows. A "
            "row that repeats an old one stays, as a repeated row does within one run. `--until` shows the new rows alone.",
        ),
    }
    return {"type": "object", "required": ["name"], "additionalProperties": False, "properties": keys}


def _source() -> Schema:
    names = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}
    keys = {
        "name": _said(_NAME, "The source's name; part of every row's id."),
        "path": _said(
            {"anyOf": [{"type": "string"}, {**_TEXTS, "minItems": 1}]}, "Files, folders, globs, URLs, or `-` for stdin."
        ),
        "format": _said({"enum": list(FORMATS)}, "By default told by the file's name."),
        "columns": _said(names, "Our name = the file's name, or a path into it."),
        "keep": _said(_TEXTS, "Which of the other columns are kept; by default all."),
        "types": _said(
            {"type": "object", "additionalProperties": {"enum": list(TYPES)}}, "Column = type; other values are rejected."
        ),
        "encoding": _said({"type": "string"}, "By default detected per file."),
        "constants": _said({"type": "object"}, "Columns with one value for all rows."),
        "license": _said({"type": "string"}, "Licence of the source, carried to the card."),
        "id": _said({"type": "string"}, "The file's own key column."),
        "part": _said(
            _NAME, "The part to which all rows of the source belong; without it, a column `part` of the file says each row's."
        ),
        "max_rejected": _said(
            {"type": "number", "minimum": 0}, "Records that may be unreadable: a number, or a share under 1."
        ),
        "max_row": _said({"type": "integer", "minimum": 1}, "Bytes; a larger record is rejected."),
        "header": _said({"type": "boolean"}, "Whether a CSV file begins with names."),
        "delimiter": _said({"type": "string", "minLength": 1, "maxLength": 1}, "Between the fields of a CSV file."),
        "quote": _said({"type": "string", "maxLength": 1}, "Around the fields of a CSV file."),
        "unit": _said({"enum": ["line", "file"]}, "What a row of a text file is."),
        "record": _said({"type": "string"}, "Where the records are in a JSON document, such as `data.items`."),
        "column_names": _said(_TEXTS, "Names for a file that has none."),
    }
    return {"type": "object", "required": ["path"], "additionalProperties": False, "properties": keys}


def _said(shape: Schema, words: str) -> Schema:
    return {**shape, "description": " ".join(words.split())}
