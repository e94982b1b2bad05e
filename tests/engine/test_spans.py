"""Steps that cut spans, in whole runs: the same bytes however rows are cut, and `dprep why` tells what was cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dprep import api
from dprep.engine.why import Life, why
from dprep.store.versions import Version, open_version
from tests.engine.at_hand import check_books, content, recipe, run

STEPS = """
[[step]]
op = "dedup.lines"

[[step]]
op = "dedup.substring"
length = 30
max_removed = 0.9

[[step]]
op = "filter.length"
name = "short"
min_characters = 5
"""
PASSAGE = "and so it was that they came to the river"
TEXTS = [
    "Read our letter every week\nThe first text.",
    "READ OUR LETTER EVERY WEEK\nThe second text.",
    "read our letter every week",
    f"One says {PASSAGE}, then.",
    f"Another says {PASSAGE}; so be it.",
    f"{PASSAGE}.",
    "Read our letter every week\nabc",
    "Nothing of it stands elsewhere.",
]


def rows(texts: list[str]) -> list[bytes]:
    return [json.dumps({"text": text}).encode() for text in texts]


@pytest.mark.parametrize("cut", [(1, None), (3, 40)])
def test_a_run_gives_the_same_bytes_however_rows_are_cut(tmp_path: Path, cut: tuple[int, int | None]) -> None:
    made = recipe(tmp_path, rows(TEXTS * 3), STEPS, "")

    whole, parts = run(made, tmp_path / "whole", None, None), run(made, tmp_path / "parts", *cut)

    check_books(whole, len(TEXTS) * 3)
    assert content(whole.folder) == content(parts.folder)
    assert whole.ledger["steps"] == parts.ledger["steps"]
    # of the second and third eight, rows with nothing but repeats; of all, three that are left with "abc"
    assert [step["dropped"] for step in whole.ledger["steps"]] == [0, 15, 1, 3]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    folder = tmp_path_factory.mktemp("spans")
    made = recipe(folder, rows(TEXTS), STEPS, "")
    return open_version(api.run(made, store=folder / "store", workers=1).folder)


def life(version: Version, line: int) -> Life:
    return why(version, f"rows.jsonl:{line}")


def told(found: Life, step: str) -> list[str]:
    return [line for event in found.events if event.step == step for line in [event.what, *event.lines]]


def test_why_shows_what_was_cut(version: Version) -> None:
    found = life(version, 5)

    assert told(found, "substring")[0] == "cut passages that stand elsewhere too"
    assert told(found, "substring")[2] == '+ {"text": "Another; so be it."}'
    assert found.notes == ()


def test_why_owns_up_to_what_a_later_step_hides(version: Version) -> None:
    assert told(life(version, 2), "lines") == ["what it cut is not known: `substring` may have changed the text since"]


def test_why_runs_no_later_step_on_a_text_it_does_not_know(tmp_path: Path) -> None:
    texts = ["the same line stands in both\n\n\nhere", "the same line stands in both\n\n\nthere"]
    steps = '[[step]]\nop = "dedup.lines"\n[[step]]\nop = "clean.whitespace"\n'
    made = recipe(tmp_path, rows(texts), steps, "")
    found = life(open_version(api.run(made, store=tmp_path / "store", workers=1).folder), 2)

    assert [event.step for event in found.events] == ["read", "lines", "stored"]
    assert told(found, "stored")[1].strip() == '{"text": "there"}'
    assert found.notes == ()


def test_why_says_how_much_of_a_dropped_row_stands_elsewhere(version: Version) -> None:
    whole, most = life(version, 3), life(version, 6)

    assert told(whole, "lines") == ["dropped: min_left; of its texts stands elsewhere too: removed 1, left 0 < 1"]
    assert told(most, "substring") == ["dropped: min_left; of its texts stands elsewhere too: removed 0.9762, left 0 < 1"]


def test_why_follows_a_row_that_was_cut_and_dropped_later(version: Version) -> None:
    found = life(version, 7)

    assert found.fate.startswith("dropped by `short`")
    assert found.events[-1].step == "short"
