"""What `gate.kept` says of real pairs, beside what a person says of them (`kept_pairs.md`)."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from dprep.base.text import Text
from dprep.ops.gate.kept import Kept

PAIRS = [json.loads(line) for line in (Path(__file__).parent / "kept_pairs.jsonl").read_text(encoding="utf-8").splitlines()]

MISSED = {"numbers_lost": {"gsm8k train:5035"}, "negations_lost": set[str]()}
"""A number that the text still has once: it counts once."""
TAKEN_FOR_LOST = {"numbers_lost": {"gsm8k train:3240"}, "negations_lost": set[str]()}
"""`$40,000` that came back as `$ 40, 000`."""


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    before, after = (Text(pl.Series([pair[side] for pair in PAIRS])) for side in ("before", "after"))
    return pl.DataFrame(Kept().compare(before, after)).select(pl.all() > 0)


@pytest.mark.parametrize("what", ["numbers_lost", "negations_lost"])
def test_the_gate_agrees_with_a_person_but_for_known_pairs(found: pl.DataFrame, what: str) -> None:
    told = list(zip(PAIRS, found.get_column(what), strict=True))

    assert {pair["of"] for pair, lost in told if pair[what] and not lost} == MISSED[what]
    assert {pair["of"] for pair, lost in told if lost and not pair[what]} == TAKEN_FOR_LOST[what]


def test_there_are_enough_of_both_kinds() -> None:
    assert len(PAIRS) == 143
    assert sum(pair["numbers_lost"] for pair in PAIRS) == 8
    assert sum(pair["negations_lost"] for pair in PAIRS) == 26
