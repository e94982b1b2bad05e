"""Every step with its samples, its measured numbers and the rows near its bounds, bounded however many steps there are."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dprep.report.blocks import Block, Change, Deck, Fold, Histogram, Prose, Section, Subhead, Table
from dprep.report.reading.found import Found
from dprep.report.say import Say
from dprep.report.sections import steps
from dprep.report.sections.steps.facts import BUDGET, FIGURES, StepsFacts
from tests.report.by_hand import fates, make

EN = Say("en")
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\x00"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return Found.of(make(tmp_path_factory.mktemp("steps")).folder)


@pytest.fixture(scope="module")
def facts(found: Found) -> StepsFacts:
    told = steps.facts(found)
    assert told is not None
    return told


def every(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Fold):
            yield from every(block.blocks)


def of_step(section: Section, number: int) -> list[Block]:
    """The blocks below the subhead of a step."""
    starts = [place for place, block in enumerate(section.blocks) if isinstance(block, Subhead)]
    ends = [*starts[1:], len(section.blocks)]
    assert isinstance(head := section.blocks[starts[number]], Subhead)
    assert head.anchor == f"step-{number}"
    return list(every(section.blocks[starts[number] : ends[number]]))


def number_of(facts: StepsFacts, name: str) -> int:
    return next(step.number for step in facts.steps if step.name == name)


def test_every_step_of_the_ledger_has_its_place(found: Found, facts: StepsFacts) -> None:
    assert [(step.number, step.name) for step in facts.steps] == list(enumerate(s["name"] for s in found.ledger["steps"]))


def test_changed_rows_are_shown_before_and_after(facts: StepsFacts) -> None:
    told = [block for block in of_step(steps.section(facts, EN), number_of(facts, "whitespace")) if isinstance(block, Change)]

    assert len(told) == 5
    assert all("  " in change.before and " ".join(change.before.split()) == change.after for change in told)


def test_measured_numbers_have_all_rows_and_their_bounds(found: Found, facts: StepsFacts) -> None:
    number = number_of(facts, "length")
    told = {b.title: b for b in of_step(steps.section(facts, EN), number) if isinstance(b, Histogram)}

    drawn = told["characters"]
    assert sum(bin.count for bin in drawn.bins) == found.ledger["steps"][number]["in"]
    assert [(limit.side, limit.value) for limit in drawn.limits] == [("min", 12.0), ("max", 150.0)]
    assert drawn.slider
    assert all(a.high == b.low for a, b in zip(drawn.bins, drawn.bins[1:], strict=False))


def test_rows_beyond_a_bound_and_nearest_to_it_are_those_of_the_files(found: Found, facts: StepsFacts) -> None:
    number = number_of(facts, "length")
    section = steps.section(facts, EN)
    rows = [row for row in fates(found.folder) if row["step"] == "length"]
    short = sorted(len(row["text"]) for row in rows if row["reason"] == "min_characters")

    blocks = of_step(section, number)
    [table] = [block for block in blocks if isinstance(block, Table) and len(block.head) == 5]
    bound = {line[0]: line for line in table.lines}["min_characters"]
    assert bound[1:4] == (12.0, len(short), len(short))
    [deck] = [block for block in blocks if isinstance(block, Deck) and block.title == "min_characters = 12"]
    gone = [dict(card.facts) for card in deck.cards if dict(card.facts)["outcome"] == "dropped"]
    assert [fact["characters"] for fact in gone] == [str(value) for value in short[-3:]]


def test_dropped_rows_are_shown_with_their_reason_and_what_was_measured(facts: StepsFacts) -> None:
    blocks = of_step(steps.section(facts, EN), number_of(facts, "exact"))

    [deck] = [block for block in blocks if isinstance(block, Deck) and block.filters == ("reason",)]
    assert {dict(card.facts)["reason"] for card in deck.cards} == {"duplicate"}
    assert all(card.text and "twin" in dict(card.facts)["measured"] for card in deck.cards)


def test_settings_of_the_recipe_stand_apart_from_all_parameters(facts: StepsFacts) -> None:
    length = facts.steps[number_of(facts, "length")]

    assert length.stated == {"min_characters": "12", "max_characters": "150"}
    assert set(length.parameters) > set(length.stated)


def test_a_masking_step_shows_the_new_side_only(tmp_path: Path) -> None:
    recipe = '[dataset]\nname = "m"\nseed = 1\ntask = "text"\n[[source]]\npath = "rows.jsonl"\n[[step]]\nop = "clean.pii"\n'
    (tmp_path / "rows.jsonl").write_text(json.dumps({"text": "write to quentin.zeller@postbox-zz.org"}) + "\n")

    told = steps.facts(Found.of(make(tmp_path, recipe).folder))

    assert told is not None
    blocks = of_step(steps.section(told, EN), 1)
    [card] = [card for block in blocks if isinstance(block, Deck) for card in block.cards]
    assert card.text == "write to [EMAIL]"
    assert not [block for block in blocks if isinstance(block, Change)]  # not as if all of it had been added
    assert "zeller" not in json.dumps(asdict(told))


def large(found: Found, times: int) -> Found:
    """The same version with the steps of its books over and over, their samples long and hostile."""
    ledger: dict[str, Any] = json.loads(json.dumps(found.ledger))
    manifest: dict[str, Any] = json.loads(json.dumps(found.manifest))
    row = {"id": "0" * 32, "text": HOSTILE + "长" * 500, "label": HOSTILE}
    for step in ledger["steps"]:
        step["samples"] = {door: [f"- {json.dumps(row)}  # {door}"] * 5 for door in [*step["reasons"], "changed"]}
        for border in step["borders"].values():
            border["kept"] = [[1.5, f"  {json.dumps(row)}"]] * 3
    for number in range(times):
        for kept, whole in ((ledger, found.ledger), (manifest, found.manifest)):
            for step in whole["steps"][1:]:
                made = copy.deepcopy(next(each for each in kept["steps"] if each["name"] == step["name"]))
                kept["steps"].append({**made, "name": f"{step['name']}-{number}"})
    return Found(found.folder, manifest, ledger)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sixty_steps_fit_on_a_page(found: Found, language: Any) -> None:
    told = steps.facts(large(found, 8))

    assert told is not None
    assert len(told.steps) > 60
    blocks = list(every(steps.section(told, Say(language)).blocks))
    words = sum(len(card.text) for block in blocks if isinstance(block, Deck) for card in block.cards)
    words += sum(len(block.before) + len(block.after) for block in blocks if isinstance(block, Change))
    assert 10_000 < words < BUDGET
    figures = [block for block in blocks if isinstance(block, Histogram)]
    assert 10 < len(figures) <= FIGURES
    assert sum(len(figure.bins) for figure in figures) < 5_000


def test_a_version_of_an_older_dprep_is_told_without_borders(found: Found) -> None:
    ledger = json.loads(json.dumps(found.ledger))
    for step in ledger["steps"]:
        del step["characters"], step["borders"]

    told = steps.facts(Found(found.folder, found.manifest, ledger))

    assert told is not None
    number = number_of(told, "length")
    assert {bound.beyond for bound in told.steps[number].bounds} == {None}
    section = steps.section(told, EN)
    assert not any(isinstance(b, Deck) and b.title.startswith("min") for b in of_step(section, number))
    assert any(isinstance(block, Prose) for block in section.blocks)


def test_the_same_version_gives_the_same_facts(found: Found, facts: StepsFacts) -> None:
    assert steps.facts(Found.of(found.folder)) == facts
