"""Flavours of a filter: the recipe's word first, then its flavour's, then the class's."""

from typing import ClassVar, Literal

import polars as pl
import pytest
from pydantic import ValidationError

from dprep.base.operator import Filter
from dprep.base.text import Text


class Sized(Filter):
    flavours: ClassVar = {"gopher": {}, "dolma": {"min_size": None, "max_size": 7}}
    flavour: Literal["gopher", "dolma"] = "gopher"
    min_size: int | None = 50
    max_size: int | None = None

    def measure(self, text: Text) -> dict[str, pl.Series]:
        return {"size": text.series.str.len_bytes()}


def bounds(**given: object) -> dict[str, float]:
    return {bound.reason: bound.limit for bound in Sized.model_validate(given).bounds()}


def test_the_first_flavour_is_the_class() -> None:
    assert bounds() == bounds(flavour="gopher") == {"min_size": 50}


def test_a_flavour_sets_rules_and_takes_rules_away() -> None:
    assert bounds(flavour="dolma") == {"max_size": 7}


def test_what_the_recipe_says_stands_over_the_flavour() -> None:
    assert bounds(flavour="dolma", min_size=3, max_size=9) == {"min_size": 3, "max_size": 9}


def test_parameters_read_back_are_the_same_filter() -> None:
    for flavour in Sized.flavours:
        op = Sized(flavour=flavour)
        assert Sized.model_validate(op.parameters()) == op


@pytest.mark.parametrize("flavour", ["datatrove", 7, None, ["gopher"]])
def test_an_unknown_flavour_is_refused(flavour: object) -> None:
    with pytest.raises(ValidationError) as fault:
        Sized.model_validate({"flavour": flavour})
    assert {error["loc"] for error in fault.value.errors()} == {("flavour",)}
