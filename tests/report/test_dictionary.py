"""The page of keys names every key that a report's JSON really has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from dprep.report.dictionary import dictionary
from dprep.report.making import Facts, gather
from tests.report.ran import ran

ROWS = [
    {"text": f"{word} order number {number} has not come yet and I am waiting", "label": label}
    for number in range(20)
    for word, label in (("my", "late"), ("the", "late"), ("an", "lost"))
] + [{"text": "hi", "label": "lost"}, {"text": "my order number 1 has not come yet and I am waiting", "label": "lost"}]
STEPS = """
[[step]]
op = "filter.length"
min_words = 2

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 8, test = 2 }
stratum = ["label"]
"""


def keys(value: Any) -> Iterator[str]:
    """Names of the fields of dataclasses; what a table has as keys is data."""
    if hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield name
            yield from keys(getattr(value, name))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from keys(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from keys(inner)


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return gather(ran(tmp_path_factory.mktemp("keys"), ROWS, STEPS))


@pytest.fixture(scope="module")
def facts(gathered: Facts) -> dict[str, Any]:
    return dict(gathered.chapters)


def described(page: str, chapter: str) -> set[str]:
    told = page.partition(f"### `{chapter}`\n")[2].partition("\n### ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE))


def test_every_key_of_a_real_report_is_described(facts: dict[str, Any]) -> None:
    page = dictionary()

    assert len(facts) >= 5
    for chapter, told in facts.items():
        assert set(keys(told)) <= described(page, chapter), chapter


def test_meanings_come_from_below_the_fields() -> None:
    assert "| `named_by` | `table[str, list[str]]` | Column -> steps that look at it" in dictionary()


def test_python_is_not_spoken() -> None:
    assert not re.search(r"`[^`]*(tuple|Mapping|None)[^`]*` \|", dictionary())


def test_a_program_sees_what_a_person_is_warned_of(gathered: Facts) -> None:
    """One row has the text of another and another label."""
    told = gathered.to_json()["notices"]

    assert any(notice["level"] == "warning" and "label" in notice["text"] for notice in told)
    assert {notice["level"] for notice in told} <= {"error", "warning", "good"}
