"""The schema for editors knows every operator and every key that the reader of recipes takes."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from dprep import ops
from dprep.plan.schema import recipe_schema
from dprep.recipe.model import STEP_KEYS
from dprep.recipe.read import recipe_from_text

SCHEMA = recipe_schema()


def _offered(section: str) -> str:
    """The keys that the reader offers when it meets an unknown one."""
    head = '[dataset]\nname = "x"\n' if section != "dataset" else ""
    opening = "[dataset]\n" if section == "dataset" else f"[[{section}]]\n"
    recipe = recipe_from_text(f"{head}{opening}zzzzzz = 1\n", "x.toml", Path.cwd(), Path.cwd())
    return next(problem.help for problem in recipe.problems if problem.code == "unknown-key")


def test_it_is_plain_json() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_every_operator_and_parameter_is_in_it() -> None:
    described = {
        rule["if"]["properties"]["op"]["const"]: rule["then"]["properties"]
        for rule in SCHEMA["properties"]["step"]["items"]["allOf"]
    }

    for name in ops.names():
        cls = ops.find(name)
        parameters = {field.alias or key for key, field in cls.model_fields.items()}
        assert set(described[name]) == parameters | set(STEP_KEYS), name


def test_references_lead_somewhere() -> None:
    text = json.dumps(SCHEMA)

    for definition in {part.split('"', 1)[0] for part in text.split('"#/definitions/')[1:]}:
        assert definition in SCHEMA["definitions"]


def test_dataset_keys_agree_with_the_reader() -> None:
    keys = set(SCHEMA["properties"]["dataset"]["properties"])

    assert {word.strip("`,") for word in _offered("dataset").removeprefix("it takes ").split()} == keys


def test_source_keys_agree_with_the_reader() -> None:
    from dprep.recipe.model import Source
    from dprep.recipe.sections import OPTIONS

    keys = set(SCHEMA["properties"]["source"]["items"]["properties"])

    assert {field.name for field in fields(Source)} - {"options", "index"} | set(OPTIONS) == keys
