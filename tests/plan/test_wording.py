"""No sentence of pydantic reaches a user: every operator is fed bad values for every parameter."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from dprep import ops
from dprep.base.operator import Operator
from dprep.base.problem import Error
from dprep.plan.operators import validated
from dprep.plan.wording import WORDS
from dprep.recipe.places import find_places

BAD: list[Any] = [
    -1,
    0,
    1,
    2.5,
    -1e9,
    10**12,
    float("nan"),
    float("inf"),
    True,
    "",
    "x",
    "no such choice",
    [],
    ["x"],
    [1],
    [[]],
    {},
    {"x": "y"},
]
BAD += [{"x": 1}, {"a b": 1, "c": 2}, {"train": -1, "test": 1}, datetime.date(2024, 1, 1), "\u202e", "x" * 10_000]
CODES = {"wrong-type", "wrong-value", "nothing-passes", "unknown-parameter", "missing-parameter", "unknown-part", "no-provider"}


def _parameters() -> list[tuple[str, str]]:
    return [(name, field.alias or key) for name in ops.names() for key, field in ops.find(name).model_fields.items()]


def _base(cls: type[Operator]) -> dict[str, Any]:
    """Values for the required parameters, so that only the one under test is bad."""
    return {field.alias or key: "x = 1" for key, field in cls.model_fields.items() if field.default is PydanticUndefined}


def _foreign(cls: type[Operator], params: dict[str, Any]) -> list[Any]:
    """What pydantic itself says about `params`."""
    try:
        cls.model_validate(params)
    except ValidationError as fault:
        return fault.errors()
    except Error:  # a sentence of ours, which a validator over several parameters raised
        return []
    return []


@pytest.mark.parametrize(("name", "key"), _parameters())
def test_every_bad_value_is_refused_in_our_words(name: str, key: str) -> None:
    cls, places = ops.find(name), find_places('[[step]]\nop = "x"\n', "recipe.toml")
    refused = 0
    for value in BAD:
        params = {**_base(cls), key: value}
        foreign = _foreign(cls, params)
        found = validated(cls, name, params, ("step", 0), places)
        for problem in found if isinstance(found, list) else []:
            refused += 1
            shown = problem.render()
            assert not [error["msg"] for error in foreign if error["msg"] in shown]
            assert problem.code in CODES
            assert problem.sentence[0] in "`abcdefghijklmnopqrstuvwxyz"
            assert problem.sentence[-1] != "."
            assert "something else" not in shown, shown
        assert bool(foreign) <= isinstance(found, list)
    assert refused >= 5


@pytest.mark.parametrize("name", ops.names())
def test_every_error_type_that_operators_raise_is_worded(name: str) -> None:
    cls = ops.find(name)
    spoken = {"missing", "extra_forbidden", "value_error", "assertion_error", *WORDS}
    keys = [field.alias or key for key, field in cls.model_fields.items()]

    raised = {error["type"] for key in keys for value in BAD for error in _foreign(cls, {**_base(cls), key: value})}

    assert raised
    assert raised <= spoken


def test_places_of_nested_values_are_exact() -> None:
    text = '[[step]]\nop = "split.stratified"\nratios = { train = 8, test = -2 }\nunit = ["a", 3]\n'
    places = find_places(text, "recipe.toml")
    params = {key: value for key, value in tomllib.loads(text)["step"][0].items() if key != "op"}

    found = validated(ops.find("split.stratified"), "split.stratified", params, ("step", 0), places)

    assert isinstance(found, list)
    shown = {(p.sentence, p.place.line, p.place.column) for p in found if p.place}
    assert shown == {("`ratios.test` must be over 0, found `-2`", 3, 30), ("`unit[2]` must be a string, found `3`", 4, 14)}


def test_a_local_operators_own_sentence_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "ops" / "filter"
    folder.mkdir(parents=True)
    (folder / "even.py").write_text(
        "from pydantic import field_validator\n"
        "from dprep.base.operator import Filter\n"
        "class Even(Filter):\n"
        "    min_words: int = 2\n"
        "    @field_validator('min_words')\n"
        "    @classmethod\n"
        "    def even(cls, value):\n"
        "        if value % 2:\n"
        "            raise ValueError('`min_words` must be even')\n"
        "        return value\n"
    )
    cls = ops.find("filter.even", tmp_path / "ops")

    found = validated(
        cls, "filter.even", {"min_words": 3}, ("step", 0), find_places('[[step]]\nop = "filter.even"\n', "r.toml")
    )

    assert isinstance(found, list)
    assert [problem.sentence for problem in found] == ["`min_words` must be even"]
