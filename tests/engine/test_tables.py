"""The numbers that stand for values: equal for equal values of any type, and nothing for null."""

from __future__ import annotations

import datetime

import polars as pl
import pytest

from dprep.base.table import NO_VALUE
from dprep.engine.tables import numbered

DAY = datetime.date(2024, 2, 29)
VALUES = {
    "text": ["a", "b"],
    "bytes that are no text": [b"\xff\x00", b"\xff\x01"],
    "dates": [DAY, datetime.date(2024, 3, 1)],
    "lists": [[1, 2], [2, 1]],
    "objects": [{"a": 1}, {"a": 2}],
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("name", ["label", 'with "quotes"', "back\\slash", "列"])
def test_equal_values_share_a_number_and_null_has_none(kind: str, name: str) -> None:
    one, other = VALUES[kind]
    rows = pl.DataFrame({name: [one, other, one, None]})

    numbers = numbered(rows, [name]).tolist()

    assert numbers[0] == numbers[2] != numbers[1]
    assert numbers[3] == NO_VALUE not in numbers[:3]
    assert numbered(rows[3:], [name], empty=0).tolist() == [0]
