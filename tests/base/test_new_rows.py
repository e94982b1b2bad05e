"""Which rows get variants, and how many."""

from __future__ import annotations

import polars as pl
import pytest

from dprep.base.step import Step, run_step
from dprep.ops.augment.typo import Typo

TEXT = "they received the parcel tomorrow"


def made_of(op: Typo, **columns: list[int | None]) -> list[int]:
    """How many new rows each of three rows gets."""
    rows = pl.DataFrame({"id": [f"{n:032x}" for n in range(3)], "text": [TEXT] * 3, **columns})
    if "variant" in columns:
        rows = rows.with_columns(pl.col("variant").cast(pl.Int32))
    outcome = run_step(Step("typo", "augment.typo", op), rows)
    assert outcome.added == len(outcome.kept) - 3
    return [int((outcome.kept.get_column("parent") == own).sum()) for own in rows.get_column("id")]


def test_every_row_gets_so_many_variants() -> None:
    assert made_of(Typo(rate=1.0, variants=2)) == [2, 2, 2]


def test_a_variant_gets_none_of_its_own() -> None:
    assert made_of(Typo(rate=1.0), variant=[None, 1, None]) == [1, 0, 1]


@pytest.mark.parametrize(
    ("variants", "expected"), [({}, [0, 3, 0]), ({"variants": 2}, [0, 2, 0]), ({"variants": 9}, [0, 3, 0])]
)
def test_a_row_gets_what_its_class_lacks_and_no_more_than_variants_says(variants: dict[str, int], expected: list[int]) -> None:
    assert made_of(Typo(rate=1.0, per_class_target=5, **variants), times=[1, 4, None]) == expected
